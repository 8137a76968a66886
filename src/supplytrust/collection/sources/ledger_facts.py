"""What the ledger remembers of a package: digests of its files, its owners, its repository.

Every fact seen now is remembered under the place where it was seen, so that a later look at the same place can tell
what changed: the configured index, or the folder of a file that was given by path. A path can hold other bytes
tomorrow (one's own build), so such a file is remembered by its bytes and never stands against another one. What a
ledger of an earlier version kept without a place is told under `unplaced:<fact>` and compared with nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from supplytrust import ecosystems
from supplytrust.io.context import CollectContext, FirstSeen, SourceClaim, not_observed
from supplytrust.io.http.url_rules import fact_key
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import (
    FirstSeenFact,
    FirstSeenFacts,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseHistory,
    ReleaseOwners,
)
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject, same_version

NAME = "ledger_facts"
OFFERS: tuple[type[Claim], ...] = (FirstSeenFacts,)
NEEDS: tuple[type[Claim], ...] = (ReleaseFiles, ReleaseHistory, ReleaseOwners, ProjectMetadata, MeasuredDigest)
NEAR = 8  # releases below the judged one whose withdrawal is remembered
ECOSYSTEMS = ecosystems.known_types()
_SOURCE_LABELS = ("repository", "source", "sourcecode", "code", "github", "gitlab", "sources")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A fact seen now. `kept` is what a first look remembers; `entry` its name in the ledger, if another one."""

    key: str
    fact: str
    now: str
    kept: str
    entry: str = ""


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Remember what is seen now; answer it with what was seen first."""
    ledger = world.ledger
    if ledger is None:
        return [not_observed(FirstSeenFacts, NotObservedReason.NOT_LOOKED, "no ledger is kept")]
    sightings = list(_sightings(subject, known, world))
    if not sightings:
        return [not_observed(FirstSeenFacts, NotObservedReason.DEPENDS, "no digest, owner or repository was seen now")]
    pairs = [(one, *_looked_up(one, ledger, world)) for one in sightings]
    own = {one.fact for one in sightings if one.entry}  # of a file given by path, not what an index lists by its name
    answered = [(fact, before) for one, fact, before in pairs if one.entry or one.fact not in own]
    answered += [(fact, True) for fact in _vanished_owners(subject, sightings, ledger, world)]
    facts = sorted((fact for fact, _ in answered), key=lambda fact: fact.fact)
    recalled = sorted(fact.fact for fact, before in answered if before)
    unplaced = list(_facts_without_place(subject, [fact.fact for fact in facts], ledger))
    told = f"; {len(unplaced)} earlier ones name no place and are not compared" if unplaced else ""
    claim = FirstSeenFacts((*facts, *unplaced), tuple(recalled))
    return [SourceClaim(claim, f"first-seen facts of the ledger, by place{told}")]


def _looked_up(one: Sighting, ledger: FirstSeen, world: CollectContext) -> tuple[FirstSeenFact, bool]:
    """The fact, and whether it was seen before: what was first seen at this very moment is no earlier look."""
    now, entry = min(world.now, world.at), one.entry or one.fact
    first, at = ledger.recall(one.key, entry) or ledger.remember(one.key, entry, one.kept, now)
    return FirstSeenFact(one.fact, first, at, one.now), at < now or first != one.kept


def _vanished_owners(
    subject: Subject, sightings: Sequence[Sighting], ledger: FirstSeen, world: CollectContext
) -> Iterator[FirstSeenFact]:
    """Owners that were told once and are not told now: an index that falls silent must not pass for a first look."""
    if any(one.fact == "owners" for one in sightings):
        return
    before = ledger.recall(
        fact_key(subject, ecosystems.for_type(subject.type).index_address(subject.name, world)), "owners"
    )
    if before is not None:
        yield FirstSeenFact("owners", *before, "")


def _withdrawals(subject: Subject, known: SubjectEvidence, index: str) -> Iterator[Sighting]:
    """Whether the judged release and those right below it are withdrawn: an index does not say since when."""
    history = known.newest(ReleaseHistory)
    if history is None or "lines" not in ecosystems.of(subject).TRAITS:
        return
    here = next((n for n, r in enumerate(history.claim.releases) if same_version(r.version, subject.version)), None)
    for release in history.claim.releases[max(0, here - NEAR) : here + 1] if here is not None else ():
        now = "yes" if release.yanked else "no"
        yield Sighting(index, f"yanked:{release.version}", now, now)


def _facts_without_place(subject: Subject, facts: Sequence[str], ledger: FirstSeen) -> Iterator[FirstSeenFact]:
    """What an earlier version of this program remembered without saying where it was seen."""
    for fact in facts:
        before = ledger.recall(f"pkg:{subject.type}/{subject.name}", fact)
        if before is not None:
            yield FirstSeenFact(f"unplaced:{fact}", *before, "")


def _sightings(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Iterator[Sighting]:
    """Every fact once; what an index lists is what its first look keeps, what was measured is what is compared."""
    index = fact_key(subject, ecosystems.for_type(subject.type).index_address(subject.name, world))
    folder = world.folder_of(subject)
    here = fact_key(subject, folder) if folder else index
    digests = {
        f.file_name: Sighting(index, f"digest:{f.file_name}", f.sha256, f.sha256)
        for files in known.all(ReleaseFiles)
        for f in files.claim.files
        if f.sha256
    }
    for measured in known.all(MeasuredDigest):
        name, sha256 = measured.claim.file_name, measured.claim.measured
        listed, fact = digests.get(name), f"digest:{name}"
        if folder and subject.artifact is not None and name == subject.artifact.file_name:
            if listed is None or listed.kept != sha256:
                yield Sighting(here, fact, sha256, sha256, f"{fact}:{sha256}")
        else:
            digests[name] = replace(listed, now=sha256) if listed else Sighting(index, fact, sha256, sha256)
    yield from digests.values()
    yield from _withdrawals(subject, known, index)
    owners = known.newest(ReleaseOwners)
    if owners is not None and owners.claim.roles:
        accounts = " ".join(sorted({account for account, _ in owners.claim.roles}))
        yield Sighting(index, "owners", accounts, accounts)
    metadata = known.newest(ProjectMetadata)
    links = metadata.claim.links if metadata else ()
    named = [link.url for link in links if link.label.lower().replace(" ", "").replace("-", "") in _SOURCE_LABELS]
    if named:
        repository = named[0].rstrip("/").removesuffix(".git").lower()
        yield Sighting(here, "repository", repository, repository)
