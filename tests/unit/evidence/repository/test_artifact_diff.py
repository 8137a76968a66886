"""Every class of the comparison, and that each planted difference of one file is seen."""

import hashlib

import pytest

from supplytrust.ecosystems.pypi.build_outputs import PACKAGING
from supplytrust.evidence.repository.artifact_diff import (
    BuildFacts,
    Classification,
    File,
    Layout,
    compare,
    layout_of,
    needed_blobs,
    odd_files,
)
from supplytrust.evidence.repository.history import Leaf, Tree, parse_tree
from supplytrust.model.claims.source_tree import FileClass
from supplytrust.model.subject import ArtifactKind

SOURCE = {
    "src/demo/__init__.py": b"from demo.core import add\n",
    "src/demo/core.py": b"def add(a, b):\n    return a + b\n",
    "src/demo/data.txt": b"one\ntwo\n",
    "tests/test_core.py": b"def test(): pass\n",
    "setup.cfg": b"[metadata]\nname = demo\n",
    "pyproject.toml": b"[project]\nname = 'demo'\n[project.scripts]\ndemo = 'demo.core:add'\n",
    "README.md": b"# demo\n",
}
SDIST = Layout(PACKAGING, ("",))
PKG_INFO = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\nText.\n"


def blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def tree(extra=None) -> Tree:
    return Tree({p: Leaf("100644", blob(d)) for p, d in (SOURCE | (extra or {})).items()})


def classes(files, *, wheel=False, source=None, history=(), contents=True):
    listed = [File(p, d) for p, d in files.items()]
    where = source or tree()
    layout = layout_of(listed, where, ArtifactKind.WHEEL if wheel else ArtifactKind.SDIST, PACKAGING)
    ids = set(needed_blobs(listed, where, layout))
    read = {blob(d): d for d in SOURCE.values() if contents and blob(d) in ids}
    config = b"".join(d for i, d in read.items() if i in {blob(SOURCE[n]) for n in ("pyproject.toml", "setup.cfg")})
    known = BuildFacts("demo", "1.0", dict(files), config.decode())
    found = list(compare(listed, where, layout, known, read, frozenset(bytes.fromhex(h) for h in history)))
    return dict(found), odd_files(Classification(tuple(found)), where)


def test_an_honest_sdist():
    found, odd = classes(SOURCE | {"PKG-INFO": PKG_INFO})
    assert found.pop("PKG-INFO") is FileClass.GENERATED
    assert set(found.values()) == {FileClass.MATCH}
    assert odd == []


