"""Databases of known vulnerabilities: what is open in this version, how past ones were answered, notices.

Asked are the database of the configuration (`[advisories] osv`), an OSV service when the network may be used, and
what the index lists itself. One defect under several names is told once. The public service is not told
the name of a package that comes from an index of the caller's own (`[advisories] service` names one to ask anyway).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.errors import SourceError, UnreachableError
from supplytrust.evidence.advisories import database, documents
from supplytrust.evidence.advisories.defects import (
    AdvisoryStatement,
    Defect,
    ReleaseContext,
    advisory_history,
    merge_records,
)
from supplytrust.evidence.advisories.record import Record
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.advisory import (
    Advisory,
    AdvisoryHistory,
    AdvisoryKind,
    AskedDatabase,
    MaintenanceNotices,
    OpenAdvisories,
    Unread,
)
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.history import FixHistory
from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability, ProjectMetadata, ReleaseHistory
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject, same_version

NAME = "advisories"
OFFERS: tuple[type[Claim], ...] = (OpenAdvisories, AdvisoryHistory, MaintenanceNotices)
NEEDS: tuple[type[Claim], ...] = (KnownVulnerabilities, ReleaseHistory, ProjectMetadata, FixHistory)
ECOSYSTEMS: tuple[str, ...] = ()

INDEX, NO_SERVICE = "index", "none"
_OPEN = (AdvisoryKind.VULNERABILITY, AdvisoryKind.UNSOUND, AdvisoryKind.MALICIOUS)
_NOTICES = (AdvisoryKind.UNMAINTAINED, AdvisoryKind.UNSOUND, AdvisoryKind.NOTICE)


@dataclass(slots=True)
class _Look:
    """What is gathered from one database after the other, nothing of it later than `at`."""

    at: datetime
    told: list[AdvisoryStatement] = field(default_factory=list)
    asked: list[AskedDatabase] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    failures: int = 0
    failed: list[SourceError] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    def take(self, asked: AskedDatabase, records: Iterable[Record]) -> None:
        """Keep the records that stand at the judged moment; count the other ones."""
        before = len(self.told)
        for record in records:
            if record.withdrawn is not None and record.withdrawn <= self.at:
                self.unread["withdrawn"] += 1
            elif record.published is not None and record.published > self.at:
                self.unread["later"] += 1
            else:
                self.told.append(AdvisoryStatement(asked.name, record))
        newest = min(asked.newest, self.at) if asked.newest else None
        about = len(self.told) - before
        self.asked.append(AskedDatabase(asked.name, newest, about, asked.records, asked.unread))


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Three claims about the package from all databases that answered, each missed with the reason when none did."""
    name = f"{subject.namespace}/{subject.name}" if subject.namespace else subject.name
    about = ecosystems.package_key(subject.type, name)
    look = _Look(world.at)
    _ask_disk(look, about, world)
    _ask_service(look, subject, about, world)
    bases = list(look.asked)
    _ask_index(look, subject, known)
    look.unread["database"] += look.failures
    defects, digest = (
        merge_records(look.told, ecosystems.versions_of(subject.type)),
        look.digests[0] if len(look.digests) == 1 else "",
    )
    method = "; ".join(["asked " + ", ".join(a.name for a in look.asked), *look.quiet])
    seen: list[SourceClaim | NotObserved] = [_open(look, subject, defects), _notices(look, subject, known, defects)]
    seen.append(_history(look, bases, subject, known, defects))
    return [SourceClaim(s.claim, method[:300], digest) if isinstance(s, SourceClaim) else s for s in seen]


def _ask_disk(look: _Look, about: tuple[str, str], world: CollectContext) -> None:
    if not world.settings.osv:
        return
    try:
        with database.open_database(Path(world.settings.osv), world.cache, ecosystems.package_key) as base:
            extent = base.extent(about[0])
            records, broken = base.about(*about)
            look.unread["malformed"] += len(broken)
            if extent is None:
                look.quiet.append(f"{base.name} holds nothing about {about[0]} packages")
                return
            look.take(AskedDatabase(base.name, extent.newest, 0, extent.records, extent.unread), records)
    except SourceError as error:
        look.failures += 1
        look.failed.append(error)


def _ask_service(look: _Look, subject: Subject, about: tuple[str, str], world: CollectContext) -> None:
    named = world.settings.advisory_service
    if named == NO_SERVICE or subject.type == "generic":  # a file of the caller's own: its name is nobody's business
        return
    if not named and world.settings.index_of(subject.type, subject.name):
        look.quiet.append("no service: the package is from an index of the configuration")
        return
    try:
        reply = documents.ask_service(
            named or documents.DEFAULT_SERVICE, subject.package, about, world.http, ecosystems.package_key
        )
    except SourceError as error:
        look.failures += bool(named)  # the public one is asked on the off-chance
        unreachable = isinstance(error, UnreachableError)
        look.failed.append(UnreachableError("the advisory service did not answer") if unreachable else error)
        look.quiet.append(f"service: {error.reason}")
        return
    look.digests.append(reply.digest)
    look.unread["malformed"] += reply.unread
    old = reply.at is not None and world.now - reply.at > timedelta(days=1)  # younger ones are of this look
    look.take(AskedDatabase("OSV service", reply.at if old else None, 0), reply.records)


