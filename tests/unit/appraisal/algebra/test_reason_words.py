"""A reason of an area names what was seen before it names numbers."""

import pytest

from simulators.evidence import WHEEL, evidence, subject
from simulators.records import DAY
from supplytrust.appraisal import judge
from supplytrust.appraisal.policies import loader
from supplytrust.model.claims.source_tree import FileClass, KnownBy, OddFile, SourceComparison
from supplytrust.model.evidence import Evidence
from supplytrust.model.subject import ArtifactKind


def reasons(*claims):
    root = subject()
    found = Evidence(root.purl, DAY, (evidence(*claims, about=root),), None)
    return [r.text for r in judge.judge(found, loader.load("baseline"), DAY, alone=True).reasons]


def compared(*odd):
    counts = tuple((relation, 1) for _, relation in odd)
    files = tuple(OddFile(path, relation) for path, relation in odd)
    return SourceComparison(WHEEL, ArtifactKind.WHEEL, KnownBy.GIVEN, "v1", "c" * 40, 10, counts, files, len(odd))


PHANTOM, OTHER, DATA = FileClass.PHANTOM_EXECUTABLE, FileClass.MODIFIED, FileClass.PHANTOM_DATA


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        ([("a/config.guess", PHANTOM), ("m4/build-to-host.m4", PHANTOM)], "m4/build-to-host.m4"),
        ([("a.txt", DATA), ("demo/core.py", OTHER)], "demo/core.py"),
        ([("a.py", OTHER), ("demo.pth", PHANTOM)], "demo.pth"),
        ([("a.py", OTHER), ("setup.py", OTHER)], "setup.py"),
    ],
)
def test_the_file_that_decides_is_named_first(odd, named):
    first = reasons(compared(*odd))[0]
    assert first.startswith(f"integrity: {named}")


def test_what_was_seen_comes_before_what_was_not():
    found = [t for t in reasons(compared(("t.bin", DATA))) if ":" in t and "/" not in t.partition(":")[0]]
    assert found[0].startswith("integrity: t.bin")
