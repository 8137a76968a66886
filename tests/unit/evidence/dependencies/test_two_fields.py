"""One fact in two fields of a bill of materials: what one leaves open the other says, and a difference is judged by neither."""

from __future__ import annotations

import json

import pytest

from supplytrust.audits.inventory import read

A, B = "a" * 64, "b" * 64
SPDX3 = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}


def cyclonedx(name: str, version: str, purl: str, digest: str) -> dict[str, object]:
    hashes = [{"alg": "SHA-256", "content": digest}] if digest else []
    part = {"name": name, "version": version, "purl": purl, "hashes": hashes}
    return {"bomFormat": "CycloneDX", "components": [part]}


def spdx2(name: str, version: str, purl: str, digest: str) -> dict[str, object]:
    sums = [{"algorithm": "SHA256", "checksumValue": digest}] if digest else []
    part = {"SPDXID": "SPDXRef-a", "name": name, "versionInfo": version, "checksums": sums,
            "externalRefs": [{"referenceType": "purl", "referenceLocator": purl}]}  # fmt: skip
    return {"spdxVersion": "SPDX-2.3", "packages": [part]}


def spdx3(name: str, version: str, purl: str, digest: str) -> dict[str, object]:
    sums = [{"type": "Hash", "algorithm": "sha256", "hashValue": digest}] if digest else []
    part = {"type": "software_Package", "spdxId": "urn:a", "name": name, "software_packageVersion": version,
            "software_packageUrl": purl, "verifiedUsing": sums}  # fmt: skip
    return {**SPDX3, "@graph": [{"type": "CreationInfo", "specVersion": "3.0.1"}, part]}


@pytest.fixture(params=[cyclonedx, spdx2, spdx3])
def one(request, tmp_path):
    def of(name: str, version: str, purl: str, digest: str = ""):
        path = tmp_path / "bom.json"
        path.write_text(json.dumps(request.param(name, version, purl, digest)))
        (found,) = read(path).listed
        return found

    return of


@pytest.mark.parametrize(
    ("purl", "is_"),
    [
        ("pkg:pypi/demo", "pkg:pypi/demo@1.0"),
        ("pkg:pypi/demo?file_name=demo-1.0.tar.gz", "pkg:pypi/demo@1.0?file_name=demo-1.0.tar.gz"),
        ("pkg:pypi/demo?extension=tar.gz", "pkg:pypi/demo@1.0"),
        (f"pkg:pypi/demo?checksum=sha256:{A}", "pkg:pypi/demo@1.0"),
        ("pkg:pypi/demo@1.0.0", "pkg:pypi/demo@1.0.0"),
        ("pkg:pypi/Demo@1.0", "pkg:pypi/demo@1.0"),
        ("pkg:nuget/demo", "pkg:nuget/demo@1.0"),
    ],
)
def test_the_field_says_the_version_that_the_purl_leaves_open(one, purl, is_):
    found = one("demo", "1.0", purl)
    assert found.purl == is_
    if "nuget" not in purl:
        assert found.wanted.version == is_.partition("@")[2].partition("?")[0]


@pytest.mark.parametrize(
    ("name", "version", "purl", "both"),
    [
        ("demo", "2.0", "pkg:pypi/demo@1.0", ("2.0", "1.0")),
        ("demo", "1.0+local", "pkg:pypi/demo@1.0", ("1.0+local", "1.0")),
        ("demo", "unknown", "pkg:pypi/demo@1.0", ("unknown", "1.0")),
        ("other", "1.0", "pkg:pypi/demo@1.0", ("other", "demo")),
        ("demo-extras", "1.0", "pkg:pypi/demo@1.0", ("demo-extras", "demo")),
        ("demo", "2", "pkg:nuget/demo@1", ("2", "1")),
    ],
)
def test_where_they_differ_neither_is_judged_and_both_are_told(one, name, version, purl, both):
    found = one(name, version, purl)
    assert found.wanted is None
    assert all(repr(text) in found.unknown for text in both)


def test_digests_that_differ_are_told(one):
    purl = f"pkg:pypi/demo@1.0?checksum=sha256:{A}"
    assert one("demo", "1.0", purl, A).sha256 == (A,)
    found = one("demo", "1.0", purl, B)
    assert found.wanted is None
    assert A[:12] in found.unknown
    assert B[:12] in found.unknown


@pytest.mark.parametrize("name", ["Demo", "pypi:demo", "python/demo", "demo@1.0", "demo==1.0", "demo-1.0", "demo"])
def test_the_ways_in_which_writers_spell_a_name_are_no_difference(one, name):
    assert one(name, "1.0", "pkg:pypi/demo@1.0").wanted is not None


def test_two_purls_of_one_package_that_differ_are_told(tmp_path):
    part = {"SPDXID": "SPDXRef-a", "name": "demo", "externalRefs": [
        {"referenceType": "purl", "referenceLocator": p} for p in ("pkg:pypi/demo@1", "pkg:pypi/demo@2")]}  # fmt: skip
    path = tmp_path / "app.spdx.json"
    path.write_text(json.dumps({"spdxVersion": "SPDX-2.3", "packages": [part]}))
    (found,) = read(path).listed
    assert found.wanted is None
    assert "@1 and pkg:pypi/demo@2" in found.unknown


@pytest.mark.parametrize("version", ["NOASSERTION", "NONE", ""])
def test_no_assertion_is_no_version(tmp_path, version):
    path = tmp_path / "app.spdx.json"
    path.write_text(json.dumps(spdx2("demo", version, "pkg:pypi/demo@1.0", "")))
    assert read(path).listed[0].wanted.version == "1.0"
