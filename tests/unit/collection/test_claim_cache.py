"""Answers about bytes that are kept: they change nothing but the work, and nothing damaged or foreign is believed."""

from __future__ import annotations

import ast
import dataclasses
import io
import os
import random
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import supplytrust
from simulators.effort import THOROUGH
from simulators.index import Project, Release, sdist, serving, wheel
from supplytrust.collection import claim_cache
from supplytrust.collection.claim_cache import ClaimCache, identify, read_entry, write_entry
from supplytrust.ecosystems.pypi.ecosystem import PythonPackages
from supplytrust.io.context import BytesAnswer, NoClaims, Question, SourceClaim, not_observed
from supplytrust.model.claims.artifact import ArtifactContents, ContainerAudit
from supplytrust.model.evidence import NotObservedReason
from supplytrust.records import evidence_file

AT = datetime(2026, 11, 1, tzinfo=UTC)
QUESTION = Question("reader", BytesAnswer, ("a.whl", "0" * 64))
ANSWER = BytesAnswer(
    (SourceClaim(ContainerAudit("a.whl", ("path-escape: 'x'",)), "read"),),
    (not_observed(ArtifactContents, NotObservedReason.MALFORMED, "no archive"),),
)

SOURCES = (
    "import hashlib\n\ndef check(token, other):\n    return hashlib.md5(token).hexdigest() == other\n",
    "import ctypes\n\nlibrary = ctypes.CDLL('libfoo.so.1')\n",
    "import requests\n\ndef fetch(name, *, timeout=3):\n    return requests.get('https://api.example.org/v1/x')\n",
    "def fetch(name):\n    return eval(name)\n",
    "def broken(:\n",
    "__all__ = ['A', 'b']\n\nclass A:\n    def method(self, x): ...\n\ndef b(): ...\n",
    "",
)
PATHS = ("demo/__init__.py", "demo/core.py", "demo/tests/test_core.py", "demo.pth", "setup.py", "SECURITY.md")
trees = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(SOURCES), max_size=5)


@pytest.fixture
def cache(tmp_path: Path) -> ClaimCache:
    return ClaimCache(tmp_path / "claims")


