"""Edges from an artifact to what it is linked with and talks to. Unknown things stay in the graph as such.

`static` and `dynamic` say how a library joins, `host` that the system must bring it, `inferred` that only the
code hints at it. A library or service of which only the name is known has no digest: it is unknown, not absent.
"""

from __future__ import annotations

from packageurl import PackageURL

from supplytrust.model.claims.links import LinkedLibraries, RunTimeReach
from supplytrust.model.evidence import Edge, SubjectEvidence
from supplytrust.model.words import EdgeKind

_LOCAL = ("localhost", "127.", "[::1]", "unix:")


def edges(node: SubjectEvidence) -> tuple[Edge, ...]:
    """The linked libraries and services of one package, each edge once."""
    parent = node.subject.purl
    found: set[Edge] = set()
    links = node.newest(LinkedLibraries)
    if links:
        found |= {Edge(parent, library(n), EdgeKind.LINK, "dynamic", "bundled") for n in links.claim.bundled}
        found |= {Edge(parent, library(n), EdgeKind.LINK, "host", "DT_NEEDED") for n in links.claim.host}
    reach = node.newest(RunTimeReach)
    if reach:
        found |= {Edge(parent, library(n.name), EdgeKind.LINK, "inferred", n.how) for n in reach.claim.libraries}
        found |= {
            Edge(parent, service(e.service), _kind(e.service), "inferred", e.known_by) for e in reach.claim.endpoints
        }
    return tuple(sorted(found))


def library(name: str) -> str:
    """The purl of a shared library of which the name is known."""
    return PackageURL("generic", "lib", name).to_string()


def service(name: str) -> str:
    """The purl of a service of which the address or kind is known."""
    return PackageURL("generic", "service", name).to_string()


def _kind(name: str) -> EdgeKind:
    host = name.partition("://")[2] or name
    return EdgeKind.SERVICE_LOCAL if host.startswith(_LOCAL) or name.startswith("unix:") else EdgeKind.SERVICE_REMOTE
