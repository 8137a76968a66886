import dataclasses

import pytest

from simulators.evidence import NOW, ask, days, gap, saw
from supplytrust.model.claims.advisory import Advisory, AdvisoryHistory, AdvisoryKind, PastAdvisory
from supplytrust.model.claims.history import DisclosurePromises, Promise, PromiseKind, SupportRule
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/disclosure_policy_followed"
PRIVATE = DisclosurePromises(
    KnownBy.CONFIRMED, "SECURITY.md", "", NOW, private=True, promises=(), rule=SupportRule.UNSTATED, rows=()
)
TERM = dataclasses.replace(PRIVATE, promises=(Promise(PromiseKind.FIX, 30, "within 30 days"),))


def past(*waits, age=200):
    """Days from publication to release; None: no release yet."""
    made = [
        PastAdvisory(
            Advisory(f"X-{n}", (), AdvisoryKind.VULNERABILITY, NOW - days(age)),
            answered=wait is not None,
            released=wait is not None,
            days=wait,
        )
        for n, wait in enumerate(waits)
    ]
    return AdvisoryHistory(tuple(made), ())


@pytest.mark.parametrize("waits", [(0, 0, 0), (0, 7, 3, 40)])
def test_private_reports_and_fixes_at_publication_support(waits):
    finding = ask(ID, PRIVATE, past(*waits))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


def test_a_kept_term_supports_more():
    finding = ask(ID, TERM, past(0, 29, 30, 31))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "term")
    assert "3 of 4 fixes within the promised 30 days" in finding.because


@pytest.mark.parametrize("waits", [(31, 60, 90), (0, 0, 31, 60, None), (None, None, None)])
def test_a_term_broken_again_and_again_opposes(waits):
    finding = ask(ID, TERM, past(*waits))
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)


def test_slow_without_a_term_is_open():
    assert ask(ID, PRIVATE, past(60, 90, 400)).reason is NotObservedReason.INCONCLUSIVE


def test_a_mixed_record_is_open():
    assert ask(ID, TERM, past(0, 0, 60, 60)).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, TERM, past(0, 60, 60)).reason is NotObservedReason.INCONCLUSIVE


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (past(), NotObservedReason.NOT_APPLICABLE),
        (past(0, 0), NotObservedReason.INCONCLUSIVE),
        (past(0, 0, 0, 0, age=6 * 365), NotObservedReason.NOT_APPLICABLE),
    ],
)
def test_too_few_tell_nothing(history, reason):
    assert ask(ID, TERM, history).reason is reason


def test_a_text_that_promises_nothing():
    assert ask(ID, dataclasses.replace(PRIVATE, private=False), past(0, 0, 0)).reason is NotObservedReason.NOT_PUBLISHED


def test_missing_pieces_pass_their_reasons_on():
    assert (
        ask(ID, gap(DisclosurePromises, NotObservedReason.UNREACHABLE), past(0, 0, 0)).reason
        is NotObservedReason.UNREACHABLE
    )
    assert ask(ID, PRIVATE, gap(AdvisoryHistory, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE


def test_a_repository_that_is_merely_declared_is_not_believed():
    declared = dataclasses.replace(TERM, known_by=KnownBy.DECLARED)
    assert ask(ID, declared, past(0, 0, 0)).reason is NotObservedReason.DEPENDS


def test_the_repository_s_text_counts_before_the_sdist_s():
    shipped = dataclasses.replace(TERM, file_name="demo-1.2.3.tar.gz")
    assert ask(ID, saw(PRIVATE, source="git"), saw(shipped, source="stability"), past(0, 0, 0)).grade == ""


def test_what_has_no_fix_yet_is_no_fix():
    assert ask(ID, PRIVATE, past(None, None, None, age=3)).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, TERM, past(0, 0, None, age=20)).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, TERM, past(0, 0, None, age=31)).reason is NotObservedReason.INCONCLUSIVE
    assert "2 of 3" in ask(ID, TERM, past(0, 0, None, age=31)).because


def test_a_term_of_a_year_is_easily_kept():
    slow = dataclasses.replace(PRIVATE, promises=(Promise(PromiseKind.FIX, 365, "within a year"),))
    assert ask(ID, slow, past(0, 200, 300)).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, slow, past(400, 500, None, age=600)).status is Status.OPPOSES
