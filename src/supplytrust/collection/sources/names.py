"""Popular names that this package's name could be taken for, and near names of the graph it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from supplytrust import ecosystems
from supplytrust.ecosystems import near_names
from supplytrust.io.context import CollectContext, SourceClaim
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NameNeighbours
from supplytrust.model.evidence import Evidence, NotObserved, Observation, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.records.evidence_file import observation_id

NAME = "names"
OFFERS: tuple[type[Claim], ...] = (NameNeighbours,)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS = ecosystems.known_types()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """Compare with the shipped list; needs no network."""
    return [SourceClaim(ecosystems.of(subject).name_neighbours(subject.name), "shipped list of popular names")]


def near_in_graph(packages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """For each package (type, name) the names of the others that it could be taken for."""
    kinds: dict[str, dict[str, str]] = {}
    for purl_type, name in packages:
        if purl_type in ecosystems.known_types():
            kinds.setdefault(purl_type, {})[ecosystems.for_type(purl_type).normal_name(name)] = name
    pairs = ((kind, names, near_names.near_pairs(names)) for kind, names in kinds.items())
    return {
        (k, names[one]): tuple(names[o] for o in others) for k, names, near in pairs for one, others in near.items()
    }


def note_near(node: SubjectEvidence, near: Mapping[tuple[str, str], tuple[str, ...]]) -> SubjectEvidence:
    """The evidence with the near names of its graph beside the popular ones."""
    subject = node.subject
    beside = near.get((subject.type, subject.name), ())
    if not beside:
        return node
    return SubjectEvidence(subject, tuple(_with_names(o, beside) for o in node.observations), node.gaps)


def note_near_root(evidence: Evidence, beside: tuple[str, ...]) -> Evidence:
    """The same for the root alone, with the names of a list that its own graph does not show."""
    root = evidence.node(evidence.root).subject if beside else None
    if root is None:
        return evidence
    near = {(root.type, root.name): beside}
    return replace(evidence, nodes=tuple(note_near(n, near) if n.subject == root else n for n in evidence.nodes))


def _with_names(seen: Observation[Claim], beside: tuple[str, ...]) -> Observation[Claim]:
    if not isinstance(seen.claim, NameNeighbours):
        return seen
    claim = replace(seen.claim, beside=beside)
    return replace(seen, id=observation_id(seen.source, claim), claim=claim)
