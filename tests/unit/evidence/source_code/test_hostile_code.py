"""Code that repeats itself is read in time of its length; what a name means is not looked up again and again."""

import pytest

from simulators.cost import within
from supplytrust.evidence.source_code import fuzz_setup
from supplytrust.evidence.source_code.analyse_artifact import SourceFile, may_match, read

TIMES = 8_000
LONG = "a" * 200_000
REPEATED = {
    "one name bound often": "x = 1\nx.new()\n",
    "one name bound to calls": "x = f()\nx.new()\n",
    "attributes of self": ("class A:\n def f(self):\n", "  self.x = y\n  self.x.new()\n"),
    "bases": ("", "class A(B): pass\n", "class A(B):\n def f(self):\n", "  self.verify = False\n"),
    "imports": ("from cryptography.hazmat.primitives.ciphers import modes\n", "import a{n}\nmodes.CBC(iv)\n"),
    "a long name of a function": (f"def {LONG}(password):\n", " if hashlib.md5(password).hexdigest() == a: pass\n"),
    "a long name that is given to": (f"{LONG} = [\n", " random.random(),\n", "]\n"),
    "a long name of a call": (f"{LONG}(\n", " random.random(),\n", ")\n"),
    "a long name of a module": (f"from {LONG} import b\n", "b.new(); b.md5()\n"),
    "functions": "def f(): return g()\nx = f().new()\n",
}


@pytest.mark.parametrize("parts", REPEATED.values(), ids=REPEATED)
@pytest.mark.thorough
def test_time_grows_with_the_length(parts):
    parts = ("", parts) if isinstance(parts, str) else parts
    text = "import hashlib, random, ssl\n" + "".join(
        "".join(part.replace("{n}", str(n)) for n in range(TIMES)) if number % 2 else part
        for number, part in enumerate(parts)
    )
    data = text.encode()
    files = [SourceFile("demo/a.py", "python", "library", len(data), lambda: data)]
    findings, _ = within(5, lambda: read("demo.whl", files))
    assert findings.unread == 0


def test_a_name_with_very_many_meanings_is_not_followed():
    def found(times):
        text = (
            "import hashlib\n" + "h = hashlib\n" * times + "def make_password(password):\n    return h.md5(password)\n"
        ).encode()
        file = SourceFile("demo/a.py", "python", "library", len(text), lambda: text)
        return [f.rule for f in read("demo.whl", [file])[0].findings]

    assert found(1) == ["weak-digest"]
    assert found(500) == []


# Which Python is parsed: by words and imports, in time that grows with the text and no faster.


@pytest.mark.parametrize(
    "text",
    [
        b"import hashlib",
        b"from   hashlib import md5",
        b"x = 1\n\timport\tos.path,  socket as s",
        b"import a, b.c ,d,pickle\n",
        b"if x:\n    from xml.etree import ElementTree",
    ],
)
def test_imports_that_a_rule_asks_for(text):
    assert may_match(text)


@pytest.mark.parametrize(
    "text", [b"import os", b"import hashlibs", b"important hashlib", b"x = 'from hashlib'", b"from . import a"]
)
def test_other_text(text):
    assert not may_match(text)


@pytest.mark.parametrize(
    "text",
    [b"import" + b" " * 1_000_000, b"import " + b"a " * 500_000, b"import " + b"a, " * 300_000, b"\n" * 1_000_000],
)
def test_long_lines_take_no_longer_than_their_length(text):
    assert not within(2, lambda: may_match(text + b"#"))


# Files that a package brings cannot make the search for fuzz targets take longer than their length.

SIZE = fuzz_setup.LARGEST // 2


@pytest.mark.parametrize("piece", ["\n", " \n", "\n\t", "import ", "proptest! ", "fuzz", "func Fuzz"])
@pytest.mark.parametrize("path", ["fuzz/fuzz_a.py", "fuzz/a.rs"])
@pytest.mark.sampled(4)
def test_sources(path, piece):
    took(path, piece)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "piece", ["go test ", "cargo ", "cargo +a ", "fuzz", "python ", "python -a ", " -a", "uses: ", "-fsanitize="]
)
def test_workflows(piece):
    took(".github/workflows/ci.yml", "x: python " + piece * (SIZE // len(piece)), 1)


def took(path, piece, times=None):
    text = piece * (times or SIZE // len(piece)) + "#"
    within(2, lambda: fuzz_setup.judge({path: text}, [path]))
