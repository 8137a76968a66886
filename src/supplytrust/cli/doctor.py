"""supplytrust doctor"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from supplytrust.collection.machine import Check

MARK = {"fine": "ok  ", "lacks": "LACK", "note": "    "}


@click.command("doctor")
@options.config
@options.index_url
@options.offline
@options.ledger
@options.text_or_json
def command(ledger: str | None, format_: str, **looking: object) -> int:
    """Say what this machine can and cannot see, what each lack costs in outcomes, and what mends it.

    Exit code: 0 when nothing lacks, 10 when something does.
    """
    import dataclasses
    import json

    from supplytrust.cli.output import deliver, show

    checks = _checks(ledger, options.as_looking({**looking, "no_ledger": True}))
    if format_ == "json":
        deliver(json.dumps([dataclasses.asdict(check) for check in checks], indent=2), None)
    else:
        show("\n".join(line for check in checks for line in _lines(check)))
    return 10 if any(check.state == "lacks" for check in checks) else 0


def _checks(ledger: str | None, looking: object) -> list[Check]:
    from datetime import UTC, datetime
    from typing import cast

    from supplytrust.collection.machine import inspect_machine
    from supplytrust.collection.options import CollectOptions, load_settings, open_context

    asked = cast("CollectOptions", looking)
    settings, now = load_settings(asked), datetime.now(UTC).replace(microsecond=0)
    with open_context(asked, settings, now, now) as world:
        return [*inspect_machine(world), _ledger(ledger), _policy(settings.policy or "baseline")]


def _ledger(named: str | None) -> Check:
    from supplytrust.collection.machine import FINE, LACKS, NOTE, Check
    from supplytrust.errors import LedgerError
    from supplytrust.ledger import default_path, find_ledger

    place = named or str(default_path())
    cost = "facts are seen for the first time: nothing tells that a file, an owner or a tag has changed"
    try:
        book = find_ledger(place)
        if book is None:
            return Check("ledger", NOTE, f"none yet at {place}; the first assessment begins it")
        with book:
            return Check("ledger", FINE, f"{book.place}: {book.verify()} records, none damaged")
    except LedgerError as error:
        return Check("ledger", LACKS, error.message, cost, error.hint)


def _policy(name: str) -> Check:
    from supplytrust.appraisal.policies import loader
    from supplytrust.collection.machine import FINE, LACKS, Check
    from supplytrust.errors import PolicyError

    try:
        policy = loader.load(name)
    except PolicyError as error:
        return Check("policy", LACKS, error.message, "nothing is judged", f"supplytrust policy check {name}")
    return Check("policy", FINE, f"{policy.id}, epoch {policy.epoch}")


def _lines(check: Check) -> list[str]:
    lines = [f"{MARK[check.state]}  {check.name:<20} {check.seen}"]
    if check.state == "lacks":
        lines.append(f"      {'costs':<20} {check.cost}")
        lines += [
            f"      {'to mend it' if n == 0 else '':<20} {line}" for n, line in enumerate(check.remedy.split("\n"))
        ]
    return lines
