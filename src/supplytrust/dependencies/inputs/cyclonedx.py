"""CycloneDX bills of materials in JSON, versions 1.2 to 1.7 (https://cyclonedx.org/specification/overview/)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from supplytrust.dependencies.inputs import naming
from supplytrust.dependencies.inputs.fields import Field, json, stated_sha256
from supplytrust.dependencies.inputs.inventory import Inventory, Listed, inventory
from supplytrust.model.evidence import Edge
from supplytrust.model.words import EdgeKind

MAX_NESTED = 30


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By the name of its format, which stands near the top."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and b"CycloneDX" in head


def read(path: Path) -> Inventory:
    """Components, nested ones too, services, and who depends on whom. InputError."""
    top = json(path)
    if top.text("bomFormat") != "CycloneDX":
        raise top.wrong("bomFormat is not CycloneDX")
    every = [(c, *_component(c)) for c in _components(top, 0)] + [(s, *_service(s)) for s in top.items("services")]
    made: dict[str, Listed] = {}
    for field, ref, one in every:
        if ref in made and field.text("bom-ref"):
            raise field.wrong(f"bom-ref {ref[:80]!r} stands twice", hint="a reference names one component")
        made[ref] = one
    own = _root(top)
    edges, roots = [], []
    for need in top.items("dependencies"):
        ref = need.text("ref", required=True)
        for child in need.items("dependsOn"):
            target = made.get(child.as_text())
            if target and ref in own:
                roots.append(target.purl)
            elif target and ref in made:
                kind = EdgeKind.SERVICE_REMOTE if target.purl.startswith("pkg:generic/service/") else EdgeKind.LINK
                edges.append(Edge(made[ref].purl, target.purl, kind, "declared", path.name))
    return inventory(path, (one for _, _, one in every), edges, roots)


def _root(top: Field) -> set[str]:
    """The references of the described product itself."""
    metadata = top.get("metadata")
    component = metadata.get("component") if metadata else None
    return {component.text("bom-ref"), component.text("purl")} - {""} if component else set()


def _components(holder: Field, depth: int) -> Iterator[Field]:
    if depth > MAX_NESTED:
        raise holder.wrong(f"components nested deeper than {MAX_NESTED}")
    for component in holder.items("components"):
        yield component
        yield from _components(component, depth + 1)


def _component(component: Field) -> tuple[str, Listed]:
    name, version, purl = component.text("name", required=True), component.text("version"), component.text("purl")
    one = naming.listed(component, purl, sha256=_digests(component)) if purl else None
    one = one or naming.generic(component, name, version, "the bill of materials names no purl for it")
    return component.text("bom-ref") or one.purl, one


def _service(service: Field) -> tuple[str, Listed]:
    name = service.text("name", required=True)
    why = "a service: no digest and no attestation of it is known"
    one = naming.generic(service, f"service/{name}", service.text("version"), why)
    return service.text("bom-ref") or one.purl, one


def _digests(component: Field) -> list[str]:
    holders = [component]
    holders += [r for r in component.items("externalReferences") if r.text("type") == "distribution"]
    pairs = [h for holder in holders for h in holder.items("hashes")]
    return [stated_sha256(h.get("content") or h) for h in pairs if h.text("alg") == "SHA-256"]
