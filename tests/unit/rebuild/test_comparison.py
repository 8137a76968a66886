"""Normalizers, levels, container codes and the replay proof, member by member."""

from __future__ import annotations

import io
import zipfile

import pytest

from simulators import source_packages
from simulators.backends import honest
from supplytrust.ecosystems.pypi.rebuild import zip_container as container
from supplytrust.ecosystems.pypi.rebuild.comparison import SdistRules, WheelRules, metadata_form
from supplytrust.ecosystems.rebuild_backend import same_text
from supplytrust.model.claims.rebuild import RebuildLevel
from supplytrust.rebuild import judge as judge_module
from supplytrust.rebuild.judge import compare_members, explain

WHEEL_RULES = WheelRules("little-1.0-py3-none-any.whl")

INFO = "little-1.0.dist-info"
STAMP = (2024, 5, 5, 4, 3, 2)


def members(**changed: bytes) -> dict[str, bytes]:
    made = source_packages.members(source_packages.tree())[1]
    made.update({path.replace("__DOT__", ".").replace("__SLASH__", "/"): data for path, data in changed.items()})
    return recorded(made)


def recorded(made: dict[str, bytes]) -> dict[str, bytes]:
    made[f"{INFO}/RECORD"] = honest.record(made, f"{INFO}/RECORD")
    return made


def with_(path: str, data: bytes) -> dict[str, bytes]:
    return recorded(members() | {path: data})


def test_generator_line_is_evened_out_and_nothing_else_of_wheel() -> None:
    wheel = members()[f"{INFO}/WHEEL"]
    other = with_(f"{INFO}/WHEEL", wheel.replace(b"honest 1.0", b"honest 2.0"))
    found = compare_members(other, members(), WHEEL_RULES)
    assert (found.level, found.normalizers) == (RebuildLevel.NORMALIZED, ("generator", "record"))
    tagged = with_(f"{INFO}/WHEEL", wheel.replace(b"py3-none-any", b"py2-none-any"))
    assert compare_members(tagged, members(), WHEEL_RULES).level is RebuildLevel.METADATA_DIFFERS


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"Metadata-Version: 2.1\nName: a\n\n", b"Metadata-Version: 2.4\r\nName: a\r\n\r\n", True),
        (b"Requires-Dist: b (>=1)\nRequires-Dist: a\n\n", b"Requires-Dist: a\nRequires-Dist: b>=1\n\n", True),
        (b"Provides-Extra: A_b\n\n", b"Provides-Extra: a-b\n\n", True),
        (b"Keywords: a b\n\n", b"Keywords: a,b\n\n", True),
        (b"Name: a\nLicense: UNKNOWN\nHome-page:\n\nUNKNOWN\n", b"Name: a\n\n\n", True),
        (b"Name: a\nLicense: one\n  two\n\n", b"Name: a\nLicense: one\n        two\n\n", True),
        (b"Requires-Dist: a\n\n", b"Requires-Dist: b\n\n", False),
        (b"Requires-Python: >=3.8\n\n", b"Requires-Python: >=3.9\n\n", False),
        (b"Name: a\n\nText\n", b"Name: a\n\nOther\n", False),
        (b"Requires-Dist: not a ( requirement\n\n", b"Requires-Dist: not a (requirement\n\n", False),
    ],
)
def test_metadata_form(one: bytes, other: bytes, same: bool) -> None:
    assert (metadata_form(one) == metadata_form(other)) is same


def test_line_ends_are_evened_out_in_text_only() -> None:
    assert same_text(b"a\r\nb\r\n", b"a\nb\n")
    assert not same_text(b"a\0\r\n", b"a\0\n")
    found = compare_members(with_("little/__init__.py", b"ANSWER = 42\r\n"), members(), WHEEL_RULES)
    assert (found.level, found.normalizers) == (RebuildLevel.NORMALIZED, ("eol", "record"))


