"""SPDX bills of materials in JSON, versions 2.2 and 2.3 (https://spdx.github.io/spdx-spec/v2.3/)."""

from __future__ import annotations

from pathlib import Path

from supplytrust.dependencies.inputs import naming
from supplytrust.dependencies.inputs.fields import Field, json, stated_sha256
from supplytrust.dependencies.inputs.inventory import Inventory, Listed, inventory
from supplytrust.model.evidence import Edge
from supplytrust.model.words import EdgeKind

_DOWN = {"DEPENDS_ON": EdgeKind.LINK, "CONTAINS": EdgeKind.LINK, "DYNAMIC_LINK": EdgeKind.LINK,
         "STATIC_LINK": EdgeKind.LINK}  # fmt: skip
_UP = {"DEPENDENCY_OF": EdgeKind.LINK, "RUNTIME_DEPENDENCY_OF": EdgeKind.LINK, "BUILD_DEPENDENCY_OF": EdgeKind.BUILD,
       "BUILD_TOOL_OF": EdgeKind.BUILD, "CONTAINED_BY": EdgeKind.LINK, "TEST_DEPENDENCY_OF": EdgeKind.TEST,
       "DEV_DEPENDENCY_OF": EdgeKind.BUILD}  # fmt: skip


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By the version that the document states."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and b"spdxVersion" in head


def read(path: Path) -> Inventory:
    """Packages and their relationships; what the document describes is its root, not a part. InputError."""
    top = json(path)
    version = top.text("spdxVersion")
    if version not in {"SPDX-2.2", "SPDX-2.3"}:
        raise top.wrong(f"{version or 'SPDX without spdxVersion'} is not read", hint="known: SPDX-2.2 and SPDX-2.3")
    made: dict[str, Listed] = {}
    for package in top.items("packages"):
        name = package.text("SPDXID", required=True)
        if name in made:
            raise package.wrong(f"SPDXID {name[:80]!r} stands twice")
        made[name] = _package(package)
    relations = [edge for field in top.items("relationships") for edge in _relation(field)]
    described = {d.as_text() for d in top.items("documentDescribes")}
    described |= {child for parent, child, _ in relations if parent == "SPDXRef-DOCUMENT"}
    needed = {parent for parent, _, _ in relations if parent in described}
    own = {one for one in described if one in needed and len(made) > 1}
    edges = [
        Edge(made[p].purl, made[c].purl, kind, "declared", path.name)
        for p, c, kind in relations
        if {p, c} <= made.keys()
    ]
    roots = [made[c].purl for p, c, _ in relations if p in own and c in made]
    return inventory(path, (one for ref, one in made.items() if ref not in own), edges, roots)


def _package(package: Field) -> Listed:
    name, version = package.text("name", required=True), package.text("versionInfo")
    sums = [c for c in package.items("checksums") if c.text("algorithm") == "SHA256"]
    digests = [stated_sha256(c.get("checksumValue") or c) for c in sums]
    for reference in package.items("externalRefs"):
        if reference.text("referenceType") == "purl":
            return naming.listed(reference, reference.text("referenceLocator", required=True), sha256=digests)
    return naming.generic(package, name, version, "the bill of materials names no purl for it")


def _relation(field: Field) -> list[tuple[str, str, EdgeKind]]:
    kind = field.text("relationshipType", required=True)
    left, right = field.text("spdxElementId", required=True), field.text("relatedSpdxElement", required=True)
    if kind in _DOWN:
        return [(left, right, _DOWN[kind])]
    if kind in _UP:
        return [(right, left, _UP[kind])]
    if kind == "DESCRIBES":
        return [(left, right, EdgeKind.LINK)]
    return []
