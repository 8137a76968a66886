"""What the files of a repository are for: who runs a file, told by its place, and how fuzzing is set up.

Fuzzing: targets by their entry points, what runs them, property tests, sanitizers in CI.

By patterns over text with comment lines left out; nothing is run. References: libFuzzer's, cargo-fuzz', Go's and
Jazzer's documentation of entry points; OSS-Fuzz, "ClusterFuzzLite" and "Continuous Integration".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supplytrust.model.claims.code import FuzzPart

MOST_READ, LARGEST, SHOWN = 400, 512 * 1024, 20
_CI = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.circleci/config\.ya?ml|\.cirrus\.ya?ml|azure-pipelines\.ya?ml"
    r"|\.travis\.ya?ml"
)
_SOURCE = re.compile(r"\.(?:py|pyx|c|cc|cpp|cxx|rs|go|java|kt|js|ts|swift)$")
_FUZZ = re.compile(r"fuzz", re.IGNORECASE)
_TEST = re.compile(r"(?:^|/)(?:tests?|testing|properties)/|(?:^|/)(?:test_[^/]*|[^/]*_test|[^/]*\.test|conftest)\.\w+$")
_LITE = re.compile(r"(?:^|/)\.clusterfuzzlite/(?:Dockerfile|build\.sh)$")
_TARGETS = (
    ("atheris", re.compile(r"^[ \t]*(?:import|from) atheris\b", re.MULTILINE)),
    ("pythonfuzz", re.compile(r"^[ \t]*@PythonFuzz\b", re.MULTILINE)),
    ("libFuzzer", re.compile(r"\bLLVMFuzzerTestOneInput\s*\(")),
    ("cargo-fuzz", re.compile(r"^[ \t]*(?:libfuzzer_sys::)?fuzz_target!\s*[({]", re.MULTILINE)),
    ("AFL", re.compile(r"\b__AFL_LOOP\s*\(|^[ \t]*(?:afl::)?fuzz!\s*\(|\bafl\.loop\(", re.MULTILINE)),
    ("Go", re.compile(r"^func Fuzz\w*\(\w+ \*testing\.F\)", re.MULTILINE)),
    ("Jazzer", re.compile(r"\bfuzzerTestOneInput\s*\(|^[ \t]*@FuzzTest\b|\bmodule\.exports\.fuzz\b", re.MULTILINE)),
)
_PROPERTIES = (
    ("hypothesis", re.compile(r"^[ \t]*(?:import|from) hypothesis\b", re.MULTILINE)),
    ("proptest", re.compile(r"^[ \t]*proptest!\s*[({]|^[ \t]*#\[(?:quickcheck|proptest)\b", re.MULTILINE)),
    ("fast-check", re.compile(r"(?:from|require\()\s*[\"']fast-check[\"']")),
)
_RUNS = (
    ("ClusterFuzzLite", re.compile(r"uses:\s*[\"']?google/clusterfuzzlite/actions/run_fuzzers\b")),
    ("CIFuzz", re.compile(r"uses:\s*[\"']?google/oss-fuzz/infra/cifuzz/actions/run_fuzzers\b")),
    ("cargo fuzz run", re.compile(r"\bcargo\s+(?:\+\S+\s+)?(?:fuzz|hfuzz)\s+run\b")),
    ("go test -fuzz", re.compile(r"\bgo\s+test\b[^\n]{0,400}?\s-fuzz(?:=|\s)")),
    ("afl-fuzz", re.compile(r"\b(?:afl-fuzz|honggfuzz|cargo\s+afl\s+fuzz)\s")),
    ("a target", re.compile(r"\bpython[\d.]*\s+(?:-\w+\s+){0,20}\S{0,200}fuzz\S{0,200}\.py\b|\s-max_total_time=\d")),
)
_SANITIZERS = (
    ("sanitizer", re.compile(r"-fsanitize=[\w,-]*(?:address|undefined|memory|thread)|-Z\s?sanitizer=\w+")),
    ("miri", re.compile(r"\bcargo\s+(?:\+\S+\s+)?miri\s+(?:test|run|nextest)\b")),
    ("valgrind", re.compile(r"\bvalgrind\s+-")),
)
Rules = tuple[tuple[str, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """What was found; in order of paths."""

    runs: tuple[FuzzPart, ...]
    targets: tuple[FuzzPart, ...]
    properties: tuple[FuzzPart, ...]
    sanitizers: tuple[FuzzPart, ...]


def candidates(paths: Iterable[str]) -> tuple[str, ...]:
    """The files that are worth reading: CI first, then what is called after fuzzing, then tests."""
    ranked = sorted((rank, path) for path in paths if (rank := _rank(path)) is not None)
    return tuple(path for _, path in ranked)


def judge(texts: Mapping[str, str], paths: Iterable[str]) -> Setup:
    """What the texts of candidates say; `paths` are all files of the place."""
    plain = {path: _without_comments(path, text) for path, text in sorted(texts.items())}
    workflows = {p: t for p, t in plain.items() if _CI.fullmatch(p)}
    code = {p: t for p, t in plain.items() if p not in workflows}
    lite = tuple(FuzzPart(p, "ClusterFuzzLite") for p in sorted(paths) if _LITE.search(p))
    return Setup(
        _find_parts(_RUNS, workflows), (*lite, *_find_parts(_TARGETS, code)), _find_parts(_PROPERTIES, code),
        _find_parts(_SANITIZERS, workflows),
    )  # fmt: skip


def _rank(path: str) -> int | None:
    if _CI.fullmatch(path):
        return 0
    if not _SOURCE.search(path):
        return None
    if _FUZZ.search(path):
        return 1
    return 2 if _TEST.search(path) else None


def _find_parts(rules: Rules, texts: Mapping[str, str]) -> tuple[FuzzPart, ...]:
    return tuple(FuzzPart(path, what) for path, text in texts.items() for what, rule in rules if rule.search(text))


def _without_comments(path: str, text: str) -> str:
    mark = "#" if path.endswith((".py", ".pyx", ".yml", ".yaml")) else "//"
    return "\n".join(row for row in text.split("\n") if not row.lstrip().startswith(mark))


# --- Who runs a file, told by its place in the artifact

_TEST_PLACE = re.compile(
    r"(^|/)(_?tests?|_?testing|SelfTest|self_?tests?|unit_?tests?|conftest\.py)(/|$)|(^|/)test_[^/]*$|_test\.(py|go|rs)$|(^|/)_?testdata/"
)
_VENDORED = re.compile(
    r"(^|/)(_?vendor(ed)?([-_]\w+)?|_?third_?party|extern(al|als)?|node_modules|deps|blib2to3)/|\.min\.js$"
)
_EXAMPLE = re.compile(r"(^|/)(examples?|docs?|demos|samples|bench(mark)?s?|tutorials?|fuzz(ing|ers?)?)/")
_BUILD = re.compile(
    r"^(setup|noxfile|tasks|build|fabfile|conanfile|versioneer|_build)\.py$"
    r"|^(tools|scripts|ci|dev|build_tools|build-aux|maint|release|\.\w+)/|(^|/)build\.rs$|(^|/)\.github/"
)


def reach(path: str, *, source: bool = False) -> str:
    """One of library | test | vendored | example | build. `source`: the file lies in a source distribution."""
    if _TEST_PLACE.search(path):
        return "test"
    if _EXAMPLE.search(path):
        return "example"
    if source and _BUILD.search(path):
        return "build"
    return "vendored" if _VENDORED.search(path) else "library"