def test_record_must_hold_on_both_sides() -> None:
    loose = with_("little/__init__.py", b"ANSWER = 42\r\n")
    loose[f"{INFO}/RECORD"] = members()[f"{INFO}/RECORD"]
    found = compare_members(loose, members(), WHEEL_RULES)
    assert found.level is RebuildLevel.METADATA_DIFFERS
    assert found.differences[0].path == f"{INFO}/RECORD"


@pytest.mark.parametrize(
    "record",
    [b"", b"\xff", b"little/__init__.py\n", b"little/__init__.py,md5=x,1\n", b"little/__init__.py,sha256=%,1\n"],
)
def test_broken_records_do_not_hold(record: bytes) -> None:
    assert not WHEEL_RULES.find_bad_list(members())
    assert WHEEL_RULES.find_bad_list(members() | {f"{INFO}/RECORD": record})
    assert WHEEL_RULES.find_bad_list({"little/__init__.py": b""})


@pytest.mark.parametrize(
    ("path", "level"),
    [
        ("little/x.py", RebuildLevel.CODE_DIFFERS),
        ("x.pth", RebuildLevel.CODE_DIFFERS),
        ("little/x.so.1", RebuildLevel.CODE_DIFFERS),
        ("little-1.0.data/scripts/tool", RebuildLevel.CODE_DIFFERS),
        (f"{INFO}/entry_points.txt", RebuildLevel.CODE_DIFFERS),
        ("little/x.txt", RebuildLevel.DATA_DIFFERS),
        ("little-1.0.data/data/x", RebuildLevel.DATA_DIFFERS),
        (f"{INFO}/x.json", RebuildLevel.METADATA_DIFFERS),
    ],
)
def test_level_by_what_was_added(path: str, level: RebuildLevel) -> None:
    found = compare_members(with_(path, b"x"), members(), WHEEL_RULES)
    assert (found.level, found.unreproduced) == (level, (path,))
    assert found.differences[0].how == "missing"
    assert compare_members(members(), with_(path, b"x"), WHEEL_RULES).differences[0].how == "added"


def test_the_worst_difference_is_told_first() -> None:
    both = recorded(members() | {f"{INFO}/a.json": b"x", "little/z.py": b"x"})
    assert [d.path for d in compare_members(both, members(), WHEEL_RULES).differences] == [
        "little/z.py",
        f"{INFO}/a.json",
    ]


def test_differences_are_readable_and_bounded() -> None:
    one = {f"little/m{n:02}.py": f"A = {n}\n".encode() * 100 for n in range(40)} | {"b.bin": b"\0\1"}
    other = {path: data.replace(b"A", b"B") for path, data in one.items()} | {"b.bin": b"\0\2\3"}
    found = explain(compare_members(one, other, WHEEL_RULES, whole=False).differences, one, other)
    assert len(found) == judge_module.SHOWN
    assert "-A = 0" in found[0].text
    assert len(found[0].text.splitlines()) <= judge_module.LINES
    assert found[judge_module.EXPLAINED].text == ""
    binary = explain(compare_members({"b.bin": b"\0\1"}, {"b.bin": b"\0"}, WHEEL_RULES, whole=False).differences,
                              {"b.bin": b"\0\1"}, {"b.bin": b"\0"})  # fmt: skip
    assert binary[0].text == "2 bytes published, 1 bytes rebuilt"


