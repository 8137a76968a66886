"""What the ledger remembers of a package: digests of its files, its owners, its repository.

Every fact seen now is remembered, so that a later look can tell what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import (
    FirstSeenFact,
    FirstSeenFacts,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseOwners,
)
from supplytrust.model.evidence import GapReason, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.ports.world import FirstSeen, Missed, Observed, World

NAME = "ledger_facts"
OFFERS: tuple[type[Claim], ...] = (FirstSeenFacts,)
NEEDS: tuple[type[Claim], ...] = (ReleaseFiles, ReleaseOwners, ProjectMetadata, MeasuredDigest)
ECOSYSTEMS: tuple[str, ...] = ("pypi",)
_SOURCE_LABELS = ("repository", "source", "sourcecode", "code", "github", "gitlab", "sources")


def observe(subject: Subject, known: SubjectEvidence, world: World) -> Sequence[Observed | Missed]:
    """Remember what is seen now; answer it with what was seen first."""
    if world.ledger is None:
        return [Missed(FirstSeenFacts, GapReason.NOT_LOOKED, "no ledger is kept")]
    key = f"pkg:{subject.type}/{subject.name}"
    facts = dict(_seen_now(known))
    if not facts:
        return [Missed(FirstSeenFacts, GapReason.DEPENDS, "no digest, owner or repository was seen now")]
    told = [_looked_up(key, fact, value, world.ledger, world) for fact, value in sorted(facts.items())]
    told += [(fact, True) for fact in _gone(key, facts, world.ledger)]
    recalled = tuple(fact.fact for fact, before in told if before)
    return [Observed(FirstSeenFacts(tuple(fact for fact, _ in told), recalled), "first-seen facts of the ledger")]


def _looked_up(key: str, fact: str, value: str, ledger: FirstSeen, world: World) -> tuple[FirstSeenFact, bool]:
    """The fact, and whether it was seen before: what was first seen at this very moment is no earlier look."""
    now = min(world.now, world.at)
    first, at = ledger.recall(key, fact) or ledger.remember(key, fact, value, now)
    return FirstSeenFact(fact, first, at, value), at < now or first != value


def _gone(key: str, seen: Mapping[str, str], ledger: FirstSeen) -> Iterator[FirstSeenFact]:
    """Owners that were told once and are not told now: an index that falls silent must not pass for a first look."""
    before = None if "owners" in seen else ledger.recall(key, "owners")
    if before is not None:
        yield FirstSeenFact("owners", *before, "")


def _seen_now(known: SubjectEvidence) -> Iterator[tuple[str, str]]:
    """Facts and values; a measured digest comes after, and so before, the one that is only listed."""
    for files in known.all(ReleaseFiles):
        yield from ((f"digest:{f.file_name}", f.sha256) for f in files.claim.files if f.sha256)
    yield from ((f"digest:{m.claim.file_name}", m.claim.measured) for m in known.all(MeasuredDigest))
    owners = known.newest(ReleaseOwners)
    if owners is not None and owners.claim.roles:
        yield "owners", " ".join(sorted({account for account, _ in owners.claim.roles}))
    metadata = known.newest(ProjectMetadata)
    links = metadata.claim.links if metadata else ()
    named = [link.url for link in links if link.label.lower().replace(" ", "").replace("-", "") in _SOURCE_LABELS]
    if named:
        yield "repository", named[0].rstrip("/").removesuffix(".git").lower()
