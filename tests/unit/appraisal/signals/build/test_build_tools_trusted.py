from dataclasses import replace
from datetime import timedelta

import pytest

from simulators.evidence import ask
from simulators.rebuild_results import CUT_OFF, TOOL, result
from supplytrust.model.evidence import GapReason
from supplytrust.model.vocabulary import Status

ID = "build/build_tools_trusted"


def test_supports():
    assert ask(ID, result("bit-for-bit")).status is Status.SUPPORTS
    just = replace(TOOL, uploaded_at=CUT_OFF - timedelta(hours=72))
    assert ask(ID, result("bit-for-bit", requirements=(just,))).status is Status.SUPPORTS


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (result("bit-for-bit", requirements=(replace(TOOL, yanked=True),)), GapReason.INCONCLUSIVE),
        (result("bit-for-bit", requirements=(replace(TOOL, uploaded_at=None),)), GapReason.INCOMPLETE),
        (
            result("bit-for-bit", requirements=(replace(TOOL, uploaded_at=CUT_OFF - timedelta(hours=71)),)),
            GapReason.INCONCLUSIVE,
        ),
        (result("not-rebuilt", reason="x"), GapReason.DEPENDS),
        (result("bit-for-bit", recipe=None), GapReason.DEPENDS),
    ],
)
def test_not_observed(claim, reason):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, reason)


def test_nobody_looked():
    assert ask(ID).reason is GapReason.NOT_LOOKED
