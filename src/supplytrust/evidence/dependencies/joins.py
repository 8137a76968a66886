"""What an artifact is joined with besides the packages it declares: libraries of the system, and services it calls.

Each is told by how it is known. Three grades: *needed* (a dynamic section or a call says so, or a shared object could
not be read, so that its needs are not known) becomes an edge to a node of which only the name is known, so it is
unknown, never absent; *platform* (every system that may install the file has it, PEP 600) is the environment's to
account for; *inferred* (a name or an address in code that may never be used) is told and asks for nothing. What an
artifact brings itself is judged with its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packageurl import PackageURL

from supplytrust.io.archives import elf
from supplytrust.model.claims.artifact import ContainerAudit, Endpoint, LinkedLibraries, MeasuredDigest, RunTimeReach
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.claims.workload import WorkloadFacts, WorkloadJoin, WorkloadJoins
from supplytrust.model.evidence import Edge, NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import EdgeKind

LIBRARY, SERVICE = "lib", "service"
_LOCAL = ("localhost", "127.", "[::1]", "unix:")
_NO_VERSION = "unversioned"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one artifact leans on and nobody judges.

    `platform` is the lowest platform its libraries allow ('' = no native file), `system` the libraries of that
    platform it needs, `bundled` those it brings; `inferred` are (name, how it is known).
    """

    platform: str = ""
    system: tuple[str, ...] = ()
    bundled: tuple[str, ...] = ()
    inferred: tuple[tuple[str, str], ...] = ()


def edges(node: SubjectEvidence, brought: Iterable[str] = ()) -> tuple[Edge, ...]:
    """The needed libraries and called services of one package, each edge once.

    `brought` names libraries that other packages of the graph bring: they are judged with those.
    """
    parent = node.subject.purl
    links, reach = node.newest(LinkedLibraries), node.newest(RunTimeReach)
    found: dict[str, Edge] = {}
    for name in sorted(needed_libraries(links.claim) - set(brought)) if links else ():
        found.setdefault(name, Edge(parent, library(name), EdgeKind.LINK, "host", "DT_NEEDED"))
    for path in _unread(links.claim) if links else ():
        name = f"needs-of-{path.rpartition('/')[2]}"
        found.setdefault(name, Edge(parent, library(name), EdgeKind.LINK, "host", f"{path} could not be read"))
    for one in _called_endpoints(reach.claim) if reach else ():
        found.setdefault(one.service, _to_service(parent, one))
    return tuple(sorted(found.values()))


def needed_libraries(links: LinkedLibraries) -> frozenset[str]:
    """Libraries that the system must bring and that not every system of the platform has."""
    return frozenset(name for name in links.host if not elf.of_platform(name))


def _unread(links: LinkedLibraries) -> list[str]:
    """Shared objects whose needs are not known. Programs for other systems, as installers bring them, load nothing."""
    return [path for path in links.unread if ".so" in path.rpartition("/")[2]]


def brought(nodes: Iterable[SubjectEvidence]) -> frozenset[str]:
    """Names of all libraries that packages bring as files."""
    claims = [seen.claim for node in nodes if (seen := node.newest(LinkedLibraries))]
    paths = [path for c in claims for path in (*(f.path for f in c.files), *c.unread)]
    return frozenset({f.soname for c in claims for f in c.files if f.soname} | {p.rpartition("/")[2] for p in paths})


def surroundings(node: SubjectEvidence) -> Surroundings:
    """What is told and not judged."""
    links, reach = node.newest(LinkedLibraries), node.newest(RunTimeReach)
    inferred: dict[str, str] = {}
    if reach:
        called = {one.service for one in _called_endpoints(reach.claim)}
        inferred |= {e.service: e.known_by for e in reach.claim.endpoints if e.service not in called}
        inferred |= {n.name: n.how for n in reach.claim.libraries}
    if not links:
        return Surroundings(inferred=tuple(sorted(inferred.items())))
    system = tuple(name for name in links.claim.host if elf.of_platform(name))
    return Surroundings(links.claim.platform, system, links.claim.bundled, tuple(sorted(inferred.items())))


def unseen(purl: str) -> SubjectEvidence:
    """The node of a library or service of which only the name is known."""
    parts = PackageURL.from_string(purl)
    told = f"{parts.name}: known by name only, nobody looked at it"
    gaps = tuple(
        NotObserved(kind.__name__, "linked", NotObservedReason.NOT_LOOKED, told)
        for kind in (ReleaseFiles, MeasuredDigest, ContainerAudit, LinkedLibraries)
    )
    return SubjectEvidence(Subject(purl, parts.type, parts.name, parts.version or ""), (), gaps)


def is_joined(purl: str) -> bool:
    """Whether a purl is of such a node."""
    return purl.startswith((f"pkg:generic/{LIBRARY}/", f"pkg:generic/{SERVICE}/"))


def library(name: str) -> str:
    """The purl of a shared library of which the name is known; what follows `.so` is its version."""
    stem, dot, version = name.partition(".so.")
    return PackageURL("generic", LIBRARY, f"{stem}.so" if dot else name, version or _NO_VERSION).to_string()


def service(name: str) -> str:
    """The purl of a service of which the address is known."""
    scheme, divided, host = name.partition("://")
    place = f"{SERVICE}/{scheme}" if divided else SERVICE
    return PackageURL("generic", place, host or name, _NO_VERSION).to_string()


def _called_endpoints(reach: RunTimeReach) -> list[Endpoint]:
    return [one for one in reach.endpoints if one.known_by == "call"]


def _to_service(parent: str, one: Endpoint) -> Edge:
    host = one.service.partition("://")[2] or one.service
    local = host.startswith(_LOCAL) or one.service.startswith("unix:")
    kind = EdgeKind.SERVICE_LOCAL if local else EdgeKind.SERVICE_REMOTE
    return Edge(parent, service(one.service), kind, "called", f"{one.path}:{one.line}")


# --- The dependencies of a WebAssembly workload: nodes and edges from what its binary and configuration say

UNSEEN = NotObserved(
    WorkloadFacts.__name__, "workload", NotObservedReason.NOT_LOOKED, "known from the workload that uses it only"
)


def join_workload(root: SubjectEvidence) -> tuple[tuple[SubjectEvidence, ...], tuple[Edge, ...]]:
    """One node a package URL and one edge a way of joining; both empty for what is no workload."""
    seen = root.newest(WorkloadJoins)
    made = seen.claim.joins if seen is not None else ()
    subjects = {j.purl: _subject(j) for j in made}
    edges = tuple(Edge(j.within or root.subject.purl, j.purl, j.kind, j.how, j.via) for j in made)
    return tuple(SubjectEvidence(s, (), (UNSEEN,)) for s in subjects.values()), edges


def _subject(join: WorkloadJoin) -> Subject:
    from packageurl import PackageURL

    purl = PackageURL.from_string(join.purl)
    sha256 = join.digest.removeprefix("sha256:")
    artifact = Artifact(purl.name, sha256, ArtifactKind.WORKLOAD) if sha256 else None
    return Subject(join.purl, purl.type, purl.name, purl.version or "", artifact, namespace=purl.namespace or "")
