"""supplytrust audit TARGET..."""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("audit")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option("--python", "pythons", multiple=True, metavar="PATH", help="An interpreter or environment to read.")
@options.policy
@options.at
@options.config
@click.option("--index-url", metavar="URL", help="Package index (default: the one the ecosystem's client uses).")
@click.option("--offline", is_flag=True, help="Use the cache only.")
@click.option("--deps", type=click.Choice(["all", "direct", "none"]), default="none", show_default=True,
              help="Look further than the list itself.")  # fmt: skip
@click.option(
    "--rebuild", type=click.Choice(["auto", "always", "never", "unsandboxed"]), default="auto", show_default=True
)
@options.ledger
@click.option("--no-ledger", is_flag=True, help="Neither read nor write facts seen before.")
@click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Packages at a time.")
@click.option("--executor", metavar="dask://HOST:PORT", help="Judge the packages on this Dask cluster.")
@click.option("--fresh", is_flag=True, help="Judge anew what was judged in the last 20 hours.")
@click.option("--changed", is_flag=True, help="Show only what differs from the last run over the same targets.")
@options.format_
@options.output
@click.option("--no-progress", is_flag=True, help="No progress on stderr.")
def command(
    targets: tuple[str, ...],
    pythons: tuple[str, ...],
    policy: str | None,
    at: str | None,
    jobs: int,
    executor: str | None,
    fresh: bool,  # noqa: FBT001
    changed: bool,  # noqa: FBT001
    format_: str,
    output: str | None,
    no_progress: bool,  # noqa: FBT001
    **looking: object,
) -> int:
    """Judge everything that lock files, bills of materials, folders, environments or lists of purls name.

    The exit code is that of the worst outcome. A run that was interrupted goes on where it stopped.
    """
    from pathlib import Path

    from supplytrust.auditing import audit
    from supplytrust.auditing_report import render
    from supplytrust.cli.output import EXIT, Progress, deliver, show
    from supplytrust.dependencies.inputs import Inventory, installed
    from supplytrust.errors import UsageError
    from supplytrust.executors import opened

    if not targets and not pythons:
        raise UsageError("no target was named", hint="name a lock file, a folder, a purl, or --python PATH")
    if changed and looking.get("no_ledger"):
        raise UsageError("--changed compares with the ledger", hint="leave out --no-ledger")
    named: list[str | Path | Inventory] = [*targets, *(installed.read(Path(python)) for python in pythons)]
    with Progress(wanted=not no_progress) as progress, opened(executor) as pool:
        result = audit(
            named,
            policy=policy,
            at=options.instant(at),
            jobs=jobs,
            executor=pool,
            fresh=fresh,
            progress=progress,
            **options.as_looking(looking),
        )
    document = render(result, format_, changed_only=changed)
    if format_ == "text" and output is None:
        show(document.rstrip("\n"))
    else:
        deliver(document, output)
    return EXIT[result.outcome]
