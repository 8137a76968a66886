"""supplytrust site LEDGER -o FOLDER"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.command("site")
@options.argument("ledger", "LEDGER", "The file, or the server, that audits kept their runs in.")
@click.option("-o", "--output", metavar="FOLDER", required=True, help="Folder for the pages; index.html is the first.")
@click.option(
    "--records", type=click.IntRange(0, 10_000), default=50, show_default=True,
    help="Whole records of so many packages of each set, the worst first.",
)  # fmt: skip
@options.at
def command(ledger: str, output: str, records: int, at: str | None) -> None:
    """Write the audits of a ledger as a folder of static pages: sets, trends, changes, causes, exceptions."""
    from datetime import UTC, datetime

    from supplytrust.audits.nights import read_sets
    from supplytrust.errors import NothingToAssessError, UsageError
    from supplytrust.ledger import find_ledger
    from supplytrust.reports.pages.site import write_site

    found = find_ledger(ledger)
    if found is None:
        raise UsageError(f"there is no ledger {ledger}", hint="`supplytrust audit --ledger FILE` keeps one")
    moment = options.instant(at) or datetime.now(UTC)
    with found as book:
        sets = list(read_sets(book))
        if not sets:
            raise NothingToAssessError(f"no audit is kept in {ledger}", hint="`supplytrust audit` keeps its runs there")
        try:
            written = write_site(sets, Path(output), moment, records=records, body=book.body)
        except OSError as error:
            text = f"cannot write {output}: {error.strerror}"
            raise UsageError(text, hint="name a folder that can be written") from None
    click.echo(f"{len(written)} pages, the first is {Path(output) / 'index.html'}")
