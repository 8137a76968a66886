import pytest

from simulators.evidence import ask
from simulators.rebuild_results import TOOL, lost, result
from supplytrust.model.claims.rebuild import BuildRequirement
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/build_dependencies_recorded"


def test_supports():
    finding = ask(ID, result("container-only", requirements=(TOOL, BuildRequirement("wheel", "0.45", "d" * 64))))
    assert finding.status is Status.SUPPORTS
    assert finding.because.startswith("2 build requirements")
    assert ask(ID, result("bit-for-bit", requirements=())).status is Status.SUPPORTS


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (result("code-differs", **lost("a.py")), NotObservedReason.DEPENDS),
        (result("not-rebuilt", reason="timeout"), NotObservedReason.DEPENDS),
        (result("bit-for-bit", requirements=None), NotObservedReason.DEPENDS),
        (result("bit-for-bit", requirements=(BuildRequirement("a", "1", ""),)), NotObservedReason.INCOMPLETE),
    ],
)
def test_not_observed(claim, reason):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, reason)


def test_nobody_looked():
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
