"""What must hold whatever the case: less evidence, more bad news, later clocks, other names and echoes never help.

Run over every case. Each story is looked at once; variants of its evidence are only appraised again. `rebuilt` adds
the best a rebuild can say, so that healthy stories are admitted and there is something to lose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from stories import ATTACKS, ATTESTED, EVERY, LOOKALIKES, played, rebuilt, with_node

import supplytrust as st
from simulators.renaming import renamed
from simulators.story import Story
from supplytrust.model.evidence import Evidence, NotObserved, NotObservedReason, Observation
from supplytrust.model.vocabulary import Status

DAYS = (0, 1, 30, 400, 4000)
POLICIES = ("baseline", "production", "keep")
Kept = Callable[[Observation], bool]


@pytest.fixture(params=played(EVERY))
def seen(request: pytest.FixtureRequest, evidenced) -> Evidence:
    return rebuilt(evidenced(request.param))


def record(evidence: Evidence, policy: str = "baseline", later: timedelta = timedelta(0)) -> st.TrustRecord:
    return st.appraise(evidence, policy=policy, at=evidence.collected_at + later, alone=True)


def outcome(evidence: Evidence, policy: str = "baseline") -> st.Outcome:
    return record(evidence, policy).outcome


def without(evidence: Evidence, gone: Kept, reason: NotObservedReason = NotObservedReason.UNREACHABLE) -> Evidence:
    """The evidence after some observations could not be made."""
    node = evidence.nodes[0]
    lost = [o for o in node.observations if gone(o)]
    gaps = tuple(NotObserved(type(o.claim).__name__, o.source, reason, "lost") for o in lost)
    kept = tuple(o for o in node.observations if not gone(o))
    return with_node(evidence, replace(node, observations=kept, gaps=(*node.gaps, *gaps)))


def cited_against(whole: st.TrustRecord) -> set[str]:
    """The observations on which anything that was held against the release rests."""
    findings = [w for verdict in whole.areas.values() for w in verdict.findings]
    return {seen for f in findings if f.status is Status.OPPOSES for seen in f.evidence}


def no_better(whole: st.TrustRecord, partial: st.TrustRecord, lost: Iterable[str]) -> bool:
    """Nothing lost may admit; and only the loss of what spoke against a release may end its refusal."""
    if partial.outcome is st.Outcome.ADMIT:
        return whole.outcome is st.Outcome.ADMIT
    return partial.outcome >= whole.outcome or bool(cited_against(whole) & set(lost))


@pytest.mark.sampled(2)
def test_a_source_that_fails_never_improves(seen: Evidence) -> None:
    whole = record(seen)
    for source in {o.source for o in seen.nodes[0].observations}:
        lost = [o.id for o in seen.nodes[0].observations if o.source == source]
        reason = (
            NotObservedReason.UNREACHABLE if len(source) % 2 else NotObservedReason.MALFORMED
        )  # which of them makes no difference
        partial = record(without(seen, lambda o, s=source: o.source == s, reason))
        assert no_better(whole, partial, lost), (source, partial.reasons)
        if whole.outcome is not st.Outcome.REFUSE:
            assert partial.outcome is not st.Outcome.REFUSE, (source, partial.reasons)


@pytest.mark.sampled(1)
def test_losing_one_observation_never_improves(seen: Evidence) -> None:
    whole = record(seen)
    for gone in seen.nodes[0].observations:
        partial = record(without(seen, lambda o, g=gone: o.id == g.id))
        assert no_better(whole, partial, [gone.id]), (gone, partial.reasons)


@pytest.mark.sampled(4)
def test_losing_one_kind_of_claim_never_improves(seen: Evidence) -> None:
    whole = record(seen)
    for kind in {type(o.claim) for o in seen.nodes[0].observations}:
        lost = [o.id for o in seen.nodes[0].observations if isinstance(o.claim, kind)]
        if len(lost) == 1:
            continue  # the law above
        partial = record(without(seen, lambda o, k=kind: isinstance(o.claim, k)))
        assert no_better(whole, partial, lost), (kind, partial.reasons)


def test_no_evidence_is_refer(seen: Evidence) -> None:
    for policy in POLICIES:
        assert outcome(without(seen, lambda _: True), policy) is st.Outcome.REFER


def test_time_alone_never_improves(seen: Evidence) -> None:
    results = [record(seen, later=timedelta(days=d)) for d in DAYS]
    assert [r.outcome for r in results] == sorted(r.outcome for r in results)
    for area in results[0].areas:
        beliefs = [r.areas[area].belief for r in results]
        assert beliefs == sorted(beliefs, reverse=True), area


@pytest.mark.parametrize(
    "times", [1, pytest.param(3, marks=pytest.mark.thorough), pytest.param(10, marks=pytest.mark.thorough)]
)
def test_an_echo_changes_nothing(seen: Evidence, times: int) -> None:
    """The same claims of the same origin again, by another method each time and under another id."""
    node, whole = seen.nodes[0], record(seen)
    again = [
        replace(o, id=f"{o.id}-{n}", method=f"{o.method}, told again") for n in range(times) for o in node.observations
    ]
    echoed = record(
        with_node(seen, replace(node, observations=(*node.observations, *again), gaps=node.gaps * (times + 1)))
    )
    assert echoed.outcome is whole.outcome
    for area, verdict in whole.areas.items():
        other = echoed.areas[area]
        assert (other.favourable, other.opposing, other.outcome) == (
            verdict.favourable,
            verdict.opposing,
            verdict.outcome,
        )


def test_other_names_change_nothing(seen: Evidence) -> None:
    """Package, people and accounts called differently, everywhere alike: the same answers."""
    whole, other = record(seen), record(renamed(seen))
    assert other.trustee.name != whole.trustee.name
    assert other.outcome is whole.outcome
    assert answers(other) == answers(whole)


def answers(told: st.TrustRecord) -> list[tuple[str, str, str, float, float]]:
    found = [w for verdict in told.areas.values() for w in verdict.findings]
    return sorted((w.signal, w.status, w.grade, w.weight.favourable, w.weight.opposing) for w in found)


def test_stricter_policies_never_admit_more(seen: Evidence) -> None:
    assert outcome(seen, "production") >= outcome(seen, "baseline")
    assert outcome(seen, "keep") >= outcome(seen, "production")


BAD_NEWS = [story for story, _ in (*ATTACKS, *ATTESTED)]


@pytest.fixture(scope="session")
def bad_facts(evidenced) -> list[Observation]:
    """For every signal and kind of claim one observation on which a told attack was held against."""
    found: dict[tuple[str, str], Observation] = {}
    for story in BAD_NEWS:
        evidence = evidenced(story)
        if not evidence.root.endswith("quietlake@1.14.1"):
            continue  # about another file than that of the healthy stories
        by_id = {o.id: o for o in evidence.nodes[0].observations}
        for verdict in record(evidence).areas.values():
            for f in (w for w in verdict.findings if w.status is Status.OPPOSES):
                found |= {(f.signal, type(by_id[i].claim).__name__): by_id[i] for i in f.evidence}
    return [found[key] for key in sorted(found)]


@pytest.mark.thorough
def test_a_bad_fact_more_never_improves(seen: Evidence, bad_facts: list[Observation]) -> None:
    """What was seen of an attack, seen of this release as well: about its files, dated as its own evidence."""
    node, whole = seen.nodes[0], record(seen)
    assert len(bad_facts) >= 4
    for fact in bad_facts:
        dated = replace(fact, id=f"{fact.id}-again", observed_at=max(o.observed_at for o in node.observations))
        more = record(with_node(seen, replace(node, observations=(*node.observations, dated))))
        assert more.outcome >= whole.outcome, (fact, more.reasons)


@pytest.mark.parametrize("story", LOOKALIKES, ids=lambda s: s.id)
@pytest.mark.thorough
def test_bad_facts_do_bite(story: Story, evidenced, bad_facts: list[Observation]) -> None:
    """The law above is not empty: most of the bad facts end an admission."""
    seen = rebuilt(evidenced(story))
    if outcome(seen) is not st.Outcome.ADMIT:
        return
    node = seen.nodes[0]
    latest = max(o.observed_at for o in node.observations)
    worse = 0
    for fact in bad_facts:
        dated = replace(fact, id=f"{fact.id}-again", observed_at=latest)
        worse += (
            outcome(with_node(seen, replace(node, observations=(*node.observations, dated)))) is not st.Outcome.ADMIT
        )
    assert worse >= len(bad_facts) / 2 or story.has("version_jump"), (worse, len(bad_facts))


def test_gaps_carry_reasons(seen: Evidence) -> None:
    assert all(isinstance(gap.reason, NotObservedReason) for gap in seen.nodes[0].gaps)
