import pytest

from simulators.evidence import SDIST, ask, gap, saw
from supplytrust.model.claims.artifact import BuildSystem
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/build_requirements_declared"


def table(*requires, declared=True, path=(), name=SDIST):
    return BuildSystem(name, declared, "b" if declared else "", requires, path)


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (table("setuptools>=61"), ""),
        (table("setuptools==80.9.0", "wheel"), ""),
        (table("setuptools==80.*"), ""),
        (table("a==1,!=2"), ""),
        (table("setuptools==80.9.0", "wheel===0.45.1"), "pinned"),
        (table('cython[x,y]==3.1.2; python_version >= "3.9"'), "pinned"),
        (table(path=(".",)), "pinned"),
    ],
)
def test_supports(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


def test_a_source_without_a_table_holds():
    assert ask(ID, table(declared=False)).reason is NotObservedReason.NOT_PUBLISHED


def test_a_table_without_tools_decides_nothing():
    assert ask(ID, table()).reason is NotObservedReason.INCONCLUSIVE


def test_an_sdist_of_something_else_says_nothing():
    assert ask(ID, table("setuptools", name="other-1.0.tar.gz")).reason is NotObservedReason.INCOMPLETE


def test_missing_passes_the_reason_on():
    assert ask(ID, gap(BuildSystem, NotObservedReason.NOT_FOUND)).reason is NotObservedReason.NOT_FOUND
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED


def test_the_worse_of_two_sources_counts():
    finding = ask(ID, table("setuptools==80"), saw(table(declared=False), source="second"))
    assert finding.reason is NotObservedReason.NOT_PUBLISHED
    finding = ask(ID, table("setuptools==80"), saw(table("setuptools"), source="second"))
    assert (finding.grade, finding.sources) == ("", ("second",))