def zipped(made: dict[str, bytes], *, kind: int = zipfile.ZIP_DEFLATED, **fields: object) -> bytes:
    out = io.BytesIO()
    level = fields.pop("level", 6)
    folders = fields.pop("folders", ())
    with zipfile.ZipFile(out, "w", kind, compresslevel=int(str(level))) as archive:
        for path in (*folders, *made):  # type: ignore[misc]
            info = zipfile.ZipInfo(path, STAMP)
            info.compress_type, info.external_attr = kind, 0o100644 << 16
            for name, value in fields.items():
                setattr(info, name, value)
            archive.writestr(info, made.get(path, b""), compresslevel=int(str(level)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ({"date_time": (2020, 2, 2, 2, 2, 2)}, "zip-mtime"),
        ({"external_attr": 0o100664 << 16}, "zip-mode"),
        ({"create_system": 0}, "zip-create_system"),
        ({"kind": zipfile.ZIP_STORED}, "zip-compress-type"),
        ({"level": 1}, "zip-deflate-level"),
        ({"folders": ("little/",)}, "zip-direntries"),
        ({"comment": b"inert"}, "zip-misc"),
    ],
)
def test_container_codes_and_replay(published: dict[str, object], code: str) -> None:
    made = members() | {"little/long.txt": b"some words and others " * 900}
    theirs = zipped(made, **published)  # type: ignore[arg-type]
    assert code in container.differences(theirs, zipped(made))
    assert container.replays(theirs, made)
    assert not container.replays(theirs, made | {"little/long.txt": b"other words"})


def test_order_and_name_are_told() -> None:
    made = members()
    turned = dict(reversed(made.items()))
    assert container.differences(zipped(turned), zipped(made)) == ("zip-order",)
    assert "tag-name" in container.differences(zipped(made), zipped(made), ("a-py2.py3-x.whl", "a-py3-x.whl"))
    assert container.replays(zipped(turned), made)


def test_replay_of_streamed_entries_and_of_foreign_deflate() -> None:
    made = members()

    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[arg-type]
            return len(bytes(data))  # type: ignore[arg-type]

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for path, data in made.items():
            archive.writestr(zipfile.ZipInfo(path, STAMP), data)
    assert container.replays(bytes(stream.data), made)
    mixed = zipped(made, level=1)
    assert container.replays(mixed, made)
    bzip = zipped(made, kind=zipfile.ZIP_BZIP2)
    assert not container.replays(bzip, made)
    assert not container.replays(zipped(made), {**made, "more.py": b""})


def test_sdists_forgive_only_what_a_backend_writes() -> None:
    egg = b"[egg_info]\ntag_build = \n"
    tree = {"PKG-INFO": b"a", "setup.cfg": egg, "a.egg-info/SOURCES.txt": b"a", "src/a.py": b"x\n"}
    other = {"PKG-INFO": b"b", "src/a.py": b"x\r\n"}
    found = compare_members(tree, other, SdistRules())
    assert (found.level, found.normalizers) == (RebuildLevel.NORMALIZED, ("backend-files", "eol"))
    assert compare_members(tree, dict(tree), SdistRules()).level is RebuildLevel.CONTAINER_ONLY
    assert compare_members(tree | {"m4/x.m4": b""}, other, SdistRules()).level is RebuildLevel.DATA_DIFFERS
    assert compare_members(tree | {"src/b.py": b""}, other, SdistRules()).level is RebuildLevel.CODE_DIFFERS


@pytest.mark.parametrize(
    ("path", "published", "built"),
    [
        ("setup.cfg", b"[egg_info]\ntag_build =\n[build_ext]\ninplace = 1\n", b""),
        ("setup.cfg", b"[metadata]\nname = b\n", b"[metadata]\nname = a\n"),
        ("setup.cfg", b"[options]\ncmdclass = x\n", None),
        ("setup.cfg", b"not a table", b""),
        ("sub/setup.cfg", b"[egg_info]\ntag_date = 0\n", None),
        ("a.egg-info/evil.py", b"1", None),
        ("a.egg-info/deep/SOURCES.txt", b"1", None),
        ("a.egg-info/entry_points.txt", b"[x]\na = b\n", b""),
        ("data/PKG-INFO", b"1", b"2"),
        ("pyproject.toml", b"[build-system]\n", b""),
    ],
)
def test_an_sdist_may_hold_nothing_a_build_reads_that_its_tree_does_not_give(path, published, built):
    tree = {"a.py": b"1"}
    ours = tree if built is None else tree | {path: built}
    assert compare_members(tree | {path: published}, ours, SdistRules()).level.differs
