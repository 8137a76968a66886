"""One line of the ledger, how packages are distinguished, and what changed between two looks at a set, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.subject import package_of, release_of, version_of
from supplytrust.model.vocabulary import Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept record without its bytes. `record_digest` is `sha256:<hex>` of them."""

    purl: str
    artifact_sha256: str
    assessed_at: datetime
    policy_id: str
    policy_digest: str
    outcome: Outcome
    record_digest: str

    @property
    def version(self) -> str:
        """The version as the purl writes it; empty when it has none."""
        return version_of(self.purl)


# --- What changed between two looks, package by package, and why


@dataclass(frozen=True, slots=True)
class Change:
    """One package before and after. `kind`: new, gone, worse, better, changed (same outcome) or same.

    `why` names each difference; a better outcome under another policy is no progress of the package, so a
    changed policy is always among them.
    """

    package: str
    kind: str
    before: Entry | None
    after: Entry | None
    why: tuple[str, ...] = ()


def compare(before: Iterable[Entry], after: Iterable[Entry]) -> tuple[Change, ...]:
    """Every package of either side, in order of its name.

    A package that stands once on each side is compared across versions; one that stands there several times
    (two versions in one dependency set) version by version.
    """
    old, new = _by_package(before), _by_package(after)
    changes: list[Change] = []
    for package in sorted({*old, *new}):
        left, right = old.get(package, {}), new.get(package, {})
        if len(left) == len(right) == 1:
            changes.append(_change(package, next(iter(left.values())), next(iter(right.values()))))
            continue
        changes.extend(_change(package, left.get(r), right.get(r)) for r in sorted({*left, *right}))
    return tuple(changes)


def _by_package(entries: Iterable[Entry]) -> Mapping[str, dict[str, Entry]]:
    """Package -> release -> its newest entry."""
    found: dict[str, dict[str, Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.assessed_at, e.record_digest)):
        found.setdefault(package_of(entry.purl), {})[release_of(entry.purl)] = entry
    return found


def _change(package: str, before: Entry | None, after: Entry | None) -> Change:
    if before is None or after is None:
        return Change(package, "gone" if after is None else "new", before, after)
    why = _why(before, after)
    if after.outcome != before.outcome:
        return Change(package, "worse" if after.outcome > before.outcome else "better", before, after, why)
    return Change(package, "changed" if why else "same", before, after, why)


def _why(before: Entry, after: Entry) -> tuple[str, ...]:
    reasons = []
    if before.outcome != after.outcome:
        reasons.append(f"outcome {before.outcome.name} -> {after.outcome.name}")
    if before.version != after.version:
        reasons.append(f"version {before.version} -> {after.version}")
    elif before.artifact_sha256 != after.artifact_sha256:
        reasons.append("another artifact of the same version")
    if before.policy_digest != after.policy_digest:
        reasons.append(f"policy {before.policy_id} -> {after.policy_id}, or its text, changed")
    return tuple(reasons)
