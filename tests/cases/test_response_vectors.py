"""Real packages, frozen: the evidence of one day, and the outcome of two areas that a person would agree with.

The vectors are made by tools/bench/vectors.py from an index, repositories and advisory databases; here they are judged
again without any of those. A vector that changes is looked at by a person, not copied.
"""

import functools
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from simulators.offenders import offenders
from supplytrust.assessment import appraise, load_policy
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.records import evidence_file

FOLDER = Path(__file__).parent.parent / "vectors" / "response"
CASES = tomllib.loads((FOLDER / "cases.toml").read_text("utf-8"))["case"]
NAMES = [case["name"] for case in CASES]
AREAS = (Area.RESPONSIVENESS, Area.EXPERTISE)
HELD = {"present": Outcome.ADMIT, "not-observed": Outcome.REFER, "contradicted": Outcome.REFUSE}
PERSONAL = ("@gmail", "mailto:", "noreply")


@functools.cache
def evidence_of(name):
    return evidence_file.load_evidence(FOLDER / f"{name}.json")


def judged(record, area):
    """The area by its weights, and no better than its must-haves allow."""
    held = [HELD[must.state] for must in record.must_haves if must.signal.startswith(f"{area}/")]
    return max([record.areas[area].outcome, *held])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_outcome_is_what_a_person_would_say(case):
    evidence = evidence_of(case["name"])
    assert evidence.root.partition("?")[0] == case["subject"].lower()
    policy = load_policy(case.get("policy", "baseline"))
    context = replace(policy.context, purpose=case.get("purpose", policy.context.purpose))
    record = appraise(evidence, policy=policy, context=context, alone=True)
    assert {area: judged(record, area).name for area in AREAS} == {area: case[area] for area in AREAS}, case["reason"]
    found = {one.signal.partition("/")[2]: one for area in AREAS for one in record.areas[area].findings}
    for signal, status in case.get("findings", {}).items():
        assert found[signal].status == status, found[signal].because


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.sampled(6)
def test_an_empty_look_at_the_same_package_is_never_admitted(case):
    evidence = evidence_of(case["name"])
    nothing = evidence.nodes[0].__class__(evidence.nodes[0].subject)
    empty = evidence.__class__(evidence.root, evidence.collected_at, (nothing,))
    record = appraise(empty, policy="baseline", alone=True)
    assert {judged(record, area) for area in AREAS} == {Outcome.REFER}


def test_every_case_has_its_file_a_reason_and_every_file_its_case():
    assert len(set(NAMES)) == len(NAMES) >= 30
    assert {p.stem for p in FOLDER.glob("*.json")} == set(NAMES)
    assert all(len(case["reason"]) > 20 for case in CASES)


def test_a_vector_is_small_and_names_nobody():
    assert offenders(check_vector, NAMES) == []


def check_vector(name):
    text = (FOLDER / f"{name}.json").read_text("utf-8")
    assert len(text) < 64 * 1024
    assert not [word for word in PERSONAL if word in text]
    for seen in evidence_of(name).nodes[0].all(CommitHistory):
        claim = seen.claim
        named = [c.name for c in claim.contributors] + [k[0] for part in claim.parts or () for k in part.knowers]
        assert all(word.startswith("person ") for word in (*named, *claim.long_standing))
        assert {claim.releaser.name, claim.incumbent} <= {"somebody", ""}