@st.composite
def releases(draw: st.DrawFn) -> list[Release]:
    """Two releases, one of whose archives may be cut short."""
    made = []
    for version in ("1.0", "1.1"):
        files = {path: text.encode() for path, text in draw(trees).items()}
        requires = draw(st.lists(st.sampled_from(["urllib3>1", "idna"]), unique=True))
        both = [wheel("demo", version, files, requires=requires), sdist("demo", version, files)]
        kept = both[: draw(st.integers(1, 2))]
        if draw(st.integers(0, 5)) == 0:
            kept[0] = dataclasses.replace(kept[0], data=kept[0].data[: len(kept[0].data) // 2])
        made.append(Release(version, kept))
    return made


@given(releases())
@settings(max_examples=100 if THOROUGH else 4)
def test_evidence_is_the_same_without_the_cache_with_an_empty_one_and_with_a_full_one(
    tmp_path_factory: pytest.TempPathFactory, made: list[Release]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    unpacked: list[str] = []
    with pytest.MonkeyPatch.context() as patch, serving([Project("demo", made)]) as index:
        patch.setenv("SUPPLYTRUST_CACHE", str(folder))
        whole = PythonPackages.read_artifact

        def counting(self, artifact, data, **how):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
            unpacked.append(artifact.file_name)
            return whole(self, artifact, data, **how)

        patch.setattr(PythonPackages, "read_artifact", counting)
        seen = []
        for kept in (False, True, True):
            unpacked.clear()
            evidence = supplytrust.collect("demo", at=AT, deps="none", rebuild="never", index_url=index.url, cache=kept)
            seen.append(evidence_file.to_bytes(evidence))
    assert seen[0] == seen[1] == seen[2]
    readable = all(zipfile.is_zipfile(io.BytesIO(f.data)) for r in made for f in r.files if f.name.endswith(".whl"))
    assert not unpacked or not readable, "what was read before is not unpacked again"


def test_an_answer_comes_back_equal(cache: ClaimCache) -> None:
    assert cache.recall(QUESTION) is None and not cache.holds(QUESTION)
    cache.keep(QUESTION, ANSWER)
    assert cache.holds(QUESTION) and cache.recall(QUESTION) == ANSWER


@given(st.data())
def test_no_damaged_entry_is_believed(data: st.DataObject) -> None:
    whole = bytearray(write_entry(QUESTION, ANSWER))
    place = data.draw(st.integers(0, len(whole) - 1))
    match data.draw(st.sampled_from(["change", "cut", "add"])):
        case "change":
            whole[place] ^= data.draw(st.integers(1, 255))
        case "cut":
            del whole[place:]
        case _:
            whole += bytes([place & 255])
    assert read_entry(bytes(whole), QUESTION) is None


OTHER = [
    dataclasses.replace(QUESTION, reader="reader 2"),
    dataclasses.replace(QUESTION, inputs=("b.whl", "0" * 64)),
    dataclasses.replace(QUESTION, inputs=("a.whl", "1" * 64)),
    dataclasses.replace(QUESTION, inputs=("a.whl\n" + "0" * 64,)),
    dataclasses.replace(QUESTION, version="2"),
]


@pytest.mark.parametrize("other", OTHER, ids=range(len(OTHER)))
def test_the_answer_to_another_question_is_none_and_goes(cache: ClaimCache, other: Question[BytesAnswer]) -> None:
    cache.keep(QUESTION, ANSWER)
    assert cache.recall(other) is None
    [(_, _, entry)] = cache.entries()
    place = cache._path(other)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(entry, place)
    assert cache.recall(other) is None and not place.exists()
    assert cache.recall(QUESTION) == ANSWER


def test_what_does_not_fit_the_form_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that another version of this program wrote under the same name."""
    import hashlib
    import json
    import zlib

    for answer in ([], {"claims": []}, {"claims": [], "gaps": [], "more": 1}, {"claims": [7], "gaps": []}):
        packed = zlib.compress(json.dumps({"question": identify(QUESTION), "answer": answer}).encode())
        assert read_entry(hashlib.sha256(packed).digest() + packed, QUESTION) is None
    monkeypatch.setattr(claim_cache, "LARGEST", 2**20)
    bomb = zlib.compress(b" " * (claim_cache.LARGEST + 1), 9)
    assert read_entry(hashlib.sha256(bomb).digest() + bomb, QUESTION) is None


def test_the_entries_that_were_not_used_longest_go_first(tmp_path: Path) -> None:
    cache = ClaimCache(tmp_path, most_mib=1)
    noise = random.Random(7)
    long_ago = 1_000_000.0
    questions = [dataclasses.replace(QUESTION, inputs=(str(n),)) for n in range(40)]
    for number, question in enumerate(questions):
        text = noise.randbytes(40_000).hex()
        cache.keep(question, BytesAnswer((SourceClaim(ContainerAudit("a.whl", (text,)), "read"),)))
        os.utime(cache._path(question), (long_ago + number, long_ago + number))
        if number == 5:
            assert cache.recall(questions[0]) is not None  # which marks it as used today
    held = [n for n, question in enumerate(questions) if cache.holds(question)]
    size = sum(one for _, one, _ in cache.entries())
    assert size <= 2**20 * 1.13
    assert held[0] == 0 and held[1:] == list(range(held[1], 40)), "the oldest went, but for one that was used again"
    assert 5 < held[1] < 39


def test_a_folder_that_cannot_be_written_costs_the_answer_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = ClaimCache(tmp_path / "file")
    cache.keep(QUESTION, ANSWER)
    assert cache.recall(QUESTION) is None


def test_the_store_that_keeps_nothing() -> None:
    none = NoClaims()
    none.keep(QUESTION, ANSWER)
    assert none.recall(QUESTION) is None and not none.holds(QUESTION)


# --- the version of the readers


def test_a_change_of_any_reader_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "supplytrust"
    shutil.copytree(Path(supplytrust.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(supplytrust, "__file__", str(copy / "__init__.py"))
    digest = claim_cache.code_version.__wrapped__
    versions = [digest(), digest()]
    assert versions[0] == versions[1]
    for place in ("io/archives/zip.py", "evidence/source_code/rules.py", "ecosystems/pypi/popular.txt", "errors.py"):
        with (copy / place).open("a") as file:
            file.write("# changed\n")
        versions.append(digest())
    (copy / "evidence" / "new_reader.py").write_text("")
    versions.append(digest())
    assert len(set(versions)) == len(versions) - 1


def test_without_the_text_of_the_code_no_version_is_met_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supplytrust, "__file__", str(tmp_path / "__init__.py"))
    digest = claim_cache.code_version.__wrapped__
    assert digest() != digest()


def imported(path: Path, root: Path) -> Iterator[Path]:
    """Files of this package that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        for name in names:
            place = root.parent.joinpath(*name.split("."))
            yield from (p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file())


def test_every_module_that_a_reader_reaches_is_part_of_the_version() -> None:
    """From the sources that keep answers, along every import, nothing is left outside the digested rooms."""
    root = Path(supplytrust.__file__).parent
    ways = ("artifact_cache.ask", "world.answer", "claims.keep")
    texts = {path: path.read_text("utf-8") for path in (root / "collection/sources").glob("*.py")}
    sources = [path for path, text in texts.items() if any(way in text for way in ways)]
    assert {"artifact.py", "git.py"} < {path.name for path in sources}
    assert len(sources) >= 7
    waiting, reached = [*sources, *(root / "ecosystems").rglob("*.py")], {root / "__init__.py"}  # lazy: imports all
    while waiting:
        path = waiting.pop()
        if path not in reached and root in path.parents:
            reached.add(path)
            waiting += imported(path, root)
    rooms = {path.relative_to(root).parts[0] for path in reached}
    assert rooms - set(claim_cache.ROOMS) <= {"errors.py", "__init__.py"}
