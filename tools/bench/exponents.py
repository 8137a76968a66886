"""Every reader of foreign bytes at n, 2n and 4n: how does its cost grow with its input?

    python tools/bench/exponents.py             # all; a line a case, the list of what grows too fast at the end
    python tools/bench/exponents.py json zip    # only cases whose name has one of these words

The exponent is half of log2(cost at 4n / cost at n), each cost the least CPU time of several runs without what readers
remember of bytes they have seen: 1 is linear, 2 is quadratic. Where 4n is refused at once, that of 2n to n. n is grown until a run takes long enough to be measured, or is left at the largest size (then the case says
"bounded": a limit or a quick refusal keeps the cost small). Shapes are plain as well as adversarial. The exit code is
1 when anything is above LIMIT.
"""

from __future__ import annotations

import functools
import gc
import io
import json
import struct
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from simulators import wasm as wasm_bytes
from supplytrust.audits import inventory
from supplytrust.ecosystems import package_key, versions_of
from supplytrust.ecosystems.cargo import index as cargo_index
from supplytrust.ecosystems.cargo import manifest as cargo_manifest
from supplytrust.ecosystems.cargo import versions as cargo_versions
from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.npm import manifest as npm_manifest
from supplytrust.ecosystems.npm import packument
from supplytrust.ecosystems.npm import versions as npm_versions
from supplytrust.ecosystems.pypi import build_outputs, contents, core_metadata, documents, hooks, simple, wheel_record
from supplytrust.evidence.advisories import documents as advisories
from supplytrust.evidence.attestations import registry_keys, statement
from supplytrust.evidence.repository import history, security_policy
from supplytrust.evidence.reviews import audit_list, cargo_vet, crev
from supplytrust.evidence.source_code import analyse_artifact as code_reading
from supplytrust.formats import json_reader, yaml_reader
from supplytrust.formats.toml import Positions, read_toml
from supplytrust.gate.platforms import ear
from supplytrust.gate.platforms.claims import PlatformRules
from supplytrust.io.archives import elf, reader
from supplytrust.io.git import log, objects
from supplytrust.io.http import url_rules
from supplytrust.model.subject import Artifact, ArtifactKind
from supplytrust.records import envelope, keys
from supplytrust.wasm import inspection, oci_files

LIMIT = 1.2
LEAST = 0.03  # seconds of the run at n
LARGEST = 2 * 2**20  # of the input at n
RUNS = 2
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Case:
    """`make(n)` is the input of size n, `read` what is measured."""

    name: str
    make: Callable[[int], Any]
    read: Callable[[Any], object]


