"""SPDX bills of materials in JSON, versions 2.2 and 2.3 (https://spdx.github.io/spdx-spec/v2.3/)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from supplytrust.audits.inventory.purls import read_component
from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.formats.list_file import Field, has_name, json, stated_sha256
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

PURL_TYPES = ("purl", "http://spdx.org/rdf/references/purl")
NO_VERSION = ("NOASSERTION", "NONE")
Relation = tuple[str, str, EdgeKind]
_DOWN = {"DEPENDS_ON": EdgeKind.LINK, "CONTAINS": EdgeKind.LINK, "DYNAMIC_LINK": EdgeKind.LINK,
         "STATIC_LINK": EdgeKind.LINK}  # fmt: skip
_UP = {"DEPENDENCY_OF": EdgeKind.LINK, "RUNTIME_DEPENDENCY_OF": EdgeKind.LINK, "BUILD_DEPENDENCY_OF": EdgeKind.BUILD,
       "BUILD_TOOL_OF": EdgeKind.BUILD, "CONTAINED_BY": EdgeKind.LINK, "TEST_DEPENDENCY_OF": EdgeKind.TEST,
       "DEV_DEPENDENCY_OF": EdgeKind.BUILD}  # fmt: skip


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By the version that the document states."""
    return has_name(head, b"spdxVersion")


def read(path: Path) -> Inventory:
    """Packages and their relationships; what the document describes is its root, not a part. InputError."""
    top = json(path)
    version = top.text("spdxVersion")
    if version not in {"SPDX-2.2", "SPDX-2.3"}:
        raise top.wrong(f"{version or 'SPDX without spdxVersion'} is not read", hint="known: SPDX-2.2 and SPDX-2.3")
    made: dict[str, ListedPackage] = {}
    for package in top.items("packages"):
        one = listing.entry(package, partial(_package, package))
        name = listing.text_of(package, "SPDXID") or package.place
        if name in made and one.purl != made[name].purl:
            one = replace(one, wanted=None, unknown=f"SPDXID {listing.escape_text(name, 80)!r} stands twice")
        made[package.place if name in made else name] = one
    notes: list[str] = []
    relations: list[Relation] = []
    for field in top.items("relationships"):
        relations += listing.attempt(partial(_relation, field), path, notes)
    described = {str(d.value) for d in top.items("documentDescribes") if isinstance(d.value, str)}
    described |= {child for parent, child, _ in relations if parent == "SPDXRef-DOCUMENT"}
    needed = {parent for parent, _, _ in relations if parent in described}
    own = {one for one in described if one in needed and len(made) > 1}
    edges = [
        Edge(made[p].purl, made[c].purl, kind, "declared", path.name)
        for p, c, kind in relations
        if {p, c} <= made.keys()
    ]
    roots = [made[c].purl for p, c, _ in relations if p in own and c in made]
    return inventory(path, (one for ref, one in made.items() if ref not in own), edges, roots, notes)


def _package(package: Field) -> ListedPackage:
    package.text("SPDXID", required=True)
    name, version = package.text("name", required=True), package.text("versionInfo")
    version = "" if version in NO_VERSION else version
    sums = [c for c in package.items("checksums") if c.text("algorithm") == "SHA256"]
    digests = [stated_sha256(c.get("checksumValue") or c) for c in sums]
    purls = [r for r in package.items("externalRefs") if r.text("referenceType") in PURL_TYPES]
    return read_component(package, [r.get("referenceLocator") or r for r in purls], name, version, digests)


def _relation(field: Field) -> list[Relation]:
    kind = field.text("relationshipType", required=True)
    left, right = field.text("spdxElementId", required=True), field.text("relatedSpdxElement", required=True)
    if kind in _DOWN:
        return [(left, right, _DOWN[kind])]
    if kind in _UP:
        return [(right, left, _UP[kind])]
    if kind == "DESCRIBES":
        return [(left, right, EdgeKind.LINK)]
    return []
