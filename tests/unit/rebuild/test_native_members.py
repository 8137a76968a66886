"""Compiled members: four levels, what honest builds differ by, and that nothing added goes by without a name."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import source_packages
from simulators.backends import honest
from simulators.elf import Library
from supplytrust.ecosystems.pypi.rebuild.attempts import REBUILD
from supplytrust.model.claims.rebuild import NativeLevel, RebuildLevel
from supplytrust.rebuild import elf_image, native_members
from supplytrust.rebuild.judge import Judgement, PublishedFile, judge

INFO = "little-1.0.dist-info"
STAMP = (2024, 5, 5, 4, 3, 2)
SO = "little/_x.cpython-311-x86_64-linux-gnu.so"
NAME = "little-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
BUILT = Library()
MADE_ELSEWHERE = replace(
    BUILT,
    needed=("libpthread.so.0", "libc.so.6"),
    imports=("PyModule_Create2", "__memcpy_chk", "__stack_chk_fail"),
    code=b"\x90" * 96,
    comment="GCC: (GNU) 14.2.1",
    build_id=b"\x02" * 20,
    debug=b"/project/src/x.c\0",
)


def files(**changed: bytes) -> dict[str, bytes]:
    made = source_packages.members(source_packages.tree())[1]
    return {**made, **{path.replace("__", "/"): data for path, data in changed.items()}}


def recorded(made: Mapping[str, bytes]) -> dict[str, bytes]:
    listed = {path: data for path, data in made.items() if not path.endswith("/RECORD")}
    return {**listed, f"{INFO}/RECORD": honest.record(listed, f"{INFO}/RECORD")}


def judged(ours: Mapping[str, bytes], theirs: Mapping[str, bytes], name: str = NAME) -> Judgement:
    one, other = recorded(ours), recorded(theirs)
    published = PublishedFile(name, honest.pack(one, STAMP))
    return judge(published, one, "little-1.0-cp311-cp311-linux_x86_64.whl", honest.pack(other, STAMP), REBUILD)


def member(ours: Library, theirs: Library = BUILT, **more: bytes):
    grafts = {path.replace("__", "/").replace("_so", ".so"): data for path, data in more.items()}
    found = native_members.compare_members({SO: ours.pack(), **grafts}, {SO: theirs.pack()})
    return next(m for m in found if m.path == SO)


def test_levels_from_equal_bytes_to_the_same_symbols():
    assert member(BUILT).level is NativeLevel.SAME_BYTES
    stripped = member(replace(BUILT, debug=b"names", comment="GCC: 9", build_id=b"\x07" * 20))
    assert (stripped.level, stripped.differences) == (NativeLevel.SAME_STRIPPED, ())
    assert set(stripped.reasons) == {"build-id", "compiler", "debug-sections"}
    elsewhere = member(MADE_ELSEWHERE)
    assert (elsewhere.level, elsewhere.differences) == (NativeLevel.SAME_SYMBOLS, ())
    assert {"compiler", "platform-libraries", "toolchain-symbols", "build-path"} <= set(elsewhere.reasons)
    assert (elsewhere.size, elsewhere.rebuilt_size) == (len(MADE_ELSEWHERE.pack()), len(BUILT.pack()))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"exports": ("PyInit__x", "evil_hook")}, "exports more: evil_hook"),
        ({"exports": ("PyInit__x", "memcpy")}, "exports more: memcpy"),
        ({"exports": ()}, "exports less: PyInit__x"),
        ({"imports": ("PyModule_Create2", "system", "connect")}, "imports more: connect, system"),
        ({"needed": ("libc.so.6", "libevil.so.1")}, "needs more: libevil"),
        ({"sections": {".evil": b"payload"}}, "sections more: .evil"),
        ({"sections": {"": b"payload"}}, "sections more: (no name)"),
        ({"sections": {".text.evil": b"payload"}}, "sections more: .text.evil"),
        ({"starters": 2}, "2 functions run when it is loaded, 1 here"),
        ({"runpath": "/tmp/libs"}, "searches in: /tmp/libs"),
        ({"stack_runs": True}, "the stack may be executed"),
        ({"code": bytes(70_000)}, "70000 bytes of code, 64 here"),
        ({"tail": b"payload"}, "7 bytes after the end"),
    ],
)
@pytest.mark.parametrize("honest_part", [BUILT, MADE_ELSEWHERE], ids=["same compiler", "another compiler"])
def test_what_was_added_differs_and_is_named(honest_part, change, text):
    found = member(replace(honest_part, **change))
    assert found.level is NativeLevel.DIFFERS
    if "imports" in change and honest_part is MADE_ELSEWHERE:
        assert any(line.startswith("imports more") for line in found.differences)
    else:
        assert text in found.differences


def test_inline_functions_that_only_this_compiler_left_out_of_line_are_named_causes():
    here = replace(BUILT, weak=("_ZN6little5piecesC1Ev", "_ZNSt6vectorIiEC1Ev"))
    found = member(MADE_ELSEWHERE, here)
    assert (found.level, "c++-instantiations" in found.reasons) == (NativeLevel.SAME_SYMBOLS, True)
    assert member(replace(MADE_ELSEWHERE, weak=("_ZN6little4evilEv",))).level is NativeLevel.DIFFERS
    assert (
        member(MADE_ELSEWHERE, replace(BUILT, exports=("PyInit__x", "_ZN6little4openEv"))).level is NativeLevel.DIFFERS
    )


def test_a_search_path_below_the_file_itself_is_the_repair_tools():
    found = member(replace(MADE_ELSEWHERE, runpath="$ORIGIN/../little.libs"))
    assert (found.level, "search-path" in found.reasons) == (NativeLevel.SAME_SYMBOLS, True)


def test_a_grafted_library_is_the_one_that_was_needed_under_another_name():
    ours = replace(MADE_ELSEWHERE, needed=("libz-1a2b3c4d.so.1.3", "libc.so.6"))
    graft = {"little.libs/libz-1a2b3c4d.so.1.3": Library(exports=("inflate",)).pack()}
    built = {SO: replace(BUILT, needed=("libz.so.1", "libc.so.6")).pack()}
    grafted, own = native_members.compare_members({SO: ours.pack(), **graft}, built)
    assert (own.level, grafted.level) == (NativeLevel.SAME_SYMBOLS, NativeLevel.NOT_BUILT)
    assert "grafted-library" in own.reasons
    assert grafted.reasons == ("grafted-library",)
    # The same name without the file is another library; a file that nothing needs has no reason to be there.
    (alone,) = native_members.compare_members({SO: ours.pack()}, built)
    assert "needs more: libz-1a2b3c4d" in alone.differences
    odd = {"little.libs/libevil-1a2b3c4d.so.1": BUILT.pack()}
    unneeded, _ = native_members.compare_members({SO: MADE_ELSEWHERE.pack(), **odd}, {SO: BUILT.pack()})
    assert unneeded.differences == ("a library that no member needs",)


def test_members_that_only_one_side_has():
    more = {"little/_y.cpython-311-x86_64-linux-gnu.so": BUILT.pack()}
    one, other = ({SO: BUILT.pack(), **more}, {SO: BUILT.pack()})
    assert [m.level for m in native_members.compare_members(one, other)] == [
        NativeLevel.SAME_BYTES,
        NativeLevel.NOT_BUILT,
    ]
    assert native_members.compare_members(other, one)[1].differences == ("only in the rebuild",)


@pytest.mark.parametrize("data", [b"\x7fELF broken", b"MZ\0\0", b"", b"\x7fELF" + bytes(200)])
def test_what_cannot_be_read_is_unknown(data):
    (found,) = native_members.compare_members({SO: data}, {SO: BUILT.pack()})
    assert found.level is NativeLevel.UNREADABLE


# --- the wheel as a whole ----------------------------------------------------------------------------------------


def test_a_wheel_whose_compiled_part_is_not_reproduced_stays_unknown_and_says_what_is_known():
    found = judged(files() | {SO: MADE_ELSEWHERE.pack()}, files() | {SO: BUILT.pack()})
    assert (found.level, found.reason) == (RebuildLevel.NATIVE_UNVERIFIED, "interface-consistent")
    assert found.comparison.unreproduced == (SO,)
    evil = judged(files() | {SO: replace(MADE_ELSEWHERE, starters=3).pack()}, files() | {SO: BUILT.pack()})
    assert evil.level is RebuildLevel.NATIVE_UNVERIFIED
    assert evil.reason.startswith(f"differs: {SO}: 3 functions run")


@pytest.mark.parametrize("change", [{}, {"debug": b"names", "build_id": b"\x07" * 20}])
def test_a_wheel_of_which_all_that_is_loaded_came_out_again_is_reproduced(change):
    found = judged(files() | {SO: replace(BUILT, **change).pack()}, files() | {SO: BUILT.pack()})
    assert found.level is RebuildLevel.NORMALIZED
    assert "platform-tag" in found.comparison.normalizers


def test_other_members_compare_exactly_as_ever():
    built = files() | {SO: BUILT.pack()}
    changed = judged({**built, "little/__init__.py": b"ANSWER = 41\n"}, built)
    assert changed.level is RebuildLevel.CODE_DIFFERS
    assert changed.native is not None
    hidden = judged({**built, "little.libs/start.py": b"import os\n"}, built)
    assert hidden.level is RebuildLevel.CODE_DIFFERS


def test_machine_code_under_another_name_hides_no_change():
    """A module that is exchanged for a program is no compiled member: the rebuild has text there."""
    built = files() | {SO: BUILT.pack()}
    assert judged({**built, "little/__init__.py": BUILT.pack()}, built).level is RebuildLevel.CODE_DIFFERS
    assert judged({**built, "little/data.bin": BUILT.pack()}, built).level is RebuildLevel.DATA_DIFFERS


def test_the_list_of_grafted_libraries_is_the_repair_tools_and_nothing_else_there():
    built = files() | {SO: BUILT.pack()}
    path = f"{INFO}/sboms/auditwheel.cdx.json"
    listed = json.dumps({"bomFormat": "CycloneDX", "components": []}).encode()
    assert judged({**built, path: listed}, built).level is RebuildLevel.NORMALIZED
    for other in (b"payload", b'{"bomFormat": "other"}', b"[]"):
        assert judged({**built, path: other}, built).level is RebuildLevel.METADATA_DIFFERS
    assert judged({**built, f"{INFO}/sboms/more.json": listed}, built).level is RebuildLevel.METADATA_DIFFERS


def test_a_wheel_whose_own_list_is_wrong_is_not_let_through():
    one = recorded(files() | {SO: MADE_ELSEWHERE.pack()})
    one[f"{INFO}/RECORD"] = b"little/__init__.py,,\n"
    other = recorded(files() | {SO: BUILT.pack()})
    published = PublishedFile(NAME, honest.pack(one, STAMP))
    found = judge(published, one, "little-1.0-cp311-cp311-linux_x86_64.whl", honest.pack(other, STAMP), REBUILD)
    assert found.level is RebuildLevel.METADATA_DIFFERS


# --- laws --------------------------------------------------------------------------------------------------------

NAMES = st.text("abcdefgh_", min_size=3, max_size=9).map(lambda s: f"q{s}")


@given(NAMES, st.sampled_from(["exports", "imports"]))
def test_any_added_symbol_is_named(name, where):
    found = member(replace(MADE_ELSEWHERE, **{where: (*getattr(MADE_ELSEWHERE, where), name)}))
    assert found.level is NativeLevel.DIFFERS
    assert any(name in line for line in found.differences)


@given(st.binary(max_size=120), st.binary(min_size=20, max_size=20), st.text("abc ", max_size=9))
def test_what_a_compiler_notes_never_makes_a_difference(debug, build_id, comment):
    found = member(replace(BUILT, debug=debug, build_id=build_id, comment=comment))
    assert found.level in {NativeLevel.SAME_BYTES, NativeLevel.SAME_STRIPPED}


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_damaged_files_are_read_or_refused_and_never_equal(seed, changes):
    """Any change of what is loaded ends `same after stripping`; nothing raises."""
    dice, data = random.Random(seed), bytearray(BUILT.pack())
    for _ in range(changes):
        data[dice.randrange(64, len(data))] ^= 1 << dice.randrange(8)
    image, own = elf_image.read_image(SO, bytes(data)), elf_image.read_image(SO, BUILT.pack())
    (found,) = native_members.compare_members({SO: bytes(data)}, {SO: BUILT.pack()})
    if found.level is NativeLevel.SAME_STRIPPED:
        assert image is not None
        assert own is not None
        assert image.loaded == own.loaded


def test_the_compiler_names_itself():
    assert native_members.find_compilers({SO: BUILT.pack(), "a.py": b""}) == ((SO, "GCC: (made) 12.2.0"),)
