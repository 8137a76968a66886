"""What is read from wheels and sdists made here."""

import dataclasses
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.index import default_files, sdist, tarred, wheel, zipped
from supplytrust.ecosystems.contents import contents_claim
from supplytrust.ecosystems.pypi import contents, core_metadata, hooks, wheel_against_sdist, wheel_record
from supplytrust.errors import MalformedError, NotFoundError
from supplytrust.model.claims.artifact import HookKind, MemberKind
from supplytrust.model.subject import Artifact, ArtifactKind


def read(file):
    kind = ArtifactKind.WHEEL if file.name.endswith(".whl") else ArtifactKind.SDIST
    return contents.read(Artifact(file.name, file.sha256, kind), file.data)


CODE = default_files("demo", "1.0")


def test_members_have_paths_kinds_and_counts():
    found = contents_claim(read(sdist("demo", "1.0", {**CODE, "tests/test_a.py": "x = 1\ny = 2\n"})))
    assert [(m.path, m.kind) for m in found.members] == [
        ("PKG-INFO", MemberKind.METADATA),
        ("demo/__init__.py", MemberKind.PYTHON),
        ("demo/core.py", MemberKind.PYTHON),
        ("pyproject.toml", MemberKind.TEXT),
        ("tests/test_a.py", MemberKind.PYTHON),
    ]
    assert (found.tests, found.python_lines) == (1, 6)


NATIVE = {
    "elf": b"\x7fELF\x02\x01\x01",
    "macho": b"\xcf\xfa\xed\xfe\x07",
    "fat": b"\xca\xfe\xba\xbe\x00\x00\x00\x02",
    "pe": b"MZ\x90\x00",
    "wasm": b"\x00asm\x01\x00\x00\x00",
    "ar": b"!<arch>\nx",
}


@pytest.mark.parametrize("head", NATIVE.values(), ids=NATIVE)
def test_compiled_members_are_known_by_content_whatever_their_name(head):
    found = contents_claim(read(wheel("demo", "1.0", {"demo/notes.txt": head + bytes(50)})))
    assert [m.kind for m in found.members if m.path == "demo/notes.txt"] == [MemberKind.NATIVE]


@pytest.mark.parametrize(
    ("path", "data", "kind", "language"),
    [
        ("a.zip", b"PK\x03\x04", MemberKind.ARCHIVE, ""),
        ("a.dat", b"\x1f\x8b\x08\x00", MemberKind.ARCHIVE, ""),
        ("a.pyc", b"\xa7\r\r\n\x00\x00\x00\x00", MemberKind.BYTECODE, ""),
        ("A.class", b"\xca\xfe\xba\xbe\x00\x00\x00\x37", MemberKind.BYTECODE, ""),
        ("a.c", b"int x;", MemberKind.SOURCE, "c"),
        ("run", b"#!/usr/bin/env python3\n", MemberKind.PYTHON, "python"),
        ("run", b"#!/bin/sh\n", MemberKind.SCRIPT, "shell"),
        ("a.png", b"\x89PNG\r\n\x1a\n\x00\x00", MemberKind.DATA, ""),
        ("README", b"hello", MemberKind.TEXT, ""),
        ("empty", b"", MemberKind.TEXT, ""),
    ],
)
def test_other_members_are_known_by_content_then_name(path, data, kind, language):
    found = contents_claim(read(wheel("demo", "1.0", {f"demo/{path}": data})))
    member = next(m for m in found.members if m.path == f"demo/{path}")
    assert (member.kind, member.language) == (kind, language)


