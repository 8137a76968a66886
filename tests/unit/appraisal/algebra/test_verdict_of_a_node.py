"""One package: must-haves, cool-down, vetoes, exceptions, control changes, sources that do not count."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.opinion import opinion, state_of, weigh
from supplytrust.appraisal.algebra.package_verdict import NodeVerdict, judge_node
from supplytrust.appraisal.algebra.requirement import MustHave, area_outcome, worsens_at
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import CONTROL_CHANGED, Finding, Opinion, Statement
from supplytrust.model.policy import Exemption, Policy, Weight, WeightTable
from supplytrust.model.record import Gain, VetoFact
from supplytrust.model.vocabulary import Area, Outcome, Status, Veto

AT = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PURL = "pkg:pypi/thing@1.0"
ROWS = {
    ("build/rebuilt", ""): Weight("build/rebuilt", "", "rebuild", 12, 3, 365, "expert"),
    ("build/declared", ""): Weight("build/declared", "", "build-system", 1, 0, math.inf, "expert"),
    ("build/declared", "pinned"): Weight("build/declared", "pinned", "build-system", 2, 0, math.inf, "expert"),
    ("provenance/old", ""): Weight("provenance/old", "", "history", 6, 0, math.inf, "expert"),
    ("responsiveness/past_cooldown", ""): Weight(
        "responsiveness/past_cooldown", "", "release", 2, 0, math.inf, "expert"
    ),
}
POLICY = Policy("p", reliability={"index": 1.0, "lab": 0.9}, weights=WeightTable(ROWS, {"rebuild": 12.0}))
QUESTIONS = Questions(
    {area: tuple(sorted({s for s, _ in ROWS if s.startswith(area.value)})) for area in Area},
    {"build/rebuilt": 0.9},
)


def says(
    signal: str, status: Status = Status.SUPPORTS, source: str = "index", at: datetime = AT, **more: object
) -> Finding:
    base = Finding(signal, status, "as seen", at, evidence=("e",), sources=(source,) if source else ())
    return replace(base, **more)


def unseen(signal: str, reason: NotObservedReason = NotObservedReason.NOT_FOUND, **more: object) -> Finding:
    return says(signal, Status.NOT_OBSERVED, reason=reason, **more)


def judge(
    *findings: Finding,
    theta: float = 0.5,
    must: tuple[str, ...] = (),
    policy: Policy = POLICY,
    area: Area = Area.BUILD,
    purl: str = PURL,
    at: datetime = AT,
) -> NodeVerdict:
    return judge_node(purl, findings, policy, thresholds={area: theta}, must_haves=must, questions=QUESTIONS, at=at)


REBUILT = says("build/rebuilt", source="lab")


def codes(verdict: NodeVerdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


def test_enough_is_admitted_and_says_until_when() -> None:
    verdict = judge(REBUILT)
    assert verdict.outcome is Outcome.ADMIT
    assert codes(verdict) == []
    assert verdict.would_change == ()
    assert verdict.margin == {Area.BUILD: ("build/rebuilt",)}
    # 10.8 * 2^(-t/365) = 2
    assert verdict.flips_at is not None
    assert (verdict.flips_at - AT) / DAY == pytest.approx(365 * math.log2(5.4), abs=1e-3)
    assert verdict.valid_until == AT + 30 * DAY


def test_each_finding_tells_what_it_counted() -> None:
    verdict = judge(REBUILT, says("build/declared", grade="pinned"), says("build/unheard"))
    told = {w.signal: (w.group, w.weight.favourable, w.weight.basis) for w in verdict.areas[Area.BUILD].findings}
    assert told == {
        "build/declared": ("build-system", 2.0, "expert"),
        "build/rebuilt": ("rebuild", pytest.approx(10.8), "expert"),
        "build/unheard": ("", 0.0, ""),
    }


def test_coverage_counts_answers_to_the_catalogue() -> None:
    assert judge(says("build/declared"), unseen("build/rebuilt")).areas[Area.BUILD].coverage == 0.5
    assert judge().areas[Area.EXPERTISE].coverage == 0.0


def test_an_area_nobody_asked_for_is_never_told_as_admitted() -> None:
    verdict = judge(REBUILT, area=Area.INTEGRITY, theta=0.5)
    assert not verdict.areas[Area.BUILD].required
    assert verdict.areas[Area.BUILD].outcome is Outcome.REFER


def test_too_little_and_nothing_are_told_apart() -> None:
    assert codes(judge(says("build/declared"))) == ["area-below"]
    assert codes(judge()) == ["area-unknown"]
    refused = judge(says("build/rebuilt", Status.OPPOSES), theta=0.6)
    assert (refused.outcome, codes(refused)) == (Outcome.REFUSE, ["cannot-reach"])


@pytest.mark.parametrize(
    ("finding", "value", "outcome", "code"),
    [
        (says("integrity/pinned"), MustHave.PRESENT, Outcome.ADMIT, None),
        (unseen("integrity/pinned"), MustHave.NOT_OBSERVED, Outcome.REFER, "must-have-missing"),
        (
            says("integrity/pinned", Status.OPPOSES),
            MustHave.CONTRADICTED,
            Outcome.REFUSE,
            "must-have-contradicted",
        ),
        (says("integrity/pinned", source="stranger"), MustHave.NOT_OBSERVED, Outcome.REFER, "must-have-missing"),
        (says("integrity/pinned", source=""), MustHave.NOT_OBSERVED, Outcome.REFER, "must-have-missing"),
        (says("integrity/pinned", at=AT + DAY), MustHave.NOT_OBSERVED, Outcome.REFER, "must-have-missing"),
        (says("integrity/pinned", until=AT), MustHave.NOT_OBSERVED, Outcome.REFER, "must-have-missing"),
    ],
)
def test_must_haves(finding: Finding, value: MustHave, outcome: Outcome, code: str | None) -> None:
    verdict = judge(REBUILT, finding, must=("integrity/pinned",))
    assert verdict.must_haves == (("integrity/pinned", value),)
    assert verdict.outcome is outcome
    assert codes(verdict) == ([code] if code else [])


def test_a_must_have_that_nothing_answers_is_missing() -> None:
    verdict = judge(REBUILT, must=("integrity/pinned",))
    assert codes(verdict) == ["must-have-missing"]
    (missing,) = verdict.would_change
    assert (missing.area, missing.must_haves) == (Area.INTEGRITY, ("integrity/pinned",))


def test_a_must_have_that_ends_ends_the_admission() -> None:
    verdict = judge(REBUILT, says("integrity/pinned", until=AT + 7 * DAY), must=("integrity/pinned",))
    assert verdict.flips_at == verdict.valid_until == AT + 7 * DAY


def test_a_contradicted_must_have_can_only_be_resolved() -> None:
    (missing,) = judge(REBUILT, says("build/declared", Status.OPPOSES), must=("build/declared",)).would_change
    assert (missing.evidence, missing.single, missing.blockers) == ((), (), ("build/declared",))


def test_the_cool_down_says_when_it_ends() -> None:
    end = AT + timedelta(hours=30)
    young = unseen("responsiveness/past_cooldown", NotObservedReason.COOLING_DOWN, until=end)
    verdict = judge(REBUILT, young, must=("responsiveness/past_cooldown",))
    assert verdict.outcome is Outcome.REFER
    assert [(r.code, r.text) for r in verdict.reasons] == [
        ("cooling-down", "responsiveness/past_cooldown: as seen; until 2026-06-02T06:00Z")
    ]
    (missing,) = verdict.would_change
    assert (missing.until, missing.must_haves) == (end, ("responsiveness/past_cooldown",))


def test_what_is_needed_anyway_comes_first() -> None:
    (missing,) = judge(unseen("build/declared"), unseen("build/rebuilt"), must=("build/declared",)).would_change
    assert missing.evidence == (Gain("build/declared", 2.0),)
    assert missing.must_haves == ("build/declared",)
    assert missing.single == (Gain("build/rebuilt", pytest.approx(10.8)), Gain("build/declared", 2.0))


@pytest.mark.parametrize("reason", [NotObservedReason.NOT_APPLICABLE, NotObservedReason.NO_PREDECESSOR])
def test_what_cannot_be_had_is_not_asked_for(reason: NotObservedReason) -> None:
    (missing,) = judge(unseen("build/rebuilt", reason), theta=0.6).would_change
    assert (missing.evidence, missing.single, missing.blockers) == ((), (), ())


def test_a_veto_needs_no_listed_source_and_no_number() -> None:
    fact = says("integrity/digest", Status.OPPOSES, source="stranger", veto=Veto.TAMPERED)
    verdict = judge(REBUILT, fact)
    assert verdict.outcome is Outcome.REFUSE
    assert verdict.vetoes == (VetoFact(Veto.TAMPERED, "integrity/digest: as seen"),)
    (missing,) = verdict.would_change
    assert missing.blockers == ("integrity/digest",)


def test_a_veto_that_the_policy_does_not_name_weighs_only() -> None:
    yanked = says("responsiveness/not_yanked", Status.OPPOSES, veto=Veto.YANKED)
    assert judge(REBUILT, yanked).outcome is Outcome.ADMIT
    assert judge(REBUILT, yanked, policy=replace(POLICY, veto_also=(Veto.YANKED,))).outcome is Outcome.REFUSE


def test_a_veto_counts_on_an_opposing_finding_only() -> None:
    assert judge(REBUILT, says("integrity/x", veto=Veto.REVOKED)).outcome is Outcome.ADMIT


# --- exceptions ---------------------------------------------------------------------------------------


def excepting(subject: str = PURL, days: int = 90, *covers: Area) -> Policy:
    exemption = Exemption(subject, covers or (Area.BUILD,), "known vendor", "owner", AT + days * DAY)
    return replace(POLICY, exemptions=(exemption,))


def test_an_exception_admits_what_is_undecided_and_is_told() -> None:
    policy = excepting()
    verdict = judge(says("build/declared"), policy=policy)
    assert verdict.outcome is verdict.areas[Area.BUILD].outcome is Outcome.ADMIT
    assert verdict.exceptions == policy.exemptions
    assert codes(verdict) == ["exempted"]
    assert verdict.flips_at == AT + 90 * DAY
    assert verdict.would_change == ()


def test_an_exception_covers_the_judged_file_of_that_version() -> None:
    file = f"{PURL}?file_name=thing-1.0.tar.gz"
    assert judge(policy=excepting(), purl=file).outcome is Outcome.ADMIT


@pytest.mark.parametrize("subject", ["pkg:pypi/thing@1.0.1", "pkg:pypi/thing", "pkg:pypi/thingy@1.0"])
def test_an_exception_covers_one_version_only(subject: str) -> None:
    assert judge(policy=excepting(subject)).outcome is Outcome.REFER


def test_no_version_no_exception() -> None:
    assert judge(policy=excepting("pkg:pypi/thing"), purl="pkg:pypi/thing").outcome is Outcome.REFER


def test_an_exception_lifts_neither_refusals_nor_other_areas() -> None:
    opposed = says("build/rebuilt", Status.OPPOSES)
    assert judge(opposed, policy=excepting(), theta=0.6).outcome is Outcome.REFUSE
    assert judge(policy=excepting(PURL, 90, Area.EXPERTISE)).outcome is Outcome.REFER
    assert judge(policy=excepting(PURL, 0)).outcome is Outcome.REFER


def test_an_exception_lifts_a_must_have_not_seen_but_not_a_contradicted_one() -> None:
    policy = excepting()
    assert judge(REBUILT, must=("build/declared",), policy=policy).outcome is Outcome.ADMIT
    against = says("build/declared", Status.OPPOSES)
    assert judge(REBUILT, against, must=("build/declared",), policy=policy).outcome is Outcome.REFUSE


def test_an_exception_takes_over_when_evidence_lapses() -> None:
    without = judge(REBUILT)
    verdict = judge(REBUILT, policy=excepting(PURL, 5000))
    assert without.flips_at is not None
    assert verdict.exceptions == ()
    assert verdict.flips_at == AT + 5000 * DAY
    assert judge(REBUILT, policy=excepting(PURL, 90)).flips_at == without.flips_at


# --- weighing -----------------------------------------------------------------------------------------


def test_the_least_reliable_source_counts() -> None:
    both = replace(REBUILT, sources=("index", "lab"))
    assert weigh([both], PURL, POLICY)[0].source == "lab"
    assert judge(replace(REBUILT, sources=("index", "stranger"))).areas[Area.BUILD].favourable == 0.0


@pytest.mark.parametrize(
    "finding",
    [unseen("build/rebuilt"), says("build/unheard"), says("build/rebuilt", source=""), replace(REBUILT, at=None)],
)
def test_what_makes_no_statement(finding: Finding) -> None:
    assert weigh([finding], PURL, POLICY) == ()


def test_reputation_weighs_nothing_after_a_change_of_control() -> None:
    old = says("provenance/old")
    changed = unseen("provenance/owners", grade=CONTROL_CHANGED)
    assert judge(old, area=Area.PROVENANCE).outcome is Outcome.ADMIT
    verdict = judge(old, changed, REBUILT, area=Area.PROVENANCE)
    assert verdict.outcome is Outcome.REFER
    assert verdict.areas[Area.PROVENANCE].favourable == 0.0
    assert verdict.areas[Area.BUILD].favourable > 0


def test_what_is_dated_later_is_dropped_by_name() -> None:
    verdict = judge(replace(REBUILT, at=AT + DAY))
    assert verdict.dropped == ("build/rebuilt",)
    assert verdict.outcome is Outcome.REFER


def test_reliability_is_held_to_its_range() -> None:
    for factor, favourable in ((7.0, 12.0), (-1.0, 0.0), (math.nan, 0.0)):
        policy = replace(POLICY, reliability={"lab": factor})
        assert judge(REBUILT, policy=policy).areas[Area.BUILD].favourable == favourable


def test_the_cap_comes_before_the_reliability() -> None:
    """Ten thousand units from a source of reliability .1: b = .8 / 2.8, not 8 / 10."""
    policy = replace(POLICY, reliability={"crowd": 0.1})
    flood = Statement(PURL, Area.BUILD, "g", "c", "crowd", AT, 1e4)
    held = opinion(state_of([flood], AT).state, Area.BUILD, policy, AT)
    assert held.favourable == pytest.approx(0.8)
    assert round(held.belief, 3) == 0.286


def test_evidence_is_never_worth_more_before_its_time() -> None:
    held = Statement(PURL, Area.BUILD, "g", "c", "index", AT, 4.0, half_life_days=1.0)
    state = state_of([held], AT).state
    assert [opinion(state, Area.BUILD, POLICY, AT + n * DAY).favourable for n in (-3, 0, 1)] == [4.0, 4.0, 2.0]


LESS_FAVOURABLE = [
    {"opposing": 2.0},
    {"favourable": 3.0},
    {"half_life_days": 10.0},
    {"expires": AT + DAY},
]


@pytest.mark.parametrize("change", LESS_FAVOURABLE)
def test_of_two_equally_new_words_the_less_favourable_counts(change: dict[str, object]) -> None:
    kind = Statement(PURL, Area.BUILD, "g", "c", "index", AT, 4.0, 1.0, 20.0, AT + 9 * DAY)
    worse = replace(kind, **change)
    for told in ([kind, worse], [worse, kind]):
        assert state_of(told, AT).state.statements == (worse,)


def test_the_newer_word_counts_whatever_it_says() -> None:
    old = Statement(PURL, Area.BUILD, "g", "c", "index", AT - DAY, 0.0, 9.0)
    resolved = replace(old, at=AT, favourable=4.0, opposing=0.0)
    assert state_of([resolved, old], AT).state.statements == (resolved,)


# --- values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [1.0, -0.1, math.nan, math.inf])
def test_thresholds_out_of_range_are_refused(theta: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        area_outcome(Opinion(8, 0), theta)


def test_two_thresholds_at_ten_and_two() -> None:
    """Known to miss and not known to meet are two things, and neither enters."""
    assert area_outcome(Opinion(16, 2.1), 0.9) is Outcome.REFUSE
    assert area_outcome(Opinion(0, 0), 0.9) is Outcome.REFER
    assert area_outcome(Opinion(0, 0.23), 0.9) is Outcome.REFUSE
    assert area_outcome(Opinion(0, 0.22), 0.9) is Outcome.REFER


def test_no_certain_opinion_can_be_built() -> None:
    assert Opinion(1e308, 0).uncertainty > 0
    with pytest.raises(ValueError, match="finite"):
        Opinion(1.7e308, 1.7e308)


@pytest.mark.parametrize(
    "bad",
    [
        {"half_life_days": 0.0},
        {"half_life_days": math.nan},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"expires": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
def test_statements_that_cannot_age_are_refused(bad: dict[str, object]) -> None:
    good = Statement(PURL, Area.BUILD, "g", "c", "index", AT, 1.0)
    with pytest.raises(ValueError, match=r"half-life|time zone"):
        replace(good, **bad)


def test_expiry_is_the_first_moment_without() -> None:
    held = Statement(PURL, Area.BUILD, "g", "c", "index", AT, 8.0, expires=AT + DAY)
    state = state_of([held], AT).state
    assert worsens_at(state, Area.BUILD, 0.5, POLICY, AT) == AT + DAY
