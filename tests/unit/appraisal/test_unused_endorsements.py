"""An endorsement that answers nothing is in the record, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulators.evidence import SUBJECT
from supplytrust.appraisal import judge, signals
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObserved, NotObservedReason, Observation, SubjectEvidence

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
CLAIM = "provenance/releaser_known"


def observation(number: int = 0, **change: object) -> Observation[Endorsement]:
    fields = {
        "subject": SUBJECT.package, "area": "provenance", "claim": CLAIM, "reason": "r", "author": "alice",
        "issued": AT - timedelta(days=1), "expires": AT + timedelta(days=9), "key": "k",
    } | change  # fmt: skip
    return Observation(f"e{number}", "endorsement", AT, "signed", "", Endorsement(**fields))  # type: ignore[arg-type]


def unused(*seen: Observation[Endorsement], gaps=(), findings=()):
    return judge.list_unused(SubjectEvidence(SUBJECT, tuple(seen), tuple(gaps)), tuple(findings), AT)


def meta(signal_id: str = CLAIM):
    return signals.signal_named(signal_id).META


@pytest.mark.parametrize(
    ("change", "finding", "why"),
    [
        ({"claim": "provenance/no_such"}, None, "there is no such question"),
        ({"claim": "build/rebuilds_identically", "area": "build"}, None, "this question takes nobody's word"),
        ({"expires": AT}, None, "it ended on 2026-11-20"),
        ({}, None, "the question is not asked of such a package"),
        ({}, lambda: meta().supports("known", ()), "the question is answered without it"),
        (
            {},
            lambda: meta().opposes("bad", ()),
            "what was seen speaks against the package, and no word takes that back",
        ),
        (
            {},
            lambda: meta().not_observed(NotObservedReason.INCOMPLETE, "?"),
            "the question is open in a way that it does not answer",
        ),
    ],
)
def test_each_reason(change, finding, why):
    (entry,) = unused(observation(**change), findings=[finding()] if finding else [])
    assert entry["why"] == why
    assert (entry["author"], entry["claim"]) == ("alice", change.get("claim", CLAIM))


def test_one_that_an_answer_cites_is_not_listed():
    one = observation()
    assert unused(one, findings=[meta().supports("vouched", (one,))]) == ()
    assert len(unused(one, observation(1), findings=[meta().supports("vouched", (one,))])) == 1


def test_a_file_that_is_none_is_named():
    gap = NotObserved(
        "Endorsement", "endorsement", NotObservedReason.MALFORMED, "x.endorsement: signed by nobody known"
    )
    other = NotObserved("CommitHistory", "git", NotObservedReason.MALFORMED, "no")
    assert unused(gaps=[gap, other]) == ({"file": "x.endorsement", "why": "signed by nobody known"},)
