from dataclasses import replace
from datetime import timedelta

import pytest

from simulators.evidence import ask
from simulators.rebuild_results import CUT_OFF, TOOL, result
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/build_tools_trusted"


def test_supports():
    assert ask(ID, result("bit-for-bit")).status is Status.SUPPORTS
    just = replace(TOOL, uploaded_at=CUT_OFF - timedelta(hours=72))
    assert ask(ID, result("bit-for-bit", requirements=(just,))).status is Status.SUPPORTS


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (result("bit-for-bit", requirements=(replace(TOOL, yanked=True),)), NotObservedReason.INCONCLUSIVE),
        (result("bit-for-bit", requirements=(replace(TOOL, uploaded_at=None),)), NotObservedReason.INCOMPLETE),
        (
            result("bit-for-bit", requirements=(replace(TOOL, uploaded_at=CUT_OFF - timedelta(hours=71)),)),
            NotObservedReason.INCONCLUSIVE,
        ),
        (result("not-rebuilt", reason="x"), NotObservedReason.DEPENDS),
        (result("bit-for-bit", recipe=None), NotObservedReason.DEPENDS),
    ],
)
def test_not_observed(claim, reason):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, reason)


def test_nobody_looked():
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
