"""What changed since the last finished run over the same set? Runs are kept as facts of the ledger.

A run whose verdicts are those of the run before is not kept again; one that was interrupted is not kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.errors import LedgerError
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.json_reader import Json, Limits, read_json
from supplytrust.ledger import Change, Entry, Ledger, compare
from supplytrust.model.vocabulary import Outcome

_LIMITS = Limits(size=64 * 2**20, values=4_000_000)
_ROW = ("purl", "artifact", "policy", "policyDigest", "outcome", "digest", "reasons")
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run: an entry a package, and the reasons by purl."""

    at: datetime
    entries: tuple[Entry, ...]
    reasons: dict[str, tuple[str, ...]]


def changes_since_last_run(ledger: Ledger, result: AuditResult) -> tuple[Change, ...] | None:
    """The packages that are not as in the last run before this one, and why; None when there was none.

    Keeps this run, so that the next one has something to compare with.
    """
    key = _key(result)
    number = _last(ledger, key, result.at)
    before = _run(ledger, key, number) if number else None
    now = Run(result.at, tuple(_entry(one, result) for one in result.subjects), _reasons(result.subjects))
    if before is None or _essence(before) != _essence(now):
        ledger.remember(key, f"run {number + 1}", _text(now), result.at)
    if before is None:
        return None
    changes = compare(before.entries, now.entries)
    return tuple(c for c in (_explain_change(c, before, now) for c in changes) if c.kind != "same")


def _key(result: AuditResult) -> str:
    places = ", ".join(str(Path(n).absolute()) if Path(n).exists() else n for n in result.name.split(", "))
    return f"audit {result.policy_id} {places}"


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
         list(run.reasons.get(e.purl, ()))]
        for e in run.entries
    ]  # fmt: skip
    return canonical_bytes(rows).decode()


def _run(ledger: Ledger, key: str, number: int) -> Run:
    kept = ledger.recall(key, f"run {number}")
    if kept is None:
        raise LedgerError(f"run {number} of '{key}' is gone", hint="the ledger is damaged; name another file")
    text, at = kept
    rows = read_json(text.encode(), _LIMITS)
    entries, reasons = [], {}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, list) or len(row) != len(_ROW):
            raise LedgerError(f"run {number} of '{key}' cannot be read", hint="name another ledger")
        purl, artifact, policy, digest, outcome, record = (str(value) for value in row[:-1])
        entries.append(Entry(purl, artifact, at, policy, digest, Outcome[outcome], record))
        reasons[purl] = tuple(str(text) for text in row[-1]) if isinstance(row[-1], list) else ()
    return Run(at, tuple(entries), reasons)
