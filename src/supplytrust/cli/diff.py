"""supplytrust diff OLD NEW"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("diff")
@options.argument("old", "OLD", "The earlier record.")
@options.argument("new", "NEW", "The later record.")
def command(old: str, new: str) -> None:
    """Say what changed between two records."""
    from supplytrust.cli.output import read, show
    from supplytrust.records.statement import from_document
    from supplytrust.reports import explanation

    show(explanation.compare_records(from_document(read(old)), from_document(read(new))))