def forget() -> None:
    """What readers keep of bytes they have seen: the second run would cost nothing."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and (one.__module__ or "").startswith("supplytrust"):
            one.cache_clear()


def cost(case: Case, given: Any, runs: int = RUNS) -> float:
    """Least CPU seconds; a refusal is an answer."""
    best = float("inf")
    for _ in range(runs):
        forget()
        start = time.process_time()
        try:
            case.read(given)
        except (TypeError, AttributeError, NameError):  # a mistake of the case, which would cost nothing
            raise
        except Exception:  # noqa: BLE001 - readers refuse in their own words
            pass
        best = min(best, time.process_time() - start)
        if best > 2:
            break
    return best


def measured(case: Case) -> tuple[int, list[float], float]:
    """n, the three costs, and the exponent."""
    n = 64
    cost(case, case.make(n), 1)  # imports, compiled patterns
    gc.disable()  # its share depends on what else is alive
    while cost(case, case.make(n), 1) < LEAST and len(case.make(n)) < LARGEST and n < LARGEST:  # some inputs are capped
        n *= 2
    gc.collect()
    costs = [cost(case, case.make(n * factor)) for factor in (1, 2, 4)]
    steps = [log2(max(b, 1e-9) / max(a, 1e-9)) for a, b in pairwise(costs)]
    return n, costs, max(sum(steps) / 2, steps[0] if steps[1] < 0 else 0)  # a limit ends the growth, not before it


# --- inputs ----------------------------------------------------------------------------------------


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as file:
        warnings.simplefilter("ignore")  # names that stand twice
        for name, data in members:
            file.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def tarred(members: list[tuple[str, bytes]], mode: str = "w:gz", **fields: Any) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as file:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            file.addfile(info, io.BytesIO(data))
    return out.getvalue()


def wheel(files: dict[str, bytes]) -> Contents:
    base = {"a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n", "a-1.dist-info/WHEEL": b"", **files}
    return read_artifact("a-1-py3-none-any.whl", zipped(list(base.items())), ArtifactKind.WHEEL)


def sdist(files: dict[str, bytes]) -> Contents:
    return read_artifact("a-1.tar.gz", tarred([(f"a-1/{p}", d) for p, d in files.items()]), ArtifactKind.SDIST)


def read_artifact(name: str, data: bytes, kind: ArtifactKind) -> Contents:
    return contents.read(Artifact(name, "0" * 64, kind, len(data), ""), data)


class Sized:
    """A prepared input with the length of what it was made from."""

    def __init__(self, value: Any, size: int) -> None:
        self.value, self.size = value, size

    def __len__(self) -> int:
        return self.size


def of(prepare: Callable[[bytes], Any]) -> Callable[[Callable[[int], bytes]], Callable[[int], Sized]]:
    """Inputs that are prepared outside the measured time."""

    def wrap(make: Callable[[int], bytes]) -> Callable[[int], Sized]:
        def made(n: int) -> Sized:
            data = make(n)
            return Sized(prepare(data), len(data))

        return made

    return wrap


FOLDER = Path(tempfile.mkdtemp())


def listed(name: str) -> Callable[[bytes], object]:
    """Reads bytes as a list of packages of this file name."""

    def read(data: bytes) -> object:
        path = FOLDER / name
        path.write_bytes(data)
        return inventory.read(path)

    return read


def advisory(name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        path = FOLDER / name
        path.write_bytes(data)
        return list(advisories.read_documents(path, package_key))

    return read


def code(name: str, language: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        file = code_reading.SourceFile(name, language, code_reading._REACHES[0], len(data), lambda: data)
        return code_reading.read("a", [file])

    return read


def chunks(data: bytes) -> list[bytes]:
    return [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]


def logged(author: bytes = b"A", subject: bytes = b"s", touches: int = 1) -> bytes:
    head = b"\0".join(
        [b"\x01" + b"1" * 40, b"", author, b"a@example.org", b"1 +0000", author, b"e", b"1 +0000", subject]
    )
    rows = b"".join(
        b"%s:100644 100644 %s %s M\0f%d\0" % (b"\n" if not n else b"", b"1" * 40, b"2" * 40, n) for n in range(touches)
    )
    return head + b"\0" + rows


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


# --- cases -----------------------------------------------------------------------------------------

TOML: dict[str, Callable[[int], str]] = {
    "keys": lambda n: "".join(f"a{i} = {i}\n" for i in range(n)),
    "dotted key": lambda n: ".".join("a" * n) + " = 1",
    "dotted key, quoted": lambda n: ".".join(['"a"'] * n) + " = 1",
    "dotted key, inline": lambda n: "x = {" + ".".join("a" * n) + " = 1}",
    "header": lambda n: "[" + ".".join("a" * n) + "]",
    "deep headers": lambda n: "".join("[" + ".".join(["a"] * 38 + [f"b{i}"]) + "]\n" for i in range(n)),
    "deep keys below a deep header": lambda n: (
        "[" + ".".join("a" * 40) + "]\n" + "".join(".".join(["a"] * 38 + [f"b{i}"]) + "=1\n" for i in range(n))
    ),
    "dotted siblings": lambda n: "[t]\n" + "".join(f"a.b{i} = 1\n" for i in range(n)),
    "headers": lambda n: "".join(f"[a{i}]\n" for i in range(n)),
    "arrays of tables": lambda n: "[[a]]\n" * n,
    "arrays of tables, nested": lambda n: "[[a]]\n[[a.b]]\n[[a.b.c]]\n" * n,
    "inline tables": lambda n: "x = [" + "{a = 1}," * n + "]",
    "inline keys": lambda n: "x = {" + ",".join(f"a.b{i} = 1" for i in range(n)) + "}",
    "nested arrays": lambda n: "x = " + "[" * n + "]" * n,
    "nested arrays, repeated": lambda n: "x = [" + ("[" * 90 + "]" * 90 + ",") * n + "]",
    "nested inline tables, repeated": lambda n: "x = [" + ("{a=" * 90 + "1" + "}" * 90 + ",") * n + "]",
    "digits": lambda n: "x = " + "1" * n,
    "underscores": lambda n: "x = 1" + "_1" * n,
    "string": lambda n: 'x = "' + "\\n" * n + '"',
    "unended string of escaped quotes": lambda n: 'x = "' + '\\"' * n,
    "unended long string": lambda n: 'x = """' + '\\"""' * n + "\\",
    "long string": lambda n: 'x = """' + 'a""' * n + '"""',
    "line continuations": lambda n: 'x = """' + "\\\n   " * n + '"""',
    "comments": lambda n: "#a\n" * n,
    "blanks": lambda n: "a" + " " * n + "= 1",
    "blanks and dots": lambda n: "a" + " . a" * 30 + " " * n + ". ",
    "newlines in an array": lambda n: "x = [" + "\n" * n + "]",
    "quoted keys": lambda n: "".join(f'"a{i}" = 1\n' for i in range(n)),
}
JSON: dict[str, Callable[[int], bytes]] = {
    "numbers": lambda n: b"[" + b"1," * n + b"1]",
    "strings": lambda n: b"[" + b'"a",' * n + b'"a"]',
    "names": lambda n: dumped({f"a{i}": i for i in range(n)}),
    "one string": lambda n: b'"' + b"a" * n + b'"',
    "escapes": lambda n: b'"' + b"\\\\" * n + b'"',
    "half surrogates": lambda n: b'"' + b"\\ud800" * n + b'"',
    "arrays": lambda n: b"[" * n + b"]" * n,
    "objects": lambda n: b'{"a":' * n + b"1" + b"}" * n,
    "arrays side by side": lambda n: b"[" + (b"[" * 20 + b"]" * 20 + b",") * n + b"1]",
    "unended": lambda n: b'["' + b'\\"' * n,
    "brackets in a string": lambda n: b'"' + b"[" * n + b'"',
    "blanks": lambda n: b" " * n + b"1",
    "digits": lambda n: b"1" * n,
    "fraction": lambda n: b"0." + b"1" * n,
}
YAML: dict[str, Callable[[int], str]] = {
    "list": lambda n: "- a\n" * n,
    "map": lambda n: "".join(f"a{i}: 1\n" for i in range(n)),
    "nested": lambda n: "[" * n + "]" * n,
    "nested blocks": lambda n: "- " * n + "a",
    "aliases": lambda n: "a: &a [1]\nb: [" + "*a," * n + "]\n",
    "aliases of aliases": lambda n: (
        "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n))
    ),
    "quoted": lambda n: 'a: "' + "\\n" * n + '"',
    "folded": lambda n: "a: >\n" + "  b\n" * n,
    "blanks": lambda n: "a:" + " " * n + "1",
    "comments": lambda n: "#a\n" * n + "a: 1",
    "keys, quoted": lambda n: "{" + "".join(f'"a{i}": 1,' for i in range(n)) + "}",
}
PYTHON: dict[str, Callable[[int], bytes]] = {
    "assignments": lambda n: b"".join(b"a%d = 1\n" % i for i in range(n)),
    "calls": lambda n: b"import hashlib\n" + b"hashlib.md5(b'')\n" * n,
    "functions": lambda n: b"".join(b"def f%d(a):\n    return eval(a)\n" % i for i in range(n)),
    "rebinding": lambda n: b"import hashlib as h\n" + b"h = h\n" * n + b"h.md5(b'')\n",
    "chain of names": lambda n: (
        b"import hashlib as a0\n"
        + b"".join(b"a%d = a%d\n" % (i, i - 1) for i in range(1, n))
        + b"a%d.md5(b'')\n" % (n - 1)
    ),
    "chain of constants": lambda n: (
        b"a0 = 1\n"
        + b"".join(b"a%d = a%d + 1\n" % (i, i - 1) for i in range(1, n))
        + b"import random\nrandom.seed(a%d)\n" % (n - 1)
    ),
    "attributes": lambda n: b"import hashlib\nx = a" + b".b" * n + b"\n",
    "additions": lambda n: b"import hashlib\nx = 1" + b"+1" * n + b"\n",
    "comparisons": lambda n: b"import hmac\n" + b"if token == other: pass\n" * n,
    "imports": lambda n: b"".join(b"import a%d\n" % i for i in range(n)),
    "strings": lambda n: b"import hashlib\nx = [" + b"'a', " * n + b"]\n",
    "string": lambda n: b"import hashlib\nx = '" + b"a" * n + b"'\n",
    "nested functions": lambda n: (
        b"import hashlib\n" + b"".join(b" " * i + b"def f():\n" for i in range(min(n, 90))) + b" " * 90 + b"pass\n"
    ),
    "elifs": lambda n: b"import hashlib\nif a: pass\n" + b"elif a: pass\n" * min(n, 4000),
    "classes": lambda n: (
        b"import hashlib\n"
        + b"".join(b"class C%d:\n    x = hashlib.md5\n    def f(self): self.x()\n" % i for i in range(n))
    ),
}
SECURITY: dict[str, Callable[[int], str]] = {
    "text": lambda n: "Please report to security@example.org within 90 days.\n" * n,
    "table": lambda n: "| Version | Supported |\n|---|---|\n" + "| 1.x | yes |\n" * n,
    "pipes": lambda n: "|" * n,
    "blanks": lambda n: "supported" + " " * n + "x",
    "words": lambda n: "we will " * n,
    "digits": lambda n: "within " + "1" * n,
    "dashes": lambda n: "-" * n + "\n",
}
LOG = [
    Case("git log, commits", lambda n: chunks(logged() * n), lambda c: list(log.parse_log(c))),
    Case(
        "git log, touches of one commit",
        lambda n: Sized(chunks(logged(touches=n)), n * 100),
        lambda c: list(log.parse_log(c.value)),
    ),
    Case(
        "git log, one long subject",
        lambda n: Sized(chunks(logged(subject=b"s" * n * 1000)), n * 30),
        lambda c: list(log.parse_log(c.value)),
    ),
    Case(
        "git log, one long name",
        lambda n: Sized(chunks(logged(author=b"s" * n * 1000)), n * 30),
        lambda c: list(log.parse_log(c.value)),
    ),
    Case(
        "git tree",
        lambda n: Sized(chunks(b"".join(b"100644 blob %s\tf%d\0" % (b"1" * 40, i) for i in range(n))), n * 50),
        lambda c: history.parse_tree(c.value),
    ),
    *(
        Case(f"git commit, {name}", make, objects.beyond)
        for name, make in {
            "reviewers": lambda n: b"h\n\nm\n" + b"Reviewed-by: A <a@example.org>\n" * n,
            "reviewer without address": lambda n: b"h\n\nReviewed-by:" + b" " * n + b"x",
            "reviewer of blanks and letters": lambda n: b"h\n\nReviewed-by:" + b" a" * n,
            "reviewer with an open address": lambda n: b"h\n\nReviewed-by: a " + b"<a " * n,
            "reviewers without address": lambda n: b"h\n\n" + b"Reviewed-by: a\n" * n,
            "advisories": lambda n: b"h\n\n" + b"CVE-2020-1234 " * n,
            "half advisories": lambda n: b"h\n\n" + b"GHSA-" * n,
            "digits": lambda n: b"h\n\nCVE-2020-" + b"1" * n,
            "signature": lambda n: b"h\ngpgsig -----BEGIN PGP SIGNATURE-----\n" + b" aaaa\n" * n + b" -----END\n\nm",
            "signatures without end": lambda n: b"h\ngpgsig x\n" + b" -----BEGIN PGP SIGNATURE-----\n" * n + b"\nm",
        }.items()
    ),
    *(
        Case(f"git tag, {name}", make, lambda data: objects.tag("v1", data))
        for name, make in {
            "message": lambda n: b"object 1\ntype commit\ntagger A <a@example.org> 1 +0\n\n" + b"text\n" * n,
            "tagger of brackets": lambda n: b"object 1\ntagger " + b"<" * n + b"\n\nm",
            "tagger of blanks": lambda n: b"object 1\ntagger " + b" " * n + b"\n\nm",
            "taggers": lambda n: b"object 1\n" + b"tagger a\n" * n + b"\nm",
            "signatures without end": lambda n: b"object 1\n\n" + b"-----BEGIN PGP SIGNATURE-----\n" * n,
            "headers": lambda n: b"a b\n" * n + b"\nm",
        }.items()
    ),
]
ARCHIVES = [
    Case(
        "zip, one large member",
        lambda n: zipped([("a.py", b"ab\n" * n * 50)]),
        lambda d: reader.read(d, "a-1-py3-none-any.whl"),
    ),
    Case(
        "zip, stored member",
        lambda n: zipped([("a.py", b"ab\n" * n)], zipfile.ZIP_STORED),
        lambda d: reader.read(d, "a-1-py3-none-any.whl"),
    ),
    Case(
        "zip, members",
        lambda n: zipped([(f"a/{i}.py", b"x") for i in range(n)]),
        lambda d: reader.read(d, "a-1-py3-none-any.whl"),
    ),
    Case(
        "zip, members of one name",
        lambda n: zipped([("a.py", b"x")] * n),
        lambda d: reader.read(d, "a-1-py3-none-any.whl"),
    ),
    Case(
        "zip, deep paths",
        lambda n: zipped([("a/" * 30 + f"{i}.py", b"x") for i in range(n)]),
        lambda d: reader.read(d, "a-1-py3-none-any.whl"),
    ),
    Case(
        "zip, end records",
        lambda n: zipped([("a.py", b"x")]) + b"PK\5\6" * n,
        lambda d: reader.read(d, "a-1-py3-none-any.whl"),
    ),
    Case(
        "zip, bytes before it",
        lambda n: b"PK\3\4" * n + zipped([("a.py", b"x")]),
        lambda d: reader.read(d, "a-1-py3-none-any.whl"),
    ),
    Case(
        "tar, one large member",
        lambda n: tarred([("a-1/a.py", b"ab\n" * n * 50)]),
        lambda d: reader.read(d, "a-1.tar.gz"),
    ),
    Case(
        "tar, members",
        lambda n: tarred([(f"a-1/{i}.py", b"x") for i in range(n)]),
        lambda d: reader.read(d, "a-1.tar.gz"),
    ),
    Case(
        "tar, members of one name", lambda n: tarred([("a-1/a.py", b"x")] * n), lambda d: reader.read(d, "a-1.tar.gz")
    ),
    Case(
        "tar, pax headers",
        lambda n: tarred([(f"a-1/{i}", b"") for i in range(n)], pax_headers={"comment": "x" * 200}),
        lambda d: reader.read(d, "a-1.tar.gz"),
    ),
    Case(
        "tar, one pax header",
        lambda n: tarred([("a-1/a", b"")], pax_headers={f"k{i}": "v" for i in range(n)}),
        lambda d: reader.read(d, "a-1.tar.gz"),
    ),
    Case(
        "tar, long names",
        lambda n: tarred([(f"a-1/{'x' * 200}{i}", b"") for i in range(n)]),
        lambda d: reader.read(d, "a-1.tar.gz"),
    ),
    Case(
        "sdist, links",
        lambda n: tarred([(f"a-1/{i}", b"") for i in range(n)], type=tarfile.SYMTYPE, linkname="0"),
        lambda d: read_artifact("a-1.tar.gz", d, ArtifactKind.SDIST),
    ),
    Case("sdist, links to links", lambda n: linked(n), lambda d: read_artifact("a-1.tar.gz", d, ArtifactKind.SDIST)),
    Case(
        "sdist, links to folders",
        lambda n: folders_linked(n),
        lambda d: read_artifact("a-1.tar.gz", d, ArtifactKind.SDIST),
    ),
    Case(
        "wheel, RECORD rows",
        of(lambda d: wheel({"a-1.dist-info/RECORD": d}))(
            lambda n: b"".join(b"f%d,sha256=AAAA,1\n" % i for i in range(n))
        ),
        lambda c: wheel_record.check(c.value),
    ),
    Case(
        "wheel, RECORD quotes",
        of(lambda d: wheel({"a-1.dist-info/RECORD": d}))(lambda n: b'"' + b'""' * n),
        lambda c: wheel_record.check(c.value),
    ),
    Case(
        "wheel, RECORD digest",
        of(lambda d: wheel({"a-1.dist-info/RECORD": d}))(lambda n: b"f,sha256=" + b"A" * n + b",1\n"),
        lambda c: wheel_record.check(c.value),
    ),
    *(
        Case(
            f"METADATA, {name}",
            of(lambda d: wheel({"a-1.dist-info/METADATA": d}))(make),
            lambda c: (core_metadata.core_metadata(c.value), core_metadata.project_metadata(c.value)),
        )
        for name, make in {
            "headers": lambda n: b"Name: a\nVersion: 1\n" + b"Requires-Dist: b\n" * n,
            "links": lambda n: b"Name: a\nVersion: 1\n" + b"Project-URL: x, https://example.org/a\n" * n,
            "one header": lambda n: b"Name: a\nVersion: 1\nSummary: " + b"x" * n,
            "continuations": lambda n: b"Name: a\nVersion: 1\nSummary: x\n" + b"  y\n" * n,
            "unknown headers": lambda n: b"Name: a\nVersion: 1\n" + b"".join(b"X-%d: b\n" % i for i in range(n)),
            "description": lambda n: b"Name: a\nVersion: 1\n\n" + b"text\n" * n,
            "blanks": lambda n: b"Name:" + b" " * n + b"a\n",
            "multipart": lambda n: b"Name: a\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * n,
            "nested multipart": lambda n: (
                b"Name: a\n"
                + b"".join(
                    b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (i, i) for i in range(min(n, 2000))
                )
            ),
            "encoded words": lambda n: b"Name: a\nSummary: " + b"=?utf-8?q?a?= " * n,
        }.items()
    ),
    Case(
        "sdist, .pth lines",
        of(lambda d: sdist({"a.pth": d}))(lambda n: b"import a\n" * n),
        lambda c: hooks.startup_hooks(c.value),
    ),
    Case(
        "sdist, setup.py",
        of(lambda d: sdist({"setup.py": d}))(
            lambda n: b"from setuptools import setup\n" + b"setup(cmdclass={'a': b})\n" * n
        ),
        lambda c: hooks.startup_hooks(c.value),
    ),
    Case(
        "sdist, backend paths",
        of(lambda d: sdist({"pyproject.toml": d, **{f"b/{i}": b"" for i in range(500)}}))(
            lambda n: b"[build-system]\nrequires=[]\nbuild-backend='x'\nbackend-path=[" + b"'b'," * n + b"]"
        ),
        lambda c: hooks.startup_hooks(c.value),
    ),
]
PAGES = [
    Case(
        "simple JSON, files",
        lambda n: dumped(
            {
                "files": [
                    {"filename": f"a-{i}.tar.gz", "url": f"a-{i}.tar.gz", "hashes": {"sha256": "0" * 64}}
                    for i in range(n)
                ]
            }
        ),
        lambda d: simple._parse(d, "https://example.org/simple/a/", "a"),
    ),
    Case(
        "project JSON, files",
        lambda n: dumped(
            {
                "info": {},
                "releases": {
                    str(i): [{"filename": f"a-{i}.tar.gz", "digests": {"sha256": "0" * 64}}] for i in range(n)
                },
            }
        ),
        lambda d: documents.releases(documents._parse(d, "a")),
    ),
    *(
        Case(f"simple HTML, {name}", make, lambda text: simple.read_anchors(text, "https://example.org/simple/a/"))
        for name, make in {
            "anchors": lambda n: "".join(
                f'<a href="a-{i}.tar.gz#sha256={"0" * 64}">a-{i}.tar.gz</a>\n' for i in range(n)
            ),
            "open tags": lambda n: "<a " * n,
            "less-thans": lambda n: "<" * n,
            "comments": lambda n: "<!--" * n,
            "comment ends": lambda n: "<!--" + "-- >" * n,
            "declarations": lambda n: "<!" * n,
            "instructions": lambda n: "<?" * n,
            "end tags": lambda n: "</a" * n,
            "cdata": lambda n: "<![CDATA[" * n,
            "script": lambda n: "<script>" + "</scrip" * n,
            "attributes": lambda n: "<a " + "b=1 " * n + ">",
            "attribute quotes": lambda n: "<a " + 'b="' * n,
            "entities": lambda n: "&amp;" * n,
            "half entities": lambda n: "&#" * n,
            "slashes": lambda n: "<a" + "/" * n,
        }.items()
    ),
    *(
        Case(f"address, {name}", make, url_rules.allowed_target)
        for name, make in {
            "path": lambda n: "https://example.org/" + "a/" * n,
            "dots": lambda n: "https://" + "a." * n,
            "user": lambda n: "https://" + "a@" * n + "b/",
        }.items()
    ),
]
LISTS = [
    *(
        Case(f"requirements, {name}", make, listed("requirements.txt"))
        for name, make in {
            "names": lambda n: b"".join(b"a%d==1.0\n" % i for i in range(n)),
            "hashes": lambda n: b"a==1.0" + b" --hash=sha256:" + (b" --hash=sha256:").join([b"0" * 64] * n),
            "continued lines": lambda n: b"a==1.0 " + b"\\\n" * n,
            "comments": lambda n: b"#" * n + b"\n" + b"a #" * n,
            "extras": lambda n: b"a[" + b"b," * n + b"c]==1",
            "brackets": lambda n: b"a" + b"[" * n,
            "markers": lambda n: b"a==1 ; " + b"(" * n,
            "specifiers": lambda n: b"a" + b">=1," * n + b">=1",
            "version": lambda n: b"a==1" + b".1" * n,
            "version of letters": lambda n: b"a==1" + b"a" * n,
            "blanks": lambda n: b"a" + b" " * n + b"== 1",
            "options": lambda n: b"--x " * n,
            "same name": lambda n: b"a==1.0\n" * n,
        }.items()
    ),
    Case(
        "uv.lock",
        lambda n: (
            "version = 1\n"
            + "".join(
                f'[[package]]\nname = "a{i}"\nversion = "1"\nsource = {{ registry = "https://example.org/simple" }}\ndependencies = [{{ name = "a{(i + 1) % n}" }}]\n'
                for i in range(n)
            )
        ).encode(),
        listed("uv.lock"),
    ),
    Case(
        "poetry.lock",
        lambda n: (
            "".join(f'[[package]]\nname = "a{i}"\nversion = "1"\nfiles = []\n' for i in range(n))
            + '[metadata]\nlock-version = "2.0"\n'
        ).encode(),
        listed("poetry.lock"),
    ),
    Case(
        "pylock.toml",
        lambda n: (
            'lock-version = "1.0"\n' + "".join(f'[[packages]]\nname = "a{i}"\nversion = "1"\n' for i in range(n))
        ).encode(),
        listed("pylock.toml"),
    ),
    Case(
        "Pipfile.lock",
        lambda n: dumped({"_meta": {}, "default": {f"a{i}": {"version": "==1"} for i in range(n)}}),
        listed("Pipfile.lock"),
    ),
    Case(
        "CycloneDX, components",
        lambda n: dumped(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.6",
                "components": [
                    {"type": "library", "name": f"a{i}", "version": "1", "bom-ref": str(i), "purl": f"pkg:pypi/a{i}@1"}
                    for i in range(n)
                ],
                "dependencies": [{"ref": str(i), "dependsOn": [str((i + 1) % n)]} for i in range(n)],
            }
        ),
        listed("bom.json"),
    ),
    Case(
        "CycloneDX, one purl",
        lambda n: dumped(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.6",
                "components": [{"type": "library", "name": "a", "purl": "pkg:pypi/a@1?" + "a=b&" * n}],
            }
        ),
        listed("bom.json"),
    ),
    Case(
        "CycloneDX, nested",
        lambda n: b'{"bomFormat":"CycloneDX","specVersion":"1.6",' + b'"components":[{"name":"a",' * n,
        listed("bom.json"),
    ),
    Case(
        "SPDX 2, packages",
        lambda n: dumped(
            {
                "spdxVersion": "SPDX-2.3",
                "SPDXID": "x",
                "packages": [
                    {
                        "SPDXID": f"p{i}",
                        "name": f"a{i}",
                        "versionInfo": "1",
                        "externalRefs": [{"referenceType": "purl", "referenceLocator": f"pkg:pypi/a{i}@1"}],
                    }
                    for i in range(n)
                ],
                "relationships": [
                    {
                        "spdxElementId": f"p{i}",
                        "relationshipType": "DEPENDS_ON",
                        "relatedSpdxElement": f"p{(i + 1) % n}",
                    }
                    for i in range(n)
                ],
            }
        ),
        listed("sbom.json"),
    ),
    Case(
        "SPDX 3, packages",
        lambda n: dumped(
            {
                "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
                "@graph": [
                    {
                        "type": "software_Package",
                        "spdxId": f"p{i}",
                        "name": f"a{i}",
                        "software_packageVersion": "1",
                        "software_packageUrl": f"pkg:pypi/a{i}@1",
                    }
                    for i in range(n)
                ],
            }
        ),
        listed("sbom.json"),
    ),
    Case("list of purls", lambda n: b"".join(b"pkg:pypi/a%d@1\n" % i for i in range(n)), listed("purls.txt")),
    Case("one purl", lambda n: b"pkg:pypi/" + b"a/" * n + b"b@1\n", listed("purls.txt")),
]
ADVISORIES = [
    Case(
        "OSV, events",
        lambda n: dumped(
            {
                "id": "A-1",
                "modified": "2020-01-01T00:00:00Z",
                "affected": [
                    {
                        "package": {"ecosystem": "PyPI", "name": "a"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": str(i)} for i in range(n)]}],
                    }
                ],
            }
        ),
        advisory("one.json"),
    ),
    Case(
        "OSV, versions",
        lambda n: dumped(
            {
                "id": "A-1",
                "modified": "2020-01-01T00:00:00Z",
                "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": [str(i) for i in range(n)]}],
            }
        ),
        advisory("one.json"),
    ),
    Case(
        "OSV, packages",
        lambda n: dumped(
            {
                "id": "A-1",
                "modified": "2020-01-01T00:00:00Z",
                "affected": [{"package": {"ecosystem": "PyPI", "name": f"a{i}"}, "versions": ["1"]} for i in range(n)],
            }
        ),
        advisory("one.json"),
    ),
    Case(
        "OSV, records",
        lambda n: dumped(
            [
                {
                    "id": f"A-{i}",
                    "modified": "2020-01-01T00:00:00Z",
                    "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": ["1"]}],
                }
                for i in range(n)
            ]
        ),
        advisory("one.json"),
    ),
    Case(
        "OSV, lines",
        lambda n: b"".join(
            dumped({"id": f"A-{i}", "modified": "2020-01-01T00:00:00Z", "affected": []}) + b"\n" for i in range(n)
        ),
        advisory("one.jsonl"),
    ),
    Case(
        "RustSec, requirements",
        lambda n: (
            '```toml\n[advisory]\nid = "R-1"\npackage = "a"\ndate = "2020-01-01"\n[versions]\npatched = ['
            + '">= 1",' * n
            + "]\n```\n# t"
        ).encode(),
        advisory("one.md"),
    ),
    Case(
        "RustSec, one requirement",
        lambda n: (
            '```toml\n[advisory]\nid = "R-1"\npackage = "a"\ndate = "2020-01-01"\n[versions]\npatched = ["'
            + ">= 1," * n
            + '"]\n```\n# t'
        ).encode(),
        advisory("one.md"),
    ),
    Case(
        "RustSec, text",
        lambda n: b'```toml\n[advisory]\nid = "R-1"\npackage = "a"\ndate = "2020-01-01"\n```\n' + b"text\n" * n,
        advisory("one.md"),
    ),
]
REVIEWS = [
    Case(
        "cargo-vet audits",
        lambda n: b"".join(
            b'[[audits.a%d]]\nwho = "A"\ncriteria = "safe-to-run"\nversion = "1.0.0"\n' % i for i in range(n)
        ),
        lambda d: cargo_vet.read(d, "audits.toml"),
    ),
    Case(
        "cargo-vet audits of one crate",
        lambda n: b'[[audits.a]]\nwho = "A"\ncriteria = "safe-to-run"\ndelta = "1.0.0 -> 1.0.1"\n' * n,
        lambda d: cargo_vet.read(d, "audits.toml"),
    ),
    Case(
        "cargo-vet criteria",
        lambda n: b"".join(b'[criteria.c%d]\ndescription = "x"\nimplies = "c%d"\n' % (i, i + 1) for i in range(n)),
        lambda d: cargo_vet.read(d, "audits.toml"),
    ),
    Case(
        "audit list",
        lambda n: b"schema = 1\n" + b'[[audit]]\npackage = "pkg:pypi/a"\nversion = "1"\n' * n,
        lambda d: audit_list.read(d, "audits.toml", versions_of),
    ),
    Case(
        "crev proofs",
        lambda n: (
            (
                b"----- BEGIN CREV PROOF -----\nkind: package review\nversion: -1\n----- SIGN CREV PROOF -----\nAAAA\n----- END CREV PROOF -----\n"
            )
            * n
        ),
        lambda d: crev.read(d, "a.proof.crev"),
    ),
    Case("crev begins", lambda n: b"----- BEGIN CREV PROOF -----\n" * n, lambda d: crev.read(d, "a.proof.crev")),
    Case(
        "crev body",
        lambda n: (
            b"----- BEGIN CREV PROOF -----\n"
            + b"kind: x\n" * n
            + b"----- SIGN CREV PROOF -----\nAAAA\n----- END CREV PROOF -----\n"
        ),
        lambda d: crev.read(d, "a.proof.crev"),
    ),
]
SIGNED = [
    Case(
        "DSSE payload",
        lambda n: dumped({"payload": "AAAA" * n, "payloadType": "x", "signatures": [{"sig": "AAAA"}]}),
        envelope.unverified_payload,
    ),
    Case(
        "DSSE signatures",
        lambda n: dumped({"payload": "AAAA", "payloadType": "x", "signatures": [{"sig": "AAAA"}] * n}),
        envelope.unverified_payload,
    ),
    Case(
        "PEM", lambda n: b"-----BEGIN PUBLIC KEY-----\n" + b"AAAA\n" * n + b"-----END PUBLIC KEY-----\n", keys.read_key
    ),
    Case("PEM begins", lambda n: b"-----BEGIN PUBLIC KEY-----\n" * n, keys.read_key),
    Case(
        "statement subjects",
        lambda n: dumped(
            {
                "_type": "https://in-toto.io/Statement/v1",
                "predicateType": "https://slsa.dev/provenance/v1",
                "predicate": {},
                "subject": [{"name": f"a{i}", "digest": {"sha256": "0" * 64}} for i in range(n)],
            }
        ),
        statement.read_statement,
    ),
    Case(
        "provenance bundles",
        lambda n: dumped(
            {"version": 1, "attestation_bundles": [{"publisher": {}, "attestations": [{"version": 1}]}] * n}
        ),
        statement.bundles,
    ),
]
WASM = [
    Case("wasm imports", lambda n: wasm_bytes.module([(wasm_bytes.WASI, "fd_write")] * n), inspection.inspect),
    Case("wasm custom sections", lambda n: wasm_bytes.module([]) + wasm_bytes.custom("x", b"") * n, inspection.inspect),
    Case(
        "wasm producers",
        lambda n: wasm_bytes.module([]) + wasm_bytes.producers({"language": [(f"a{i}", "1") for i in range(n)]}),
        inspection.inspect,
    ),
    Case(
        "wasm .dep-v0",
        lambda n: (
            wasm_bytes.module([]) + wasm_bytes.dep_v0({"packages": [wasm_bytes.crate(f"a{i}", "1") for i in range(n)]})
        ),
        inspection.inspect,
    ),
    Case(
        "wasm dylink",
        lambda n: wasm_bytes.module([]) + wasm_bytes.dylink([f"a{i}" for i in range(n)]),
        inspection.inspect,
    ),
    Case("wasm long name", lambda n: wasm_bytes.module([("a" * n, "b")]), inspection.inspect),
]


def layout_archive(names: list[str], kind: bytes = tarfile.REGTYPE) -> bytes:
    """A tar as layouts are handed over: not compressed."""
    return tarred([(name, b"{}") for name in names], "w:", type=kind)


def elf_of(sections: int) -> bytes:
    """A 64-bit header and so many equal section headers, which a file of 4 MB has room for."""
    sections = min(sections, 60_000)
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, 62, 1, 0, 0, 64, 0, 64, 56, 0, 64, sections, 0)
    return header + struct.pack("<IIQQQQIIQQ", 0, 1, 0, 0, 0, 8, 0, 0, 1, 0) * sections


RULES = PlatformRules(required=True)

OTHER_ECOSYSTEMS = [
    *(
        Case(f"package-lock.json, {name}", make, listed("package-lock.json"))
        for name, make in {
            "packages": lambda n: dumped(
                {
                    "lockfileVersion": 3,
                    "packages": {"": {}}
                    | {
                        f"node_modules/a{i}": {
                            "version": "1.0.0",
                            "resolved": f"https://example.org/a{i}/-/a{i}-1.0.0.tgz",
                            "dependencies": {f"a{(i + 1) % n}": "^1.0.0"},
                        }
                        for i in range(n)
                    },
                }
            ),
            "edges of one": lambda n: dumped(
                {
                    "lockfileVersion": 3,
                    "packages": {"": {"dependencies": {f"a{i}": "*" for i in range(n)}}}
                    | {f"node_modules/a{i}": {"version": "1.0.0"} for i in range(n)},
                }
            ),
            "one deep place": lambda n: dumped(
                {"lockfileVersion": 3, "packages": {"node_modules/a/" * n + "node_modules/b": {"version": "1.0.0"}}}
            ),
            "places below each other": lambda n: dumped(
                {
                    "lockfileVersion": 3,
                    "packages": {
                        "/".join(["node_modules/a"] * (i % 40 + 1)) + f"/node_modules/b{i}": {
                            "version": "1.0.0",
                            "dependencies": {"nowhere": "*"},
                        }
                        for i in range(n)
                    },
                }
            ),
            "form 1": lambda n: dumped(
                {"lockfileVersion": 1, "dependencies": {f"a{i}": {"version": "1.0.0"} for i in range(n)}}
            ),
            "form 1, nested": lambda n: b'{"lockfileVersion":1,' + b'"dependencies":{"a":{"version":"1.0.0",' * n,
        }.items()
    ),
    Case(
        "yarn.lock",
        lambda n: (
            b"# yarn lockfile v1\n\n"
            + b"".join(
                b'a%d@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    a%d "^1.0.0"\n\n' % (i, (i + 1) % n)
                for i in range(n)
            )
        ),
        listed("yarn.lock"),
    ),
    Case(
        "yarn.lock, one header",
        lambda n: b"# yarn lockfile v1\n\n" + b", ".join(b'"a@^%d"' % i for i in range(n)) + b':\n  version "1.0.0"\n',
        listed("yarn.lock"),
    ),
    Case("yarn.lock, blanks", lambda n: b"# yarn lockfile v1\n\na@1:\n" + b" " * n + b"x\n", listed("yarn.lock")),
    Case("yarn.lock, quotes", lambda n: b"# yarn lockfile v1\n\n" + b'"' * n + b":\n", listed("yarn.lock")),
    Case(
        "pnpm-lock.yaml",
        lambda n: (
            b"lockfileVersion: '9.0'\nimporters:\n  .: {}\npackages:\n"
            + b"".join(b"  a%d@1.0.0:\n    resolution: {integrity: sha512-AAAA}\n" % i for i in range(n))
            + b"snapshots:\n"
            + b"".join(b"  a%d@1.0.0:\n    dependencies:\n      a%d: 1.0.0\n" % (i, (i + 1) % n) for i in range(n))
        ),
        listed("pnpm-lock.yaml"),
    ),
    Case(
        "pnpm-lock.yaml, one name",
        lambda n: b"lockfileVersion: '9.0'\npackages:\n  a@1.0.0" + b"(b@1.0.0)" * n + b":\n    dev: true\n",
        listed("pnpm-lock.yaml"),
    ),
    Case(
        "bun.lock",
        lambda n: dumped(
            {
                "lockfileVersion": 1,
                "workspaces": {"": {}},
                "packages": {f"a{i}": [f"a{i}@1.0.0", "", {}, "sha512-AAAA"] for i in range(n)},
            }
        ),
        listed("bun.lock"),
    ),
    Case("bun.lock, commas", lambda n: b'{"lockfileVersion": 1, "packages": {' + b"," * n, listed("bun.lock")),
    Case(
        "Cargo.lock",
        lambda n: (
            "version = 4\n"
            + "".join(
                f'[[package]]\nname = "a{i}"\nversion = "1.0.0"\nsource = "registry+https://example.org/index"\n'
                f'checksum = "{"0" * 64}"\ndependencies = ["a{(i + 1) % n}"]\n'
                for i in range(n)
            )
        ).encode(),
        listed("Cargo.lock"),
    ),
    Case(
        "Cargo.lock, versions of one crate",
        lambda n: (
            "version = 4\n"
            + "".join(
                f'[[package]]\nname = "a"\nversion = "1.0.{i}"\ndependencies = ["a 1.0.{(i + 1) % n}"]\n'
                for i in range(n)
            )
        ).encode(),
        listed("Cargo.lock"),
    ),
    Case(
        "Cargo.lock, checksums below",
        lambda n: (
            "".join(f'[[package]]\nname = "a{i}"\nversion = "1.0.0"\n' for i in range(n))
            + "[metadata]\n"
            + "".join(f'"checksum a{i} 1.0.0 (registry+https://example.org/index)" = "{"0" * 64}"\n' for i in range(n))
        ).encode(),
        listed("Cargo.lock"),
    ),
    Case(
        "Cargo.toml, dependencies",
        lambda n: (
            b'[package]\nname = "a"\nversion = "1.0.0"\n[dependencies]\n'
            + b"".join(b'a%d = "1"\n' % i for i in range(n))
        ),
        lambda d: cargo_manifest.read_manifest(d, ()),
    ),
    Case(
        "Cargo.toml, features of features",
        lambda n: (
            b'[package]\nname = "a"\nversion = "1.0.0"\n[features]\ndefault = ["f0"]\n'
            + b"".join(b'f%d = ["f%d"]\n' % (i, i + 1) for i in range(n))
        ),
        lambda d: cargo_manifest.enabled_by_default(cargo_manifest.read_manifest(d, ()).features),
    ),
    Case(
        "index page of a crate",
        lambda n: b"\n".join(
            dumped({"name": "a", "vers": f"1.0.{i}", "deps": [], "cksum": "0" * 64, "features": {}, "yanked": False})
            for i in range(n)
        ),
        lambda d: cargo_index.read_page(d, "a"),
    ),
    Case(
        "index page of a crate, one version",
        lambda n: b"\n".join(
            dumped({"name": "a", "vers": "1.0.0", "deps": [], "cksum": "0" * 64, "features": {}, "yanked": False})
            for _ in range(n)
        ),
        lambda d: cargo_index.read_page(d, "a"),
    ),
    Case(
        "packument, versions",
        lambda n: dumped(
            {
                "name": "a",
                "dist-tags": {"latest": "1.0.0"},
                "versions": {
                    f"1.0.{i}": {"name": "a", "version": f"1.0.{i}", "dist": {"tarball": "x"}} for i in range(n)
                },
                "time": {f"1.0.{i}": "2024-01-01T00:00:00.000Z" for i in range(n)},
            }
        ),
        lambda d: packument.read_packument(d, "a"),
    ),
    Case(
        "package.json, dependencies",
        lambda n: dumped({"name": "a", "version": "1.0.0", "dependencies": {f"a{i}": "^1.0.0" for i in range(n)}}),
        npm_manifest.read_manifest,
    ),
    *(
        Case(f"npm range, {name}", make, npm_versions.read_range.__wrapped__)
        for name, make in {
            "alternatives": lambda n: "||".join(["1"] * n),
            "blanks": lambda n: "1" + " " * n + "-",
            "blanks and dashes": lambda n: " - " * n,
            "operators": lambda n: ">= " * n,
            "digits": lambda n: "1" * n,
            "letters": lambda n: "1.0.0-" + "a" * n + "!",
            "dots": lambda n: "1.0.0-" + "a." * n,
        }.items()
    ),
    *(
        Case(f"requirement of a crate, {name}", make, lambda text: cargo_versions.holds(text, "1.0.0"))
        for name, make in {
            "commas": lambda n: ",".join(["1"] * n),
            "blanks": lambda n: ">" + " " * n + "!",
            "digits": lambda n: "1" * n,
            "letters": lambda n: "1.0.0-" + "a" * n + "!",
        }.items()
    ),
]
HANDED_OVER = [
    Case(
        "layout, files", lambda n: layout_archive([f"blobs/sha256/{i:064x}" for i in range(n)]), oci_files.list_members
    ),
    Case("layout, one name", lambda n: layout_archive(["a"] * n), oci_files.list_members),
    Case("layout, long names", lambda n: layout_archive([f"{i:0300d}" for i in range(n)]), oci_files.list_members),
    Case(
        "layout, links", lambda n: layout_archive([f"a{i}" for i in range(n)], tarfile.SYMTYPE), oci_files.list_members
    ),
    Case(
        "layout, header of a name",
        lambda n: tarred([("a", b"{}")], "w:", pax_headers={"path": "a" * n}),
        oci_files.list_members,
    ),
    Case("token of a verifier, payload", lambda n: b"e30." + b"e30A" * n + b".AAAA", lambda d: ear.read(d, RULES)),
    Case("token of a verifier, dots", lambda n: b"." * n, lambda d: ear.looks_like(d)),
    Case(
        "registry keys",
        lambda n: dumped({"keys": [{"keyid": str(i), "key": "AAAA"} for i in range(n)]}),
        registry_keys.read_registry_keys.__wrapped__,
    ),
    Case("ELF, sections", lambda n: elf_of(n), lambda d: elf.read("a.so", io.BytesIO(d))),
    Case("ELF, text", lambda n: b"\x7fELF\x02\x01\x01" + b"GCC: (" * n, elf.read_compilers),
]


def linked(n: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        for i in range(n):
            info = tarfile.TarInfo(f"a-1/{i}")
            info.type, info.linkname = tarfile.SYMTYPE, str(i + 1)
            file.addfile(info)
    return out.getvalue()


def folders_linked(n: int) -> bytes:
    """Half of the members lie in one folder, the other half are links to it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        for i in range(n):
            file.addfile(tarfile.TarInfo(f"a-1/real/{i}"))
            info = tarfile.TarInfo(f"a-1/link{i}")
            info.type, info.linkname = tarfile.SYMTYPE, "real"
            file.addfile(info)
    return out.getvalue()


