"""supplytrust endorse SUBJECT"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.command("endorse")
@click.argument("subject", metavar="PURL")
@click.option("--area", required=True, help="The area it speaks about, e.g. provenance.")
@click.option("--claim", required=True, metavar="SIGNAL-ID", help="The open question it answers.")
@click.option("--reason", required=True, help="Why you say so.")
@click.option("--author", required=True, help="The name under which your public key is kept.")
@click.option("--expires", required=True, metavar="DATE", help="When it ends, within 366 days.")
@click.option("--key", required=True, metavar="KEY", help="Private key file in PEM.")
@options.output
def command(
    subject: str,
    area: str,
    claim: str,
    reason: str,
    author: str,
    expires: str,
    key: str,
    output: str | None,
) -> None:
    """Answer an open question yourself: signed, scoped, expiring; it never covers a veto."""
    from datetime import UTC, datetime

    from supplytrust.cli.output import deliver
    from supplytrust.errors import UsageError
    from supplytrust.records.endorsement import endorse
    from supplytrust.records.signers import open_key

    end = options.instant(expires)
    if end is None:
        raise UsageError("an endorsement needs an end", hint="--expires 2027-01-31")
    now = datetime.now(UTC).replace(microsecond=0)
    deliver(endorse(subject, area, claim, reason, end, author, open_key(Path(key)), issued=now), output)
