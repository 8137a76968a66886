"""supplytrust diff OLD NEW"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("diff")
@options.argument("old", "OLD", "The earlier record, or workload.wasm.")
@options.argument("new", "NEW", "The later one.")
def command(old: str, new: str) -> None:
    """Say what changed between two records, or between two workloads."""
    from supplytrust.cli.output import read, show
    from supplytrust.records.statement import from_document
    from supplytrust.reports import explanation, inspection
    from supplytrust.wasm.inspection import inspect

    first, second = read(old), read(new)
    if first[:4] == second[:4] == b"\0asm":
        show(inspection.compare(first, second, inspect(first), inspect(second)))
    else:
        show(explanation.compare_records(from_document(first), from_document(second)))