def test_a_record_is_checked_in_both_directions():
    assert wheel_record.check(read(wheel("demo", "1.0"))) == dataclasses.replace(
        wheel_record.check(read(wheel("demo", "1.0"))), present=True, mismatched=(), unlisted=(), absent=()
    )
    assert not wheel_record.check(read(wheel("demo", "1.0", record=False))).present
    record = "demo/a.py,sha256=AAAA,1\ndemo/gone.py,sha256=AAAA,1\ndemo/b.py,md5=AAAA,1\n"
    members = {
        "demo/a.py": b"x",
        "demo/b.py": b"x",
        "demo/new.py": b"x",
        "demo-1.0.dist-info/METADATA": b"Name: demo\n",
    }
    members["demo-1.0.dist-info/RECORD"] = record.encode()
    made = dataclasses.replace(wheel("demo", "1.0"), data=zipped(members))
    found = wheel_record.check(read(made))
    assert found.mismatched == ("demo/a.py", "demo/b.py")
    assert found.absent == ("demo/gone.py",)
    assert found.unlisted == ("demo-1.0.dist-info/METADATA", "demo/new.py")


def test_metadata_of_both_kinds_is_the_same_and_the_wheel_tells_its_generator():
    links = {"Source": "https://example.org/demo"}
    for file in (
        wheel("demo", "1.0", requires=["six>=1"], links=links),
        sdist("demo", "1.0", requires=["six>=1"], links=links),
    ):
        found = core_metadata.core_metadata(read(file))
        assert (found.name, found.version, found.requires_dist) == ("demo", "1.0", ("six>=1",))
        assert found.project_urls == (("Source", "https://example.org/demo"),)
        assert (found.generator, found.root_is_purelib, found.tags) == (
            ("flit 3.9.0", True, ("py3-none-any",)) if file.name.endswith(".whl") else ("", None, ())
        )


def test_missing_or_empty_metadata_is_said():
    bare = dataclasses.replace(wheel("demo", "1.0"), data=zipped({"demo/a.py": b"x"}))
    with pytest.raises(NotFoundError):
        core_metadata.core_metadata(read(bare))
    nameless = dataclasses.replace(wheel("demo", "1.0"), data=zipped({"demo-1.0.dist-info/METADATA": b"\n\nx"}))
    with pytest.raises(MalformedError):
        core_metadata.core_metadata(read(nameless))


def test_members_outside_the_root_of_a_sdist_are_told():
    made = dataclasses.replace(sdist("demo", "1.0"), data=tarred({"demo-1.0/a.py": b"x", "other/b.py": b"x"}))
    found = read(made)
    assert found.problems == ("extra-root: other/b.py",)
    assert [f.path for f in found.files] == ["a.py", "other/b.py"]


def test_links_inside_a_sdist_are_the_files_they_lead_to(tmp_path):
    path = tmp_path / "demo-1.0.tar.gz"
    (tmp_path / "a.py").write_text("x = 1\n")
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tmp_path / "a.py", "demo-1.0/a.py")
        for name, target in (("b.py", "a.py"), ("out.py", "../../etc/passwd"), ("gone.py", "nowhere.py")):
            info = tarfile.TarInfo(f"demo-1.0/{name}")
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    found = contents.read(Artifact(path.name, "", ArtifactKind.SDIST), path.read_bytes())
    assert [f.path for f in found.files] == ["a.py", "b.py"]
    assert found.files[0].sha256 == found.files[1].sha256
    assert [p.partition(":")[0] for p in found.problems] == ["link", "unresolved-link", "unresolved-link"]
    assert found.unresolved == ("gone.py", "out.py")


# --- hooks -----------------------------------------------------------------------------------------


def hooks_of(file):
    return [(h.kind, h.path, h.executes) for h in hooks.startup_hooks(read(file)).hooks]


def test_a_plain_wheel_has_no_hooks():
    assert hooks_of(wheel("demo", "1.0", {**CODE, "demo/inner.pth": "import os\n"})) == []


def test_start_up_code_of_a_wheel_is_found_where_it_would_be_installed():
    files = {
        "a.pth": "import os\n",
        "b.pth": "./lib\n",
        "sitecustomize.py": "",
        "demo-1.0.data/purelib/c.pth": "import\tos\n",
        "demo-1.0.data/scripts/tool": "#!python\n",
        "demo-1.0.data/data/share/d.pth": "import os\n",
    }
    assert hooks_of(wheel("demo", "1.0", files)) == [
        (HookKind.DATA_SCRIPT, "demo-1.0.data/scripts/tool", False),
        (HookKind.PTH, "a.pth", True),
        (HookKind.PTH, "b.pth", False),
        (HookKind.PTH, "demo-1.0.data/purelib/c.pth", True),
        (HookKind.SITECUSTOMIZE, "sitecustomize.py", True),
    ]


