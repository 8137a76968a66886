"""supplytrust sign RECORD --key KEY"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("sign")
@options.argument("record", "RECORD.JSON", "The record to be signed.")
@click.option("--key", required=True, metavar="KEY", help="PEM file, or a URI of a key service.")
@options.output
def command(record: str, key: str, output: str | None) -> None:
    """Sign a record: one DSSE envelope with exactly one signature over its canonical bytes."""
    from supplytrust.cli.output import deliver, read
    from supplytrust.records.signers import sign
    from supplytrust.records.statement import from_statement

    deliver(sign(from_statement(read(record)), key), output)
