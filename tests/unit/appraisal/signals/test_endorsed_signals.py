"""An endorsement answers an open question for a time, and nothing else."""

from dataclasses import replace

import pytest

from simulators.evidence import NOW, ask, days, gap, saw
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

CONTROL = "provenance/control_held_by_known_people"
WORD = Endorsement(
    "pkg:pypi/demo",
    "provenance",
    CONTROL,
    "hand-over announced, met in person",
    "alice",
    NOW - days(9),
    NOW + days(9),
    "f" * 64,
)
GAP = gap(CommitHistory, NotObservedReason.NOT_FOUND)


def test_it_answers_what_was_not_observed():
    finding = ask(CONTROL, GAP, saw(WORD, source="endorsement"))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "endorsed")
    assert finding.until == WORD.expires
    assert finding.sources == ("endorsement",)
    assert "alice vouches until" in finding.because


@pytest.mark.parametrize(
    "change",
    [
        {"expires": NOW},
        {"issued": NOW + days(1)},
        {"claim": "provenance/releaser_known"},
        {"area": "integrity"},
        {"subject": "pkg:pypi/other"},
        {"subject": "pkg:pypi/demo@1.2.2"},
    ],
)
def test_it_reaches_no_further_than_it_says(change):
    assert ask(CONTROL, GAP, replace(WORD, **change)).status is Status.NOT_OBSERVED


def test_a_version_binds_it_to_the_release():
    assert ask(CONTROL, GAP, replace(WORD, subject="pkg:pypi/demo@1.2.3")).status is Status.SUPPORTS


def test_a_veto_is_not_covered():
    tag = ReleaseTag(
        "1.2.3", KnownBy.GIVEN, "found", name="v1", commit="a" * 40, pinned="b" * 40, pinned_at=NOW - days(9)
    )
    signal = "integrity/tag_unmoved"
    finding = ask(signal, tag, replace(WORD, area="integrity", claim=signal))
    assert finding.status is Status.OPPOSES
    assert finding.veto is not None
