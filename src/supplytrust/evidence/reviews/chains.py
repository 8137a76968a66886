"""From a version that was read whole, over changes that were read, to the judged version: a search in a graph.

After "The cargo vet book", chapter "The Vetting Algorithm": versions are nodes, a whole reading is an edge from
the root, a reading of a change one from its base. Each criterion is searched by itself, because a path only
certifies what every step of it certifies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from supplytrust.evidence.reviews import reading
from supplytrust.evidence.reviews.cargo_vet import Against, Audit, ByPublisher, Crate, PublishedVersion, VetFile
from supplytrust.evidence.reviews.reading import BUILT_IN, ReviewCollector
from supplytrust.model.claims.review import Basis, Review, Standing, Violation
from supplytrust.model.subject import Subject
from supplytrust.model.versions import SEMANTIC

_NOTHING = ""


@dataclass(frozen=True, slots=True)
class AuditChain:
    """A way to the judged version: who vouches for which criteria, over which steps. `origins` are of the steps."""

    origins: tuple[str, ...]
    basis: Basis
    criteria: frozenset[str]
    who: tuple[str, ...]
    steps: tuple[str, ...]


def find_chains(crate: Crate, version: str) -> tuple[AuditChain, ...]:
    """Every way, one for each set of criteria that go the same way; those read come before those only published.

    Built-in criteria mean the same to everybody, so that a path may use steps of several origins; any other
    criterion is followed within its own origin.
    """
    found: dict[tuple[tuple[str, ...], Basis, tuple[str, ...], tuple[str, ...]], set[str]] = {}
    for (_, criterion), audits in sorted(_audits_by_criterion(crate.audits).items()):
        path = _path(audits, version)
        if path:
            basis = Basis.FULL if len(path) == 1 else Basis.CHAIN
            origins = tuple(dict.fromkeys(a.origin for a in path))
            key = (origins, basis, _people(path), tuple(a.version for a in path))
            found.setdefault(key, set()).add(criterion)
    ways = [AuditChain(o, basis, frozenset(c), who, steps) for (o, basis, who, steps), c in found.items()]
    return tuple(sorted([*ways, *_by_publisher(crate, version)], key=_order))


def elsewhere(crate: Crate, version: str) -> tuple[str, ...]:
    """Versions that somebody read whole, without the judged one."""
    return tuple(sorted({a.version for a in crate.audits if not a.base} - {version}))


def _order(way: AuditChain) -> tuple[int, int, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    rank = (Basis.FULL, Basis.CHAIN, Basis.PUBLISHER).index(way.basis)
    return rank, len(way.steps), way.origins, tuple(sorted(way.criteria)), way.who, way.steps


def _audits_by_criterion(audits: Iterable[Audit]) -> dict[tuple[str, str], list[Audit]]:
    """Audits by what is searched for, (origin, criterion); a built-in criterion once, for all origins."""
    asked: dict[tuple[str, str], list[Audit]] = {}
    for audit in audits:
        for criterion in audit.criteria:
            asked.setdefault(("*" if criterion in BUILT_IN else audit.origin, criterion), []).append(audit)
    return asked


def _path(audits: list[Audit], version: str) -> tuple[Audit, ...]:
    """The shortest path from nothing to the version, () when there is none. Of equal ones the first by text."""
    edges: dict[str, list[Audit]] = {}
    for audit in sorted(audits, key=lambda a: (a.version, a.who, a.origin, sorted(a.criteria))):
        edges.setdefault(audit.base or _NOTHING, []).append(audit)
    last: dict[str, Audit] = {}  # by version the step that reached it first
    waiting = deque([_NOTHING])
    while waiting and version not in last:
        for audit in edges.get(waiting.popleft(), ()):
            if audit.version not in last:
                last[audit.version] = audit
                waiting.append(audit.version)
    steps: list[Audit] = []
    while version in last:
        steps.append(last[version])
        version = steps[-1].base or _NOTHING
    return tuple(reversed(steps))


def _by_publisher(crate: Crate, version: str) -> list[AuditChain]:
    """Entries whose publisher brought out this version within their days, as far as the lock file says who did."""
    made = [p for p in crate.published if p.version == version]
    ways: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for entry in crate.by_publisher:
        if any(_fits(entry, p) for p in made):
            ways.setdefault((entry.origin, entry.who or (entry.publisher,)), set()).update(entry.criteria)
    return [AuditChain((o,), Basis.PUBLISHER, frozenset(c), who, (version,)) for (o, who), c in ways.items()]


def _fits(entry: ByPublisher, made: PublishedVersion) -> bool:
    """Published by the same account, on a day of the term (both ends count)."""
    return made.publisher == entry.publisher and entry.start <= made.at < entry.end + timedelta(days=1)


def _people(path: Iterable[Audit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for audit in path for name in (audit.who or (audit.origin or "unnamed",))))


# What cargo-vet files say about one crate. All files are one set, as in a cargo-vet store.


def collect_reviews(told: ReviewCollector, subject: Subject, files: Iterable[tuple[str, str, VetFile]]) -> None:
    """Add reviews and violations; `files` are (name, digest, content)."""
    crate, digests = Crate(), dict[str, str]()
    for name, digest, file in files:
        told.skipped += file.skips.counts(name, subject.name)
        digests[name] = digest
        crate = _join_crates(crate, file.crates.get(subject.name, Crate()), name)
    for way in find_chains(crate, subject.version):
        told.reviews.append(_review(way, digests))
    told.elsewhere.update(elsewhere(crate, subject.version))
    for against in crate.against:
        _violation(told, against, subject.version, digests)


def _join_crates(crate: Crate, part: Crate, name: str) -> Crate:
    """Criteria that are not built in keep the meaning they have in their file, or their import."""

    def of(origin: str) -> str:
        return f"{name}:{origin}" if origin else name

    return Crate(
        (*crate.audits, *(replace(a, origin=of(a.origin)) for a in part.audits)),
        (*crate.against, *(replace(a, origin=of(a.origin)) for a in part.against)),
        (*crate.by_publisher, *(replace(a, origin=of(a.origin)) for a in part.by_publisher)),
        (*crate.published, *part.published),
    )


def _review(way: AuditChain, digests: dict[str, str]) -> Review:
    """cargo-vet gives no date to a reading: `at` stays unknown."""
    names, digest = tuple(sorted(way.criteria)), digests[_file(way.origins[0])]
    scopes, origins = reading.scopes(names), ", ".join(way.origins)
    return Review(_names(way.who), names, scopes, way.basis, way.steps, None, Standing.KEPT, origins, digest)


def _violation(told: ReviewCollector, against: Against, version: str, digests: dict[str, str]) -> None:
    broken = tuple(sorted(c for c in against.criteria if reading.speaks_against(c)))
    try:
        here = SEMANTIC.includes(against.requirement, version)
    except ValueError:
        here = True  # a version that cannot be ordered is not shown to lie outside
    if here and broken:
        who, digest = _names(against.who), digests[_file(against.origin)]
        told.violations.append(Violation(who, broken, against.requirement, None, Standing.KEPT, against.origin, digest))


def _file(origin: str) -> str:
    return origin.partition(":")[0]


def _names(who: tuple[str, ...]) -> tuple[str, ...]:
    """Without mail addresses, where there is a name."""
    return tuple(dict.fromkeys(name.partition("<")[0].strip() or name.strip("<>") for name in who))
