"""Claims from what a forge told: how long questions waited (Kaplan and Meier, 1958), and how changes came in.

A question that nobody answered by the end of what was read says only that it waited so long: it is censored, neither
left out (which would flatter whoever ignores) nor counted as answered. A program's reply, a program's closing and the
closing of many at once without a word are no answers: the wait goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from supplytrust.evidence.forge.activity import WINDOW, Activity, Person, Reply, Role, Thread
from supplytrust.model.claims.forge import (
    AnswerKind,
    AnswerTimes,
    BranchRules,
    ForgeAnswers,
    ForgeRepository,
    ForgeReviews,
    WorkflowReleases,
)
from supplytrust.model.claims.source_tree import KnownBy

_BULK, _BULK_SPAN = 10, timedelta(hours=1)
_HISTORY = timedelta(days=180)  # how old an approving account has to be
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a question waited, in days, and whether it ended with an answer or is censored."""

    days: float
    answered: bool


def falls_to(waits: Iterable[Wait], share: float) -> float | None:
    """The day on which the Kaplan-Meier estimate of "still waiting" is `share` or less; None when it stays above.

    Of equal days answers come before censored waits, as usual.
    """
    ordered = sorted(waits, key=lambda w: (w.days, not w.answered))
    waiting, estimate = len(ordered), 1.0
    for wait in ordered:
        if wait.answered:
            estimate *= (waiting - 1) / waiting
            if estimate <= share + 1e-12:
                return round(wait.days, 4)
        waiting -= 1
    return None


def repository_state(seen: Activity, known_by: KnownBy, at: datetime) -> ForgeRepository:
    """Archived and moved, as it stood at `at`; an undated mark that was seen later says nothing about then."""
    archived = seen.archived
    if archived and seen.archived_at is not None:
        archived = seen.archived_at <= at
    elif archived and at < seen.seen_at - _DAY:
        archived = None
    path = seen.address.split("://", 1)[-1].partition("/")[2].removesuffix(".git")
    moved = bool(seen.full_name) and path.lower().rstrip("/") != seen.full_name.lower()
    where = f"{seen.address.removesuffix(path)}{seen.full_name}" if moved else ""
    return ForgeRepository(
        *(known_by, seen.address, seen.forge, min(seen.seen_at, at)),
        *(archived, seen.archived_at if archived else None, where, seen.created_at),
    )


def answers(seen: Activity, known_by: KnownBy, at: datetime) -> ForgeAnswers | None:
    """How questions were answered up to `at`; None when neither issues nor changes were read."""
    until = min(seen.seen_at, at)
    issues, changes = seen.issues, seen.changes
    if issues is None and changes is None:
        return None
    read = [*(issues or ()), *(changes or ())]
    bulk = _closed_in_bulk(read)
    times = []
    since = []
    if issues is not None:
        since.append(seen.issues_since)
        times.append(_times(AnswerKind.ISSUES, issues, (seen.issues_since, until), bulk))
        reports = [thread for thread in issues if thread.security]
        times.append(_times(AnswerKind.SECURITY, reports, (seen.issues_since, until), bulk))
    if changes is not None:
        since.append(seen.changes_since)
        times.append(_times(AnswerKind.CHANGES, changes, (seen.changes_since, until), bulk))
    bots = sum(r.by.role is Role.BOT for t in read if t.at <= until for r in t.replies if r.at <= until)
    return ForgeAnswers(known_by, seen.address, max(since), until, tuple(times), bots, len(bulk))


def _times(
    kind: AnswerKind, threads: Sequence[Thread], span: tuple[datetime, datetime], bulk: frozenset[tuple[str, bool]]
) -> AnswerTimes:
    since, until = span
    waits, withdrawn = list[Wait](), 0
    for thread in threads:
        if not since <= thread.at <= until or thread.by.role in (Role.MAINTAINER, Role.BOT):
            continue
        wait, taken_back = _wait(thread, until, in_bulk=(thread.number, thread.change) in bulk)
        waits.append(wait)
        withdrawn += taken_back
    answered = sum(w.answered for w in waits)
    return AnswerTimes(
        *(kind, len(waits), answered, len(waits) - answered - withdrawn, withdrawn),
        *(falls_to(waits, 0.5), falls_to(waits, 0.1)),
    )


