"""What a build makes is explained by building, and an old start-up hook is not a new one."""

from __future__ import annotations

import pytest

from simulators.evidence import WHEEL, ask
from simulators.rebuild_results import COMMIT, from_tag, result
from supplytrust.appraisal.policies.tables import shipped_weights
from supplytrust.model.claims.artifact import ChangeSincePredecessor, HookKind, StartupHook
from supplytrust.model.claims.rebuild import NativeLevel, NativeMember, RebuildResult
from supplytrust.model.claims.source_tree import FileClass, KnownBy, OddFile, SourceComparison
from supplytrust.model.finding import Finding
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import EdgeKind, Status

SIGNAL = "integrity/artifact_matches_source_tree"


def compared(*odd: str, commit: str = COMMIT) -> SourceComparison:
    files = tuple(OddFile(path, FileClass.PHANTOM_EXECUTABLE) for path in odd)
    counts = ((FileClass.MATCH, 9), (FileClass.PHANTOM_EXECUTABLE, len(odd)))
    return SourceComparison(
        WHEEL, ArtifactKind.WHEEL, KnownBy.GIVEN, "v1.2.3", commit, 9 + len(odd), counts, files, len(odd)
    )


def change(*new: str) -> ChangeSincePredecessor:
    hooks = tuple(StartupHook(HookKind.PTH, path, "d" * 64, executes=True) for path in new)
    return ChangeSincePredecessor("1.2.2", WHEEL, "demo-1.2.2-py3-none-any.whl", hooks, (), False, 10, 10)


@pytest.mark.parametrize("level", ["bit-for-bit", "container-only", "normalized"])
def test_built_from_the_same_commit_is_an_explanation(level: str) -> None:
    found = ask(SIGNAL, compared("made.py"), from_tag(level))
    assert found.status is Status.SUPPORTS
    assert len(found.evidence) == 2


@pytest.mark.parametrize(
    "rebuilt",
    [
        from_tag("code-differs"),
        from_tag("bit-for-bit", sha256="9" * 64),
        from_tag("bit-for-bit", source_digest="gitCommit:" + "1" * 40),
        from_tag("bit-for-bit", name="demo-1.2.3.tar.gz"),
        result("bit-for-bit"),
    ],
)
def test_any_other_build_is_none(rebuilt: object) -> None:
    assert ask(SIGNAL, compared("made.py"), rebuilt).status is Status.OPPOSES  # type: ignore[arg-type]


def compiled(*unreproduced: str) -> RebuildResult:
    extension = NativeMember("demo/_x.so", NativeLevel.SAME_SYMBOLS, 9, 9)
    return from_tag("native-unverified", native=(extension,), unreproduced=("demo/_x.so", *unreproduced))


def test_what_a_build_gave_beside_compiled_files_is_explained_by_it() -> None:
    found = ask(SIGNAL, compared("made.py"), compiled())
    assert (found.status, found.grade) == (Status.SUPPORTS, "text-only")
    assert len(found.evidence) == 2
    assert ask(SIGNAL, compared("made.py"), compiled("made.py")).status is Status.OPPOSES
    assert ask(SIGNAL, compared("made.py", "demo/_x.so"), compiled()).status is Status.OPPOSES
    assert ask(SIGNAL, compared("made.py", commit="1" * 40), compiled()).status is Status.OPPOSES


def test_an_archive_opposes_when_it_is_new() -> None:
    grown = ChangeSincePredecessor(
        "1.2.2", WHEEL, "demo-1.2.2-py3-none-any.whl", (), ("demo/zones.tar.gz",), False, 10, 10
    )
    assert ask(SIGNAL, compared("demo/zones.tar.gz"), grown).status is Status.OPPOSES
    assert ask(SIGNAL, compared("demo/zones.tar.gz"), change()).status is Status.NOT_OBSERVED
    assert ask(SIGNAL, compared("demo/zones.so"), change()).status is Status.OPPOSES


def hook(*odd: str, new: tuple[str, ...] | None) -> Finding:
    return ask(SIGNAL, compared(*odd), *([] if new is None else [change(*new)]))


