"""The dependencies of a WebAssembly workload: nodes and edges from what its binary and configuration say.

None of them is looked at here: nested parts are known by digest, the others by name only. The graph asks what
advisories and audits say of a named release; its bytes stay unknown until a record of its own covers it.
"""

from __future__ import annotations

from supplytrust.model.claims.workload import WorkloadFacts, WorkloadJoin, WorkloadJoins
from supplytrust.model.evidence import Edge, NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, ArtifactKind, Subject

UNSEEN = NotObserved(
    WorkloadFacts.__name__, "workload", NotObservedReason.NOT_LOOKED, "known from the workload that uses it only"
)


def join_workload(root: SubjectEvidence) -> tuple[tuple[SubjectEvidence, ...], tuple[Edge, ...]]:
    """One node a package URL and one edge a way of joining; both empty for what is no workload."""
    seen = root.newest(WorkloadJoins)
    made = seen.claim.joins if seen is not None else ()
    subjects = {j.purl: _subject(j) for j in made}
    edges = tuple(Edge(root.subject.purl, j.purl, j.kind, j.how, j.via) for j in made)
    return tuple(SubjectEvidence(s, (), (UNSEEN,)) for s in subjects.values()), edges


def _subject(join: WorkloadJoin) -> Subject:
    from packageurl import PackageURL

    purl = PackageURL.from_string(join.purl)
    sha256 = join.digest.removeprefix("sha256:")
    artifact = Artifact(purl.name, sha256, ArtifactKind.WORKLOAD) if sha256 else None
    return Subject(join.purl, purl.type, purl.name, purl.version or "", artifact, namespace=purl.namespace or "")
