"""SPDX 3.0: a flat graph of elements becomes an inventory, and nothing that is needed is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplytrust.audits.inventory import read
from supplytrust.errors import InputError

A = "a" * 64
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
CREATION = {"@id": "_:c", "type": "CreationInfo", "specVersion": "3.0.1", "created": "2026-01-01T00:00:00Z"}


def package(name: str, **more: object) -> dict[str, object]:
    return {"type": "software_Package", "spdxId": f"urn:x:{name}", "creationInfo": "_:c", "name": name, **more}


def relation(start: str, kind: str, *targets: str, **more: object) -> dict[str, object]:
    ends = {"from": f"urn:x:{start}", "to": [f"urn:x:{t}" for t in targets]}
    return {"type": "Relationship", "spdxId": f"urn:r:{start}{kind}{targets}", "relationshipType": kind, **ends, **more}


def document(*roots: str) -> dict[str, object]:
    return {"type": "SpdxDocument", "spdxId": "urn:x:doc", "rootElement": [f"urn:x:{r}" for r in roots]}


def put(folder: Path, *elements: dict[str, object], **more: object) -> Path:
    path = folder / "app.spdx3.json"
    path.write_text(json.dumps({"@context": CONTEXT, "@graph": [CREATION, *elements], **more}))
    return path


def test_packages_scopes_digests_and_the_root(tmp_path):
    found = read(
        put(
            tmp_path,
            document("bom"),
            {"type": "software_Sbom", "spdxId": "urn:x:bom", "rootElement": ["urn:x:app"]},
            package("app"),
            package(
                "demo",
                software_packageUrl="pkg:pypi/Demo@1.0",
                verifiedUsing=[
                    {"type": "Hash", "algorithm": "sha1", "hashValue": "0" * 40},
                    {"type": "Hash", "algorithm": "sha256", "hashValue": A.upper()},
                ],
            ),
            package(
                "tool",
                externalIdentifier=[
                    {"externalIdentifierType": "cpe23", "identifier": "cpe:2.3:*"},
                    {"externalIdentifierType": "packageUrl", "identifier": "pkg:pypi/tool@2"},
                ],
            ),
            package("pad", software_packageUrl="pkg:nuget/pad@1"),
            package("nameless", software_packageVersion="3"),
            relation("app", "dependsOn", "demo", "pad", scope="runtime"),
            relation("demo", "dependsOn", "tool", scope="build"),
            relation("demo", "contains", "nameless"),
        )
    )
    assert [(one.purl, one.sha256, bool(one.unknown)) for one in found.listed] == [
        ("pkg:generic/nameless@3", (), True),
        ("pkg:nuget/pad@1", (), True),
        ("pkg:pypi/demo@1.0", (A,), False),
        ("pkg:pypi/tool@2", (), False),
    ]
    assert [(e.parent, e.child, e.kind.value) for e in found.edges] == [
        ("pkg:pypi/demo@1.0", "pkg:generic/nameless@3", "link"),
        ("pkg:pypi/demo@1.0", "pkg:pypi/tool@2", "build"),
    ]
    assert found.roots == ("pkg:nuget/pad@1", "pkg:pypi/demo@1.0")
    assert "@graph[4]" in next(one.where for one in found.listed if one.purl == "pkg:pypi/demo@1.0")


def test_what_other_documents_describe_and_files_stay_as_unknown(tmp_path):
    found = read(
        put(
            tmp_path,
            document("app"),
            package("app"),
            {"type": "software_File", "spdxId": "urn:x:main", "name": "main"},
            {"type": "software_File", "spdxId": "urn:x:libz", "name": "libz.so.1"},
            relation("app", "contains", "main"),
            relation("main", "hasDynamicLink", "libz"),
            relation("main", "hasStaticLink", "elsewhere"),
            relation("main", "usesTool", "compiler"),
        )
    )
    assert {one.purl: one.unknown for one in found.listed} == {
        "pkg:generic/libz.so.1": "a file, not a package",
        "pkg:generic/urn:x:elsewhere": "described in another document",
        "pkg:generic/urn:x:compiler": "described in another document",
    }
    assert len(found.roots) == 3


def test_a_product_that_needs_nothing_is_itself_what_is_listed(tmp_path):
    parts = [{"type": "software_File", "spdxId": f"urn:x:{n}", "name": n} for n in "ab"]
    inner = [relation("app", "contains", "a", "b"), relation("a", "dependsOn", "b")]
    found = read(put(tmp_path, document("app"), package("app"), *parts, *inner))
    assert [one.purl for one in found.listed] == ["pkg:generic/app"]


def test_circles_end(tmp_path):
    path = put(
        tmp_path,
        document("a"),
        package("a", software_packageUrl="pkg:pypi/a@1"),
        package("b", software_packageUrl="pkg:pypi/b@1"),
        relation("a", "dependsOn", "b"),
        relation("b", "dependsOn", "a"),
        relation("a", "contains", "a"),
    )
    found = read(path)
    assert [one.purl for one in found.listed] == ["pkg:pypi/b@1"]
    assert found.roots == ("pkg:pypi/b@1",)


@pytest.mark.parametrize(
    ("element", "place"),
    [
        (package("good", software_packageUrl="pkg:pypi/other@1"), "@graph[2]: spdxId 'urn:x:good' stands twice"),
        (package("a", software_packageUrl="nope"), "@graph[2]: 'nope' is not a purl"),
        (package("a", verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": "ab"}]), "hashValue"),
        (package("a", verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": ""}]), "hashValue"),
        ({"type": "software_Package", "name": "a"}, "has no 'spdxId'"),
        ({"@type": "https://spdx.org/rdf/3.0.1/terms/Software/Package"}, "has no 'type'"),
        (7, "@graph[2]"),
    ],
)
def test_one_element_that_cannot_be_read_is_unknown_and_the_others_are_read(tmp_path, element, place):
    found = read(put(tmp_path, package("good", software_packageUrl="pkg:pypi/good@1"), element))
    assert [one.purl for one in found.listed if one.wanted] == ["pkg:pypi/good@1"]
    (bad,) = [one for one in found.listed if one.wanted is None]
    assert place in f"{bad.where}: {bad.unknown}"


@pytest.mark.parametrize("to", ["urn:x:b", [{}], 7])
def test_a_relationship_that_cannot_be_read_is_a_note(tmp_path, to):
    relation = {"type": "Relationship", "relationshipType": "dependsOn", "from": "urn:x:good", "to": to}
    found = read(put(tmp_path, package("good", software_packageUrl="pkg:pypi/good@1"), relation))
    assert [one.purl for one in found.listed] == ["pkg:pypi/good@1"]
    assert any("@graph[2].to" in note for note in found.notes)


def test_another_version_is_told(tmp_path):
    path = tmp_path / "app.spdx3.json"
    path.write_text(json.dumps({"@context": CONTEXT, "@graph": [{**CREATION, "specVersion": "2.3"}]}))
    with pytest.raises(InputError, match="specVersion"):
        read(path)


def test_another_serialization_is_told(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"@context": CONTEXT, "type": "SpdxDocument"}))
    with pytest.raises(InputError, match="@graph"):
        read(path)
