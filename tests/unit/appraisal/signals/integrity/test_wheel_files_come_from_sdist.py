import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw, subject
from supplytrust.model.claims.artifact import FileMatch, WheelAgainstSdist
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/wheel_files_come_from_sdist"


def compared(*odd, generated=(), count=40, wheel=WHEEL):
    return WheelAgainstSdist(wheel, SDIST, count, tuple(FileMatch(p, r) for p, r in odd), generated)


def test_supports_when_all_is_from_the_sdist():
    finding = ask(ID, compared())
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


def test_generated_constants_are_a_weaker_support():
    finding = ask(ID, compared(("demo/_version.py", "phantom"), generated=("demo/_version.py",)))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "generated")


@pytest.mark.parametrize(
    ("odd", "grade"),
    [
        ([("demo/evil.py", "phantom")], "phantom"),
        ([("demo/a.js", "phantom"), ("demo/d.dat", "phantom")], "phantom"),
        ([("demo/a.py", "phantom"), ("demo/b.py", "modified")], "modified"),
        ([("demo-1.2.3.dist-info/run.py", "phantom")], "phantom"),
        ([("sitecustomize.py", "phantom")], "phantom"),
    ],
)
def test_opposes_code_the_sdist_has_not(odd, grade):
    finding = ask(ID, compared(*odd))
    assert (finding.status, finding.grade, finding.veto) == (Status.OPPOSES, grade, None)


def test_one_explained_file_does_not_explain_another():
    odd = compared(("demo/_version.py", "phantom"), ("demo/x.py", "phantom"), generated=("demo/_version.py",))
    assert ask(ID, odd).status is Status.OPPOSES


def test_a_start_up_file_is_code():
    finding = ask(ID, compared(("demo_init.pth", "phantom")))
    assert (finding.status, finding.grade) == (Status.OPPOSES, "phantom")


@pytest.mark.parametrize(
    "odd",
    [
        [("demo/data.bin", "phantom")],
        [("demo/_c.cpython-312-x86_64-linux-gnu.so", "phantom")],
        [("demo/_c.pyd", "phantom"), ("demo/__config__.py", "phantom")],
        [("demo/_c.so", "phantom"), ("x.pth", "phantom")],
    ],
)
def test_what_cannot_be_told_apart_holds(odd):
    assert ask(ID, compared(*odd)).reason is NotObservedReason.INCONCLUSIVE


def test_metadata_of_the_wheel_is_not_counted():
    assert ask(ID, compared(("demo-1.2.3.dist-info/METADATA", "phantom"))).status is Status.SUPPORTS


def test_nothing_compared_is_incomplete():
    assert ask(ID, compared(count=0)).reason is NotObservedReason.INCOMPLETE


def test_not_applicable_to_an_sdist():
    assert ask(ID, compared(), about=subject(SDIST)).reason is NotObservedReason.NOT_APPLICABLE


def test_other_wheel_missing_and_contradiction():
    assert ask(ID, compared(wheel="demo-1.2.3-cp312-cp312-win32.whl")).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, gap(WheelAgainstSdist, NotObservedReason.NOT_PUBLISHED)).reason is NotObservedReason.NOT_PUBLISHED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    finding = ask(ID, compared(), saw(compared(("demo/a.py", "modified")), source="second"))
    assert (finding.status, finding.sources) == (Status.OPPOSES, ("second",))