CASES = [
    *(Case(f"TOML, {name}", make, lambda text: read_toml(text, largest=2**26)) for name, make in TOML.items()),
    *(
        Case(f"TOML positions, {name}", make, Positions)
        for name, make in TOML.items()
        if name in ("keys", "deep headers", "arrays of tables, nested", "long string", "quoted keys", "inline tables", "comments", "line continuations")
    ),
    *(Case(f"JSON, {name}", make, lambda data: json_reader.read_json(data, json_reader.Limits(2**26, 32, 10**7, floats=True))) for name, make in JSON.items()),
    *(Case(f"YAML, {name}", make, yaml_reader.read) for name, make in YAML.items()),
    *ARCHIVES,
    *PAGES,
    *LISTS,
    *LOG,
    *ADVISORIES,
    *REVIEWS,
    *SIGNED,
    *WASM,
    *OTHER_ECOSYSTEMS,
    *HANDED_OVER,
    *(Case(f"Python, {name}", make, code("a.py", "python")) for name, make in PYTHON.items()),
    *(
        Case(f"{language}, {name}", make, code(f"a.{ending}", language))
        for language, ending in (("c", "c"), ("javascript", "js"), ("go", "go"), ("rust", "rs"))
        for name, make in {
            "calls": lambda n: b"eval(a); system(b); md5(c); exec.Command(d); unsafe { x }\n" * n,
            "comment starts": lambda n: b"eval(" + b"/*" * n,
            "quotes": lambda n: b"eval(" + b'"' * n,
            "escapes": lambda n: b'eval("' + b"\\" * n,
            "backticks": lambda n: b"eval(" + b"`${" * n,
            "blanks": lambda n: b"eval" + b" " * n + b"(",
            "slashes": lambda n: b"eval(" + b"/" * n,
            "words": lambda n: b"eval " + b"a" * n,
            "brackets": lambda n: b"eval" + b"(" * n,
        }.items()
    ),
    *(Case(f"SECURITY.md, {name}", make, lambda text: (security_policy.promises(text), security_policy.private(text), security_policy.rows(text), security_policy.rule(text))) for name, make in SECURITY.items()),
    *(
        Case(f"setup.cfg, {name}", make, build_outputs._ini)
        for name, make in {
            "options": lambda n: "[a]\n" + "".join(f"k{i} = 1\n" for i in range(n)),
            "sections": lambda n: "".join(f"[s{i}]\n" for i in range(n)),
            "continuations": lambda n: "[a]\nk = 1\n" + "  x\n" * n,
            "blank continuations": lambda n: "[a]\nk = 1\n" + "\n" * n + "  x\n",
            "blanks": lambda n: "[a]\nk" + " " * n + "1\n",
            "broken lines": lambda n: "[a]\n" + "x\n" * n,
            "broken headers": lambda n: "[a]\n" + "[x\n" * n,
            "nameless options": lambda n: "[a]\n" + "= x\n" * n,
            "options of one name": lambda n: "[a]\n" + "x = 1\n" * n,
            "delimiters": lambda n: "[a]\nk" + "=" * n + "\n",
        }.items()
    ),
]  # fmt: skip


def main(words: list[str]) -> int:
    """Measure, print, and list what grows too fast."""
    chosen = [c for c in CASES if not words or any(word.lower() in c.name.lower() for word in words)]
    fast = []
    for case in chosen:
        n, costs, exponent = measured(case)
        again = 0
        while exponent > LIMIT and again < 2:  # a busy machine: the least of several
            again += 1
            exponent = min(exponent, measured(case)[2])
        bounded = costs[0] < LEAST / 3
        mark = "bounded" if bounded and costs[2] < LEAST else "<<<" if exponent > LIMIT else ""
        print(
            f"{case.name:46} n={n:8} {costs[0]:8.4f} {costs[1]:8.4f} {costs[2]:8.4f} s  {exponent:5.2f} {mark}",
            flush=True,
        )
        if mark == "<<<":
            fast.append(case.name)
    print(f"\n{len(chosen)} cases; above {LIMIT}: {len(fast)}", *fast, sep="\n  ")
    return 1 if fast else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
