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
@click.option(
    "--identity",
    default="",
    metavar="KIND:FILE|KIND:sha256:HEX",
    help="Of a service: the key, authority or attested measurement it is held to (key:server.pem, authority:ca.pem).",
)
@options.output
def command(
    subject: str,
    area: str,
    claim: str,
    reason: str,
    author: str,
    expires: str,
    key: str,
    identity: str,
    output: str | None,
) -> None:
    """Answer an open question yourself: signed, scoped, expiring; it never covers a veto."""
    from datetime import UTC, datetime

    from supplytrust.cli.output import deliver
    from supplytrust.errors import UsageError
    from supplytrust.records.endorsement import endorse, read_identity
    from supplytrust.records.signers import open_key

    end = options.instant(expires)
    if end is None:
        raise UsageError("an endorsement needs an end", hint="--expires 2027-01-31")
    now = datetime.now(UTC).replace(microsecond=0)
    held = read_identity(identity)
    made = endorse(subject, area, claim, reason, end, author, open_key(Path(key)), issued=now, identity=held)
    deliver(made, output)
