"""Hostile crates, pages and locks: typed, bounded, nothing outside of its folder, and never ADMIT."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import supplytrust
from simulators.crates import Crate, manifest, package, registry
from supplytrust.ecosystems.cargo.crate import read, release_named
from supplytrust.ecosystems.cargo.locks.cargo_lock import LARGEST, read_lock
from supplytrust.ecosystems.cargo.manifest import read_manifest
from supplytrust.errors import MalformedError, NothingToAssessError, SourceError, SupplytrustError
from supplytrust.model.subject import Artifact, ArtifactKind

NAME, VERSION = "demo-crate", "1.0.0"
ROOT = f"{NAME}-{VERSION}"
AT = datetime(2024, 1, 1, tzinfo=UTC)
PLAIN = {"Cargo.toml": manifest(NAME, VERSION), "src/lib.rs": "//! demo\n"}


def tar(*members: tuple[str, bytes, str]) -> bytes:
    """A tar.gz of (path, body, target of a link)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, body, target in members:
            info = tarfile.TarInfo(path)
            if target:
                info.type, info.linkname = tarfile.SYMTYPE, target
            info.size = 0 if target else len(body)
            archive.addfile(info, io.BytesIO(body))
    return gzip.compress(out.getvalue(), mtime=0)


OWN = manifest(NAME, VERSION).encode()
HOSTILE: dict[str, Callable[[], bytes]] = {
    "no-archive": lambda: b"no archive",
    "cut-off": lambda: package(NAME, VERSION, PLAIN)[:200],
    "absolute-path": lambda: tar((f"{ROOT}/Cargo.toml", OWN, ""), ("/etc/evil", b"x", "")),
    "path-upwards": lambda: tar((f"{ROOT}/Cargo.toml", OWN, ""), (f"{ROOT}/../../evil", b"x", "")),
    "beside-the-root": lambda: tar((f"{ROOT}/Cargo.toml", OWN, ""), ("other/build.rs", b"fn main() {}", "")),
    "other-root": lambda: package(NAME, VERSION, PLAIN, link_root="another-2.0.0"),
    "link-out": lambda: tar((f"{ROOT}/Cargo.toml", OWN, ""), (f"{ROOT}/build.rs", b"", "../../../etc/passwd")),
    "links-in-a-circle": lambda: tar(
        (f"{ROOT}/Cargo.toml", OWN, ""), (f"{ROOT}/build.rs", b"", "a.rs"), (f"{ROOT}/a.rs", b"", "build.rs")
    ),
    "two-manifests": lambda: tar((f"{ROOT}/Cargo.toml", OWN, ""), (f"{ROOT}/Cargo.toml", b"[package]\n", "")),
    "case-duplicates": lambda: tar((f"{ROOT}/Cargo.toml", OWN, ""), (f"{ROOT}/cargo.toml", b"[package]\n", "")),
    "toml-bomb": lambda: package(NAME, VERSION, PLAIN, extra={"Cargo.toml": "a = " + "[" * 50_000}),
    "no-manifest": lambda: tar((f"{ROOT}/src/lib.rs", b"//!", "")),
    "commit-of-no-form": lambda: package(
        NAME, VERSION, PLAIN, extra={".cargo_vcs_info.json": '{"git": {"sha1": "-"}}'}
    ),
    "folder-upwards": lambda: package(NAME, VERSION, PLAIN, "a" * 40, folder="../.."),
    "other-name": lambda: package(NAME, VERSION, {**PLAIN, "Cargo.toml": manifest("serde", VERSION)}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_crates_are_never_admitted(name: str, tmp_path: Path) -> None:
    crate = Crate(NAME, VERSION, HOSTILE[name](), AT)
    artifact = Artifact(f"{ROOT}.crate", crate.sha256, ArtifactKind.SOURCE)
    odd = False
    try:
        contents = read(artifact, crate.data)
        odd = bool(contents.problems or contents.unclear or contents.unresolved)
        assert not any(f.path.startswith(("/", "..")) for f in contents.files)
    except SourceError:
        odd = True
    if name in ("toml-bomb", "no-manifest", "commit-of-no-form", "folder-upwards", "other-name"):
        odd = True  # the container is in order; what is in it is read by others
    assert odd


@pytest.mark.parametrize("name", ["cut-off", "two-manifests", "folder-upwards", "toml-bomb", "other-name"])
def test_hostile_crates_are_judged_to_the_end(name: str, tmp_path: Path) -> None:
    with registry([Crate(NAME, VERSION, HOSTILE[name](), AT)]) as running:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\n')
        record = supplytrust.assess(f"pkg:cargo/{NAME}", config=config, ledger=None, deps="none", rebuild="never")
    assert record.outcome.name != "ADMIT"
    if name == "other-name":
        told = {f.signal: f.status.value for area in record.areas.values() for f in area.findings}
        assert told["integrity/metadata_agrees_with_index"] == "opposes"


@pytest.mark.parametrize(
    "page",
    [b"x" * (20 * 2**20), b"{}\n" * 50_000, b'{"name":' * 1000, b"[" * 100_000 + b"\n", b"\x00\n"],
    ids=["20-mb", "many-lines", "cut-off", "deep", "nul"],
)
def test_hostile_pages_are_typed_errors(page: bytes, tmp_path: Path) -> None:
    with registry([Crate(NAME, VERSION, b"", AT)]) as running:
        running.raw[NAME] = page
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[index]\ncargo = "{running.url}"\n')
        with pytest.raises((NothingToAssessError, SupplytrustError)) as caught:
            supplytrust.assess(f"pkg:cargo/{NAME}", config=config, ledger=None, deps="none", rebuild="never")
    assert caught.value.exit_code in (2, 3)


@pytest.mark.parametrize("text", ["[" * 3000, "a" * 3000 + " = 1", "a.b" * 2000 + " = 1", "[package]\nname = 1\n", ""])
def test_hostile_manifests_are_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        read_manifest(text.encode(), ())


def test_locks_have_a_size() -> None:
    with pytest.raises(MalformedError):
        read_lock(b"#" * (LARGEST + 1))
    many = "".join(f'[[package]]\nname = "a{n}"\nversion = "1.0.0"\n' for n in range(20_001))
    with pytest.raises(MalformedError):
        read_lock(many.encode())


@pytest.mark.parametrize(
    "name", ["x.crate", "x-1.crate", "-1.0.0.crate", "x-1.0.0.tar.gz", "x-1.0.0.crate/../y", "x" * 99]
)
def test_names_of_other_files_are_no_releases(name: str) -> None:
    assert release_named(name) is None


@pytest.mark.parametrize("value", [None, 7, "x", [], {"git": 1}])
def test_lines_with_values_of_other_kinds_cost_only_themselves(value: object) -> None:
    from supplytrust.ecosystems.cargo.index import read_page

    good = {"name": NAME, "vers": "1.0.0", "deps": [], "cksum": "ab" * 32, "features": {}, "yanked": False}
    for key in good:
        bad = {**good, "vers": "1.1.0", key: value}
        page = read_page("\n".join(map(json.dumps, (good, bad))).encode(), NAME)
        assert page.line("1.0.0") is not None
        odd = page.line("1.1.0")
        assert odd is None or key in ("cksum", "features", "yanked", "deps")
        assert odd is None or key != "yanked" or odd.yanked or value is None
