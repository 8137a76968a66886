import pytest

from simulators.cost import within
from simulators.index import sdist, wheel
from supplytrust.ecosystems import code_reading
from supplytrust.ecosystems.pypi import contents
from supplytrust.evidence.source_code import analyse_artifact
from supplytrust.model.claims.code import Ability, Family
from supplytrust.model.subject import Artifact, ArtifactKind


def read(files, *, source=False):
    made = sdist("demo", "1.0", files) if source else wheel("demo", "1.0", files)
    kind = ArtifactKind.SDIST if source else ArtifactKind.WHEEL
    return contents.read(Artifact(made.name, "", kind), made.data)


def findings(files, *, source=False):
    return code_reading.findings(read(files, source=source))[0]


@pytest.mark.parametrize(
    ("path", "reach"),
    [
        ("demo/a.py", "library"),
        ("demo/tests/a.py", "test"),
        ("tests/test_a.py", "test"),
        ("demo/_vendor/x/a.py", "vendored"),
        ("vendored-meson/a.py", "vendored"),
        ("examples/a.py", "example"),
        ("demo/contest.py", "library"),
        ("demo/latest/a.py", "library"),
        ("tools/a.py", "library"),
    ],
)
def test_reach_is_told_by_place(path, reach):
    found = findings({path: "import hashlib\nhashlib.md5(b'')\n"})
    assert [u.reach for u in found.findings] == [reach]


@pytest.mark.parametrize("path", ["setup.py", "tools/release.py", "noxfile.py"])
def test_what_builds_is_no_library_code(path):
    files = {"pyproject.toml": "", path: "import hashlib\nhashlib.md5(b'')\n"}
    assert [u.reach for u in findings(files, source=True).findings] == ["build"]


def test_what_cannot_be_parsed_is_counted():
    files = {"demo/a.py": "import hashlib\nprint 'python 2'\n", "demo/b.py": "x = 1\n", "demo/c.py": "import ssl\n"}
    found = findings(files)
    assert (found.modules, found.unread, found.findings) == (3, 1, ())
    assert found.bytes_read == sum(map(len, files.values()))


def test_stubs_and_other_text_are_not_source():
    found = findings({"demo/a.pyi": "import hashlib\n", "demo/a.md": "hashlib.md5(b'')\n"})
    assert (found.modules, found.findings) == (0, ())


def test_too_long_a_file_is_counted_as_unread():
    found = findings(
        {"demo/a.py": "import hashlib\n" + "#" * analyse_artifact.LONGEST, "demo/b.py": "import hashlib\n"}
    )
    assert (found.modules, found.unread) == (2, 1)


def test_bounds_over_all_files_leave_library_code_for_first(monkeypatch):
    monkeypatch.setattr(analyse_artifact, "MOST_BYTES", 60)
    text = "import hashlib\nhashlib.md5(b'')\n"
    found = findings({"demo/b.py": text, "demo/a/tests/test_a.py": text, "demo/docs/a.py": text})
    assert [f.path for f in found.findings] == ["demo/b.py"]
    assert (found.modules, found.unread) == (3, 2)


def test_of_too_many_findings_the_gravest_stay():
    many = "import hashlib\n" + "hashlib.md5(b'')\n" * (analyse_artifact.MOST_FINDINGS + 5)
    grave = "import requests\nrequests.get('', verify=False)\n"
    found = findings({"demo/a.py": many, "demo/z.py": grave})
    assert (len(found.findings), found.left_out) == (analyse_artifact.MOST_FINDINGS, 6)
    assert found.findings[-1].severity == "high"
    assert dict(found.exercised)[Family.PRIMITIVES] == analyse_artifact.MOST_FINDINGS + 5


def test_members_in_another_order_make_the_same_claim():
    files = {f"demo/{n}.py": f"import hashlib\nhashlib.md5({n})\n" for n in range(9)}
    assert findings(files) == findings(dict(reversed(files.items())))


