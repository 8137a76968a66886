"""supplytrust collect SUBJECT -o evidence.json"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("collect")
@options.subject
@options.at
@options.looking
@options.output
def command(
    subject: str,
    at: str | None,
    no_progress: bool,  # noqa: FBT001
    output: str | None,
    **looking: object,
) -> None:
    """Look at a package and keep what was seen, without judging it."""
    from supplytrust.assessment import collect
    from supplytrust.cli.output import Progress, deliver
    from supplytrust.records import evidence_file

    with Progress(wanted=not no_progress) as progress:
        evidence = collect(subject, at=options.instant(at), progress=progress, **options.as_looking(looking))
    deliver(evidence_file.to_bytes(evidence), output)
