"""Debian source packages: what they hold, what they are made from, and what they say was repaired."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.commands import Shell
from simulators.effort import cases
from simulators.index import history, sdist, serving, tarred
from supplytrust.errors import MalformedError
from supplytrust.evidence.repository.debian_source import (
    check_file,
    compare_original,
    read_control,
    read_packaging,
    repaired_by,
)

ORIG, DEBIAN = "demo_1.2.3.orig.tar.gz", "demo_1.2.3-2.debian.tar.gz"
CHANGELOG = """demo (1.2.3-2) stable; urgency=high

  * Fix of CVE-2026-0002, and of GHSA-2222-3333-4444.

 -- A Maintainer <a@example.org>  Mon, 01 Jun 2026 00:00:00 +0000

demo (1.2.3-1) stable; urgency=medium

  * New upstream; closes CVE-2026-0001.

 -- A Maintainer <a@example.org>  Mon, 01 May 2026 00:00:00 +0000

demo (1.2.2-1) stable; urgency=medium

  * CVE-2025-0009 in the version before.
"""
PATCHES = {
    "debian/changelog": CHANGELOG.encode(),
    "debian/patches/series": b"# in order\nCVE-2026-0002.patch\nplain.patch -p1\ngone.patch\n",
    "debian/patches/CVE-2026-0002.patch": b"Description: do not follow\nOrigin: upstream, abc\n---\n--- a/x.py\n+++ b/x.py\n",
    "debian/patches/plain.patch": b"From: somebody\nSubject: spelling\n\n--- a/y.py\n+++ b/y.py\n",
}


def control(files: dict[str, bytes], version: str = "1.2.3-2", form: str = "3.0 (quilt)") -> bytes:
    sums = "\n".join(f" {hashlib.sha256(d).hexdigest()} {len(d)} {n}" for n, d in files.items())
    return f"Format: {form}\nSource: demo\nVersion: {version}\nHomepage: https://example.org\nChecksums-Sha256:\n{sums}\n".encode()


FILES = {ORIG: b"orig", DEBIAN: tarred(PATCHES)}


@pytest.mark.parametrize(
    ("version", "upstream", "repacked", "native"),
    [
        ("1.2.3-2", "1.2.3", False, False),
        ("1:1.2.3-2", "1.2.3", False, False),
        ("2.28.1+dfsg-1", "2.28.1", True, False),
        ("1.0~ds1-4", "1.0", True, False),
        ("8.2.0+0.really.8.1.8-1", "8.1.8", True, False),
        ("2025.1.31+ds-1", "2025.1.31", True, False),
        ("1.0-rc1-4", "1.0-rc1", False, False),
        ("1.2.3", "1.2.3", False, True),
        ("1.2.3-2+deb12u3", "1.2.3", False, False),
    ],
)
def test_versions_are_taken_apart(version, upstream, repacked, native):
    read = read_control(control(FILES, version))
    assert (read.upstream, read.is_repacked, read.is_native) == (upstream, repacked, native)
    assert (read.original, read.packaging) == (ORIG, DEBIAN)


def test_an_armor_is_looked_through_and_told():
    text = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
        + control(FILES)
        + b"\n-----BEGIN PGP SIGNATURE-----\nx\n"
    )
    assert (read_control(text).signed, read_control(text).files) == (True, read_control(control(FILES)).files)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"Source: demo\n", b"Source: demo\nVersion: 1-1\n", control({}), control({"../x": b""}), control({"a/b": b""}),
        control(FILES).replace(b"Source: demo", b"Source: -rf"), control(FILES) + b"Version: 2\n", b"\xff" * 100,
        control(FILES).replace(b"Checksums-Sha256", b"Files"), b"x" * 3_000_000,
    ],
)  # fmt: skip
def test_what_is_no_source_package_is_refused(data):
    with pytest.raises(MalformedError):
        read_control(data)


def test_a_paragraph_of_an_index_of_sources_will_do():
    text = control(FILES).replace(b"Source: demo", b"Package: demo")
    assert read_control(text).files == read_control(control(FILES)).files


def test_a_file_that_is_not_the_listed_one_is_refused():
    read = read_control(control(FILES))
    assert check_file(read, ORIG, b"orig") == b"orig"
    for name, data in ((ORIG, b"other"), ("absent.tar.gz", b"orig")):
        with pytest.raises(MalformedError):
            check_file(read, name, data)


def test_patches_in_order_and_repairs_of_this_upstream_version_only():
    made = read_packaging(read_control(control(FILES)), FILES[DEBIAN])
    assert [(p.name, p.description, p.advisories, p.files) for p in made.patches] == [
        ("CVE-2026-0002.patch", "do not follow", ("CVE-2026-0002",), ("x.py",)),
        ("plain.patch", "spelling", (), ("y.py",)),
        ("gone.patch", "", (), ()),
    ]
    assert made.absent == ("gone.patch",)
    assert made.repaired == ("CVE-2026-0002", "GHSA-2222-3333-4444", "CVE-2026-0001")


@settings(max_examples=cases(100))
@given(st.binary(max_size=400), st.text(max_size=300))
def test_whatever_is_given_ends_in_an_answer_or_its_own_error(data, text):
    read = read_control(control(FILES))
    assert isinstance(repaired_by(text, read), tuple)
    for reader in (read_control, lambda raw: read_packaging(read, raw)):
        try:
            reader(data)
        except MalformedError:
            pass


def test_the_upstream_tarball_against_the_release():
    release = sdist("demo", "1.2.3").data
    read = read_control(control({ORIG: release}))
    assert compare_original(read, release, release, "demo-1.2.3.tar.gz").same_bytes
    other = tarred({"demo-1.2.3/demo/core.py": b"changed", "demo-1.2.3/more.txt": b"x"})
    found = compare_original(read, other, release, "demo-1.2.3.tar.gz")
    assert (found.same_bytes, found.modified, found.only_original) == (False, ("demo/core.py",), ("more.txt",))
    assert "demo/__init__.py" in found.only_release


@pytest.mark.thorough
def test_a_project_and_its_package_side_by_side(tmp_path: Path):
    project = history("demo", "1.2.2", "1.2.3")
    original = next(f for f in project.releases[-1].files if f.name.endswith(".tar.gz")).data
    files = {ORIG: original, DEBIAN: FILES[DEBIAN]}
    for name, data in {**files, "demo.dsc": control(files)}.items():
        (tmp_path / name).write_bytes(data)
    with serving([project]) as index:
        look = ("--index-url", index.url, "--deps", "none", "--rebuild", "never", "--no-ledger")
        told = Shell(tmp_path).run("compare", "demo==1.2.3", "demo.dsc", *look)
        assert told.code == 10
        assert "its upstream tarball is demo-1.2.3.tar.gz, byte for byte" in told.out
        older = json.loads(Shell(tmp_path).run("compare", "demo.dsc", "demo==1.2.2", *look, "--format", "json").out)
        made = older["candidates"][0]["downstream"]
        assert (made["sameVersion"], made["original"]["sameBytes"]) == (False, False)
        both = Shell(tmp_path).run("compare", "demo==1.2.3", "demo==1.2.2", *look)
        assert "answered" in both.out
        assert Shell(tmp_path).run("compare", "demo.dsc", "demo.dsc", *look).code == 2
        (tmp_path / ORIG).write_bytes(b"exchanged")
        assert (
            "is another file than the .dsc lists"
            in Shell(tmp_path).run("compare", "demo==1.2.3", "demo.dsc", *look).out
        )
        (tmp_path / DEBIAN).unlink()
        assert "was not read" in Shell(tmp_path).run("compare", "demo==1.2.3", "demo.dsc", *look).out
