"""What cargo-vet files say about one crate. All files are one set, as in a cargo-vet store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from supplytrust.evidence.reviews import chains, criteria
from supplytrust.evidence.reviews.cargo_vet import Against, Crate, VetFile
from supplytrust.evidence.reviews.collector import ReviewCollector
from supplytrust.model.claims.review import Review, Standing, Violation
from supplytrust.model.subject import Subject
from supplytrust.model.version_scheme import SEMANTIC


def tell(told: ReviewCollector, subject: Subject, files: Iterable[tuple[str, str, VetFile]]) -> None:
    """Add reviews and violations; `files` are (name, digest, content)."""
    crate, digests = Crate(), dict[str, str]()
    for name, digest, file in files:
        told.skipped += file.skips.counts(name, subject.name)
        digests[name] = digest
        crate = _join_crates(crate, file.crates.get(subject.name, Crate()), name)
    for way in chains.find_chains(crate, subject.version):
        told.reviews.append(_review(way, digests))
    told.elsewhere.update(chains.elsewhere(crate, subject.version))
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


def _review(way: chains.AuditChain, digests: dict[str, str]) -> Review:
    """cargo-vet gives no date to a reading: `at` stays unknown."""
    names, digest = tuple(sorted(way.criteria)), digests[_file(way.origins[0])]
    scopes, origins = criteria.scopes(names), ", ".join(way.origins)
    return Review(_names(way.who), names, scopes, way.basis, way.steps, None, Standing.KEPT, origins, digest)


def _violation(told: ReviewCollector, against: Against, version: str, digests: dict[str, str]) -> None:
    broken = tuple(sorted(c for c in against.criteria if criteria.speaks_against(c)))
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
