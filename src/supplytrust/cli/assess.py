"""supplytrust assess SUBJECT"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from supplytrust.model.evidence import Evidence


@click.command("assess")
@options.subject
@options.policy
@options.trustor
@options.at
@options.looking
@options.format_
@options.output
@options.signing
def command(
    subject: str,
    policy: str | None,
    trustor: str,
    at: str | None,
    no_progress: bool,  # noqa: FBT001
    format_: str,
    output: str | None,
    sign: str | None,
    export: str | None,
    **looking: object,
) -> int:
    """Judge a package: a purl, a package name, or a path to an artifact."""
    from supplytrust.assessment import assess
    from supplytrust.cli.output import EXIT, Progress, publish
    from supplytrust.ledger import digest_of, open_ledger
    from supplytrust.records.statement import to_statement

    asked = options.as_looking(looking)
    seen: list[Evidence] = []
    with Progress(wanted=not no_progress) as progress:
        record = assess(
            subject,
            policy=policy,
            at=options.instant(at),
            trustor=trustor,
            progress=progress,
            on_evidence=seen.append,
            **asked,
        )
    publish(record, format_, output, sign=sign, export=export, evidence=seen[0])
    if sign:
        with open_ledger(asked.get("ledger")) as ledger:
            if ledger:
                ledger.note_signed(digest_of(to_statement(record)), record.assessed_at)
    return EXIT[record.outcome]
