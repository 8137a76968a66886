"""supplytrust explain RECORD|SIGNAL-ID"""

from __future__ import annotations

from pathlib import Path

import click


@click.command("explain")
@click.argument("what", metavar="RECORD|SIGNAL-ID")
def command(what: str) -> None:
    """Say why a record says what it says and what would change it, or what a signal asks."""
    from supplytrust.appraisal import signals
    from supplytrust.cli.output import read, show

    if not Path(what).exists():
        known = {s.META.id for s in signals.catalogue()}
        if what in known:
            show(_page(what))
            return
    from supplytrust.records.statement import from_document
    from supplytrust.reports import explanation

    show(explanation.render(from_document(read(what))))


def _page(signal_id: str) -> str:
    import ast
    import inspect

    from supplytrust.appraisal import signals
    from supplytrust.appraisal.policies import loader

    module = signals.signal_named(signal_id)
    page = ast.get_docstring(ast.parse(inspect.getsource(module))) or ""  # type: ignore[arg-type]
    rows = [w for (sid, _), w in sorted(loader.load("baseline").weights.rows.items()) if sid == signal_id]
    table = [
        f"    {w.grade or '(plain)':<20} supports {w.favourable:g}, opposes {w.opposing:g}, "
        f"group {w.group}, half-life {w.half_life_days:g} days, basis {w.basis}"
        for w in rows
    ]
    table = table or ["    none: it is shown and weighs nothing"]
    return "\n".join([signal_id, "", page, *_rules(signal_id), "", "Weight", *table])


def _rules(signal_id: str) -> list[str]:
    """The rules about code that bear on a signal, each with how it can be fooled."""
    from supplytrust.evidence.source_code.rules import of_signal

    told = [line for rule in of_signal(signal_id) for line in _rule(rule.name, rule.looks_for, rule.limits)]
    return ["Rules", *told] if told else []


def _rule(name: str, looks_for: str, limits: str) -> list[str]:
    return [f"    {name}: {looks_for}.", f"        Limits: {limits}."]
