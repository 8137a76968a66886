"""Which packages of a set should be vetted next: the worst first, and of those the ones that most others stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.audits.vetting.folder import NEEDS_WORK, Vetting, find_folders, read_vetting
from supplytrust.ecosystems.inventory import Inventory
from supplytrust.errors import SupplytrustError
from supplytrust.model.evidence import Edge
from supplytrust.model.subject import package_of, release_of
from supplytrust.model.vocabulary import Outcome


@dataclass(frozen=True, slots=True)
class QueuedPackage:
    """One package of the set: its outcome, how many packages of the set stand on it, and how far its vetting is.

    `missing` are the questions that keep it back, in their order; `vetting` says in words where it stands, `since` is
    the newest vetted release of it where this one is not vetted, so that only the difference has to be looked at.
    """

    purl: str
    outcome: Outcome
    reach: int
    missing: tuple[str, ...]
    vetting: str
    open: int
    since: str = ""


def rank_packages(
    result: AuditResult, listed: Inventory, vettings: Sequence[Vetting], at: datetime
) -> tuple[QueuedPackage, ...]:
    """The set in the order in which it is worth vetting; what is admitted and vetted to its end comes last."""
    reach = count_reach(listed)
    made = [_queue(one, reach.get(one.listed, 0), vettings, at) for one in result.subjects]
    return tuple(sorted(made, key=lambda p: (-p.outcome, -p.reach, -len(p.missing), -p.open, p.purl)))


def _queue(one: SubjectVerdict, reach: int, vettings: Iterable[Vetting], at: datetime) -> QueuedPackage:
    missing = tuple(dict.fromkeys(cause.signal for cause in one.causes))
    own = [v for v in vettings if package_of(v.purl) == package_of(one.purl)]
    here = [v for v in own if release_of(v.purl) == release_of(one.purl) and v.sha256 == one.artifact_sha256]
    if here:
        vetting = max(here, key=lambda v: v.begun)
        open_ = sum(vetting.state(q, at) in NEEDS_WORK for q in vetting.questions)
        text = f"{open_} of {len(vetting.questions)} questions open" if open_ else f"vetted: {vetting.outcome_at(at)}"
        return QueuedPackage(one.purl, one.outcome, reach, missing, text, open_)
    if own:
        before = max(own, key=lambda v: v.begun)
        return QueuedPackage(
            one.purl, one.outcome, reach, missing, f"by its difference from {before.purl}", 0, before.purl
        )
    return QueuedPackage(one.purl, one.outcome, reach, missing, "not begun", 0)


def count_reach(listed: Inventory) -> Mapping[str, int]:
    """How many other packages of a list need each one, directly or through others; circles count each member once."""
    number = {one.purl: place for place, one in enumerate(listed.listed)}
    above = [0] * len(number)
    edges = [e for e in _from_the_top(listed) if e.parent in number and e.child in number]
    moved = True
    while moved:  # once down, once to see that nothing moves; more only for circles
        moved = False
        for edge in edges:
            parent, child = number[edge.parent], number[edge.child]
            grown = above[child] | above[parent] | (1 << parent)
            if grown != above[child]:
                above[child], moved = grown, True
    return {purl: (above[place] & ~(1 << place)).bit_count() for purl, place in number.items()}


def _from_the_top(listed: Inventory) -> list[Edge]:
    """The edges so that those into a package come before those out of it, wherever there is no circle."""
    out: dict[str, list[Edge]] = {}
    for edge in listed.edges:
        out.setdefault(edge.parent, []).append(edge)
    order: list[str] = []
    seen: set[str] = set()
    for root in (*listed.roots, *(one.purl for one in listed.listed)):
        stack = [(root, False)]
        while stack:
            purl, is_done = stack.pop()
            if is_done:
                order.append(purl)
            elif purl not in seen:
                seen.add(purl)
                stack.append((purl, True))
                stack += [(edge.child, False) for edge in out.get(purl, ())]
    return [edge for purl in reversed(order) for edge in out.get(purl, ())]


def read_vettings(place: Path) -> tuple[list[Vetting], list[tuple[str, str]]]:
    """All vettings below a folder, and those that cannot be read with the reason: one costs no other."""
    found: list[Vetting] = []
    broken: list[tuple[str, str]] = []
    for folder in find_folders(place):
        try:
            found.append(read_vetting(folder))
        except SupplytrustError as error:
            broken.append((str(folder), error.message))
    return found, broken
