"""SPDX bills of materials of version 3.0 in JSON-LD: one flat graph of elements (https://spdx.github.io/spdx-spec/v3.0.1/).

Packages are elements, and so is each relationship. What a relationship needs and the graph does not describe
(another document, a file, a tool) is kept as unknown. Identifiers are compared as they stand: the JSON-LD
context is never fetched, so an expanded or renamed serialization is an error, not a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from supplytrust.dependencies.inputs import naming
from supplytrust.dependencies.inputs.fields import Field, json, stated_sha256
from supplytrust.dependencies.inputs.inventory import Inventory, Listed, inventory
from supplytrust.model.evidence import Edge
from supplytrust.model.words import EdgeKind

CONTEXT = "https://spdx.org/rdf/3."
PACKAGES = frozenset({"software_Package", "ai_AIPackage", "dataset_DatasetPackage"})
_NEEDS = {
    "dependsOn": EdgeKind.LINK, "hasDynamicLink": EdgeKind.LINK, "hasStaticLink": EdgeKind.LINK,
    "hasOptionalDependency": EdgeKind.LINK, "hasProvidedDependency": EdgeKind.LINK, "hasPrerequisite": EdgeKind.LINK,
    "hasOptionalComponent": EdgeKind.LINK, "usesTool": EdgeKind.BUILD,
}  # fmt: skip
_SCOPES = {"build": EdgeKind.BUILD, "development": EdgeKind.BUILD, "test": EdgeKind.TEST}
_HOLDS = "contains"

Relation = tuple[str, str, EdgeKind]


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By the context that every document of this version names."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and CONTEXT.encode() in head


def read(path: Path) -> Inventory:
    """Packages and what they need; what the document is about is its root, not a part. InputError."""
    top = json(path)
    if top.get("@graph") is None:
        raise top.wrong("has no '@graph'", hint="SPDX 3.0 in its compacted JSON-LD form is read")
    graph = _Graph()
    for element in top.items("@graph"):
        graph.take(element)
    if not graph.versions or any(not version.startswith("3.") for version in graph.versions):
        raise top.wrong("states no specVersion 3.x", hint="each CreationInfo names the version")
    return graph.inventory(path)


@dataclass(slots=True)
class _Graph:
    """What the elements say, before it is known which of them are the product itself."""

    made: dict[str, Listed] = field(default_factory=dict)
    known: dict[str, Field] = field(default_factory=dict)
    needs: list[Relation] = field(default_factory=list)
    holds: list[tuple[str, str]] = field(default_factory=list)
    about: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)

    def take(self, element: Field) -> None:
        kind = element.text("type", required=True)
        name = element.text("spdxId") or element.text("@id")
        if name in self.known and {kind, self.known[name].text("type")} & PACKAGES:
            raise element.wrong(f"spdxId {name[:80]!r} stands twice")
        self.known[name] = element
        if kind in PACKAGES:
            self.made[element.text("spdxId", required=True)] = _package(element)
        elif kind == "CreationInfo":
            self.versions.add(element.text("specVersion", required=True))
        elif kind in {"SpdxDocument", "software_Sbom", "Bom"}:
            self.about |= {root.as_text() for root in element.items("rootElement")}
        elif kind.endswith("Relationship"):
            self._relation(element)

    def _relation(self, element: Field) -> None:
        kind, start = element.text("relationshipType", required=True), element.text("from", required=True)
        targets = [target.as_text() for target in element.items("to")]
        if kind in _NEEDS:
            found = _SCOPES.get(element.text("scope"), _NEEDS[kind])
            self.needs += [(start, name, found) for name in targets]
        elif kind == _HOLDS:
            self.holds += [(start, name) for name in targets]
        elif kind == "describes":
            self.about |= set(targets)

    def inventory(self, path: Path) -> Inventory:
        files = [(p, c) for p, c in self.holds if self._is(c, "software_File")]
        about = _reached(self.about, files)
        named = {name for parent, child, _ in self.needs for name in (parent, child)}
        self.made.update({name: self._unjudged(name, path) for name in sorted(named - self.made.keys() - about)})
        relations = [*self.needs, *((p, c, EdgeKind.LINK) for p, c in self.holds if c in self.made)]
        needy = _reached({p for p, c, _ in relations if c not in about}, [(c, p) for p, c in files])
        own = {name for name in about if name not in self.made or name in needy}
        edges = [
            Edge(self.made[p].purl, self.made[c].purl, kind, "declared", path.name)
            for p, c, kind in relations
            if p in self.made and c in self.made
        ]
        roots = [self.made[c].purl for p, c, _ in relations if p in own and c in self.made and c not in own]
        return inventory(path, (one for name, one in self.made.items() if name not in own), edges, roots)

    def _is(self, name: str, kind: str) -> bool:
        return name in self.known and self.known[name].text("type") == kind

    def _unjudged(self, name: str, path: Path) -> Listed:
        """Something that is needed and is no package here."""
        element = self.known.get(name)
        if element is None:
            return naming.generic(Field(name, path, "@graph"), name, "", "described in another document")
        kind = element.text("type").partition("_")[2] or element.text("type")
        return naming.generic(element, element.text("name") or name, "", f"a {kind.lower()}, not a package")


def _reached(start: Iterable[str], steps: Iterable[tuple[str, str]]) -> set[str]:
    """What can be reached from `start`, itself included."""
    following: dict[str, list[str]] = {}
    for begin, end in steps:
        following.setdefault(begin, []).append(end)
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += following.get(name, ())
    return seen


def _package(element: Field) -> Listed:
    digests = [
        stated_sha256(one.get("hashValue") or one)
        for one in element.items("verifiedUsing")
        if one.text("algorithm") == "sha256" and one.text("type") == "Hash"
    ]
    purl = element.get("software_packageUrl")
    for other in element.items("externalIdentifier"):
        if purl is None and other.text("externalIdentifierType") == "packageUrl":
            purl = other.get("identifier")
    if purl is not None:
        return naming.listed(purl, purl.as_text(), sha256=digests)
    name, version = element.text("name") or element.text("spdxId"), element.text("software_packageVersion")
    return naming.generic(element, name, version, "the bill of materials names no purl for it")
