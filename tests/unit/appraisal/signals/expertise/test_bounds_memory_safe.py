import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import CodeComposition
from supplytrust.model.claims.code import CodeFinding, CodeFindings, Family
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "expertise/bounds_memory_safe"


def code(*sizes, native=0, ctypes=(), name=WHEEL):
    return CodeComposition(name, sizes, native, ctypes)


def read(*findings, name=WHEEL, unread=0, modules=20):
    return CodeFindings(name, modules, unread, 1000, (), findings)


def place(rule="raw-memory", severity="low", reach="library", path="demo/ffi.py"):
    return CodeFinding(rule, Family.BOUNDS, severity, path, 3, reach, "memmove")


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
    finding = ask(ID, claim, read())
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


@pytest.mark.parametrize(
    ("found", "grade"),
    [
        (place(), "foreign"),
        (place(reach="vendored"), "foreign"),
        (place(reach="test"), "all"),
        (place("unbounded-copy", reach="example"), "all"),
    ],
)
def test_what_goes_round_the_checks_is_told(found, grade):
    finding = ask(ID, code(("python", 10)), read(found))
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
    finding = ask(ID, claim, read(place("unbounded-copy", "high")))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_a_write_without_a_bound_holds_whatever_the_share():
    finding = ask(ID, code(("python", 990), ("c", 10)), read(place("unbounded-copy", path="src/x.c")))
    assert (finding.reason, finding.because) == (NotObservedReason.INCONCLUSIVE, "unbounded-copy at src/x.c:3")


def test_a_file_without_code():
    assert ask(ID, code(), read()).reason is NotObservedReason.NOT_APPLICABLE
    assert ask(ID, code(("python", 0)), read()).reason is NotObservedReason.NOT_APPLICABLE


def test_what_was_not_read_decides_nothing():
    assert ask(ID, code(("python", 1)), read(unread=2)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, code(("python", 1)), read(modules=0)).reason is NotObservedReason.NOT_APPLICABLE


def test_other_file_missing_and_contradiction():
    whole = code(("python", 1))
    assert ask(ID, code(("python", 1), name=SDIST), read()).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, whole, read(name=SDIST)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, gap(CodeComposition, NotObservedReason.TOO_LARGE), read()).reason is NotObservedReason.TOO_LARGE
    assert ask(ID, whole, gap(CodeFindings, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, whole, read(), saw(code(("c", 1)), source="second")).status is Status.NOT_OBSERVED
    assert ask(ID, whole, read(), saw(read(place()), source="second")).grade == "foreign"