HOSTILE = {
    "brackets": "(" * 100_000,
    "closed brackets": "(" * 5_000 + ")" * 5_000,
    "minus": "-" * 200_000 + "1",
    "attributes": "a" + ".b" * 100_000,
    "sum": "+".join(["1"] * 100_000),
    "calls": "f" + "()" * 100_000,
    "digests of digests": "hashlib" + ".new()" * 3_000,
    "names of names": "\n".join(f"a{n} = a{n + 1}" for n in range(20_000)) + "\na0.new()",
    "a name of itself": "x = x.new()\ny = z\nz = y\nz.new(y.load(x))",
    "large numbers": "import hashlib\nN = 9 ** 9 ** 9 ** 9\nhashlib.scrypt(b'', n=2 ** 10 ** 9, r=1 << N)",
    "long constants": "import hmac\nK = b'x' * 10 ** 12\nhmac.new(K * 10 ** 9, b'')",
    "elif": "if a: pass\n" + "elif a: pass\n" * 20_000,
    "not": "not " * 100_000 + "x",
    "lambda": "lambda: " * 50_000 + "x",
    "digits": "9" * 1_000_000,
    "zero bytes": "x = 1\x00",
    "surrogate": "x = '\\ud800'",
    "null coding": "# -*- coding: rot13 -*-\nx = 1",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.sampled(5)
def test_hostile_source_is_read_or_counted_and_nothing_else(code):
    found = findings({"demo/a.py": "import hashlib\n" + code + "\n"})
    assert (found.modules, [f for f in found.findings if f.severity == "high"]) == (1, [])
    assert found.unread in (0, 1)


FOREIGN = {
    "quotes": ('"' + "\\" * 200_000, "c"),
    "open comment": ("/*" * 100_000, "c"),
    "sprintf": ("sprintf(a," * 30_000, "c"),
    "memcmp": ("memcmp(" * 30_000, "c"),
    "words": ("key" * 60_000 + " = x", "c"),
    "raw strings": ('r#"' * 50_000, "rs"),
    "ticks": ("'" * 200_000, "rs"),
    "template": ("`${" * 60_000, "js"),
    "token": ("token = " * 30_000, "js"),
    "createHmac": ("createHmac(" * 30_000, "js"),
    "bytes.Equal": ("bytes.Equal(" * 30_000, "go"),
    "secret": ("secret := " * 30_000, "go"),
    "scanf": ("sscanf(a," + '"%d' * 60_000, "c"),
    "format": ('sprintf(a,"' + "%-" * 60_000, "c"),
}


@pytest.mark.parametrize(("code", "suffix"), FOREIGN.values(), ids=FOREIGN)
@pytest.mark.sampled(3)
def test_hostile_text_of_other_languages_takes_linear_time(code, suffix):
    found = within(3, lambda: findings({f"demo/a.{suffix}": code}))
    assert (found.modules, found.unread) == (1, 0)


def test_abilities_are_told_with_places_of_shipped_code():
    files = {
        "demo/net.py": "import os\nfrom urllib import request\nimport requests.sessions\n",
        "demo/run.py": "import subprocess\n",
        "demo/ev.py": "def f(x):\n    return eval(x)\n",
        "demo/c.py": "from hashlib import sha256\nimport pickle, struct\n",
        "demo/tests/t.py": "import wasmtime\n",
        "demo/x.so": b"\x7fELF" + bytes(20),
    }
    _, found = code_reading.findings(read(files))
    told = {c.ability: c.places for c in found.found}
    assert told[Ability.NETWORK] == ("demo/net.py:2 import urllib.request",)
    assert told[Ability.EXECUTION] == ("demo/ev.py:2 eval()", "demo/run.py:1 import subprocess")
    assert told[Ability.NATIVE] == ("demo/x.so:compiled",)
    assert told[Ability.CRYPTOGRAPHY] == ("demo/c.py:1 import hashlib.sha256",)
    assert told[Ability.DESERIALIZATION] == ("demo/c.py:2 import pickle",)
    assert told[Ability.PARSING] == ("demo/c.py:2 import struct",)
    assert not found.has(Ability.ISOLATION)


def test_abilities_of_other_languages():
    files = {"src/a.c": "/* x */\nint f(void) { return EVP_sha256(); }", "src/b.rs": "use wasmtime::Engine;\n"}
    _, found = code_reading.findings(read(files, source=True))
    assert {c.ability for c in found.found} == {Ability.NATIVE, Ability.CRYPTOGRAPHY, Ability.ISOLATION}
    assert {c.ability: c.places for c in found.found}[Ability.ISOLATION] == ("src/b.rs:1 use wasmtime",)


def test_composition_counts_what_is_shipped_to_run():
    files = {
        "demo/a.py": "import ctypes\n",
        "demo/b.c": "int x;",
        "demo/x.so": b"\x7fELF" + bytes(20),
        "demo/tests/t.py": "import ctypes\n",
        "demo/readme.txt": "import ctypes",
    }
    found = code_reading.composition(read(files))
    assert found.bytes_by_language == (("c", 6), ("native", 24), ("python", 14))
    assert (found.native_members, found.ctypes_modules) == (1, ("demo/a.py",))


@pytest.mark.parametrize("folder", ["tests", "docs", "examples", "benchmarks"])
def test_what_is_compiled_and_installed_counts_wherever_it_lies(folder):
    files = {"demo/a.py": "x = 1\n", f"demo/{folder}/x.so": b"\x7fELF" + bytes(20)}
    assert code_reading.composition(read(files)).native_members == 1
    assert [c.ability for c in code_reading.findings(read(files))[1].found] == [Ability.NATIVE]
    assert code_reading.composition(read({**files, "PKG-INFO": ""}, source=True)).native_members == 0


def test_lines_without_end_are_looked_through_once():
    held = read({"demo/a.py": "\n" * 1_000_000, "demo/b.py": "import" + " " * 1_000_000})
    assert within(2, lambda: code_reading.composition(held)).ctypes_modules == ()
