"""Grow the graph from the root's evidence: each package once, breadth first, one level in parallel.

What cannot be resolved stays in the graph as a node without evidence and with the reason; it is never dropped. The
same goes for libraries and services of which only the name is known: they hang on every package that was looked at.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.collection.sources import names
from supplytrust.ecosystems import PackageRequest, Wish, listing
from supplytrust.ecosystems.inventory import ListedPackage
from supplytrust.errors import SourceError, SupplytrustError
from supplytrust.evidence.dependencies import joins
from supplytrust.evidence.dependencies.joins import join_workload
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import Edge, NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import ArtifactKind, Subject
from supplytrust.model.vocabulary import EdgeKind
from supplytrust.wasm.parts import WasmError
from supplytrust.wasm.reader import contents, read

Look = Callable[[Subject, CollectContext], SubjectEvidence]
PARALLEL = 4
MAX_NODES = 5000
LOCK = "workload-lock"  # option of the call: path of the lock file that a workload was built with


@dataclass(frozen=True, slots=True)
class Grown:
    """The nodes that were looked at and the edges between them; `edges is None`: not looked at."""

    nodes: tuple[SubjectEvidence, ...]
    edges: tuple[Edge, ...] | None


def expand(root: SubjectEvidence, world: CollectContext, *, depth: int | None, look: Look) -> Grown:
    """All packages within `depth` steps of the root (None: every one, 0: dependencies are not looked at)."""
    if depth == 0:
        return Grown((root,), None)
    parts, workload_edges = join_workload(root)
    _keep_nested_parts(root.subject, world)
    edges: list[Edge] = list(workload_edges)
    level, steps = [root], 0
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="package") as pool:
        published = _published_parts(workload_edges)
        locked = _locked_packages(world)
        told = pool.map(lambda part: _told_of(_with_file(part, published, locked, world), world, look), parts)
        nodes = {node.subject.purl: node for node in (*told, root)}
        while level and (depth is None or steps < depth):
            wanted = [(node, wish) for node in level for wish in _wishes(node)]
            subjects = list(pool.map(lambda pair: _resolve(pair[1], world), wanted))
            edges += [_edge(node, wish, s) for (node, wish), s in zip(wanted, subjects, strict=True)]
            fresh = _fresh(subjects, nodes)
            level = list(pool.map(lambda s: _collect_node(s, world, look), fresh))
            nodes.update((node.subject.purl, node) for node in level)
            steps += 1
    looked = list(nodes.values())
    brought = joins.brought(looked)
    running = _running(root.subject.purl, edges)
    joined_by_name = (edge for node in looked for edge in joins.edges(node, brought))
    edges += [edge for edge in joined_by_name if edge.kind is EdgeKind.LINK or edge.parent in running]
    nodes.update((purl, joins.unseen(purl)) for purl in {e.child for e in edges} if joins.is_joined(purl))
    near = names.near_in_graph((node.subject.type, node.subject.name) for node in nodes.values())
    return Grown(tuple(names.note_near(node, near) for node in nodes.values()), tuple(edges))


def _running(root: str, edges: Iterable[Edge]) -> frozenset[str]:
    """The packages that run with the root. What a build tool calls is a question about the build, which a rebuild in a
    box without a network answers."""
    children: dict[str, list[str]] = {}
    for edge in edges:
        if edge.kind is EdgeKind.LINK:
            children.setdefault(edge.parent, []).append(edge.child)
    found, waiting = {root}, [root]
    while waiting:
        fresh = set(children.get(waiting.pop(), ())) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


def _edge(node: SubjectEvidence, wish: Wish, subject: Subject) -> Edge:
    return Edge(node.subject.purl, subject.purl, wish.kind, wish.how, wish.via)


def _fresh(subjects: Iterable[Subject], nodes: dict[str, SubjectEvidence]) -> list[Subject]:
    unique = {s.purl: s for s in subjects if s.purl not in nodes}
    return list(unique.values())[: max(0, MAX_NODES - len(nodes))]


def _wishes(node: SubjectEvidence) -> tuple[Wish, ...]:
    """What a release says it needs; nothing where no ecosystem can tell."""
    known = node.subject.type in ecosystems.known_types()
    return ecosystems.of(node.subject).declared_requirements(node) if known else ()


def _resolve(wish: Wish, world: CollectContext) -> Subject:
    try:
        return ecosystems.for_type(wish.wanted.type).resolve(wish.wanted, world)
    except SupplytrustError:
        return Subject(wish.purl, wish.wanted.type, wish.wanted.name, wish.wanted.version)


def _keep_nested_parts(root: Subject, world: CollectContext) -> None:
    """What is inside a workload is looked at as what it is: a workload, whose bytes are here."""
    data = world.blobs.get(root.artifact.sha256) if root.artifact else None
    if data is None or root.artifact is None or root.artifact.kind is not ArtifactKind.WORKLOAD:
        return
    with contextlib.suppress(WasmError):  # the source that reads the workload says what is wrong with it
        for part in read(data).parts[1:]:
            world.blobs.put(bytes(contents(data, part)))


def _published_parts(edges: Iterable[Edge]) -> frozenset[str]:
    """Purls of the parts of a workload that come from the index that their ecosystem's packages mean by their names.

    What a section says of a part's origin is the last word of how it is known (`.dep-v0 <registry>`).
    """
    known = (edge for edge in edges if (purl_type := _type_of(edge.child)) and _is_usual(purl_type, edge.via))
    return frozenset(edge.child for edge in known)


def _type_of(purl: str) -> str:
    found = purl.removeprefix("pkg:").partition("/")[0]
    return found if found in ecosystems.known_types() else ""


def _is_usual(purl_type: str, via: str) -> bool:
    return ecosystems.for_type(purl_type).is_default_index(via.rpartition(" ")[2])


def _locked_packages(world: CollectContext) -> Mapping[str, ListedPackage] | None:
    """What the lock lists that the workload was built with, by purl; None when none was named. InputError."""
    name = world.options.get(LOCK, "")
    return {one.purl: one for one in listing.read_lock(Path(name)).listed} if name else None


def _with_file(
    part: SubjectEvidence,
    published: frozenset[str],
    locked: Mapping[str, ListedPackage] | None,
    world: CollectContext,
) -> SubjectEvidence:
    """A named release inside a workload with the file that its index has of it: then that is judged as any package.

    The section names no digests. Where the lock of the build is at hand the file has to be the one that it pins; else
    that the workload was made of this file is its builder's word.
    """
    one = part.subject
    if one.artifact is not None or not _type_of(one.purl) or not one.version:
        return part
    if locked is not None and one.purl not in locked:
        return _left_unknown(part, "the lock that the workload was built with does not have it")
    pinned = locked[one.purl] if locked is not None else None
    if pinned is not None and pinned.unknown:
        return _left_unknown(part, pinned.unknown)
    if one.purl not in published:
        return part
    wanted = PackageRequest(one.type, one.name, one.namespace, one.version)
    found = _resolve(Wish(wanted, EdgeKind.LINK, "", ""), world)
    if found.purl != one.purl or found.artifact is None:
        return part
    if pinned is not None and pinned.sha256 and found.artifact.sha256 not in pinned.sha256:
        return _left_unknown(part, f"the index has another file than the lock pins ({pinned.sha256[0][:12]}...)")
    return SubjectEvidence(found, (), ())


def _left_unknown(part: SubjectEvidence, why: str) -> SubjectEvidence:
    gap = NotObserved(ReleaseFiles.__name__, "dependencies", NotObservedReason.INCONCLUSIVE, why)
    return SubjectEvidence(part.subject, part.observations, (*part.gaps, gap))


def _told_of(part: SubjectEvidence, world: CollectContext, look: Look) -> SubjectEvidence:
    """What a workload is joined with, asked what such a thing can answer.

    Bytes inside it were published by nobody: layouts and endorsements speak about them. A named release (a crate) is
    looked at as any package where its index has it; else advisories, audits and endorsements speak about it. A service
    has an owner, who can be vouched for.
    """
    seen = look(part.subject, world)
    return SubjectEvidence(part.subject, part.observations + seen.observations, part.gaps + seen.gaps)


def _collect_node(subject: Subject, world: CollectContext, look: Look) -> SubjectEvidence:
    if subject.artifact is None:
        gap = NotObserved(
            ReleaseFiles.__name__, "dependencies", NotObservedReason.NOT_FOUND, "no release on the index fits"
        )
        return SubjectEvidence(subject, (), (gap,))
    world.progress("package", subject.purl)
    try:
        return look(subject, world)
    except SourceError as error:
        gap = NotObserved(ReleaseFiles.__name__, "dependencies", NotObservedReason.UNREACHABLE, error.message)
        return SubjectEvidence(subject, (), (gap,))
