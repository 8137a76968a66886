"""What the audits of a ledger add up to: its sets, their runs night by night, and the packages of the newest run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.audits.result import Cause
from supplytrust.audits.run_history import Night, list_sets, nights
from supplytrust.errors import SupplytrustError
from supplytrust.formats.json_reader import Json, read_json
from supplytrust.ledger import Entry, Ledger
from supplytrust.model.vocabulary import Outcome

MOST_NIGHTS = 120


@dataclass(frozen=True, slots=True)
class Standing:
    """An exception that a package stands on."""

    covers: str
    reason: str
    owner: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the newest run. What its record would say is empty or None where the ledger has no record of it."""

    entry: Entry
    reasons: tuple[str, ...]
    causes: tuple[Cause, ...] = ()
    exceptions: tuple[Standing, ...] = ()
    bytes: int | None = None
    holders: tuple[tuple[str, str], ...] = ()
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditedSet:
    """A set with its runs, the newest first, and the packages of the newest one, the worst first."""

    name: str
    policy: str
    nights: tuple[Night, ...]
    packages: tuple[Package, ...]


def read_sets(ledger: Ledger) -> Iterator[AuditedSet]:
    """Every set that was audited under some policy, of each the newest MOST_NIGHTS runs.

    Raises:
        supplytrust.errors.LedgerError: the ledger cannot be read, or a run in it is damaged.
    """
    for name, policy in list_sets(ledger):
        runs = nights(ledger, name, policy, most=MOST_NIGHTS)
        if runs:
            last = runs[0].run
            entries = sorted(last.entries, key=lambda e: (-e.outcome, e.purl))
            packages = tuple(_package(ledger, entry, last.reasons.get(entry.purl, ())) for entry in entries)
            yield AuditedSet(name, policy, runs, packages)


def _package(ledger: Ledger, entry: Entry, reasons: tuple[str, ...]) -> Package:
    """What the package's record adds; a record that is gone or cannot be read costs its details, no more."""
    predicate: Mapping[str, Json] = {}
    if entry.record_digest:
        with contextlib.suppress(SupplytrustError):
            predicate = _object(_object(read_json(ledger.body(entry.record_digest))).get("predicate"))
    footprint = _object(predicate.get("footprint"))
    size = footprint.get("bytes") if footprint.get("packages") == 1 else None
    return Package(
        entry,
        reasons,
        tuple(_causes(predicate)) if entry.outcome is not Outcome.ADMIT else (),
        tuple(_exceptions(predicate)),
        size if isinstance(size, int) else None,
        tuple(_holders(footprint)) if footprint.get("packages") == 1 else (),
        _moment(predicate.get("expires")),
    )


def _causes(predicate: Mapping[str, Json]) -> Iterator[Cause]:
    """As `causes_of` of the record: what speaks against it, then the answers that would change it."""
    found = {
        str(finding.get("signal")): finding
        for area in _object(predicate.get("areas")).values()
        for finding in _objects(_object(area).get("findings"))
    }
    for signal, finding in found.items():
        if finding.get("status") == "opposes":
            yield Cause(signal, "", str(finding.get("because")))
    wanted: dict[str, None] = {}
    for missing in _objects(predicate.get("wouldChange")):
        if not missing.get("subject"):
            musts = missing.get("mustHaves")
            wanted |= dict.fromkeys(str(one) for one in (musts if isinstance(musts, list) else ()))
            wanted |= dict.fromkeys(str(gain.get("signal")) for gain in _objects(missing.get("evidence")))
    for signal in wanted:
        finding = found.get(signal, {})
        if finding.get("status") == "not_observed":
            yield Cause(signal, str(finding.get("reason") or "unknown"), str(finding.get("because")))


def _exceptions(predicate: Mapping[str, Json]) -> Iterator[Standing]:
    for one in _objects(predicate.get("exceptions")):
        ends, covers = _moment(one.get("expires")), one.get("covers")
        if ends is not None:
            areas = ", ".join(map(str, covers)) if isinstance(covers, list) else ""
            yield Standing(areas, str(one.get("reason")), str(one.get("owner")), ends)


def _holders(footprint: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for point in _objects(footprint.get("singlePoints")):
        yield str(point.get("kind")), str(point.get("name"))


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _objects(value: Json) -> Iterator[Mapping[str, Json]]:
    return (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


def _moment(value: Json) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    return None
