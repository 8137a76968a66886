"""supplytrust appraise evidence.json"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("appraise")
@options.argument("evidence", "EVIDENCE.JSON", "What `collect` kept.")
@options.policy
@options.trustor
@options.at
@click.option("--alone", is_flag=True, help="Ask about the package itself, without what it depends on.")
@options.format_
@options.output
@options.signing
def command(
    evidence: str,
    policy: str | None,
    trustor: str,
    at: str | None,
    alone: bool,  # noqa: FBT001
    format_: str,
    output: str | None,
    sign: str | None,
    export: str | None,
) -> int:
    """Judge evidence that was collected before: same evidence, policy and time give the same record bytes."""
    from supplytrust.assessment import appraise
    from supplytrust.cli.output import EXIT, publish, read
    from supplytrust.records import evidence_file

    collected = evidence_file.from_bytes(read(evidence))
    record = appraise(
        collected,
        policy=policy or "baseline",
        at=options.instant(at),
        trustor=trustor,
        alone=alone,
    )
    publish(record, format_, output, sign=sign, export=export, evidence=collected)
    return EXIT[record.outcome]
