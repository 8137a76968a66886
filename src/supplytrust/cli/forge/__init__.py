"""supplytrust forge export TARGET..."""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.group("forge", cls=options.Group)
def command() -> None:
    """Take what forges tell (answers, reviews, rules) to another machine."""


@command.command("export")
@options.argument("targets", "TARGET...", "addresses of repositories, or lists as audit takes them", nargs=-1,
                  required=True)  # fmt: skip
@options.config
@options.index_url
@options.offline
@options.no_progress
@options.output
def export(targets: tuple[str, ...], output: str | None, no_progress: bool, **looking: object) -> int:  # noqa: FBT001
    """Ask the forge of each repository, with at most four requests, and write what it told.

    The file is read where `[forge] export` names it. Tokens come from the environment (GH_TOKEN, GITLAB_TOKEN,
    CODEBERG_TOKEN, or the variable that `[forge.hosts]` names). Exit code: 10 when a repository is missing from it.
    """
    from supplytrust.audits.forge_export import export_activities
    from supplytrust.cli.output import Progress, deliver

    with Progress(wanted=not no_progress) as progress:
        made = export_activities(targets, progress=progress, **options.as_looking({**looking, "no_ledger": True}))
    deliver(made.data, output)
    for name, why in made.missing:
        click.echo(f"not in the file: {name}: {why}", err=True)
    return 10 if made.missing else 0
