"""supplytrust render RECORD --format FORMAT | --export FORMAT"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("render")
@options.argument("record", "RECORD|DIGEST", "A file, or a digest of the ledger.")
@options.ledger
@options.format_
@click.option("--export", type=click.Choice(["vsa", "svr", "cyclonedx"]), help="Derive another attestation from it.")
@click.option("--board", is_flag=True, help="Two printed pages (HTML) for those who decide about the package.")
@click.option("--instead", metavar="RECORD", multiple=True, help="With --board: the record of an alternative.")
@options.output
def command(
    record: str,
    ledger: str | None,
    format_: str,
    export: str | None,
    board: bool,  # noqa: FBT001
    instead: tuple[str, ...],
    output: str | None,
) -> int:
    """Show a saved record, signed or not, in any format; a file, or a digest that the ledger has.

    No signature is checked: `verify` does that. Exit code: the record's outcome.
    """
    from supplytrust.cli.output import EXIT, deliver, publish, read_record

    saved = read_record(record, ledger)
    if board:
        from supplytrust.reports.pages.vetting_page import render_board_document

        deliver(render_board_document(saved, [read_record(one, ledger) for one in instead]), output)
    else:
        publish(saved, format_, output, sign=None, export=export)
    click.echo("note: shown as it stands; no signature was checked (supplytrust verify)", err=True)
    return EXIT[saved.outcome]
