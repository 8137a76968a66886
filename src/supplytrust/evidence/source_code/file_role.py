"""Who runs a file, told by its place in the artifact."""

from __future__ import annotations

import re

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
