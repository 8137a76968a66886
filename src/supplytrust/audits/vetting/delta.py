"""What changed between two versions of a package, facet by facet: on which old answers may still rest.

Pure. A facet is a set of named facts that were read of a version: its files by digest, who can release it, what it
needs. What was not read of one of the two versions is not known to be the same, and nothing rests on it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from supplytrust.model.claims.advisory import OpenAdvisories
from supplytrust.model.claims.artifact import ArtifactContents, BuildSystem, CoreMetadata, RunTimeReach, StartupHooks
from supplytrust.model.claims.attestation import VerifiedAttestation
from supplytrust.model.claims.code import Capabilities
from supplytrust.model.claims.history import CommitHistory, DisclosurePolicy, DisclosurePromises
from supplytrust.model.claims.release import ReleaseOwners
from supplytrust.model.claims.source_tree import KnownBy, SourceRepository
from supplytrust.model.evidence import Evidence, SubjectEvidence
from supplytrust.model.subject import normal_requirement, package_of, requirement_name

Facts = Mapping[str, str]  # a fact's name, and what is said of it
FILES_OF = "files:"  # a basis that is less than a facet: the files that fit a pattern
MOST_SHOWN = 200


class Facet(enum.StrEnum):
    """What of a version an answer can rest on."""

    FILES = "files"  # every file of the judged artifact, by its digest
    PEOPLE = "people"  # who can release it, who released it, which identity attested it
    DEPENDENCIES = "dependencies"
    HOOKS = "hooks"  # code that runs when it is installed, built or merely present
    BUILD = "build"  # the declared build backend and what it needs
    REPOSITORY = "repository"
    ABILITIES = "abilities"  # what its code does: network, processes, cryptography, libraries it opens
    ADVISORIES = "advisories"
    DISCLOSURE = "disclosure"  # where and on which terms vulnerabilities are reported


@dataclass(frozen=True, slots=True)
class FacetChange:
    """How a facet differs between two versions. `unread`: which of them it is not known of; '' when of none.

    Of each list the first `MOST_SHOWN` names are kept; `count` is how many there are in all.
    """

    facet: Facet
    unread: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    count: int = 0

    @property
    def is_same(self) -> bool:
        """Whether it was read of both and nothing of it changed."""
        return not self.unread and not self.count


@dataclass(frozen=True, slots=True)
class Delta:
    """The difference between two versions: the facts of each facet before and after; None where they were not read."""

    before: Mapping[Facet, Facts | None]
    after: Mapping[Facet, Facts | None]

    def changes(self) -> tuple[FacetChange, ...]:
        """One entry a facet, the same ones included."""
        return tuple(self._change(facet) for facet in Facet)

    def _change(self, facet: Facet) -> FacetChange:
        old, new = self.before[facet], self.after[facet]
        if old is None or new is None:
            return FacetChange(facet, "both versions" if old is new else "the earlier" if old is None else "the later")
        added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
        modified = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
        count = len(added) + len(removed) + len(modified)
        came, went, moved = (tuple(names[:MOST_SHOWN]) for names in (added, removed, modified))
        return FacetChange(facet, "", came, went, moved, count)

    def why_changed(self, basis: str) -> str:
        """Why what an answer rests on is not the same any more; '' when it is. An unknown word never is the same."""
        pattern = basis.removeprefix(FILES_OF) if basis.startswith(FILES_OF) else ""
        if not pattern and basis not in set(Facet):
            return f"nobody knows what '{basis}' is"
        facet = Facet.FILES if pattern else Facet(basis)
        old, new = self.before[facet], self.after[facet]
        if old is None or new is None:
            return f"{facet} of {self._change(facet).unread} not read"
        names = [n for n in old.keys() | new.keys() if not pattern or fnmatchcase(n, pattern)]
        if pattern and not names:
            return f"no file fits '{pattern}'"
        moved = sorted(n for n in names if old.get(n) != new.get(n))
        more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
        return f"{facet} changed: {moved[0]}{more}" if moved else ""


def compare_versions(before: Evidence, after: Evidence) -> Delta:
    """The difference between two versions of one package, as far as both were read."""
    return Delta(read_facets(before), read_facets(after))


def read_facets(evidence: Evidence) -> Mapping[Facet, Facts | None]:
    """The facts of each facet of the package that was asked about; None where nobody read them."""
    node = evidence.node(evidence.root)
    found: dict[Facet, Facts | None] = {facet: read(node) for facet, read in _READERS.items()}
    if found[Facet.DEPENDENCIES] is None and evidence.edges is not None:
        edges = [e for e in evidence.edges if e.parent == evidence.root]
        found[Facet.DEPENDENCIES] = {f"{e.kind} {package_of(e.child)}": e.how for e in edges}
    return MappingProxyType(found)


def _files(node: SubjectEvidence) -> Facts | None:
    judged = node.subject.artifact.file_name if node.subject.artifact else ""
    seen = [o.claim for o in node.all(ArtifactContents) if o.claim.file_name == judged]
    if not seen:
        return None
    found: dict[str, str] = {}
    for member in seen[0].members:
        name = _without_version(member.path, node.subject.version)
        while name in found:  # two members of one place, or a path that spells the version twice
            name += " (again)"
        found[name] = member.sha256
    return found


def _without_version(path: str, version: str) -> str:
    """The path without the version that release tools write into it, so that its counterpart is found."""
    return re.sub(rf"(?<![0-9A-Za-z.]){re.escape(version)}(?![0-9A-Za-z]|\.[0-9])", "{version}", path)


def _people(node: SubjectEvidence) -> Facts | None:
    found: dict[str, str] = {}
    owners = node.newest(ReleaseOwners)
    if owners is not None and owners.claim.organization:
        found[f"organization {owners.claim.organization}"] = ""
    for account, role in owners.claim.roles if owners is not None else ():
        found[f"account {account}"] = role
    histories = [o.claim for o in node.all(CommitHistory) if o.claim.known_by is not KnownBy.DECLARED]
    for history in histories[:1]:
        found[f"releaser {history.releaser.name or 'not known'}"] = history.releaser.key
        found |= {f"long-standing {name}": "" for name in history.long_standing}
    for one in node.all(VerifiedAttestation):
        claim = one.claim
        found[f"publisher {claim.repository or claim.identity} {claim.workflow}".rstrip()] = claim.issuer
    roles_are_known = owners is not None and bool(owners.claim.roles)
    return found if roles_are_known or histories else None


def _dependencies(node: SubjectEvidence) -> Facts | None:
    judged = node.subject.artifact.file_name if node.subject.artifact else ""
    seen = [o.claim for o in node.all(CoreMetadata) if o.claim.file_name == judged]
    if not seen:
        return None
    listed = [(requirement_name(text), normal_requirement(text)) for text in seen[0].requires_dist]
    return {name: "; ".join(sorted(text for other, text in listed if other == name)) for name, _ in listed}


def _hooks(node: SubjectEvidence) -> Facts | None:
    kinds = {a.file_name: a.kind.value for a in (node.subject.artifact, *node.subject.others) if a is not None}
    seen = node.all(StartupHooks)
    found = {f"{kinds.get(o.claim.file_name, '')} {h.path} ({h.kind})": h.sha256 for o in seen for h in o.claim.hooks}
    unclear = {f"not clear: {text}": "" for o in seen for text in o.claim.unclear}
    return {**found, **unclear} if seen else None


def _build(node: SubjectEvidence) -> Facts | None:
    seen = node.newest(BuildSystem)
    if seen is None:
        return None
    claim = seen.claim
    needs = {f"needs {requirement_name(text)}": normal_requirement(text) for text in claim.requires}
    return {"backend": claim.backend, "path": " ".join(claim.backend_path), **needs}


def _repository(node: SubjectEvidence) -> Facts | None:
    seen = node.all(SourceRepository)
    return {o.claim.address: o.claim.known_by.value for o in seen} if seen else None


def _abilities(node: SubjectEvidence) -> Facts | None:
    seen, reach = node.newest(Capabilities), node.newest(RunTimeReach)
    if seen is None:
        return None
    found = {f"ability {one.ability}": "" for one in seen.claim.found}
    if seen.claim.unread:
        found["files that were not read"] = str(seen.claim.unread)
    if reach is not None:
        found |= {f"library {one.name}": one.how for one in reach.claim.libraries}
        found |= {f"service {one.service}": one.known_by for one in reach.claim.endpoints}
    return found


def _advisories(node: SubjectEvidence) -> Facts | None:
    seen = node.newest(OpenAdvisories)
    if seen is None:
        return None
    return {one.id: one.severity for one in seen.claim.advisories} | dict.fromkeys(seen.claim.undecided, "undecided")


def _disclosure(node: SubjectEvidence) -> Facts | None:
    policy, promises = node.newest(DisclosurePolicy), node.newest(DisclosurePromises)
    if policy is None and promises is None:
        return None
    found: dict[str, str] = {}
    if policy is not None:
        found |= {f"policy {policy.claim.state}": " ".join(policy.claim.paths)}
        found |= {f"changed by {one.commit}": one.author for one in policy.claim.changes}
    for one in promises.claim.promises if promises is not None else ():
        found[f"promise {one.kind}"] = f"{one.days:g} days"
    return found


_READERS: Mapping[Facet, Callable[[SubjectEvidence], Facts | None]] = MappingProxyType(
    {
        Facet.FILES: _files,
        Facet.PEOPLE: _people,
        Facet.DEPENDENCIES: _dependencies,
        Facet.HOOKS: _hooks,
        Facet.BUILD: _build,
        Facet.REPOSITORY: _repository,
        Facet.ABILITIES: _abilities,
        Facet.ADVISORIES: _advisories,
        Facet.DISCLOSURE: _disclosure,
    }
)


def describe_change(change: FacetChange) -> Iterator[str]:
    """The difference of a facet in lines: what came, what went, what is another one."""
    if change.unread:
        yield f"{change.facet}: not read of {change.unread}"
        return
    parts = (("+", change.added), ("-", change.removed), ("~", change.modified))
    for mark, names in parts:
        yield from (f"{change.facet}: {mark} {name}" for name in names)
    shown = sum(len(names) for _, names in parts)
    if change.count > shown:
        yield f"{change.facet}: and {change.count - shown} more"
