"""supplytrust history PURL"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.command("history")
@click.argument("purl")
@options.ledger
def command(purl: str, ledger: str | None) -> None:
    """List the records kept of a package, newest first."""
    from supplytrust.ecosystems import default_type
    from supplytrust.errors import NothingToAssessError
    from supplytrust.ledger import Ledger, default_path

    path = Path(ledger) if ledger else default_path()
    if not path.exists():
        raise NothingToAssessError(
            "there is no ledger yet", hint="`supplytrust assess` keeps one unless told otherwise"
        )
    with Ledger(path) as kept:
        entries = kept.history(purl if purl.startswith("pkg:") else f"pkg:{default_type()}/{purl}")
    if not entries:
        raise NothingToAssessError(
            f"no record of {purl} is kept", hint="write the purl with its version, or without for all"
        )
    for entry in entries:
        click.echo(
            f"{entry.assessed_at:%Y-%m-%d %H:%M}  {entry.outcome.name:<7} {entry.policy_id:<12} {entry.purl}  "
            f"record {entry.record_digest[:19]}"
        )
