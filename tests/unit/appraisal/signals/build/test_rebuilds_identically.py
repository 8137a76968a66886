import pytest

from simulators.evidence import ask, gap, saw
from simulators.rebuild_results import from_tag, lost, result
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/rebuilds_identically"


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (result("bit-for-bit"), "bit-for-bit"),
        (result("container-only", replayed=True), "container-only-replayed"),
        (result("container-only", replayed=False), "container-only"),
        (result("normalized", normalizers=("eol",), requirements=()), "normalized"),
    ],
)
def test_supports(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


@pytest.mark.parametrize("level", ["metadata-differs", "data-differs", "code-differs"])
def test_opposes_and_names_the_file(level):
    finding = ask(ID, result(level, **lost("demo/evil_looking_name.py", "demo/b.py")))
    assert finding.status is Status.OPPOSES
    assert "demo/evil_looking_name.py missing" in finding.because


def test_the_less_favourable_of_two_sources_counts():
    both = saw(result("bit-for-bit")), saw(result("code-differs", **lost("x.py")), source="other")
    assert ask(ID, *both).status is Status.OPPOSES


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (result("not-rebuilt", reason="no-sandbox"), NotObservedReason.TOOL_MISSING),
        (result("not-rebuilt", reason="no-sandbox: user.max_user_namespaces is 0"), NotObservedReason.TOOL_MISSING),
        (result("not-rebuilt", reason="build-failed: " + "x" * 300), NotObservedReason.INCONCLUSIVE),
        (result("native-unverified", reason="interface-consistent"), NotObservedReason.INCONCLUSIVE),
        (result("native-unverified", reason="not built here: " + "x" * 300), NotObservedReason.INCONCLUSIVE),
        (result("bit-for-bit", sha256="f" * 64), NotObservedReason.INCOMPLETE),
        (from_tag("bit-for-bit"), NotObservedReason.INCOMPLETE),
        (result("bit-for-bit", file_name="other.whl"), NotObservedReason.INCOMPLETE),
        (gap(RebuildResult, NotObservedReason.OFFLINE), NotObservedReason.OFFLINE),
    ],
)
def test_not_observed(claim, reason):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, reason)


def test_nobody_looked():
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