def _ask_index(look: _Look, subject: Subject, known: SubjectEvidence) -> None:
    seen = next((o for o in known.all(KnownVulnerabilities) if same_version(o.claim.version, subject.version)), None)
    if seen is not None and not seen.claim.vulnerabilities and _is_local(subject):
        look.quiet.append("not the index: it lists by exact version")
    elif seen is not None:
        standing = [v for v in seen.claim.vulnerabilities if not v.withdrawn]
        look.unread["withdrawn"] += len(seen.claim.vulnerabilities) - len(standing)
        look.take(AskedDatabase(INDEX, None, 0), [_record_of_index(v, subject) for v in standing])


def _is_local(subject: Subject) -> bool:
    """Whether the version is somebody's build of a public one."""
    return ecosystems.versions_of(subject.type).public(subject.version) != subject.version


def _record_of_index(one: KnownVulnerability, subject: Subject) -> Record:
    kind = AdvisoryKind.MALICIOUS if one.malicious else AdvisoryKind.VULNERABILITY
    return Record(
        one.id,
        one.aliases,
        kind,
        *ecosystems.package_key(subject.type, subject.name),
        *(one.published, None, None),
        ratings=(one.severity,) if one.severity else (),
        versions=(subject.version,),
        fixed_in=one.fixed_in,
    )


def _open(look: _Look, subject: Subject, defects: list[Defect]) -> SourceClaim | NotObserved:
    if not look.asked or not subject.version:
        return _nothing(look, OpenAdvisories)
    here = [(replace(d.advisory, kind=d.kind_in(subject.version)), d.affects(subject.version)) for d in defects]
    mine = [(advisory, affected) for advisory, affected in here if advisory.kind in _OPEN]
    standing = tuple(_with_later_fixes(a, subject) for a, affected in mine if affected)
    undecided = tuple(a.id for a, affected in mine if affected is None)
    return SourceClaim(OpenAdvisories(subject.version, standing, undecided, tuple(look.asked), _unread(look)), "")


def _with_later_fixes(advisory: Advisory, subject: Subject) -> Advisory:
    """The advisory with the fixes that a user of the judged version can go to: not those of older branches."""
    scheme = ecosystems.versions_of(subject.type)
    later = (v for v in advisory.fixed_in if scheme.at_least(v, subject.version) is not False)
    return replace(advisory, fixed_in=tuple(later))


def _history(
    look: _Look, bases: list[AskedDatabase], subject: Subject, known: SubjectEvidence, defects: list[Defect]
) -> SourceClaim | NotObserved:
    """Only from databases that know every version: an index lists what is open in this one."""
    if not bases:
        return _nothing(look, AdvisoryHistory)
    whole = [d for d in defects if set(d.advisory.databases) != {INDEX}]
    releases = known.newest(ReleaseHistory)
    own = [o.claim.fixes for o in known.all(FixHistory) if o.claim.known_by is not KnownBy.DECLARED]
    made = releases.claim.releases if releases else None
    others = ReleaseContext(ecosystems.versions_of(subject.type), made, own[0] if own else ())
    return SourceClaim(AdvisoryHistory(advisory_history(whole, others), tuple(bases), _unread(look)), "")


def _notices(look: _Look, subject: Subject, known: SubjectEvidence, defects: list[Defect]) -> SourceClaim | NotObserved:
    metadata = known.newest(ProjectMetadata)
    bases = tuple(a for a in look.asked if a.name != INDEX)
    if not bases and metadata is None:
        return _nothing(look, MaintenanceNotices)
    told = [d for d in defects if d.advisory.kind in _NOTICES]
    standing = tuple(d.advisory for d in told if d.affects(subject.version) is not False)
    if metadata is None:
        return SourceClaim(MaintenanceNotices(subject.version, standing, bases), "")
    inactive = any(c.startswith("Development Status :: 7") for c in metadata.claim.classifiers)
    return SourceClaim(MaintenanceNotices(subject.version, standing, bases, metadata.claim.archived, inactive), "")


def _unread(look: _Look) -> tuple[Unread, ...]:
    return tuple(Unread(reason, count) for reason, count in sorted(look.unread.items()) if count)


def _nothing(look: _Look, kind: type[Claim]) -> NotObserved:
    if look.failed:
        return not_observed(kind, NotObservedReason(look.failed[0].reason), look.failed[0].message)
    told = "; ".join(look.quiet) or "no advisory database is configured"
    return not_observed(kind, NotObservedReason.NOT_LOOKED, told)