PLAIN_SETUP = '"""x"""\nfrom setuptools import setup, find_packages\nsetup(name="demo", classifiers=["a"])\n'


@pytest.mark.parametrize("folder", ["lib/python3.11/site-packages", "Lib/site-packages", "lib/python3/dist-packages"])
def test_data_that_lands_among_the_packages_is_a_hook(folder):
    files = {
        f"demo-1.0.data/data/{folder}/{name}": "import os\n" for name in ("a.pth", "sitecustomize.py", "inner/b.pth")
    }
    assert [kind for kind, _, _ in hooks_of(wheel("demo", "1.0", {**CODE, **files}))] == [
        HookKind.PTH,
        HookKind.SITECUSTOMIZE,
    ]


@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf", b"./lib\x0b", b"./lib\x0c", b"./lib\x1c", "./lib\u2028".encode(), b"\xe9\x85"]
)
def test_lines_of_a_pth_end_where_the_interpreter_sees_an_end(mark):
    (hook,) = hooks_of(wheel("demo", "1.0", {**CODE, "a.pth": mark + b"import os\n"}))
    assert hook == (HookKind.PTH, "a.pth", True)


@pytest.mark.parametrize(
    ("setup", "executes"),
    [
        (PLAIN_SETUP, False),
        ("import setuptools\nsetuptools.setup()\n", False),
        ("from setuptools import setup\nprint(1)\nsetup()\n", True),
        ("from setuptools import setup\nsetup(version=open('v').read())\n", True),
        ("if True:\n    import os\n", True),
        ("not python at all (", True),
    ],
)
def test_a_setup_py_that_only_declares_is_told_apart(setup, executes):
    assert (HookKind.SETUP_PY, "setup.py", executes) in hooks_of(sdist("demo", "1.0", {**CODE, "setup.py": setup}))


def test_replaced_commands_and_in_tree_backends_are_hooks():
    setup = "from setuptools import setup\nsetup(cmdclass={'install': X, 'build_py': Y})\n"
    toml = '[build-system]\nrequires = ["a", 3]\nbuild-backend = "inner.hook:obj"\nbackend-path = ["_build"]\n'
    files = {**CODE, "setup.py": setup, "pyproject.toml": toml, "_build/inner/hook.py": "", "_build/other.py": ""}
    made = sdist("demo", "1.0", files)
    assert {(kind, path) for kind, path, _ in hooks_of(made)} == {
        (HookKind.SETUP_PY, "setup.py"),
        (HookKind.CMDCLASS, "setup.py: install"),
        (HookKind.CMDCLASS, "setup.py: build_py"),
        (HookKind.BACKEND_PATH, "_build/inner/hook.py"),
    }
    system = hooks.build_system(read(made))
    assert (system.declared, system.backend, system.requires, system.backend_path) == (
        True,
        "inner.hook:obj",
        ("a",),
        ("_build",),
    )
    assert system.hooks == ("setup.py", "cmdclass:install", "cmdclass:build_py", "_build")


@pytest.mark.parametrize("toml", ["", "not = [toml", "[project]\nname='x'\n", "build-system = 3\n"])
def test_a_sdist_without_a_readable_table_declares_nothing(toml):
    found = hooks.build_system(read(sdist("demo", "1.0", {**CODE, "pyproject.toml": toml})))
    assert (found.declared, found.backend, found.requires) == (False, "", ())


