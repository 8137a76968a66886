"""supplytrust audit TARGET..."""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("audit")
@options.argument("targets", "[TARGET]...", "Lock files, bills of materials, folders, purls.", nargs=-1)
@click.option("--python", "pythons", multiple=True, metavar="PATH", help="An interpreter or environment to read.")
@options.policy
@options.trustor
@options.at
@options.config
@options.index_url
@options.offline
@click.option("--deps", type=click.Choice(["all", "direct", "none"]), default="none", show_default=True,
              help="Look further than the list itself.")  # fmt: skip
@options.rebuilding
@options.ledger
@options.no_ledger
@options.no_cache
@click.option("--jobs", type=click.IntRange(1, 64), default=3, show_default=True, help="Packages at a time.")
@click.option("--executor", metavar="dask://HOST:PORT", help="Judge the packages on this Dask cluster.")
@click.option("--fresh", is_flag=True, help="Judge anew what was judged in the last 20 hours.")
@click.option("--changed", is_flag=True, help="Show only what differs from the last run over the same targets.")
@click.option("--sign", metavar="KEY", help="Sign every record with this key and keep it in the folder of records.")
@click.option("--records", metavar="FOLDER", help="Keep every record as a file here (with --sign: records/).")
@options.format_
@options.output
@options.no_progress
def command(
    targets: tuple[str, ...],
    pythons: tuple[str, ...],
    policy: str | None,
    trustor: str,
    at: str | None,
    jobs: int,
    executor: str | None,
    fresh: bool,  # noqa: FBT001
    changed: bool,  # noqa: FBT001
    sign: str | None,
    records: str | None,
    format_: str,
    output: str | None,
    no_progress: bool,  # noqa: FBT001
    **looking: object,
) -> int:
    """Judge everything that lock files, bills of materials, folders, environments or lists of purls name.

    Without a target those of [audit] in supplytrust.toml are judged, as one set. The exit code is that of the worst
    outcome. A run that was interrupted goes on where it stopped.
    """
    import functools
    from pathlib import Path

    from supplytrust import ecosystems
    from supplytrust.audits import record_folder
    from supplytrust.audits.executors import open_executor
    from supplytrust.audits.inventory import Inventory
    from supplytrust.audits.runner import audit
    from supplytrust.cli.output import EXIT, Progress, deliver, show
    from supplytrust.errors import UsageError
    from supplytrust.io.processes import worker
    from supplytrust.reports import render_audit

    if not targets and not pythons:
        targets = options.configured_targets(looking.get("config"))
    if (changed or sign or records) and looking.get("no_ledger"):
        raise UsageError("--changed, --sign and --records need the ledger", hint="leave out --no-ledger")
    seal = record_folder.sealer(sign)
    folder = record_folder.prepare_folder(Path(records or "records")) if sign or records else None
    asked = options.as_looking(looking)
    environments = ecosystems.for_type(ecosystems.default_type())
    named: list[str | Path | Inventory] = [
        *targets,
        *(environments.read_environment(Path(python)) for python in pythons),
    ]
    worker.give_back()
    with Progress(wanted=not no_progress) as progress, open_executor(executor) as pool:
        result = audit(
            named,
            policy=policy,
            at=options.instant(at),
            trustor=trustor,
            jobs=jobs,
            executor=pool,
            fresh=fresh,
            progress=progress,
            on_record=functools.partial(record_folder.write_record, folder=folder, seal=seal) if folder else None,
            **asked,
        )
    document = render_audit(result, format_, changed_only=changed)
    if format_ == "text" and output is None:
        show(document.rstrip("\n"))
    else:
        deliver(document, output)
    return EXIT[result.outcome]
