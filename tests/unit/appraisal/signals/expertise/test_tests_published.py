import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import ArtifactContents, Member, MemberKind
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Status

ID = "expertise/tests_published"


def contents(tests, modules=40, name=SDIST):
    members = tuple(Member(f"demo/m{i}.py", 1, "0" * 64, MemberKind.PYTHON) for i in range(modules))
    return ArtifactContents(name, ArtifactKind.SDIST, members, tests, 100)


@pytest.mark.parametrize(("tests", "grade"), [(1, ""), (9, ""), (10, "thorough"), (400, "thorough")])
def test_supports_by_number(tests, grade):
    finding = ask(ID, contents(tests))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


def test_few_tests_of_a_tiny_package_are_not_thorough():
    assert ask(ID, contents(4, modules=5)).grade == ""


def test_any_file_of_the_release_will_do():
    finding = ask(ID, contents(0, name=WHEEL), contents(10))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "thorough")
    assert SDIST in finding.because


def test_absence_holds_and_never_opposes():
    finding = ask(ID, contents(0), contents(0, name=WHEEL))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.NOT_PUBLISHED)
    assert ask(ID, contents(-3)).reason is NotObservedReason.NOT_PUBLISHED


def test_other_release_and_missing():
    assert ask(ID, contents(9, name="demo-1.0.tar.gz")).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, gap(ArtifactContents, NotObservedReason.MALFORMED)).reason is NotObservedReason.MALFORMED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED


def test_two_sources_about_one_file():
    finding = ask(ID, contents(10), saw(contents(0), source="second"))
    assert finding.status is Status.NOT_OBSERVED
