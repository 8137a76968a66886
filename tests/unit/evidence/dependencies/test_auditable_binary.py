"""Native programs that name their crates: whatever the container, the same list; whatever is broken, a typed refusal."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators import wasm
from supplytrust.audits import inventory
from supplytrust.ecosystems.cargo.address import public_host
from supplytrust.errors import InputError

SECTION = ".dep-v0"
NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), min_size=1, max_size=8, unique=True)
FORMS = ("elf-32-le", "elf-64-le", "elf-32-be", "elf-64-be", "pe", "macho-32-le", "macho-64-le", "macho-64-be")
FORMS += ("fat", "fat-wide")


def packed(crates: list[dict[str, object]]) -> bytes:
    return zlib.compress(json.dumps({"packages": crates}).encode())


def program(form: str, body: bytes, name: str = SECTION) -> bytes:
    """A file of a form with one section; nothing of it could run."""
    if form.startswith("elf"):
        return _elf(body, name, wide="-64" in form, order="<" if form.endswith("le") else ">")
    if form == "pe":
        return _pe(body, name)
    if form.startswith("fat"):
        return _fat(_mach_o(body, name, wide=True, order="<"), wide=form == "fat-wide")
    return _mach_o(body, name, wide="-64" in form, order="<" if form.endswith("le") else ">")


def _elf(body: bytes, name: str, *, wide: bool, order: str) -> bytes:
    strings = b"\0" + name.encode() + b"\0.shstrtab\0"
    head, size = (64, 64) if wide else (52, 40)
    at = head + len(body)
    table = at + len(strings)
    row = f"{order}IIQQQQIIQQ" if wide else f"{order}10I"
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    middle = struct.pack(f"{order}HHIQQQI" if wide else f"{order}HHIIIII", 2, 62, 1, 0, 0, table, 0)
    header = ident + middle + struct.pack(f"{order}6H", head, 0, 0, size, 3, 2)
    places = ((0, 0, 0), (1, head, len(body)), (2 + len(name), at, len(strings)))
    rows = [struct.pack(row, text, 1, 0, 0, place, length, 0, 0, 1, 0) for text, place, length in places]
    return header + body + strings + b"".join(rows)


def _pe(body: bytes, name: str) -> bytes:
    padded = body.ljust(-(-len(body) // 512) * 512, b"\0")
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 16, 0) + bytes(16)
    row = struct.pack("<8sIIII", name.encode(), len(body), 0, len(padded), 512) + bytes(16)
    return (head + coff + row).ljust(512, b"\0") + padded


def _fat(part: bytes, *, wide: bool) -> bytes:
    head = struct.pack(">4sI", b"\xca\xfe\xba\xbf" if wide else b"\xca\xfe\xba\xbe", 2)
    form, last = (">IIQQII", (0, 0)) if wide else (">IIIII", (0,))
    entries = [struct.pack(form, 7, 3, at, len(part), *last) for at in (256, 256 + len(part))]
    return (head + b"".join(entries)).ljust(256, b"\0") + part + part


def _mach_o(body: bytes, name: str, *, wide: bool, order: str) -> bytes:
    magic = struct.pack(f"{order}I", 0xFEEDFACF if wide else 0xFEEDFACE)
    form = f"{order}16s16sQQIIIIIIII" if wide else f"{order}16s16sIIIIIIIII"
    segment_form = f"{order}II16sQQQQIIII" if wide else f"{order}II16sIIIIIIII"
    size = struct.calcsize(segment_form) + struct.calcsize(form)
    head = 32 if wide else 28
    start = head + 8 + size
    section = struct.pack(form, name.encode(), b"__DATA", 0, len(body), start, *[0] * (7 if wide else 6))
    segment = struct.pack(segment_form, 0x19 if wide else 1, size, b"__DATA", 0, 0, 0, 0, 7, 3, 1, 0) + section
    other = struct.pack(f"{order}II", 0x1B, 8)
    header = magic + struct.pack(f"{order}6I", 7, 3, 2, 2, len(other + segment), 0) + (bytes(4) if wide else b"")
    return header + other + segment + body


def crates_of(names: list[str]) -> list[dict[str, object]]:
    """A root that needs each of them, of the public registry."""
    needed = [wasm.crate(name, f"1.0.{n}") | {"source": public_host()} for n, name in enumerate(names)]
    return [wasm.crate("app", "0.1.0", root=True, on=range(1, len(names) + 1)), *needed]


def write(folder: Path, data: bytes) -> Path:
    path = folder / "program"
    path.write_bytes(data)
    return path


@settings(max_examples=30)
@given(NAMES, st.sampled_from(FORMS))
def test_every_container_tells_the_same_crates(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], form: str
) -> None:
    folder = tmp_path_factory.mktemp("made")
    found = inventory.read(write(folder, program(form, packed(crates_of(names)))))
    assert {one.purl for one in found.listed} == {f"pkg:cargo/{name}@1.0.{n}" for n, name in enumerate(names)}
    assert set(found.roots) == {one.purl for one in found.listed}
    assert all(one.wanted and not one.sha256 for one in found.listed)


@pytest.mark.parametrize("form", FORMS)
def test_broken_files_and_files_without_the_section_are_refused_by_type(tmp_path: Path, form: str) -> None:
    whole = program(form, packed(crates_of(["log", "serde"])))
    without = program(form, b"text", ".other")
    cuts = [whole[:n] for n in range(4, len(whole), 1 + len(whole) // 60)]
    wild = [whole[:n] + b"\xff" * 8 + whole[n + 8 :] for n in range(4, min(len(whole), 400), 8)]
    for data in (without, *cuts, *wild):
        try:
            found = inventory.read(write(tmp_path, data))
        except InputError:
            continue
        assert {one.purl for one in found.listed} == {"pkg:cargo/log@1.0.0", "pkg:cargo/serde@1.0.1"}


def test_crates_of_other_places_are_unknown_and_builds_told_apart(tmp_path: Path) -> None:
    crates = [
        wasm.crate("app", "0.1.0", root=True, on=[1, 2, 3, 4]),
        wasm.crate("log", "0.4.33") | {"source": public_host()},
        wasm.crate("forked", "1.0.0") | {"source": "git"},
        wasm.crate("ours", "1.0.0") | {"source": "registry"},
        wasm.crate("cc", "1.2.0", kind="build") | {"source": public_host()},
        wasm.crate("part", "0.1.0", on=[1]) | {"source": "local"},
    ]
    found = inventory.read(write(tmp_path, program("elf-64-le", packed(crates))))
    unknown = {one.purl: one.unknown for one in found.listed}
    assert unknown["pkg:cargo/log@0.4.33"] == unknown["pkg:cargo/cc@1.2.0"] == ""
    assert "git" in unknown["pkg:cargo/forked@1.0.0"] and "registry" in unknown["pkg:cargo/ours@1.0.0"]
    assert "pkg:cargo/part@0.1.0" not in unknown
    assert any("only: cc" in note for note in found.notes) and any("app, part" in note for note in found.notes)


def test_parts_that_tell_different_lists_are_believed_in_none(tmp_path: Path) -> None:
    one, other = (program("macho-64-le", packed(crates_of([name]))) for name in ("log", "serde"))
    head = struct.pack(">4sI", b"\xca\xfe\xba\xbe", 2)
    entries = [struct.pack(">IIIII", 7, 3, at, 0, 0) for at in (256, 256 + len(one))]
    with pytest.raises(InputError, match="different"):
        inventory.read(write(tmp_path, (head + b"".join(entries)).ljust(256, b"\0") + one + other))


def test_program_that_binutils_gave_the_section(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(packed(crates_of(["log"])))
    made = tmp_path / "program"
    command = ["objcopy", "--add-section", f"{SECTION}={tmp_path / 'body'}", sys.executable, str(made)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine has no objcopy for its programs")
    assert [one.purl for one in inventory.read(made).listed] == ["pkg:cargo/log@1.0.0"]
    with pytest.raises(InputError, match="no section"):
        inventory.read(Path(sys.executable))
