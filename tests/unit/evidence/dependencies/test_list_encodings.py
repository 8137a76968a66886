"""Lists as editors and shells of several systems write them, and text that has no UTF-8 form."""

from __future__ import annotations

import codecs
import json
import os
import sys
from pathlib import Path

import pytest

from supplytrust.audits.inventory import read
from supplytrust.audits.runner import audit
from supplytrust.errors import InputError
from supplytrust.reports import FORMATS, render_audit

MARKED = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
BOM = {"bomFormat": "CycloneDX", "components": [{"name": "demo", "purl": "pkg:pypi/demo@1.0"}]}
SPDX = {"spdxVersion": "SPDX-2.3", "packages": [{"SPDXID": "SPDXRef-a", "name": "demo", "externalRefs": [
    {"referenceType": "purl", "referenceLocator": "pkg:pypi/demo@1.0"}]}]}  # fmt: skip
SPDX3 = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
    {"type": "CreationInfo", "specVersion": "3.0.1"},
    {"type": "software_Package", "spdxId": "urn:a", "name": "demo", "software_packageUrl": "pkg:pypi/demo@1.0"}]}  # fmt: skip
TEXTS = {
    "requirements.txt": "# grüße 漢字\r\ndemo==1.0\r\n",
    "list.txt": "# grüße\r\npkg:pypi/demo@1.0\r\n",
    "bom.json": json.dumps(BOM),
    "app.spdx.json": json.dumps(SPDX),
    "app.spdx3.json": json.dumps(SPDX3),
    "Pipfile.lock": json.dumps({"_meta": {"pipfile-spec": 6}, "default": {"demo": {"version": "==1.0"}}}),
    "uv.lock": 'version = 1\n[[package]]\nname = "demo"\nversion = "1.0"\nsource = { registry = "https://example.org" }\n',
    "poetry.lock": '[[package]]\nname = "demo"\nversion = "1.0"\nfiles = []\n[metadata]\nlock-version = "2.1"\n',
    "pylock.toml": 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "demo"\nversion = "1.0"\n',
}


def purls(path) -> list[str]:
    return [one.purl for one in read(path).listed]


@pytest.mark.parametrize("encoding", MARKED)
@pytest.mark.parametrize("name", TEXTS)
def test_a_byte_order_mark_says_the_encoding(tmp_path, name, encoding):
    path = tmp_path / name
    path.write_bytes(MARKED[encoding] + TEXTS[name].encode(encoding))
    assert purls(path) == ["pkg:pypi/demo@1.0"]


@pytest.mark.parametrize(
    "line", ["# -*- coding: latin-1 -*-", "# coding=iso-8859-15", "#!x\n# vim: set fileencoding=cp1252 :"]
)
def test_a_coding_line_says_the_encoding(tmp_path, line):
    path = tmp_path / "requirements.txt"
    path.write_bytes(f"{line}\ndemo==1.0  # grüße\n".encode("latin-1"))
    found = read(path)
    assert [one.purl for one in found.listed] == ["pkg:pypi/demo@1.0"]
    assert not found.notes


@pytest.mark.parametrize("name", ["requirements.txt", "list.txt"])
def test_what_names_no_encoding_is_latin_1_and_that_is_told(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(TEXTS[name].replace("漢字", "").encode("latin-1"))
    found = read(path)
    assert [one.purl for one in found.listed] == ["pkg:pypi/demo@1.0"]
    assert any("line 1 is not UTF-8" in note for note in found.notes)


@pytest.mark.parametrize("name", ["bom.json", "uv.lock", "pylock.toml"])
def test_json_and_toml_are_unicode_or_an_error(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(TEXTS[name].replace("demo", "démo").replace("d\\u00e9mo", "démo").encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read(path)


@pytest.mark.parametrize(("name", "document"), [("a.json", SPDX), ("b.json", SPDX3), ("c.json", BOM)])
def test_the_format_is_told_wherever_it_is_named(tmp_path, name, document):
    path = tmp_path / name
    filler = {"files": [{"SPDXID": f"SPDXRef-File-{n}", "fileName": f"./src/{n}.py"} for n in range(5000)]}
    path.write_text(json.dumps({**filler, **{key: document[key] for key in reversed(document)}}))
    assert path.stat().st_size > 4 * 64 * 1024
    assert purls(path) == ["pkg:pypi/demo@1.0"]


@pytest.mark.parametrize(
    "escape", [r"\ud800", r"\udfff", r"\udc00\ud800", r"\ud800x", r"\\\udc80", r"\uD83D\uDE00\uD83D"]
)
def test_half_a_pair_is_shown_escaped_and_costs_nothing_else(tmp_path, escape):
    path = tmp_path / "bom.json"
    odd = f'{{"name": "odd{escape}", "version": "{escape}", "bom-ref": "{escape}"}}'
    path.write_text(json.dumps(BOM).replace("[{", f"[{odd}, {{"))
    listed = read(path).listed
    assert [one.purl for one in listed if one.wanted] == ["pkg:pypi/demo@1.0"]
    (bad,) = [one for one in listed if one.wanted is None]
    assert f"{bad.purl}{bad.unknown}{bad.where}".encode()
    assert "%5C" in bad.purl


def test_a_whole_pair_is_the_character_that_it_is(tmp_path):
    path = tmp_path / "bom.json"
    path.write_text(
        r'{"bomFormat": "CycloneDX", "components": [{"name": "\ud83d\ude00"}, {"name": "\\ud800"}, {"name": "\u00e9"}]}'
    )
    names = {one.purl for one in read(path).listed}
    assert names == {"pkg:generic/%F0%9F%98%80", "pkg:generic/%5Cud800", "pkg:generic/%C3%A9"}


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
def test_names_of_files_that_are_no_utf_8_are_shown_escaped(tmp_path):
    folder = os.fsencode(tmp_path)
    lists = {b"li\xffst.txt": b"pkg:pypi/demo@1.0\n???\n", b"re\xffq.txt": b"demo==1.0\n-e ./d\n???\n\xff==1\n"}
    for name, data in lists.items():
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(data)
    os.mkdir(folder + b"/e")
    os.mkdir(folder + b"/e/\xff-1.dist-info")
    Path(os.fsdecode(folder + b"/e/\xff-1.dist-info/METADATA")).write_bytes(b"Name: \xff\n")
    os.mkdir(folder + b"/w")
    for name in (b"\xff-1.0-py3-none-any.whl", b"d\xe9-1.0.tar.gz", b"new\nline-1.0.zip"):
        Path(os.fsdecode(folder + b"/w/" + name)).write_bytes(b"x")
    for path in [*tmp_path.glob("*.txt"), tmp_path / "e", tmp_path / "w"]:
        found = read(path)
        texts = [found.name, *found.notes, *(t for one in found.listed for t in (one.purl, one.unknown, one.where))]
        assert all(text.isprintable() and text.encode().decode() == text for text in texts)
        assert any("udcff" in text for text in texts)


def test_a_set_with_such_names_is_told_in_every_format(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/li\xffst.txt"))
    path.write_text("pkg:nuget/a@1\n???\n")
    result = audit(path, offline=True, rebuild="never")
    assert all(render_audit(result, form).encode() for form in FORMATS)
