"""supplytrust verify ENVELOPE --key KEY"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("verify")
@click.argument("envelope")
@click.option("--key", "keys", required=True, multiple=True, metavar="KEY.PUB", help="Public key; may be repeated.")
@click.option("--trustor", default="", metavar="URI", help="The record must speak for this relying party.")
@options.at
@options.format_
@options.output
def command(
    envelope: str, keys: tuple[str, ...], trustor: str, at: str | None, format_: str, output: str | None
) -> int:
    """Verify a signed record and show it. Exit code: the record's outcome, 11 when it does not verify."""
    from datetime import UTC, datetime

    from supplytrust.cli.output import EXIT, publish, read
    from supplytrust.records.verification import verify

    when = options.instant(at) or datetime.now(UTC)
    verified = verify(read(envelope), keys, at=when, trustor=trustor)
    publish(verified.record, format_, output, sign=None, export=None)
    if format_ == "text" and output is None:
        click.echo(f"\nsigned by key sha256 {verified.key.fingerprint[:16]}...; the signature holds", err=True)
    return EXIT[verified.record.outcome]
