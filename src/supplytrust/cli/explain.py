"""supplytrust explain RECORD|DIGEST|SIGNAL|AREA"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.command("explain")
@options.argument("what", "RECORD|DIGEST|SIGNAL|AREA", "A file, a digest of the ledger, a question, an area.")
@options.ledger
def command(what: str, ledger: str | None) -> None:
    """Say why a record says what it says and what would change it, or what a signal or an area asks.

    A record is a file, signed or not, or the digest of one in the ledger. The area of a signal may be left out.
    """
    from supplytrust.appraisal import signals
    from supplytrust.cli.output import DIGEST, read_record, show
    from supplytrust.model.vocabulary import Area

    if not Path(what).exists() and not DIGEST.fullmatch(what):
        ids = [signal.META.id for signal in signals.catalogue()]
        if what in {area.value for area in Area}:
            show(_area(what, ids))
            return
        named = [one for one in ids if what in (one, one.partition("/")[2])]
        if named:
            show("\n\n".join(map(_page, named)))
            return
        _refuse_near_miss(what, ids)
    from supplytrust.reports import explanation

    show(explanation.render(read_record(what, ledger)))


def _area(area: str, ids: list[str]) -> str:
    """The questions of an area, a line each."""
    from supplytrust.appraisal import signals

    mine = [one for one in ids if one.startswith(f"{area}/")]
    wide = max(map(len, mine), default=0)
    rows = [f"  {one:<{wide}}  {signals.question_of(one)}" for one in mine]
    return "\n".join(
        [f"{area}: {len(mine)} questions", *rows, "", "supplytrust explain SIGNAL  says how one is answered"]
    )


def _refuse_near_miss(what: str, ids: list[str]) -> None:
    """UsageError when this is like the name of a signal or an area; what is like none is read as a file's name."""
    import difflib

    from supplytrust.errors import UsageError
    from supplytrust.model.vocabulary import Area

    short: dict[str, list[str]] = {}
    for one in ids:
        short.setdefault(one.partition("/")[2], []).append(one)
    areas = [area.value for area in Area]
    last = what.rpartition("/")[2]
    found = difflib.get_close_matches(what, [*ids, *areas], n=3, cutoff=0.7)
    found += [one for name in difflib.get_close_matches(last, short, n=3, cutoff=0.7) for one in short[name]]
    found += [one for name in short if len(last) > 3 and last in name for one in short[name]]
    near = list(dict.fromkeys(found))[:5]
    if near and not what.endswith((".json", ".dsse")):
        raise UsageError(f"no such signal or record: {what}", hint=f"near: {', '.join(near)}")


def _page(signal_id: str) -> str:
    from supplytrust.appraisal import signals
    from supplytrust.appraisal.policies import loader

    page = signals.page_of(signal_id)
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
