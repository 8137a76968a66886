import dataclasses

import pytest

from simulators.evidence import NOW, ask, days, gap, saw
from supplytrust.model.claims.advisory import (
    Advisory,
    AdvisoryHistory,
    AdvisoryKind,
    AskedDatabase,
    PastAdvisory,
    Unread,
)
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/advisories_answered"
DATABASE = AskedDatabase("osv.zip", NOW - days(3), 4, 16_000)


def past(name="CVE-1", age=400.0, *, answered=True, released=True, severity="", fixed_at=None):
    advisory = Advisory(name, (), AdvisoryKind.VULNERABILITY, NOW - days(age), severity=severity)
    return PastAdvisory(advisory, answered, released, "1.2", fixed_at)


def left(name="CVE-9", age=400.0, severity=""):
    return past(name, age, answered=False, released=False, severity=severity)


def told(*items, unread=()):
    return AdvisoryHistory(items, (DATABASE,), unread)


def test_a_fast_or_slow_answer_is_an_answer():
    finding = ask(ID, told(past("A"), past("B", 900), past("C", 30)))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert finding.because == "3 of 3 advisories in 5 years were fixed (osv.zip of 2026-11-17)"


def test_it_counts_from_the_last_answer():
    fixed = NOW - days(100)
    assert ask(ID, told(past(age=700, fixed_at=fixed), past("B", 900))).at == fixed
    assert ask(ID, told(past(age=700, fixed_at=NOW - days(710)))).at == NOW - days(700)


@pytest.mark.parametrize(
    "claim",
    [
        told(past("A")),
        told(past("A"), past("B")),
        told(past("A"), past("B"), past("C"), left()),
        told(past("A"), past("B"), past("C"), unread=(Unread("malformed", 1),)),
        told(past("A"), past("B"), past("C"), unread=(Unread("database", 1),)),
        told(past("A", released=None)),
    ],
    ids=["one", "two", "one of four open", "unread", "no database", "releases unknown"],
)
def test_few_or_blurred_answers_weigh_less(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "few")


@pytest.mark.parametrize(
    "claim",
    [
        told(left("A"), left("B")),
        told(past("A"), past("B"), left("C"), left("D")),
        told(left(severity="critical")),
        told(past("A"), left(severity="high")),
        told(past("A", released=False), past("B", released=False)),
    ],
)
def test_advisories_left_open_oppose(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)


@pytest.mark.parametrize(
    "claim",
    [
        told(left()),
        told(past("A"), left(severity="medium")),
        told(*[past(f"A{n}") for n in range(9)], left(), left("B")),
    ],
)
def test_a_mixed_record_decides_nothing(claim):
    assert ask(ID, claim).reason is NotObservedReason.INCONCLUSIVE


@pytest.mark.parametrize(
    "claim",
    [
        told(),
        told(past(age=5 * 365 + 1)),
        told(left(age=90)),
        told(dataclasses.replace(left(), advisory=Advisory("X", (), AdvisoryKind.VULNERABILITY, None))),
    ],
    ids=["none ever", "long ago", "still young", "no day"],
)
def test_nothing_to_answer_is_neither_good_nor_bad(claim):
    assert ask(ID, claim).reason is NotObservedReason.NOT_APPLICABLE


def test_no_database_passes_on_the_reason():
    assert ask(ID, gap(AdvisoryHistory, NotObservedReason.UNREACHABLE)).reason is NotObservedReason.UNREACHABLE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED


def test_the_less_favourable_of_two_sources_counts():
    assert ask(ID, told(past()), saw(told(left("A"), left("B")), source="other")).status is Status.OPPOSES
