"""Code that repeats itself is read in time of its length; what a name means is not looked up again and again."""

import pytest

from simulators.cost import within
from supplytrust.evidence.source_code.analyse_artifact import SourceFile, read

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