def test_a_hook_opposes_when_it_is_new() -> None:
    assert hook("a.pth", new=("a.pth",)).status is Status.OPPOSES
    assert hook("a.pth", new=()).status is Status.NOT_OBSERVED
    assert hook("a.pth", new=None).status is Status.NOT_OBSERVED
    assert hook("a.pth", "b.pth", new=("b.pth",)).status is Status.OPPOSES
    assert hook("a.pth", "b.py", new=()).status is Status.OPPOSES


def whole(kind: ArtifactKind = ArtifactKind.WHEEL, **more: int) -> SourceComparison:
    counts = ((FileClass.MATCH, 9), *((FileClass[name], n) for name, n in more.items()))
    return SourceComparison(WHEEL, kind, KnownBy.GIVEN, "v1.2.3", COMMIT, sum(n for _, n in counts), counts, (), 0)


@pytest.mark.parametrize(
    ("claims", "grade"),
    [
        ((whole(),), ""),
        ((whole(EOL_ONLY=1, GENERATED=3, MOVED=2),), ""),
        ((whole(MOVED_CODE=1),), "rearranged"),
        ((whole(COMPILED=1),), "text-only"),
        ((whole(COMPILED=1, MOVED_CODE=1),), "text-only"),
        ((whole(ArtifactKind.SDIST),), "source"),
        ((whole(ArtifactKind.OTHER),), "source"),
        ((compared("made.py"), from_tag("bit-for-bit")), "built"),
    ],
)
def test_only_a_wheel_known_byte_by_byte_accounts_for_its_build_tools(claims: tuple[object, ...], grade: str) -> None:
    found = ask(SIGNAL, *claims)  # type: ignore[arg-type]
    assert (found.status, found.grade) == (Status.SUPPORTS, grade)
    row = shipped_weights().rows[SIGNAL, grade]
    assert row.covers == (() if grade else (EdgeKind.BUILD,))


@pytest.mark.parametrize("odd", ["SUBMODULE", "UNREAD"])
def test_what_was_not_read_is_not_accounted_for(odd: str) -> None:
    assert ask(SIGNAL, whole(**{odd: 1})).status is Status.NOT_OBSERVED


@pytest.mark.parametrize("path", ["a.pyc", "demo/x.so", "demo/model.bin", "hook.pth"])
def test_bytecode_native_code_data_and_hooks_of_no_tree_are_not_accounted_for(path: str) -> None:
    assert ask(SIGNAL, compared(path)).status is not Status.SUPPORTS


def left_behind(
    *odd: tuple[str, FileClass], kind: ArtifactKind = ArtifactKind.SDIST, total: int | None = None
) -> Finding:
    files = tuple(OddFile(path, relation) for path, relation in odd)
    counts = ((FileClass.MATCH, 9), *((relation, 1) for _, relation in odd))
    number = len(odd) if total is None else total
    claim = SourceComparison(WHEEL, kind, KnownBy.GIVEN, "v1.2.3", COMMIT, 9 + number, counts, files, number)
    return ask(SIGNAL, claim)


RUNS, DATA, CHANGED = FileClass.PHANTOM_EXECUTABLE, FileClass.PHANTOM_DATA, FileClass.MODIFIED


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ([(".tox/py27/lib/a.py", RUNS)], Status.NOT_OBSERVED),
        ([(".tox/py27/lib/a.py", RUNS), (".venv/bin/x", RUNS), ("notes.txt", DATA)], Status.NOT_OBSERVED),
        ([(".tox/a.py", RUNS), ("demo/a.py", RUNS)], Status.OPPOSES),
        ([(".tox/a.py", RUNS), ("setup.py", CHANGED)], Status.OPPOSES),
        ([(".tox/a.py", CHANGED)], Status.OPPOSES),  # the tree has it, with another content
        ([("demo/.tox/a.py", RUNS)], Status.OPPOSES),
        ([(".tox", RUNS)], Status.OPPOSES),
        ([(".hidden/a.py", RUNS)], Status.OPPOSES),
    ],
)
def test_what_a_tool_left_in_an_sdist_is_held_and_never_supports(odd, status) -> None:
    assert left_behind(*odd).status is status
    assert left_behind(*odd, kind=ArtifactKind.WHEEL).status is Status.OPPOSES  # a wheel's files are all installed


def test_what_is_not_listed_may_lie_elsewhere() -> None:
    assert left_behind((".tox/a.py", RUNS), total=60).status is Status.OPPOSES