def test_an_honest_wheel_from_a_src_folder():
    files = {p.removeprefix("src/"): d for p, d in SOURCE.items() if p.startswith("src/")}
    files["demo-1.0.dist-info/licenses/README.md"] = SOURCE["README.md"]
    files["demo-1.0.dist-info/METADATA"] = PKG_INFO
    files["demo-1.0.dist-info/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files["demo-1.0.dist-info/entry_points.txt"] = b"[console_scripts]\ndemo=demo.core:add\n"
    found, odd = classes(files, wheel=True)
    assert odd == []
    assert found["demo/core.py"] is FileClass.MATCH
    assert found["demo-1.0.dist-info/licenses/README.md"] is FileClass.MOVED
    assert found["demo-1.0.dist-info/entry_points.txt"] is FileClass.GENERATED


PLANTED = {
    "demo/evil.py": (b"import os\n", FileClass.PHANTOM_EXECUTABLE),
    "demo_init.pth": (b"import demo\n", FileClass.PHANTOM_EXECUTABLE),
    "m4/build-to-host.m4": (b"AC_DEFUN\n", FileClass.PHANTOM_EXECUTABLE),
    "demo/_speed.so": (b"\x7fELF\0", FileClass.PHANTOM_EXECUTABLE),
    "demo/blob.bin": (b"\0\1\2", FileClass.PHANTOM_DATA),
    "sitecustomize.py": (SOURCE["tests/test_core.py"], FileClass.PHANTOM_EXECUTABLE),
    "PKG-INFO": (PKG_INFO.replace(b"demo", b"other"), FileClass.PHANTOM_DATA),
    "src/demo/core.py": (b"def add(a, b):\n    return a - b\n", FileClass.MODIFIED),
    "src/demo/__init__.py": (SOURCE["src/demo/core.py"], FileClass.MODIFIED),
    "setup.cfg": (b"[metadata]\nname = demo\n[options]\nsetup_requires = evil\n", FileClass.MODIFIED),
    "src/demo/_version.py": (b"version = '1.0'\nimport os\n", FileClass.PHANTOM_EXECUTABLE),
    "setup.py": (
        b"from setuptools import setup\nprint(setup(name='demo', version='1.0'))\n",
        FileClass.PHANTOM_EXECUTABLE,
    ),
    "demo.egg-info/entry_points.txt": (b"[console_scripts]\nls = demo.core:add\n", FileClass.PHANTOM_EXECUTABLE),
    "more.egg-info/entry_points.txt": (b"[console_scripts]\ndemo-3.11 = os:system\n", FileClass.PHANTOM_EXECUTABLE),
    "last.egg-info/entry_points.txt": (b"[console_scripts]\nls-3.11 = demo.core:add\n", FileClass.PHANTOM_EXECUTABLE),
}


@pytest.mark.parametrize("path", PLANTED)
def test_every_planted_difference_is_odd(path):
    data, expected = PLANTED[path]
    found, odd = classes(SOURCE | {"PKG-INFO": PKG_INFO} | {path: data})
    assert found[path] is expected
    assert [o.path for o in odd] == [path]


EXPLAINED = {
    "demo.egg-info/entry_points.txt": (
        b"[console_scripts]\ndemo = demo.core:add\ndemo3 = demo.core:add\ndemo-3.11 = demo.core:add\n",
        FileClass.GENERATED,
    ),
    "src/demo/data.txt": (b"one\r\ntwo\r\n", FileClass.EOL_ONLY),
    "copy.py": (SOURCE["src/demo/core.py"], FileClass.MOVED_CODE),
    "src/demo/_version.py": (
        b"# generated\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Tuple\n    T = Tuple[int, ...]\n"
        b"else:\n    T = object\nversion: str\n__version__ = version = '1.0'\nversion_tuple = (1, 0)\n",
        FileClass.GENERATED,
    ),
    "setup.cfg": (b"[metadata]\nname = demo\n\n[egg_info]\ntag_build = \ntag_date = 0\n", FileClass.GENERATED),
    "demo.egg-info/SOURCES.txt": (b"README.md\nsrc/demo/core.py\n", FileClass.GENERATED),
    "demo.egg-info/requires.txt": (b"requests>=2\n\n[dev]\npytest\n", FileClass.GENERATED),
    "setup.py": (
        b"from setuptools import setup\nkw = {'name': 'demo', 'version': '1.0', 'packages': ['demo']}\nsetup(**kw)\n",
        FileClass.GENERATED,
    ),
}


@pytest.mark.parametrize("path", EXPLAINED)
def test_what_builds_write_is_explained_by_content(path):
    data, expected = EXPLAINED[path]
    found, odd = classes(SOURCE | {path: data})
    assert found[path] is expected
    assert odd == []


def test_a_setup_script_that_reaches_further_is_not_explained():
    plain = EXPLAINED["setup.py"][0]
    for change in (b"'setup_requires': ['evil'], 'name'", b"'cmdclass': x, 'name'"):
        found, _ = classes(SOURCE | {"setup.py": plain.replace(b"'name'", change)})
        assert found["setup.py"] is FileClass.PHANTOM_EXECUTABLE
    found, _ = classes(SOURCE | {"setup.py": plain.replace(b"import setup\n", b"import find_packages as setup\n")})
    assert found["setup.py"] is FileClass.PHANTOM_EXECUTABLE


def test_without_contents_a_changed_file_stays_modified():
    found, _ = classes(SOURCE | {"setup.cfg": EXPLAINED["setup.cfg"][0]}, contents=False)
    assert found["setup.cfg"] is FileClass.MODIFIED


def test_a_version_stamp_is_generated_and_anything_more_is_not():
    old, new = b"__version__ = 'git'\nx = 1\n", b"__version__ = '1.0'\nx = 1\n"
    source = tree({"demo/__init__.py": old})
    known = BuildFacts("demo", "1.0", {}, "")

    def of(data):
        return dict(compare([File("demo/__init__.py", data)], source, SDIST, known, {blob(old): old}, frozenset()))

    assert of(new) == {"demo/__init__.py": FileClass.GENERATED}
    assert of(new + b"x = 2\n") == {"demo/__init__.py": FileClass.MODIFIED}
    assert of(new.replace(b"1.0", b"2.0")) == {"demo/__init__.py": FileClass.MODIFIED}


def test_compiled_needs_an_origin():
    native = {"demo/_speed.cpython-311-x86_64-linux-gnu.so": b"\x7fELF\0"}
    found, _ = classes(native, wheel=True, source=tree({"src/demo/_speed.c": b"int x;"}))
    assert set(found.values()) == {FileClass.COMPILED}
    found, _ = classes({"demo/core.cpython-311-x86_64-linux-gnu.so": b"\x7fELF\0"}, wheel=True)
    assert set(found.values()) == {FileClass.COMPILED}  # core.py may have been compiled
    found, _ = classes(native, wheel=True)
    assert set(found.values()) == {FileClass.PHANTOM_EXECUTABLE}


def test_history_explains_and_does_not_clear():
    old = b"def old(): pass\n"
    found, odd = classes(SOURCE | {"src/demo/core.py": old}, history=[blob(old)])
    assert found["src/demo/core.py"] is FileClass.IN_HISTORY
    assert len(odd) == 1


def test_autotools_output_is_buildable_and_other_code_is_not():
    source = tree({"configure.ac": b"AC_INIT\n"})
    found, odd = classes(SOURCE | {"configure": b"#!/bin/sh\n", "m4/x.m4": b"x", "evil.py": b"x"}, source=source)
    assert found["configure"] is FileClass.PHANTOM_EXECUTABLE
    assert [(o.path, o.buildable) for o in odd] == [("evil.py", False), ("configure", True), ("m4/x.m4", True)]


def test_record_must_hold():
    files = {"demo/core.py": SOURCE["src/demo/core.py"]}
    row = b"demo/core.py,sha256=aaaa,1\ndemo-1.0.dist-info/RECORD,,\n"
    found, odd = classes(files | {"demo-1.0.dist-info/RECORD": row}, wheel=True)
    assert found["demo-1.0.dist-info/RECORD"] is FileClass.PHANTOM_DATA
    assert len(odd) == 1


def test_links_submodules_and_unread():
    source = Tree(tree().leaves | {"link.md": Leaf("120000", blob(b"README.md")), "vendor": Leaf("160000", "0" * 40)})
    subs = tuple((p, leaf) for p, leaf in source.leaves.items() if leaf.mode == "160000")
    known = BuildFacts("demo", "1.0", {}, "", subs)
    files = [
        File("link.md", SOURCE["README.md"]),
        File("vendor/x.c", b"int;"),
        File("big", None),
        File("l", b"", "README.md"),
    ]
    found = dict(compare(files, source, SDIST, known, {}, frozenset()))
    assert found["link.md"] is FileClass.MATCH
    assert found["vendor/x.c"] is FileClass.SUBMODULE
    assert found["big"] is FileClass.UNREAD
    assert found["l"] is FileClass.MOVED


def test_tree_form():
    raw = b"100644 blob " + b"a" * 40 + b"\tna\xefve\tname\0"
    assert parse_tree([raw[:20], raw[20:]]).leaves == {"na\\xefve\tname": Leaf("100644", "a" * 40)}
    with pytest.raises(ValueError, match="tree entry"):
        parse_tree([b"100644 blob\0"])


SCRIPT = b"#!/usr/bin/env python3\nprint('demo')\n"
INSTALLED = "demo-1.0.data/scripts/demo.py"


@pytest.mark.parametrize(
    ("kept", "data", "expected"),
    [
        ("bin/demo.py", b"#!python\nprint('demo')\n", FileClass.GENERATED),
        ("scripts/demo.py", SCRIPT, FileClass.MATCH),
        ("demo.py", b"#!python\nprint('demo')\n", FileClass.GENERATED),
        ("bin/demo.py", b"#!python\nprint('demo, and more')\n", FileClass.MODIFIED),
        ("bin/demo.py", b"#!/opt/odd/python\nprint('demo')\n", FileClass.MODIFIED),
        ("tests/data/demo.py", b"#!python\nprint('demo')\n", FileClass.PHANTOM_EXECUTABLE),
        ("bin/other.py", b"#!python\nprint('demo')\n", FileClass.PHANTOM_EXECUTABLE),
    ],
)
def test_an_installed_script_is_the_one_of_the_tree_but_for_its_first_line(kept, data, expected):
    where = tree({kept: SCRIPT})
    files = [File(INSTALLED, data)]
    asked = needed_blobs(files, where, SDIST)
    read = {blob(SCRIPT): SCRIPT} if blob(SCRIPT) in asked else {}
    found = dict(compare(files, where, SDIST, BuildFacts("demo", "1.0", {INSTALLED: data}, ""), read, frozenset()))
    assert found == {INSTALLED: expected}


CORE = {
    "core/pyproject.toml": b"[project]\nname = 'demo-core'\n",
    "core/README.md": b"# core\n",
    "core/core/__init__.py": b"VALUE = 1\n",
    "core/core/more.py": b"MORE = 2\n",
}


def sdist_of_core(changes=None):
    files = {p.removeprefix("core/"): d for p, d in CORE.items()} | (changes or {})
    return [File(p, d) for p, d in files.items()]


def classes_of(files, source):
    layout = layout_of(files, source, ArtifactKind.SDIST, PACKAGING)
    contents = {blob(d): d for d in (SOURCE | CORE).values()}
    return dict(compare(files, source, layout, BuildFacts("demo", "1.0", {}, ""), contents, frozenset()))


def test_a_source_archive_of_a_project_in_a_folder_of_its_own():
    found = classes_of(sdist_of_core(), tree(CORE))
    assert set(found.values()) == {FileClass.MATCH}
    changed = classes_of(sdist_of_core({"core/more.py": b"MORE = 3\n", "setup.py": b"import os\n"}), tree(CORE))
    assert changed["core/more.py"] is FileClass.MODIFIED
    assert changed["setup.py"] is FileClass.PHANTOM_EXECUTABLE


def test_a_folder_without_a_configuration_is_no_project():
    copied = {p: d for p, d in CORE.items() if p != "core/pyproject.toml"}
    found = classes_of(sdist_of_core(), tree(copied))
    assert found["pyproject.toml"] is FileClass.MODIFIED
    assert found["README.md"] is FileClass.MODIFIED_TEXT


def test_the_root_is_taken_where_as_many_files_are_there():
    files = [File(p, d) for p, d in SOURCE.items()]
    assert layout_of(
        files, tree({f"copy/{p}": d for p, d in SOURCE.items()}), ArtifactKind.SDIST, PACKAGING
    ).prefixes == ("",)
