import pytest

from simulators.evidence import SDIST, ask, gap, saw
from supplytrust.model.claims.artifact import BuildSystem
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/build_backend_known"


def table(backend, *requires, declared=True, path=(), hooks=(), name=SDIST):
    return BuildSystem(name, declared, backend, requires, path, hooks)


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (table("flit_core.buildapi", "flit_core >=3.2,<4"), ""),
        (table("hatchling.build", "hatch-vcs", "Hatchling"), ""),
        (table("setuptools.build_meta", "setuptools[core]>=61"), ""),
        (table("", "setuptools", "wheel"), ""),
        (table("", "cython"), ""),
        (table("", declared=False), ""),
        (table("", declared=False, hooks=("setup.py", "cmdclass:build_ext")), "scripted"),
        (table("setuptools.build_meta", "setuptools", hooks=("setup.py",)), "scripted"),
    ],
)
def test_supports(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


@pytest.mark.parametrize(
    "claim",
    [
        table("my_backend", "my-backend"),
        table("flit_core.buildapi", path=(".",)),
        table("flit_core.buildapi", "flit-c0re"),
        table("hatchling.build"),
        table("hatchling.build", "hatchling @ https://example.org/h.whl"),
        table("hatchling.build", "hatchling[x]@ file:///h.whl"),
        table("back\x1b[31mend\n" * 9, "x"),
    ],
    ids=["unknown", "in tree", "not required", "nothing required", "from address", "from file", "hostile name"],
)
def test_doubt_holds(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_missing_and_other_files():
    assert ask(ID, gap(BuildSystem, NotObservedReason.TOO_LARGE)).reason is NotObservedReason.TOO_LARGE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    other = table("flit_core.buildapi", "flit_core", name="x-1.tar.gz")
    assert ask(ID, other).reason is NotObservedReason.INCOMPLETE


def test_the_worse_of_two_sources_counts():
    good, bad = table("hatchling.build", "hatchling"), table("mine", "mine")
    assert ask(ID, good, saw(bad, source="second")).status is Status.NOT_OBSERVED
