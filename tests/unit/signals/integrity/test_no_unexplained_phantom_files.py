import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap
from simulators.rebuild_results import from_tag, lost, result
from supplytrust.model.claims.artifact import FileMatch, WheelAgainstSdist
from supplytrust.model.evidence import GapReason
from supplytrust.model.words import Status

ID = "integrity/no_unexplained_phantom_files"


def odd(*paths):
    return WheelAgainstSdist(WHEEL, SDIST, 10, tuple(FileMatch(p, "phantom") for p in paths), ())


@pytest.mark.parametrize(
    "claims",
    [
        (odd(),),
        (odd("demo-1.2.3.dist-info/METADATA"),),
        (odd("demo/_version.py"), result("bit-for-bit")),
        (odd("demo/_version.py"), result("code-differs", **lost("demo/other.py"))),
    ],
)
def test_supports(claims):
    assert ask(ID, *claims).status is Status.SUPPORTS


def test_opposes_what_no_build_gives_back():
    finding = ask(ID, odd("demo/a.py", "demo/b.py"), result("code-differs", **lost("demo/b.py")))
    assert finding.status is Status.OPPOSES
    assert "demo/b.py" in finding.because


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ((odd("demo/a.py"),), GapReason.DEPENDS),
        ((odd("demo/a.py"), result("not-rebuilt", reason="x", **lost("demo/a.py"))), GapReason.DEPENDS),
        ((odd("demo/a.py"), from_tag("bit-for-bit")), GapReason.DEPENDS),
        ((odd("demo/x.so"), result("native-unverified", **lost("demo/x.so"))), GapReason.INCONCLUSIVE),
        ((gap(WheelAgainstSdist, GapReason.NOT_FOUND), result("bit-for-bit")), GapReason.NOT_FOUND),
    ],
)
def test_not_observed(claims, reason):
    finding = ask(ID, *claims)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, reason)
