"""supplytrust sources [fetch LIST]"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from supplytrust.audits.source_fetch import AdvisoryCopy, Clone

SHOWN_AS = {"cloned": "cloned", "at-hand": "at hand", "configured": "configured", "none-declared": "none declared"}


@click.group("sources", cls=options.Group, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List who makes claims, about which packages; or bring onto this machine what they read."""
    if context.invoked_subcommand is None:
        _list_sources()


def _list_sources() -> None:
    from supplytrust.collection.scheduler import all_sources

    for source in all_sources():
        kinds = ", ".join(sorted(c.__name__ for c in source.OFFERS))
        click.echo(f"{source.NAME:<16} {'/'.join(source.ECOSYSTEMS) or 'every type':<12} {kinds}")
    click.echo(
        "\nsupplytrust doctor  says what this machine lacks, supplytrust sources fetch LIST  brings repositories"
    )


@command.command("fetch")
@options.argument("targets", "LIST...", "Whatever audit takes.", nargs=-1, required=True)
@click.option("--folder", default="sources", show_default=True, metavar="FOLDER", help="Where clones are kept.")
@click.option("--mirror", default="", metavar="PATH|URL", help="Ask here: {host}, {owner} and {name} are filled in.")
@click.option("--advisories", default="", metavar="PATH|URL|osv", help="A database of advisories; osv: the public one.")
@click.option("--deps", type=click.Choice(["all", "direct", "none"]), default="none", show_default=True,
              help="Take in what the listed packages depend on.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 32), default=4, show_default=True, help="Repositories at a time.")
@click.option("--seconds", type=click.IntRange(1), default=600, show_default=True, help="Time for one repository.")
@click.option("--megabytes", type=click.IntRange(1), default=2048, show_default=True, help="Disk for one repository.")
@click.option("--no-config", is_flag=True, help="Leave the configuration as it is and print the lines.")
@options.config
@options.index_url
@options.offline
@options.no_progress
def fetch(
    targets: tuple[str, ...],
    folder: str,
    mirror: str,
    advisories: str,
    jobs: int,
    seconds: int,
    megabytes: int,
    no_config: bool,  # noqa: FBT001
    no_progress: bool,  # noqa: FBT001
    **looking: object,
) -> int:
    """Clone the repositories that the packages of a list declare, and write them into the configuration.

    A LIST is whatever audit takes. Clones hold history without file contents, and are brought up to date by the next
    run. A clone counts for the address that the release declares, and no more than that address would. Exit code: 10
    when a package is left without a repository, 0 when none is.
    """
    from pathlib import Path

    from supplytrust.audits import source_fetch
    from supplytrust.cli.output import Progress

    asked = options.as_looking({**looking, "no_ledger": True})
    limits = source_fetch.FetchLimits(jobs, float(seconds), megabytes)
    with Progress(wanted=not no_progress) as progress:
        copy = source_fetch.fetch_advisories(advisories, folder, progress=progress, **asked) if advisories else None
        clones = source_fetch.fetch_repositories(
            targets, folder, mirror=mirror, limits=limits, progress=progress, **asked
        )
    for clone in clones:
        _show(clone)
    _write_lines(clones, copy, Path(str(looking["config"])) if looking.get("config") else None, wanted=not no_config)
    left = sum(len(clone.packages) for clone in clones if clone.lacks)
    if left:
        click.echo(f"{left} without a repository: name one under [repository], or --mirror where it is kept", err=True)
    return 10 if left else 0


def _show(clone: Clone) -> None:
    from supplytrust.reports.view import label

    names = ", ".join(label(package) for package in clone.packages)
    state = SHOWN_AS.get(clone.state, clone.state)
    click.echo(f"{state:<14} {names:<32} {' '.join(part for part in (clone.address, clone.text) if part)}".rstrip())


def _write_lines(clones: tuple[Clone, ...], copy: AdvisoryCopy | None, config: object, *, wanted: bool) -> None:
    from pathlib import Path

    from supplytrust.appraisal.policies import config as configuration
    from supplytrust.appraisal.policies import config_edit
    from supplytrust.audits import source_fetch

    path = config if isinstance(config, Path) else configuration.locate(Path.cwd()) or Path(configuration.OWN_FILE)
    base = path.absolute().parent
    tables = {"repository": source_fetch.repository_lines(clones, base)}
    if copy:
        tables["advisories"] = source_fetch.advisory_lines(copy, base)
        click.echo(f"{'advisories':<14} {tables['advisories']['osv']}")
    if wanted:
        click.echo(f"{config_edit.add_lines(path, tables)} lines written into {path.name}", err=True)
        return
    for table, lines in tables.items():
        click.echo("\n".join([f"[{table}]", *(f"{key} = {value}" for key, value in lines.items())]))
