import dataclasses

import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw, subject
from supplytrust.model.claims.artifact import RecordCheck
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/record_matches_contents"


def check(mismatched=(), unlisted=(), absent=(), *, present=True, name=WHEEL):
    return RecordCheck(name, present, mismatched, unlisted, absent)


def test_supports_a_record_that_fits():
    assert ask(ID, check()).status is Status.SUPPORTS


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (check(mismatched=("demo/a.py", "demo/b.py")), "mismatched"),
        (check(unlisted=("demo/x.pth",)), "unlisted"),
        (check(("a.py",), ("b.py",), ("c.py",)), "mismatched"),
        (check(present=False), "missing"),
    ],
)
def test_opposes_members_the_record_does_not_know(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade, finding.veto) == (Status.OPPOSES, grade, None)


def test_absent_members_hold():
    assert ask(ID, check(absent=("demo/gone.py",))).reason is NotObservedReason.INCONCLUSIVE


def test_not_applicable_to_an_sdist():
    assert ask(ID, check(), about=subject(SDIST)).reason is NotObservedReason.NOT_APPLICABLE


def test_other_file_missing_and_contradiction():
    assert ask(ID, check(present=False, name="demo-1.2.3-cp312-cp312-win32.whl")).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, gap(RecordCheck, NotObservedReason.TOO_LARGE)).reason is NotObservedReason.TOO_LARGE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    finding = ask(ID, check(unlisted=("x",)), saw(check(mismatched=("y",)), source="second"))
    assert finding.grade == "mismatched"


def test_a_record_that_cannot_be_read_in_part_is_not_observed_with_its_reason():
    unread = dataclasses.replace(check(), unread=("demo/a.py: a digest by md5, which is weak",))
    finding = ask(ID, unread)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert "md5" in finding.because
    assert ask(ID, dataclasses.replace(unread, mismatched=("demo/b.py",))).grade == "mismatched"
    assert ask(ID, dataclasses.replace(unread, absent=("demo/b.py",))).status is Status.NOT_OBSERVED