UNREADABLE = {
    "key of very many parts": ".".join("a" * 50_000) + " = 1\n",
    "header of very many parts": "[" + ".".join("a" * 50_000) + "]\n",
    "deep nesting": "x = " + "[" * 50_000,
    "very long number": "x = " + "1" * 50_000,
    "not TOML": "not = [toml",
    "too large": "# padding\n" * 200_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_build_declared_in_a_way_that_cannot_be_read_may_run_anything(name):
    toml = UNREADABLE[name] + '\n[build-system]\nbuild-backend = "hook"\nbackend-path = ["."]\n'
    found = hooks_of(sdist("demo", "1.0", {**CODE, "pyproject.toml": toml, "hook.py": ""}))
    assert (HookKind.BACKEND_PATH, "pyproject.toml", True) in found


# --- against the predecessor ---------------------------------------------------------------------


def changed(before, now):
    return hooks.change("1.0", read(before), read(now), (len(before.data), len(now.data)))


def test_nothing_is_new_in_the_same_thing():
    for make in (wheel, sdist):
        found = changed(make("demo", "1.0"), make("demo", "1.1"))
        assert (found.new_hooks, found.new_native, found.had_native, found.new_install_scripts) == ((), (), False, ())


def test_a_new_start_up_file_is_new_and_a_changed_one_too():
    before, now = wheel("demo", "1.0"), wheel("demo", "1.1", {**CODE, "demo_init.pth": "import demo\n"})
    assert [h.path for h in changed(before, now).new_hooks] == ["demo_init.pth"]
    later = wheel("demo", "1.2", {**CODE, "demo_init.pth": "import demo, os\n"})
    assert [h.path for h in changed(now, later).new_hooks] == ["demo_init.pth"]
    assert changed(now, wheel("demo", "1.2", {**CODE, "demo_init.pth": "import demo\n"})).new_hooks == ()


def test_a_setup_py_is_news_when_it_begins_to_act_not_when_it_changes():
    plain, other = (sdist("demo", v, {**CODE, "setup.py": PLAIN_SETUP + f"# {v}\n"}) for v in ("1.0", "1.1"))
    acting = sdist("demo", "1.2", {**CODE, "setup.py": "import os\nos.getcwd()\n" + PLAIN_SETUP})
    assert changed(plain, other).new_hooks == ()
    assert [h.kind for h in changed(plain, acting).new_hooks] == [HookKind.SETUP_PY]
    assert changed(acting, acting).new_hooks == ()


def test_binaries_are_matched_by_name_without_tags_and_hashes():
    elf = NATIVE["elf"] + bytes(9)
    before = wheel(
        "demo",
        "1.0",
        {
            "demo/_x.cpython-311-x86_64-linux-gnu.so": elf,
            "demo.libs/libz-1a2b3c4d.so.1": elf,
            "c787785866c7b801238d__mypyc.cpython-311.so": elf,
        },
    )
    now = wheel(
        "demo",
        "1.1",
        {
            "demo/_x.cpython-314-x86_64-linux-gnu.so": elf,
            "demo.libs/libz-99999999.so.2": elf,
            "0123456789abcdef0123__mypyc.cpython-311.so": elf,
        },
    )
    assert changed(before, now).new_native == ()
    assert changed(before, now).had_native
    more = wheel("demo", "1.2", {"demo/_x.abi3.so": elf, "demo/blob.txt": elf, "demo/data.zip": b"PK\x03\x04"})
    assert changed(before, more).new_native == ("demo/blob.txt", "demo/data.zip")


def test_new_installed_programs_are_named():
    now = wheel("demo", "1.1", {**CODE, "demo-1.1.data/scripts/tool": "#!python\n"})
    assert changed(wheel("demo", "1.0"), now).new_install_scripts == ("tool",)
    later = wheel("demo", "1.2", {**CODE, "demo-1.2.data/scripts/tool": "#!python\n"})
    assert changed(now, later).new_install_scripts == changed(now, later).new_hooks == ()


# --- wheel against sdist -----------------------------------------------------------------------------


def compared(in_wheel, in_sdist):
    return wheel_against_sdist.compare(read(wheel("demo", "1.0", in_wheel)), read(sdist("demo", "1.0", in_sdist)))


@pytest.mark.parametrize("root", ["", "src/", "lib/python/"])
def test_a_wheel_made_of_its_sdist_is_clean(root):
    found = compared(CODE, {root + path: text for path, text in CODE.items()})
    assert (found.compared, found.odd) == (2, ())


def test_every_relation_is_told():
    in_sdist = {
        "src/demo/a.py": "a = 1\n",
        "demo/b.py": "b = 1\n",
        "demo/c.py": "c = 1\r\n",
        "x/elsewhere.py": "d = 1\n",
    }
    in_wheel = {
        "demo/a.py": "a = 1\n",
        "demo/b.py": "b = 2\n",
        "demo/c.py": "c = 1\n",
        "demo/d.py": "d = 1\n",
        "demo/e.py": "e = 1\n",
        "demo-1.0.data/purelib/demo/f.py": "f = 1\n",
    }
    assert [(m.path, m.relation) for m in compared(in_wheel, in_sdist).odd] == [
        ("demo-1.0.data/purelib/demo/f.py", "phantom"),
        ("demo/b.py", "modified"),
        ("demo/e.py", "phantom"),
    ]


SCM = """# file generated by a tool
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple, Union
    VERSION_TUPLE = Tuple[Union[int, str], ...]
else:
    VERSION_TUPLE = object
version: str
__version__ = version = '1.0'
__version_tuple__ = version_tuple = (1, 0)
"""


@pytest.mark.parametrize(
    ("path", "text", "inert"),
    [
        ("demo/_version.py", SCM, True),
        ("demo/version.py", '__version__ = "1.0"\n', True),
        ("demo/_version.py", "__version__ = open('x').read()\n", False),
        ("demo/_version.py", "import os\n__version__ = '1'\n", False),
        ("demo/_version.py", "from typing import x\nclass A: pass\n", False),
        ("demo/_version.py", "__version__ = '1' if f() else '2'\n", False),
        ("demo/_version.py", "def f(): pass\n", False),
        ("demo/settings.py", "URL = 'https://example.org'\n", False),
    ],
)
def test_generated_version_files_are_believed_by_content_only(path, text, inert):
    found = compared({**CODE, path: text}, CODE)
    assert [m.path for m in found.odd] == [path]
    assert found.generated == ((path,) if inert else ())


@given(
    st.dictionaries(
        st.sampled_from(["demo/a.py", "demo/b.py", "demo/c.txt", "x.pth"]), st.binary(max_size=8), min_size=1
    ),
    st.sampled_from(["demo/a.py", "demo/new.py", "new.pth", "demo/lib.so"]),
)
def test_every_planted_difference_is_told(files, planted):
    changed = {**files, planted: b"planted: not in any other file"}
    odd = {m.path for m in compared(changed, files).odd}
    assert planted in odd
    assert compared(files, files).odd == ()


@pytest.mark.parametrize("text", ["Name: demo\n", "Name: demo\nVersion:\n", "Version: 1.0\n", "Name demo"])
def test_metadata_that_names_no_release_cannot_be_read_and_disagrees_with_nothing(text):
    made = dataclasses.replace(wheel("demo", "1.0"), data=zipped({"demo-1.0.dist-info/METADATA": text.encode()}))
    with pytest.raises(MalformedError):
        core_metadata.core_metadata(read(made))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_metadata_is_read_with_every_end_of_line_and_a_mark_before_it(mark, end):
    text = mark + end.join(["Name: Demo", "Version: 1.0", "Requires-Dist: six", "", "caf\u00e9"])
    for encoding in ("utf-8", "latin-1") if not mark else ("utf-8",):
        members = {"demo-1.0.dist-info/METADATA": text.encode(encoding)}
        found = core_metadata.core_metadata(read(dataclasses.replace(wheel("demo", "1.0"), data=zipped(members))))
        assert (found.name, found.version, found.requires_dist) == ("Demo", "1.0", ("six",))
