"""supplytrust history PURL | LIST..."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from supplytrust.audits.run_history import Night
    from supplytrust.ledger import Change, Ledger

SHOWN = 6  # packages of one kind of change


@click.command("history")
@options.argument("subjects", "PURL|LIST...", "A package, or the lists of an audit (none: those of [audit]).", nargs=-1)
@options.policy
@options.config
@click.option("--last", type=click.IntRange(1, 1000), default=20, show_default=True, help="Runs that are shown.")
@options.ledger
def command(subjects: tuple[str, ...], policy: str | None, config: str | None, last: int, ledger: str | None) -> None:
    """List the records kept of a package; or, of lists, what each audit found better or worse than the one before.

    Newest first. For a list also the exceptions that end next, and the packages that are behind the most.
    """
    from supplytrust.errors import NothingToAssessError
    from supplytrust.ledger import find_ledger

    found = find_ledger(ledger)
    if found is None:
        raise NothingToAssessError(
            "there is no ledger yet", hint="`supplytrust assess` keeps one unless told otherwise"
        )
    with found as kept:
        lines = _of_set(kept, subjects, policy, config, last) if _is_set(subjects) else _of_package(kept, subjects[0])
        for line in lines:
            click.echo(line)


def _is_set(subjects: tuple[str, ...]) -> bool:
    return len(subjects) != 1 or (not subjects[0].startswith("pkg:") and Path(subjects[0]).exists())


def _of_package(kept: Ledger, purl: str) -> Iterator[str]:
    from supplytrust.ecosystems import default_type
    from supplytrust.errors import NothingToAssessError

    entries = kept.history(purl if purl.startswith("pkg:") else f"pkg:{default_type()}/{purl}")
    if not entries:
        raise NothingToAssessError(
            f"no record of {purl} is kept", hint="write the purl with its version, or without for all"
        )
    for entry in entries:
        yield (
            f"{entry.assessed_at:%Y-%m-%d %H:%M}  {entry.outcome.name:<7} {entry.policy_id:<12} {entry.purl}  "
            f"record {entry.record_digest[:19]}"
        )


def _of_set(kept: Ledger, targets: tuple[str, ...], policy: str | None, config: str | None, last: int) -> Iterator[str]:
    from typing import cast

    from supplytrust.assessment import load_policy
    from supplytrust.audits.run_history import nights
    from supplytrust.audits.runner import inventory_of
    from supplytrust.collection.options import CollectOptions, load_settings
    from supplytrust.errors import NothingToAssessError

    settings = load_settings(cast("CollectOptions", {"config": config}))
    chosen = load_policy(policy or settings.policy or "baseline")
    listed = inventory_of(targets or options.configured_targets(config))
    found = nights(kept, listed.name, chosen.id, most=last)
    if not found:
        raise NothingToAssessError(
            f"no audit of {listed.name} under {chosen.id} is kept", hint="the same lists and policy as of the audit"
        )
    for night in found:
        yield from _night(night)
    for one in sorted(chosen.exemptions, key=lambda one: one.expires):
        yield f"exception   {one.subject} until {one.expires:%Y-%m-%d}, by {one.owner}"
    yield from _behind(found[0])


def _night(night: Night) -> Iterator[str]:
    from supplytrust.model.vocabulary import Outcome
    from supplytrust.reports.view import count_packages

    counts = ", ".join(f"{night.run.count(o)} {o.name}" for o in reversed(Outcome) if night.run.count(o))
    yield f"{night.run.at:%Y-%m-%d %H:%M}  {count_packages(len(night.run.entries))}: {counts}"
    for kind in ("worse", "better", "new", "gone", "changed"):
        several = [change for change in night.changes or () if change.kind == kind]
        for change in several[:SHOWN]:
            yield f"    {kind:<8} {_change(change)}"
        if len(several) > SHOWN:
            yield f"    {kind:<8} and {len(several) - SHOWN} more"


def _change(change: Change) -> str:
    from supplytrust.reports.view import label

    entry = change.after or change.before
    name = label(entry.purl if entry else change.package)
    return f"{name}: {'; '.join(change.why)}" if change.why else f"{name} {entry.outcome.name if entry else ''}"


def _behind(night: Night) -> Iterator[str]:
    from supplytrust.reports.view import count, label

    for purl, number in sorted(night.run.behind.items(), key=lambda entry: (-entry[1], entry[0]))[:SHOWN]:
        yield f"behind      {label(purl)} by {count(number, 'release')}"
