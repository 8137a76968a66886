"""Cargo.lock as a list: every source, two versions of a name, what only builds or tests reach, and broken entries."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.crates import Need, manifest
from supplytrust.audits import inventory
from supplytrust.ecosystems.cargo.locks.cargo_lock import read_lock
from supplytrust.errors import InputError, MalformedError

HEX = "ab" * 32
PUBLIC = "registry+https://forge.example.org/demo/{}-index"
OTHER = "sparse+https://crates.example.org/index/"


def public() -> str:
    from supplytrust.ecosystems.cargo.address import public_host

    return PUBLIC.format(public_host())


def entry(name: str, version: str, source: str = "", needs: tuple[str, ...] = (), checksum: str = HEX) -> str:
    lines = ["[[package]]", f'name = "{name}"', f'version = "{version}"']
    lines += [f'source = "{source}"'] if source else []
    lines += [f'checksum = "{checksum}"'] if checksum and source and not source.startswith("git") else []
    lines += [f"dependencies = [{', '.join(repr(n) for n in needs)}]"] if needs else []
    return "\n".join(lines) + "\n"


def write(folder: Path, *entries: str, form: int = 4) -> Path:
    path = folder / "Cargo.lock"
    path.write_text(f"version = {form}\n\n" + "\n".join(entries))
    return path


def test_sources_are_told_apart(tmp_path: Path) -> None:
    needs = ("log", "cc", "syn 1.0.0", "syn 2.0.0", "mine", "forked")
    path = write(
        tmp_path,
        entry("demo", "0.1.0", needs=needs),
        entry("log", "0.4.1", public()),
        entry("cc", "1.0.0", public()),
        entry("syn", "1.0.0", public()),
        entry("syn", "2.0.0", public(), ("log",)),
        entry("mine", "1.0.0", OTHER),
        entry("forked", "1.0.0", "git+https://forge.example.org/x/forked?branch=a%2Fb#" + "a" * 40),
    )
    (tmp_path / "Cargo.toml").write_text(
        manifest("demo", "0.1.0", [Need("log"), Need("cc", kind="build"), Need("syn", kind="dev")])
    )
    read = inventory.read(path)
    listed = {one.purl: one for one in read.listed}
    assert set(listed) == {
        "pkg:cargo/log@0.4.1", "pkg:cargo/cc@1.0.0", "pkg:cargo/syn@1.0.0", "pkg:cargo/syn@2.0.0",
        "pkg:cargo/mine@1.0.0", "pkg:cargo/forked@1.0.0",
    }  # fmt: skip
    assert listed["pkg:cargo/log@0.4.1"].sha256 == (HEX,)
    assert listed["pkg:cargo/mine@1.0.0"].indexes == ("https://crates.example.org/index/",)
    assert "elsewhere than a registry" in listed["pkg:cargo/forked@1.0.0"].unknown
    told = " ".join(read.notes)
    assert "only builds of the project reach 1: cc@1.0.0" in told
    assert "only tests of the project reach 2: syn@1.0.0, syn@2.0.0" in told
    assert "without a source in the lock: demo" in told


def test_one_bad_entry_never_costs_the_others(tmp_path: Path) -> None:
    bad = (
        entry("log", "zero", public()),
        entry("../x", "1.0.0", public()),
        entry("cc", "1.0.0", public(), checksum="12"),
        '[[package]]\nname = 7\nversion = "1.0.0"\nsource = "x"\n',
    )
    read = inventory.read(write(tmp_path, entry("syn", "1.0.0", public()), *bad))
    assert [one.purl for one in read.listed if not one.unknown] == ["pkg:cargo/syn@1.0.0"]
    assert sum(bool(one.unknown) for one in read.listed) == len(bad)


def test_circles_are_harmless(tmp_path: Path) -> None:
    read = inventory.read(
        write(tmp_path, entry("a", "1.0.0", public(), ("b",)), entry("b", "1.0.0", public(), ("a", "a", "none")))
    )
    assert len(read.listed) == 2
    assert read.roots == ("pkg:cargo/a@1.0.0",)
    assert any("name no one package" in note for note in read.notes)


@pytest.mark.parametrize("text", ["version = 9\n", "version = true\n", "package = 1\n", "[[package]", "\0"])
def test_what_is_no_lock_is_an_input_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "Cargo.lock").write_text(text)
    with pytest.raises(InputError):
        inventory.read(tmp_path / "Cargo.lock")


@given(st.text(max_size=200))
def test_any_text_is_a_lock_or_malformed(text: str) -> None:
    try:
        read_lock(text.encode("utf-8", "surrogatepass"))
    except MalformedError:
        pass


MANIFEST = """
[package]
name = "app"
version = "0.1.0"
[workspace]
members = ["member"]
[dependencies]
cfg-if = "1"
member = "1"
[patch.crates-io]
cfg-if = { path = "../elsewhere" }
member = { path = "member" }
renamed = { package = "other", path = "../other" }
"""


def test_folder_that_stands_in_for_a_package_of_the_registry_is_unknown_and_no_part_of_the_project(
    tmp_path: Path,
) -> None:
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "member").mkdir()
    (tmp_path / "member" / "Cargo.toml").write_text('[package]\nname = "member"\nversion = "1.0.0"\n')
    others = [entry(name, "1.0.0") for name in ("cfg-if", "member", "other")]
    write(tmp_path, entry("app", "1.0.0", needs=("cfg-if", "member")), *others)
    found = inventory.read(tmp_path / "Cargo.lock")
    assert {one.purl for one in found.listed} == {"pkg:cargo/cfg-if@1.0.0", "pkg:cargo/other@1.0.0"}
    assert all("by [patch]" in one.unknown and one.wanted is None for one in found.listed)
    assert any("app, member; not judged" in note for note in found.notes)


def test_package_that_the_build_replaces_is_unknown(tmp_path: Path) -> None:
    instead = f'replace = "log 0.4.0 (git+https://forge.example.org/log#{"a" * 40})"\n'
    write(tmp_path, entry("log", "0.4.0", public()) + instead)
    found = inventory.read(tmp_path / "Cargo.lock")
    assert [(one.purl, one.wanted) for one in found.listed] == [("pkg:cargo/log@0.4.0", None)]
    assert "takes another in its place" in found.listed[0].unknown


def test_dependency_without_a_source_is_the_member_where_the_registry_has_the_same_release(tmp_path: Path) -> None:
    both = [entry("part", "1.0.0"), entry("part", "1.0.0", public())]
    write(
        tmp_path,
        entry("app", "0.1.0", needs=("part 1.0.0", "other")),
        entry("other", "2.0.0", public(), needs=(f"part 1.0.0 ({public()})",)),
        *both,
    )
    found = inventory.read(tmp_path / "Cargo.lock")
    assert [(e.parent, e.child) for e in found.edges] == [("pkg:cargo/other@2.0.0", "pkg:cargo/part@1.0.0")]
    assert not any("not followed" in note for note in found.notes)
