from dataclasses import replace

import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap
from simulators.rebuild_results import from_tag, lost, result
from supplytrust.model.claims.artifact import FileMatch, HookKind, StartupHook, StartupHooks, WheelAgainstSdist
from supplytrust.model.claims.rebuild import NativeLevel, NativeMember
from supplytrust.model.claims.source_tree import FileClass, KnownBy, OddFile, SourceComparison
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Status

ID = "integrity/no_unexplained_phantom_files"


def odd(*paths):
    return WheelAgainstSdist(WHEEL, SDIST, 10, tuple(FileMatch(p, "phantom") for p in paths), ())


@pytest.mark.parametrize(
    "claims",
    [
        (odd(),),
        (odd("demo-1.2.3.dist-info/METADATA"),),
        (odd("demo/_version.py"), result("bit-for-bit")),
        (odd("demo/_version.py"), result("code-differs", **lost("demo/other.py"))),
    ],
)
def test_supports(claims):
    assert ask(ID, *claims).status is Status.SUPPORTS


def test_opposes_what_no_build_gives_back():
    finding = ask(ID, odd("demo/a.py", "demo/b.py"), result("code-differs", **lost("demo/b.py")))
    assert finding.status is Status.OPPOSES
    assert "demo/b.py" in finding.because


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ((odd("demo/a.py"),), NotObservedReason.DEPENDS),
        ((odd("demo/a.py"), result("not-rebuilt", reason="x", **lost("demo/a.py"))), NotObservedReason.DEPENDS),
        ((odd("demo/a.py"), from_tag("bit-for-bit")), NotObservedReason.DEPENDS),
        ((odd("demo/x.so"), result("native-unverified", **lost("demo/x.so"))), NotObservedReason.INCONCLUSIVE),
        ((gap(WheelAgainstSdist, NotObservedReason.NOT_FOUND), result("bit-for-bit")), NotObservedReason.NOT_FOUND),
    ],
)
def test_not_observed(claims, reason):
    finding = ask(ID, *claims)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, reason)


def native(level, path="demo/x.so"):
    return result("native-unverified", **lost(path), native=(NativeMember(path, level, 9, 9),))


def test_a_compiled_file_is_explained_by_its_interface_and_no_more():
    found = ask(ID, odd("demo/x.so"), native(NativeLevel.SAME_SYMBOLS))
    assert (found.status, found.grade) == (Status.SUPPORTS, "interface")


@pytest.mark.parametrize("level", [NativeLevel.DIFFERS, NativeLevel.NOT_BUILT, NativeLevel.UNREADABLE])
def test_a_compiled_file_that_the_source_does_not_make_is_open(level):
    assert ask(ID, odd("demo/x.so"), native(level)).reason is NotObservedReason.INCONCLUSIVE
    two = replace(native(NativeLevel.SAME_SYMBOLS), unreproduced=("demo/x.so", "demo/y.so"))
    assert ask(ID, odd("demo/x.so", "demo/y.so"), two).reason is NotObservedReason.INCONCLUSIVE


PTH, MODULE = "demo-init.pth", "demo/core.py"
RUNS = StartupHooks(WHEEL, (StartupHook(HookKind.PTH, PTH, "0" * 64, executes=True),))
IDLE = StartupHooks(WHEEL, (StartupHook(HookKind.PTH, PTH, "0" * 64, executes=False),))


def against(*matches, generated=()):
    return WheelAgainstSdist(WHEEL, SDIST, 10, tuple(FileMatch(p, how) for p, how in matches), generated)


def tree(*files, known_by=KnownBy.GIVEN, file_name=WHEEL):
    odd = tuple(OddFile(p, relation) for p, relation in files)
    counts = tuple((f.relation, 1) for f in odd)
    return SourceComparison(file_name, ArtifactKind.WHEEL, known_by, "v1", "c" * 40, 10, counts, odd, len(odd))


HOOK = [against((PTH, "phantom")), tree((PTH, FileClass.PHANTOM_EXECUTABLE)), result("code-differs", **lost(PTH)), RUNS]
CHANGED = [
    against((MODULE, "modified")), tree((MODULE, FileClass.MODIFIED)), result("code-differs", **lost(MODULE)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "path"),
    [
        (HOOK, PTH),
        (CHANGED, MODULE),
        ([*HOOK, from_tag("code-differs", **lost(PTH))], PTH),
        ([*CHANGED, from_tag("not-rebuilt", reason="x")], MODULE),
        ([against((PTH, "modified")), tree((PTH, FileClass.MODIFIED)), result("code-differs", **lost(PTH)), RUNS], PTH),
        ([CHANGED[0], CHANGED[1], from_tag("code-differs", **lost(MODULE))], MODULE),
    ],
)
def test_what_no_source_and_no_build_has_refuses(claims, path):
    finding = ask(ID, *claims)
    assert (finding.status, finding.grade) == (Status.OPPOSES, "sourceless")
    assert path in finding.because


@pytest.mark.parametrize(
    "claims",
    [
        HOOK[:1] + HOOK[2:],  # no tagged tree
        HOOK[:2] + HOOK[3:],  # no build
        HOOK[:3],  # not known to run
        [*HOOK[:3], IDLE],
        [HOOK[0], tree(), *HOOK[2:]],  # the tree has it
        [HOOK[0], tree((PTH, FileClass.IN_HISTORY)), *HOOK[2:]],
        [HOOK[0], tree((PTH, FileClass.PHANTOM_EXECUTABLE), known_by=KnownBy.DECLARED), *HOOK[2:]],
        [HOOK[0], tree((PTH, FileClass.PHANTOM_EXECUTABLE), file_name=SDIST), *HOOK[2:]],
        [*HOOK[:2], result("code-differs", **lost("demo/b.py")), RUNS],  # the build gives it back
        [*HOOK[:2], result("not-rebuilt", reason="x"), RUNS],
        [*HOOK[:2], result("native-unverified", **lost(PTH)), RUNS],
        [*HOOK, from_tag("normalized")],  # one of two builds gives it back
        [against((MODULE, "phantom")), tree((MODULE, FileClass.PHANTOM_EXECUTABLE)), CHANGED[2]],  # a new path holds
        [against((MODULE, "modified"), generated=(MODULE,)), *CHANGED[1:]],
        [against(("demo/table.txt", "modified")), tree(("demo/table.txt", FileClass.MODIFIED)), CHANGED[2]],
    ],
)
def test_it_takes_all_three_comparisons(claims):
    assert ask(ID, *claims).grade != "sourceless"
