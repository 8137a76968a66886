"""Documented attacks, told again: none is admitted one hour or eighty hours after it was published.

One TOML file a case in `attacks/`; a new attack is a new file. What can be done to attestations is in `stories`.
The release before is judged first with the same ledger, as a nightly audit would have done.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import (
    ATTACKS,
    ATTESTED,
    BASE_RATES,
    EVE,
    EVERY,
    FEW,
    REHEARSALS,
    SETTLED,
    SOON,
    judged,
    played,
    rebuilt,
    rehearsed,
)  # fmt: skip

import supplytrust as st
from simulators.story import Story, told

POLICIES = ("baseline", "production", "keep")


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("story", "expect"), played([*ATTACKS, *ATTESTED]))
def test_attack_is_not_admitted(story: Story, expect: str, tmp_path: Path) -> None:
    with told(story, tmp_path) as world:
        if world.before:
            before = judged(world, world.before, story.day - EVE, tmp_path)
            assert before.outcome < st.Outcome.REFUSE, before.reasons
        world.strike()
        for later in (SOON, SETTLED):
            record = judged(world, world.bad, story.day + later, tmp_path)
            assert record.outcome is not st.Outcome.ADMIT
            assert record.outcome >= st.Outcome[expect], (later, record.reasons)
            assert record.reasons


@pytest.mark.sampled(1)
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("story", "expect"), played([*ATTACKS, *ATTESTED]))
def test_not_even_when_it_was_rebuilt_bit_for_bit(story: Story, expect: str, policy: str, evidenced) -> None:
    """An attacker who publishes the source of what he built is rebuilt as well as anybody."""
    record = st.appraise(rebuilt(evidenced(story)), policy=policy, alone=True)
    assert record.outcome >= st.Outcome[expect], record.reasons
    assert record.outcome is not st.Outcome.ADMIT


def test_the_few_of_the_default_run_are_there() -> None:
    assert {story.id for story in (*EVERY, *(story for story, _ in BASE_RATES))} >= FEW


def test_most_are_refused_with_full_evidence() -> None:
    expected = [expect for _, expect in ATTACKS]
    assert len(expected) >= 30
    assert expected.count("REFUSE") / len(expected) >= 0.85


@pytest.mark.sampled(1)
@pytest.mark.parametrize("times", REHEARSALS)
@pytest.mark.parametrize(("story", "expect"), played(BASE_RATES))
def test_more_of_the_same_just_before_makes_it_no_better(story: Story, expect: str, times: int, evidenced) -> None:
    """Several releases an hour are no base rate: the last of them is judged by what stood there before."""
    alone, last = (
        st.appraise(evidenced(told), policy="baseline", alone=True) for told in (story, rehearsed(story, times))
    )
    assert alone.outcome >= st.Outcome[expect], alone.reasons
    assert last.outcome >= alone.outcome, last.reasons
    for area, verdict in alone.areas.items():
        assert opposing(last, area) >= opposing(alone, area)
        assert favourable(last, area) <= favourable(alone, area), (area, verdict)


def opposing(record: st.TrustRecord, area: object) -> float:
    return sum(w.weight.opposing for w in record.areas[area].findings)


def favourable(record: st.TrustRecord, area: object) -> float:
    return sum(w.weight.favourable for w in record.areas[area].findings)
