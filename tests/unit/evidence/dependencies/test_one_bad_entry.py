"""One entry that cannot be read is unknown with its reason; the others are judged, and nothing that is listed is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplytrust.audits.inventory import read

A, B = "a" * 64, "b" * 64
GOOD = "pkg:pypi/good@1.0"


def cyclonedx(*entries: object) -> str:
    good = {"type": "library", "name": "good", "version": "1.0", "purl": GOOD, "bom-ref": "g"}
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [good, *entries]})


def spdx(*entries: object) -> str:
    good = {"SPDXID": "SPDXRef-g", "name": "good", "versionInfo": "1.0", "externalRefs": [purl_of(GOOD)]}
    return json.dumps({"spdxVersion": "SPDX-2.3", "packages": [good, *entries]})


def purl_of(text: object) -> dict[str, object]:
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": text}


def pipfile(**entries: object) -> str:
    return json.dumps({"_meta": {"pipfile-spec": 6}, "default": {"good": {"version": "==1.0"}, **entries}})


UV = (
    'version = 1\n[[package]]\nname = "good"\nversion = "1.0"\nsource = { registry = "https://index.invalid/simple" }\n'
)
POETRY = '[[package]]\nname = "good"\nversion = "1.0"\nfiles = []\n[metadata]\nlock-version = "2.1"\n'
PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "good"\nversion = "1.0"\n'
CASES = [
    ("bom.json", cyclonedx({"name": "odd", "purl": "pkg:///"}), "not a purl"),
    ("bom.json", cyclonedx({"name": "odd", "version": "0.1.36ubuntu1", "purl": "pkg:pypi/odd@0.1.36ubuntu1"}), "0.1.36ubuntu1"),
    ("bom.json", cyclonedx({"name": "odd", "purl": "pkg:pypi/odd", "version": "unknown"}), "'unknown'"),
    ("bom.json", cyclonedx({"version": "1", "purl": "pkg:pypi/odd@1"}), "no 'name'"),
    ("bom.json", cyclonedx({"name": "odd", "purl": "pkg:pypi/odd@1", "hashes": [{"alg": "SHA-256", "content": ""}]}), "hashes[0]"),
    ("bom.json", cyclonedx({"name": "odd", "purl": "pkg:pypi/odd@1", "hashes": {"SHA-256": A}}), "must be an array"),
    ("bom.json", cyclonedx({"name": "odd", "purl": "pkg:pypi/odd@1", "bom-ref": "g"}), "stands twice"),
    ("bom.json", cyclonedx({"name": "odd", "purl": "pkg:pypi/odd@1", "components": {}}), "components"),
    ("bom.json", cyclonedx({"name": "odd", "purl": ["pkg:pypi/odd@1"]}), "must be a text"),
    ("bom.json", cyclonedx({"name": "odd", "purl": "pkg:pypi/space/odd@1"}), "namespace"),
    ("bom.json", cyclonedx(None), "must be a table"),
    ("bom.json", cyclonedx("text"), "must be a table"),
    ("app.spdx.json", spdx({"SPDXID": "SPDXRef-o", "name": "odd", "externalRefs": [purl_of("nope")]}), "not a purl"),
    ("app.spdx.json", spdx({"SPDXID": "SPDXRef-o", "name": "odd", "externalRefs": [purl_of(7)]}), "must be a text"),
    ("app.spdx.json", spdx({"SPDXID": "SPDXRef-g", "name": "odd", "externalRefs": [purl_of("pkg:pypi/odd@1")]}), "stands twice"),
    ("app.spdx.json", spdx({"name": "odd", "externalRefs": [purl_of("pkg:pypi/odd@1")]}), "no 'SPDXID'"),
    ("app.spdx.json", spdx({"SPDXID": "SPDXRef-o", "name": "odd", "checksums": [{"algorithm": "SHA256", "checksumValue": ""}]}), "checksums[0]"),
    ("Pipfile.lock", pipfile(odd={"version": "==2004d-debian"}), "2004d-debian"),
    ("Pipfile.lock", pipfile(odd=["==1"]), "must be a table"),
    ("Pipfile.lock", pipfile(odd={"version": "==1", "hashes": [""]}), "not a digest"),
    ("Pipfile.lock", pipfile(odd={"version": "==1", "markers": "nonsense"}), "marker"),
    ("uv.lock", UV + '[[package]]\nname = "odd"\nversion = "1"\n', "no 'source'"),
    ("uv.lock", UV + '[[package]]\nversion = "1"\nsource = { registry = "https://index.invalid/simple" }\n', "no 'name'"),
    ("uv.lock", UV + '[[package]]\nname = "odd"\nversion = "x.y"\nsource = { registry = "https://index.invalid/simple" }\n', "x.y"),
    ("uv.lock", UV + '[[package]]\nname = "odd"\nversion = "1"\nsource = "registry"\n', "must be a table"),
    ("poetry.lock", '[[package]]\nname = "odd"\n' + POETRY, "no 'version'"),
    ("poetry.lock", '[[package]]\nname = "odd"\nversion = "1"\nfiles = [{ file = "x" }]\n' + POETRY, "no 'hash'"),
    ("poetry.lock", '[[package]]\nname = "odd"\nversion = 1\n' + POETRY, "must be a text"),
    ("pylock.toml", PYLOCK + '[[packages]]\nversion = "1"\n', "no 'name'"),
    ("pylock.toml", PYLOCK + '[[packages]]\nname = "odd"\nversion = "1"\nmarker = "what"\n', "marker"),
    ("pylock.toml", PYLOCK + '[[packages]]\nname = "odd"\nversion = "1"\nwheels = [{ hashes = { sha256 = "" } }]\n', "not a digest"),
    ("pylock.toml", PYLOCK + '[[packages]]\nname = "odd"\nversion = "1"\nwheels = [{ name = "x" }]\n', "wheels[0]"),
    ("list.txt", f"{GOOD}\npkg:pypi/odd@0.1.36ubuntu1\n", "0.1.36ubuntu1"),
    ("list.txt", f"{GOOD}\npkg:pypi\n", "not a purl"),
    ("list.txt", f"{GOOD}\nodd==1\n", "not a purl"),
    ("list.txt", f"{GOOD}\npkg:pypi/odd@1?checksum=sha256:\n", "not a digest"),
    ("requirements.txt", "good==1.0\nodd===0.1.36ubuntu1\n", "0.1.36ubuntu1"),
    ("requirements.txt", "good==1.0\nodd==1 ==2\n", "line 2"),
    ("requirements.txt", "good==1.0\nodd==1 --hash=sha256:\n", "line 2"),
    ("requirements.txt", "good==1.0\nodd==1; python_version\n", "line 2"),
    ("requirements.txt", "good==1.0\nwhat is this?\n", "line 2"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "reason"), CASES)
def test_the_others_are_read_and_it_says_why(tmp_path, name, text, reason):
    path = tmp_path / name
    path.write_text(text)
    listed = read(path).listed
    assert [one.purl for one in listed if one.wanted] == [GOOD]
    (bad,) = [one for one in listed if one.wanted is None]
    assert reason in f"{bad.where}: {bad.unknown}"


def test_two_entries_without_a_name_are_two(tmp_path):
    path = tmp_path / "bom.json"
    path.write_text(cyclonedx({"version": "1"}, {"version": "1"}, 7))
    assert len(read(path).listed) == 4


@pytest.mark.parametrize(
    "metadata",
    ["Version: 1\n\n", "Name: odd\n\n", "Name: odd\nVersion: not one\n\n", "Name: -\nVersion: 1\n\n", b"\xff"],
)
def test_an_installed_package_that_cannot_be_read_stays_in_the_list(tmp_path: Path, metadata):
    for folder, text in (("good-1.0", "Name: good\nVersion: 1.0\n\n"), ("odd-1", metadata)):
        (tmp_path / f"{folder}.dist-info").mkdir()
        (tmp_path / f"{folder}.dist-info" / "METADATA").write_bytes(text if isinstance(text, bytes) else text.encode())
    listed = read(tmp_path).listed
    assert [one.purl for one in listed if one.wanted] == [GOOD]
    assert [bool(one.unknown) for one in listed if one.wanted is None] == [True]
