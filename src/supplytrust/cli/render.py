"""supplytrust render RECORD --format FORMAT | --export FORMAT"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("render")
@options.argument("record", "RECORD|DIGEST", "A file, or a digest of the ledger.")
@options.ledger
@options.format_
@click.option("--export", type=click.Choice(["vsa", "svr", "cyclonedx"]), help="Derive another attestation from it.")
@options.output
def command(record: str, ledger: str | None, format_: str, export: str | None, output: str | None) -> int:
    """Show a saved record, signed or not, in any format; a file, or a digest that the ledger has.

    No signature is checked: `verify` does that. Exit code: the record's outcome.
    """
    from supplytrust.cli.output import EXIT, publish, read_record

    saved = read_record(record, ledger)
    publish(saved, format_, output, sign=None, export=export)
    click.echo("note: shown as it stands; no signature was checked (supplytrust verify)", err=True)
    return EXIT[saved.outcome]
