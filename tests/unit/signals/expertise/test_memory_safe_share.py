import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import CodeComposition
from supplytrust.model.evidence import GapReason
from supplytrust.model.words import Status

ID = "expertise/memory_safe_share"


def code(*sizes, native=0, ctypes=(), name=WHEEL):
    return CodeComposition(name, sizes, native, ctypes)


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (code(("Python", 1000)), "all"),
        (code(("python", 1000), ("rust", 500), ("C", 0)), "all"),
        (code(("python", 1000), ctypes=("demo/ffi.py",)), "foreign"),
        (code(("python", 900), ("c", 100)), "mostly"),
        (code(("python", 900), ("native", 100), native=1), "mostly"),
        (code(("python", 1000), native=1), "mostly"),
    ],
)
def test_supports_by_share(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


@pytest.mark.parametrize(
    "claim",
    [
        code(("python", 899), ("c", 101)),
        code(("c", 5000)),
        code(native=3),
        code(("a language of its own", 10)),
        code(("python", -5), ("c", 10)),
    ],
)
def test_native_code_is_neutral_and_never_opposes(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, GapReason.INCONCLUSIVE)


def test_a_file_without_code():
    assert ask(ID, code()).reason is GapReason.NOT_APPLICABLE
    assert ask(ID, code(("python", 0))).reason is GapReason.NOT_APPLICABLE


def test_other_file_missing_and_contradiction():
    assert ask(ID, code(("python", 1), name=SDIST)).reason is GapReason.INCOMPLETE
    assert ask(ID, gap(CodeComposition, GapReason.TOO_LARGE)).reason is GapReason.TOO_LARGE
    assert ask(ID).reason is GapReason.NOT_LOOKED
    assert ask(ID, code(("python", 1)), saw(code(("c", 1)), source="second")).status is Status.NOT_OBSERVED
