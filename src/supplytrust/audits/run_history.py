"""What changed since the last finished run over the same set? Runs are kept as facts of the ledger.

A run whose verdicts are those of the run before is not kept again; one that was interrupted is not kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.errors import LedgerError
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.json_reader import Json, Limits, read_json
from supplytrust.ledger import Change, Entry, Ledger, compare
from supplytrust.model.vocabulary import Outcome

_LIMITS = Limits(size=64 * 2**20, values=4_000_000)
_ROW = ("purl", "artifact", "policy", "policyDigest", "outcome", "digest", "reasons", "behind")
_OLD_ROW = _ROW[:-1]  # of runs that were kept before it was counted how far behind packages are
_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
SHOWN = 3
KEY = "audit "  # of a fact: then the policy and the places of the set


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run: an entry a package, the reasons by purl, and by how many releases a package is behind."""

    at: datetime
    entries: tuple[Entry, ...]
    reasons: dict[str, tuple[str, ...]]
    behind: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> int:
        """How many packages had this outcome."""
        return sum(entry.outcome is outcome for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Night:
    """A run and what was not as in the run before it; `changes` is None for the first one."""

    run: Run
    changes: tuple[Change, ...] | None


def changes_since_last_run(ledger: Ledger, result: AuditResult) -> tuple[Change, ...] | None:
    """The packages that are not as in the last run before this one, and why; None when there was none.

    Keeps this run, so that the next one has something to compare with.
    """
    key = _key(result.name, result.policy_id)
    number = _last(ledger, key, result.at)
    before = _run(ledger, key, number) if number else None
    entries = tuple(_entry(one, result) for one in result.subjects)
    behind = {one.purl: one.behind for one in result.subjects if one.behind}
    now = Run(result.at, entries, _reasons(result.subjects), behind)
    if before is None or _essence(before) != _essence(now):
        ledger.remember(key, f"run {number + 1}", _text(now), result.at)
    if before is None:
        return None
    return _changes(before, now)


def list_sets(ledger: Ledger) -> tuple[tuple[str, str], ...]:
    """The name and the policy of each set of which runs are kept, as `nights` takes them. LedgerError."""
    words = (key.removeprefix(KEY).partition(" ") for key in ledger.keys(KEY))
    return tuple((name, policy) for policy, _, name in words)


def nights(ledger: Ledger, name: str, policy_id: str, *, most: int = 20) -> tuple[Night, ...]:
    """The newest runs over a set under a policy, newest first; runs that were as the one before were not kept.

    `name` is that of the set's inventory. LedgerError when the ledger cannot be read.
    """
    key = _key(name, policy_id)
    last = _last(ledger, key, _END_OF_TIME)
    runs = [_run(ledger, key, number) for number in range(max(1, last - most), last + 1)]
    pairs = zip([None, *runs], runs, strict=False)
    found = [Night(now, None if before is None else _changes(before, now)) for before, now in pairs]
    return tuple(reversed(found))[:most]


def _changes(before: Run, now: Run) -> tuple[Change, ...]:
    compared = (_explain_change(change, before, now) for change in compare(before.entries, now.entries))
    return tuple(change for change in compared if change.kind != "same")


def _key(name: str, policy_id: str) -> str:
    places = ", ".join(str(Path(n).absolute()) if Path(n).exists() else n for n in name.split(", "))
    return f"{KEY}{policy_id} {places}"


def _last(ledger: Ledger, key: str, at: datetime) -> int:
    """The number of the last run not later than `at`; 0 when there is none. Runs are numbered without gaps."""
    step = 1
    while ledger.recall(key, f"run {step}", at=at):
        step *= 2
    low, high = step // 2, step  # low exists (or is 0), high does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if ledger.recall(key, f"run {middle}", at=at) else (low, middle)
    return low


def _entry(one: SubjectVerdict, result: AuditResult) -> Entry:
    at = one.assessed_at or result.at
    digest = one.record_digest
    return Entry(one.purl, one.artifact_sha256, at, result.policy_id, result.policy_digest, one.outcome, digest)


def _reasons(subjects: Iterable[SubjectVerdict]) -> dict[str, tuple[str, ...]]:
    return {one.purl: tuple(reason.text[:200] for reason in one.reasons[:20]) for one in subjects}


def _essence(run: Run) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    return sorted(
        (e.purl, e.artifact_sha256, e.policy_digest, e.outcome.name, tuple(map(_plain, run.reasons.get(e.purl, ()))))
        for e in run.entries
    )


def _explain_change(change: Change, before: Run, now: Run) -> Change:
    """A change with the reasons that are new or no longer given."""
    if change.before is None or change.after is None:
        return change
    old, new = before.reasons.get(change.before.purl, ()), now.reasons.get(change.after.purl, ())
    said = [f"now: {text}" for text in _without(new, old)][:SHOWN]
    said += [f"no longer: {text}" for text in _without(old, new)][:SHOWN]
    kind = "changed" if change.kind == "same" and said else change.kind
    return replace(change, kind=kind, why=(*change.why, *said))


def _without(these: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """The reasons that have no counterpart; numbers move a little every day and make no difference."""
    known = {_plain(text) for text in others}
    return [text for text in these if _plain(text) not in known]


def _plain(text: str) -> str:
    return re.sub(r"\d[\d.]*", "#", text)


def _text(run: Run) -> str:
    rows: list[Json] = [
        [e.purl, e.artifact_sha256, e.policy_id, e.policy_digest, e.outcome.name, e.record_digest,
         list(run.reasons.get(e.purl, ())), run.behind.get(e.purl, 0)]
        for e in run.entries
    ]  # fmt: skip
    return canonical_bytes(rows).decode()


def _run(ledger: Ledger, key: str, number: int) -> Run:
    kept = ledger.recall(key, f"run {number}")
    if kept is None:
        raise LedgerError(f"run {number} of '{key}' is gone", hint="the ledger is damaged; name another file")
    text, at = kept
    rows = read_json(text.encode(), _LIMITS)
    entries, reasons, behind = [], {}, {}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, list) or len(row) not in (len(_ROW), len(_OLD_ROW)):
            raise LedgerError(f"run {number} of '{key}' cannot be read", hint="name another ledger")
        purl, artifact, policy, digest, outcome, record = (str(value) for value in row[:6])
        entries.append(Entry(purl, artifact, at, policy, digest, Outcome[outcome], record))
        reasons[purl] = tuple(str(text) for text in row[6]) if isinstance(row[6], list) else ()
        behind[purl] = int(str(row[7])) if len(row) == len(_ROW) else 0
    return Run(at, tuple(entries), reasons, {purl: number for purl, number in behind.items() if number})
