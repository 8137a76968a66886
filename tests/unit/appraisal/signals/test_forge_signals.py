"""What forges tell: support for quick answers, reviews and rules; an archived repository opposes; nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.evidence import NOW, ask, days, saw
from supplytrust.model.claims.forge import (
    AnswerKind,
    AnswerTimes,
    BranchRules,
    ForgeAnswers,
    ForgeRepository,
    ForgeReviews,
    WorkflowReleases,
)
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

WHERE = "https://forge.example.org/acme/demo"
YEAR = (KnownBy.CONFIRMED, WHERE, NOW - days(365), NOW)
REPOSITORY = ForgeRepository(KnownBy.CONFIRMED, WHERE, "github", NOW, False, None, "", None)  # noqa: FBT003
RULES = BranchRules(KnownBy.CONFIRMED, WHERE, "main", NOW, 1, (), False, None, None)  # noqa: FBT003


def answers(kind: AnswerKind, asked: int, median: float | None, ninety: float | None) -> ForgeAnswers:
    answered = asked if ninety is not None else asked // 2
    times = AnswerTimes(kind, asked, answered, asked - answered, 0, median, ninety)
    return ForgeAnswers(*YEAR, (times,), 0, 0)


@pytest.mark.parametrize(("signal", "kind"), [
    ("issues_answered", AnswerKind.ISSUES), ("changes_answered", AnswerKind.CHANGES),
    ("security_reports_answered", AnswerKind.SECURITY),
])  # fmt: skip
@pytest.mark.parametrize(("asked", "median", "ninety", "expected"), [
    (30, 2.0, 20.0, (Status.SUPPORTS, "", None)),
    (30, 2.0, None, (Status.SUPPORTS, "slow", None)),
    (30, 13.0, 25.0, (Status.SUPPORTS, "slow", None)),
    (30, 300.0, None, (Status.NOT_OBSERVED, "", NotObservedReason.INCONCLUSIVE)),
    (30, None, None, (Status.NOT_OBSERVED, "", NotObservedReason.INCONCLUSIVE)),
    (2, 0.1, 0.2, (Status.NOT_OBSERVED, "", NotObservedReason.INCONCLUSIVE)),
    (0, None, None, (Status.NOT_OBSERVED, "", NotObservedReason.NOT_APPLICABLE)),
])  # fmt: skip
def test_answers_count_when_enough_were_asked_and_half_came_soon(signal, kind, asked, median, ninety, expected):
    finding = ask(f"responsiveness/{signal}", saw(answers(kind, asked, median, ninety), "forge"))
    assert (finding.status, finding.grade, finding.reason) == expected
    other = next(k for k in AnswerKind if k is not kind)
    silent = ask(f"responsiveness/{signal}", saw(answers(other, asked, median, ninety), "forge"))
    assert silent.reason is NotObservedReason.NOT_PUBLISHED


@pytest.mark.parametrize(("changed", "status"), [
    ({}, Status.SUPPORTS), ({"archived": True}, Status.OPPOSES), ({"archived": None}, Status.NOT_OBSERVED),
    ({"moved_to": "https://forge.example.org/other/demo"}, Status.NOT_OBSERVED),
    ({"archived": True, "archived_at": NOW - days(9), "moved_to": "https://x.example/y/z"}, Status.OPPOSES),
    ({"known_by": KnownBy.DECLARED, "archived": True}, Status.NOT_OBSERVED),
])  # fmt: skip
def test_a_repository_is_open_archived_or_elsewhere(changed, status):
    finding = ask("responsiveness/repository_not_archived", saw(replace(REPOSITORY, **changed), "forge"))
    assert finding.status is status


@pytest.mark.parametrize(("counts", "expected"), [
    ((40, 36, 0, 2, 2, 0), (Status.SUPPORTS, "")), ((40, 10, 0, 12, 18, 0), (Status.SUPPORTS, "landed")),
    ((40, 5, 30, 5, 0, 0), (Status.NOT_OBSERVED, "")), ((40, 0, 0, 0, 40, 0), (Status.NOT_OBSERVED, "")),
    ((10, 10, 0, 0, 0, 0), (Status.NOT_OBSERVED, "")), ((40, 0, 0, 0, 0, 40), (Status.NOT_OBSERVED, "")),
])  # fmt: skip
def test_reviews_by_others_with_a_history_count_and_newcomers_do_not(counts, expected):
    finding = ask("provenance/changes_reviewed", saw(ForgeReviews(*YEAR, *counts), "forge"))
    assert (finding.status, finding.grade) == expected


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, (Status.SUPPORTS, "")), ({"bypass": 3}, (Status.SUPPORTS, "checks")),
    ({"force_push": True}, (Status.SUPPORTS, "checks")), ({"approvals": 0, "checks": ("ci",)}, (Status.SUPPORTS, "checks")),
    ({"approvals": None, "checks": None}, (Status.NOT_OBSERVED, "")), ({"approvals": 0}, (Status.NOT_OBSERVED, "")),
])  # fmt: skip
def test_a_rule_is_one_that_asks_for_somebody_else(changed, expected):
    finding = ask("provenance/branch_protected", saw(replace(RULES, **changed), "forge"))
    assert (finding.status, finding.grade) == expected


@pytest.mark.parametrize(("releases", "by_workflow", "status"), [
    (5, 5, Status.SUPPORTS), (5, 4, Status.NOT_OBSERVED), (1, 1, Status.NOT_OBSERVED), (0, 0, Status.NOT_OBSERVED),
])  # fmt: skip
def test_releases_by_a_workflow(releases, by_workflow, status):
    assert (
        ask("build/released_by_workflow", saw(WorkflowReleases(*YEAR, releases, by_workflow), "forge")).status is status
    )


@given(st.integers(0, 60), st.floats(0, 400), st.floats(0, 400))
def test_slower_answers_never_count_for_more(asked, median, more):
    order = (("", Status.SUPPORTS), ("slow", Status.SUPPORTS), ("", Status.NOT_OBSERVED))
    quick = ask("responsiveness/issues_answered", saw(answers(AnswerKind.ISSUES, asked, median, median), "forge"))
    slow = ask("responsiveness/issues_answered", saw(answers(AnswerKind.ISSUES, asked, median + more, None), "forge"))
    assert order.index((quick.grade, quick.status)) <= order.index((slow.grade, slow.status))
