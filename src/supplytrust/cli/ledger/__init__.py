"""supplytrust ledger compact|copy|verify"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from supplytrust.ledger import Ledger


@click.group("ledger", cls=options.Group)
def command() -> None:
    """Check the ledger, or let go what it says several times."""


@command.command("compact")
@click.option("--keep-days", type=click.IntRange(1, 36500), default=7, show_default=True, help="Younger ones all stay.")
@options.ledger
def compact(keep_days: int, ledger: str | None) -> None:
    """Remove records that are equal, but for their times, to the one before and the one after.

    Of each stretch of equal records of a package the first and the last stay. First-seen facts, signed records and
    those that were written into a folder of records are never removed.
    """
    from datetime import UTC, datetime

    with _open(ledger) as opened:
        done = opened.compact(keep_days, datetime.now(UTC))
    click.echo(f"{done.removed} of {done.before} records removed")


@command.command("copy")
@options.argument("place", "FILE|postgresql://...", "The ledger that is written: a file, or the address of a server.")
@options.ledger
def copy(place: str, ledger: str | None) -> None:
    """Hand all records and facts to the ledger at another place, such as the one of a team.

    What that ledger saw first stays; a copy that was interrupted can be begun again.
    """
    from supplytrust.ledger import Ledger

    with _open(ledger) as here, Ledger(place) as there:
        records, facts = here.copy_to(there)
    click.echo(f"{records} records and {facts} facts handed over")


@command.command("verify")
@options.ledger
def verify(ledger: str | None) -> None:
    """Read every record and compare it with its digest."""
    with _open(ledger) as opened:
        click.echo(f"{opened.verify()} records, each as its digest says")


def _open(named: str | None) -> Ledger:
    from supplytrust.errors import NothingToAssessError
    from supplytrust.ledger import find_ledger

    found = find_ledger(named)
    if found is None:
        raise NothingToAssessError("there is no ledger there", hint="name it with --ledger FILE")
    return found
