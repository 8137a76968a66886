"""Laws of vendors' words: they open what is open, by as much as they are believed, and lift nothing that was shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.effort import cases
from simulators.evidence import NOW, SUBJECT, evidence, files, saw
from supplytrust.appraisal.policies import loader
from supplytrust.assessment import appraise
from supplytrust.model.claims.review import VIA, Endorsement, SecondPartyReviews, Standing, Violation
from supplytrust.model.evidence import Evidence, Observation
from supplytrust.model.policy import Policy
from supplytrust.model.record import VENDOR, TrustRecord
from supplytrust.model.vocabulary import Outcome

CLAIMS = ("provenance/control_held_by_known_people", "expertise/reviewed_by_others", "provenance/releaser_known")
NAMES = ("ACME", "BETA", "ACME Corp.")
BASE = loader.load("baseline")
POLICY = replace(
    BASE,
    expect=MappingProxyType(
        {"root": {a: t for a, t in BASE.expect["root"].items() if a in ("provenance", "expertise")}}
    ),
    require=MappingProxyType({"root": (CLAIMS[0],)}),
    require_where=MappingProxyType({}),
)
FACTORS = st.sampled_from([None, 0.0, 0.2, 0.8, 1.0])
WORD = st.tuples(st.sampled_from(NAMES), st.sampled_from(CLAIMS), st.sampled_from([-1, 3, 90]), st.booleans())
WORDS = st.lists(WORD, max_size=5)


def said(word: tuple[str, str, int, bool]) -> Observation:
    name, claim, days, through = word
    author = VIA.join((name, "OTHER")) if through else name
    ends = NOW + timedelta(days=days)
    made = Endorsement(
        SUBJECT.release, claim.partition("/")[0], claim, "why", author, NOW - timedelta(days=9), ends, "0" * 64
    )
    return saw(made, source=f"vendors:{name}")


def judged(words: Sequence[tuple[str, str, int, bool]], policy: Policy = POLICY, *more: object) -> TrustRecord:
    node = evidence(*more, *(said(word) for word in words))
    return appraise(Evidence(SUBJECT.purl, NOW, (node,), ()), policy=policy, at=NOW)


def believing(factors: dict[str, float | None]) -> Policy:
    listed = {f"vendors:{name}": factor for name, factor in factors.items() if factor is not None}
    return replace(POLICY, reliability=MappingProxyType({**POLICY.reliability, **listed}))


FACTS = st.fixed_dictionaries(dict.fromkeys(NAMES, FACTORS))


@settings(max_examples=cases(160))
@given(WORDS, WORD, FACTS)
def test_one_vendor_more_never_makes_it_worse_and_one_less_never_better(words, one, factors):
    policy = believing(factors)
    fewer, more = judged(words, policy), judged([*words, one], policy)
    assert more.outcome <= fewer.outcome
    for area, verdict in more.areas.items():
        assert verdict.belief >= fewer.areas[area].belief - 1e-12


@settings(max_examples=cases(80))
@given(WORDS, FACTS)
def test_no_vendor_lifts_what_a_veto_holds(words, factors):
    yanked = saw(files(yanked=True))
    policy = replace(
        believing(factors), veto_also=tuple(v for v in type(BASE.veto_always[0]) if v not in BASE.veto_always)
    )
    assert judged(words, policy, yanked).outcome is Outcome.REFUSE
    found = Violation(("ACME",), ("bad",), SUBJECT.release, NOW, Standing.VERIFIED, "list", "sha256:" + "0" * 64)
    held = saw(SecondPartyReviews(SUBJECT.version, (), (found,), ()), source="vendors")
    assert (
        judged(words, policy, held).areas["expertise"].opposing
        >= judged([], policy, held).areas["expertise"].opposing
        > 0
    )


@settings(max_examples=cases(80))
@given(WORDS, st.floats(0, 1), st.floats(0, 1))
def test_who_is_believed_more_brings_no_less(words, one, other):
    low, high = sorted((one, other))
    less = judged(words, believing(dict.fromkeys(NAMES, low)))
    more = judged(words, believing(dict.fromkeys(NAMES, high)))
    assert all(more.areas[a].belief >= less.areas[a].belief - 1e-12 for a in more.areas)


@settings(max_examples=cases(80))
@given(WORDS)
def test_whoever_is_counted_on_is_a_single_point_and_nobody_else(words):
    record = judged(words)
    assert record.footprint is not None
    points = {p.name for p in record.footprint.single_points if p.kind == VENDOR}
    counted = {claim: [w for w in words if w[1] == claim and w[2] > 0] for claim in CLAIMS}
    heard = [max(several, key=lambda w: w[2]) for several in counted.values() if several]
    assert len(points) <= sum(2 if w[3] else 1 for w in heard)
    assert bool(points) == bool(heard)
    assert points <= {*NAMES, "OTHER"}
    assert record.footprint.attack_surface == judged([]).footprint.attack_surface  # it ships nothing


def test_a_vendor_of_whom_the_policy_says_nothing_is_believed_as_vendors_are():
    assert POLICY.reliability_of("vendors:ACME") == POLICY.reliability_of("vendors") == 0.8
    assert believing({"ACME": 0.0}).reliability_of("vendors:ACME") == 0.0
    assert POLICY.reliability_of("git:ACME") == 0.0
    assert math.isclose(believing({"ACME Corp.": 0.3}).reliability_of("vendors:ACME Corp."), 0.3)
