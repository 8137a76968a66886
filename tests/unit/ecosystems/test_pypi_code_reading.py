import pytest

from simulators.index import wheel
from supplytrust.ecosystems.pypi import code_reading, contents
from supplytrust.model.subject import Artifact, ArtifactKind

RSA = "from cryptography.hazmat.primitives.asymmetric import rsa, ec\n"
CIPHERS = "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\n"


def read(files):
    made = wheel("demo", "1.0", files)
    return contents.read(Artifact(made.name, "", ArtifactKind.WHEEL), made.data)


def uses(code, path="demo/a.py"):
    return [(u.rule, u.severity) for u in code_reading.crypto_uses(read({path: code})).uses]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import hashlib\nhashlib.md5(b'x')\n", [("weak-digest", "low")]),
        ("import hashlib as h\nh.sha1(b'x')\n", [("weak-digest", "low")]),
        ("from hashlib import md5 as quick\nquick(b'x')\n", [("weak-digest", "low")]),
        ("import hashlib\nhashlib.new('MD5', b'x')\n", [("weak-digest", "low")]),
        ("import hashlib\nhashlib.md5(b'x', usedforsecurity=False)\n", [("weak-digest", "info")]),
        ("import hashlib\nhashlib.sha256(b'x')\n", []),
        (
            "import hashlib\ndef hash_password(password):\n    return hashlib.md5(password.encode())\n",
            [("weak-digest", "high")],
        ),
        ("import hashlib\ndef etag(body):\n    return hashlib.md5(body)\n", [("weak-digest", "low")]),
        (CIPHERS + "Cipher(algorithms.AES(k), modes.ECB())\n", [("ecb-mode", "high")]),
        (CIPHERS + "Cipher(algorithms.AES(k), modes.GCM(iv))\n", []),
        (CIPHERS + "TABLE = {'3des': algorithms.TripleDES}\n", []),
        (CIPHERS + "def decrypt_legacy():\n    Cipher(algorithms.ARC4(k), None)\n", [("weak-cipher", "low")]),
        (CIPHERS + "def seal():\n    Cipher(algorithms.ARC4(k), None)\n", [("weak-cipher", "high")]),
        ("from Crypto.Cipher import AES\nAES.new(k, AES.MODE_ECB)\n", [("ecb-mode", "high")]),
        ("from Crypto.Cipher import DES\nDES.new(k, DES.MODE_CBC)\n", [("weak-cipher", "high")]),
        (RSA + "rsa.generate_private_key(public_exponent=65537, key_size=1024)\n", [("short-key", "high")]),
        (RSA + "rsa.generate_private_key(65537, 1024)\n", [("short-key", "high")]),
        (RSA + "rsa.generate_private_key(public_exponent=65537, key_size=3072)\n", []),
        (RSA + "rsa.generate_private_key(public_exponent=65537, key_size=size)\n", []),
        (RSA + "ec.generate_private_key(ec.SECP192R1())\n", [("short-key", "high")]),
        (RSA + "ec.generate_private_key(ec.SECP256R1())\n", []),
        (
            "import hmac\ndef check(m, s):\n    return hmac.new(k, m, 'sha256').hexdigest() == s\n",
            [("variable-time-compare", "high")],
        ),
        (
            "import hmac\ndef check(m, s):\n    mac = hmac.new(k, m).digest()\n    return mac != s\n",
            [("variable-time-compare", "high")],
        ),
        ("import hmac\ndef check(a, b):\n    return hmac.compare_digest(a, b)\n", []),
        ("import hashlib\nhashlib.sha256(b).hexdigest() == wanted\n", []),
        ("import random\ndef make_token():\n    return random.choice('abc')\n", [("random-for-secret", "high")]),
        (
            "import random\npassword = ''.join(random.choice('abc') for _ in range(8))\n",
            [("random-for-secret", "high")],
        ),
        ("from random import randint\nnonce = randint(0, 9)\n", [("random-for-secret", "low")]),
        ("import random\nword = random.choice(words)  # no secret\n", []),
        ("import secrets\npassword = secrets.choice('abc')\n", []),
        ("import random\nrandom = random.SystemRandom()\ndef f():\n    token_count = 1\n", []),
        ("import requests\nrequests.get(url, verify=False)\n", [("tls-unverified", "high")]),
        ("import requests\nrequests.get(url, verify=verify)\n", []),
        ("import ssl\nctx.verify_mode = ssl.CERT_NONE\n", [("tls-unverified", "low")]),
        (
            "import ssl\nssl._create_default_https_context = ssl._create_unverified_context\n",
            [("tls-unverified", "high")],
        ),
    ],
)
def test_uses_are_graded(code, expected):
    assert uses(code) == expected


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
    ],
)
def test_reach_is_told_by_place(path, reach):
    found = code_reading.crypto_uses(read({path: "import hashlib\nhashlib.md5(b'')\n"}))
    assert [u.reach for u in found.uses] == [reach]


def test_what_cannot_be_parsed_is_counted():
    files = {"demo/a.py": "import hashlib\nprint 'python 2'\n", "demo/b.py": "x = 1\n", "demo/c.py": "import ssl\n"}
    found = code_reading.crypto_uses(read(files))
    assert (found.modules, found.unread, found.uses_crypto, found.uses) == (3, 1, True, ())
    assert not code_reading.crypto_uses(read({"demo/b.py": "x = 1\n"})).uses_crypto


HOSTILE = {
    "brackets": "(" * 100_000,
    "closed brackets": "(" * 5_000 + ")" * 5_000,
    "minus": "-" * 200_000 + "1",
    "attributes": "a" + ".b" * 100_000,
    "sum": "+".join(["1"] * 100_000),
    "calls": "f" + "()" * 100_000,
    "elif": "if a: pass\n" + "elif a: pass\n" * 20_000,
    "not": "not " * 100_000 + "x",
    "lambda": "lambda: " * 50_000 + "x",
    "digits": "9" * 1_000_000,
    "zero bytes": "x = 1\x00",
    "surrogate": "x = '\\ud800'",
    "null coding": "# -*- coding: rot13 -*-\nx = 1",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_hostile_source_is_read_or_counted_and_nothing_else(code):
    found = code_reading.crypto_uses(read({"demo/a.py": "import hashlib\n" + code + "\n"}))
    assert (found.modules, found.uses) == (1, ())
    assert found.unread in (0, 1)


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
