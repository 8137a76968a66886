"""SPDX bills of materials of version 3.0 in JSON-LD: one flat graph of elements (https://spdx.github.io/spdx-spec/v3.0.1/).

Packages are elements, and so is each relationship. What a relationship needs and the graph does not describe
(another document, a file, a tool) is kept as unknown. Identifiers are compared as they stand: the JSON-LD
context is never fetched, so an expanded or renamed serialization is an error, not a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from supplytrust.audits.inventory.purls import read_component
from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.formats.list_file import Field, has_name, json, stated_sha256
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

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
    return has_name(head, b"@context") and CONTEXT.encode() in head


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

    made: dict[str, ListedPackage] = field(default_factory=dict)
    known: dict[str, Field] = field(default_factory=dict)
    needs: list[Relation] = field(default_factory=list)
    holds: list[tuple[str, str]] = field(default_factory=list)
    about: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def take(self, element: Field) -> None:
        """One element; what cannot be read of a package or of nobody knows what stays listed, unknown."""
        kind = listing.text_of(element, "type")
        name = listing.text_of(element, "spdxId") or listing.text_of(element, "@id")
        if kind in PACKAGES or not kind:
            self._list_element(element, name)
        else:
            listing.attempt(partial(self._other, element, kind), element.path, self.notes)
        self.known.setdefault(name, element)

    def _list_element(self, element: Field, name: str) -> None:
        one = listing.entry(element, partial(_package, element))
        if name in self.known and (name not in self.made or self.made[name].purl != one.purl):
            one = replace(one, wanted=None, unknown=f"spdxId {listing.escape_text(name, 80)!r} stands twice")
        self.made[element.place if not name or name in self.known else name] = one

    def _other(self, element: Field, kind: str) -> list[str]:
        if kind == "CreationInfo":
            self.versions.add(element.text("specVersion", required=True))
        elif kind in {"SpdxDocument", "software_Sbom", "Bom"}:
            self.about |= {root.as_text() for root in element.items("rootElement")}
        elif kind.endswith("Relationship"):
            self._relation(element)
        return []

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
        about = _reachable(self.about, files)
        named = {name for parent, child, _ in self.needs for name in (parent, child)}
        self.made.update({name: self._unknown_element(name, path) for name in sorted(named - self.made.keys() - about)})
        relations = [*self.needs, *((p, c, EdgeKind.LINK) for p, c in self.holds if c in self.made)]
        needy = _reachable({p for p, c, _ in relations if c not in about}, [(c, p) for p, c in files])
        own = {name for name in about if name not in self.made or name in needy}
        edges = [
            Edge(self.made[p].purl, self.made[c].purl, kind, "declared", path.name)
            for p, c, kind in relations
            if p in self.made and c in self.made
        ]
        roots = [self.made[c].purl for p, c, _ in relations if p in own and c in self.made and c not in own]
        return inventory(path, (one for name, one in self.made.items() if name not in own), edges, roots, self.notes)

    def _is(self, name: str, kind: str) -> bool:
        return name in self.known and listing.text_of(self.known[name], "type") == kind

    def _unknown_element(self, name: str, path: Path) -> ListedPackage:
        """Something that is needed and is no package here."""
        element = self.known.get(name)
        if element is None:
            return listing.generic(Field(name, path, "@graph"), name, "", "described in another document")
        kind = listing.text_of(element, "type")
        kind = listing.escape_text(kind.partition("_")[2] or kind, 80)
        return listing.generic(
            element, listing.text_of(element, "name") or name, "", f"a {kind.lower()}, not a package"
        )


def _reachable(start: Iterable[str], steps: Iterable[tuple[str, str]]) -> set[str]:
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


def _package(element: Field) -> ListedPackage:
    element.text("type", required=True)
    element.text("spdxId", required=True)
    digests = [
        stated_sha256(one.get("hashValue") or one)
        for one in element.items("verifiedUsing")
        if one.text("algorithm") == "sha256" and one.text("type") == "Hash"
    ]
    identifiers = [i for i in element.items("externalIdentifier") if i.text("externalIdentifierType") == "packageUrl"]
    purls = [i.get("identifier") or i for i in identifiers]
    purls = [*(p for p in (element.get("software_packageUrl"),) if p), *purls]
    name, version = element.text("name"), element.text("software_packageVersion")
    if not purls and not name:
        return listing.generic(element, element.text("spdxId"), version, "the bill of materials names no purl for it")
    return read_component(element, purls, name, version, digests)