def _wait(thread: Thread, until: datetime, *, in_bulk: bool) -> tuple[Wait, bool]:
    """The wait of one question; whether its author took it back first."""
    events = [r.at for r in thread.replies if r.by.role is Role.MAINTAINER and not r.by.is_same(thread.by)]
    for when, who in ((thread.merged_at, thread.merged_by), (thread.closed_at, thread.closed_by)):
        if when is not None and who is not None and _decides(who, thread.by) and not in_bulk:
            events.append(when)
    first = min((e for e in events if thread.at <= e <= until), default=None)
    own = thread.closed_by is not None and thread.closed_by.is_same(thread.by)
    back = thread.closed_at if own and thread.merged_at is None else None
    if back is not None and back <= until and (first is None or first > back):
        return Wait(_days(thread.at, back), answered=False), True
    if first is not None:
        return Wait(_days(thread.at, first), answered=True), False
    known = thread.replies_known_until
    return Wait(_days(thread.at, until if known is None else max(thread.at, min(known, until))), answered=False), False


def _decides(who: Person, author: Person) -> bool:
    return who.role is Role.MAINTAINER and not who.is_same(author)


def _days(start: datetime, end: datetime) -> float:
    return (end - start) / _DAY


def _closed_in_bulk(threads: Sequence[Thread]) -> frozenset[tuple[str, bool]]:
    """Threads that one account closed with at least nine others within an hour."""
    by_closer: dict[str, list[Thread]] = defaultdict(list)
    for thread in threads:
        if thread.closed_at is not None and thread.closed_by is not None and thread.merged_at is None:
            by_closer[thread.closed_by.name.lower()].append(thread)
    bulk: set[tuple[str, bool]] = set()
    for several in by_closer.values():
        several.sort(key=lambda t: t.closed_at or t.at)
        first = marked = 0
        for last, thread in enumerate(several):
            while (thread.closed_at or thread.at) - (several[first].closed_at or thread.at) > _BULK_SPAN:
                first += 1
            if last - first + 1 >= _BULK:
                for one in several[max(first, marked) : last + 1]:
                    bulk.add((one.number, one.change))
                marked = last + 1
    return frozenset(bulk)


def reviews(seen: Activity, known_by: KnownBy, at: datetime) -> ForgeReviews | None:
    """How the changes were merged that were opened since they were read; None when reviews were not told."""
    if seen.changes is None or not seen.reviews_known:
        return None
    until = min(seen.seen_at, at)
    counts: dict[str, int] = defaultdict(int)
    for change in seen.changes:
        if change.merged_at is not None and seen.changes_since <= change.at and change.merged_at <= until:
            counts[_way_in(change, change.merged_at)] += 1
    ways = ("approved", "newcomers", "second", "self", "unknown")
    return ForgeReviews(
        *(known_by, seen.address, seen.changes_since, until, sum(counts.values())), *(counts[way] for way in ways)
    )


def _way_in(change: Thread, merged_at: datetime) -> str:
    others = [r for r in change.replies if r.approves and r.at <= merged_at and not r.by.is_same(change.by)]
    people = [r for r in others if r.by.role is not Role.BOT]
    if any(_has_history(reply, merged_at) for reply in people):
        return "approved"
    if people:
        return "newcomers"
    who = change.merged_by
    if who is None or not who.name or who.role is Role.BOT:
        return "unknown"
    return "self" if who.is_same(change.by) else "second"


def _has_history(reply: Reply, merged_at: datetime) -> bool:
    by = reply.by
    old = by.since is not None and by.since <= merged_at - _HISTORY
    return bool(by.name) and old and by.role in (Role.MAINTAINER, Role.CONTRIBUTOR)


def branch_rules(seen: Activity, known_by: KnownBy, at: datetime) -> BranchRules | None:
    """The visible rules; None when there are none, or they were seen after the judged day: rules have no past."""
    rules = seen.rules
    if rules is None or at < seen.seen_at - _DAY:
        return None
    return BranchRules(
        *(known_by, seen.address, rules.branch, min(seen.seen_at, at), rules.approvals, rules.checks),
        *(rules.force_push, rules.signatures, rules.bypass),
    )


def workflow_releases(seen: Activity, known_by: KnownBy, at: datetime) -> WorkflowReleases | None:
    """Who published the releases up to `at`; None when they were not read."""
    if seen.releases is None:
        return None
    until = min(seen.seen_at, at)
    since = max(seen.releases_since, until - WINDOW)
    listed = [r for r in seen.releases if since <= r.at <= until]
    by_workflow = sum(r.by.role is Role.BOT for r in listed)
    return WorkflowReleases(known_by, seen.address, since, until, len(listed), by_workflow)
