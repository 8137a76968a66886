"""CycloneDX bills of materials in JSON, versions 1.2 to 1.7 (https://cyclonedx.org/specification/overview/)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from supplytrust.audits.inventory.purls import read_component
from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.formats.list_file import Field, has_name, json, stated_sha256
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

MAX_NESTED = 30
OWN = ""  # the parent of what the described product itself depends on


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By the field that names its format."""
    return has_name(head, b"bomFormat")


def read(path: Path) -> Inventory:
    """Components, nested ones too, services, and who depends on whom. InputError."""
    top = json(path)
    if top.text("bomFormat") != "CycloneDX":
        raise top.wrong("bomFormat is not CycloneDX")
    notes: list[str] = []
    components, services = list(_components(top, 0)), list(top.items("services"))
    every = [listing.entry(c, partial(_component, c)) for c in components]
    every += [listing.entry(s, partial(_service, s)) for s in services]
    made: dict[str, ListedPackage] = {}
    for number, (field, one) in enumerate(zip([*components, *services], every, strict=True)):
        ref = listing.text_of(field, "bom-ref") or one.purl
        if ref in made and listing.text_of(field, "bom-ref") and one.purl != made[ref].purl:
            why = f"bom-ref {listing.escape_text(ref, 80)!r} stands twice: a reference names one component"
            every[number] = replace(one, wanted=None, unknown=why)
        made.setdefault(ref, one)
    own = _root(top)
    edges: list[Edge] = []
    for need in top.items("dependencies"):
        edges += listing.attempt(partial(_needs, need, made, own), path, notes)
    roots = [edge.child for edge in edges if edge.parent == OWN]
    return inventory(path, every, edges, roots, notes)


def _needs(need: Field, made: dict[str, ListedPackage], own: set[str]) -> list[Edge]:
    """What one reference depends on; what the product itself depends on has OWN as its parent."""
    ref = need.text("ref", required=True)
    parent = OWN if ref in own else made[ref].purl if ref in made else ""
    edges = []
    for child in need.items("dependsOn"):
        target = made.get(child.as_text())
        if target and parent:
            kind = EdgeKind.SERVICE_REMOTE if target.purl.startswith("pkg:generic/service/") else EdgeKind.LINK
            edges.append(Edge(parent, target.purl, kind, "declared", need.path.name))
    return edges


def _root(top: Field) -> set[str]:
    """The references of the described product itself."""
    metadata = top.get("metadata")
    component = metadata.get("component") if metadata and isinstance(metadata.value, dict) else None
    return {listing.text_of(component, "bom-ref"), listing.text_of(component, "purl")} - {""} if component else set()


def _components(holder: Field, depth: int) -> Iterator[Field]:
    if depth > MAX_NESTED:
        raise holder.wrong(f"components nested deeper than {MAX_NESTED}")
    for component in holder.items("components"):
        yield component
        if isinstance(component.value, dict) and isinstance(component.value.get("components"), list | None):
            yield from _components(component, depth + 1)


def _component(component: Field) -> ListedPackage:
    name, version = component.text("name", required=True), component.text("version")
    list(component.items("components"))  # of another type: whatever it was meant to hold is not known
    purls = [purl for purl in (component.get("purl"),) if purl]
    return read_component(component, purls, name, version, _digests(component))


def _service(service: Field) -> ListedPackage:
    name = service.text("name", required=True)
    why = "a service: no digest and no attestation of it is known"
    return listing.generic(service, f"service/{name}", service.text("version"), why)


def _digests(component: Field) -> list[str]:
    holders = [component]
    holders += [r for r in component.items("externalReferences") if r.text("type") == "distribution"]
    pairs = [h for holder in holders for h in holder.items("hashes")]
    return [stated_sha256(h.get("content") or h) for h in pairs if h.text("alg") == "SHA-256"]
