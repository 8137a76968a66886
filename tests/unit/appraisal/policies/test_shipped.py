"""The shipped policies at work: what a well-kept release reaches, and what holds or ends it."""

import importlib
import pkgutil
import re
from datetime import UTC, datetime

import pytest

from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.package_verdict import judge_node
from supplytrust.appraisal.policies import loader, tables
from supplytrust.collection import sources
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import CONTROL_CHANGED, Finding
from supplytrust.model.vocabulary import Area, Outcome, Status, Veto

AT = datetime(2026, 11, 20, tzinfo=UTC)
PURL = "pkg:pypi/well-kept@1.2.3"

# What index, artifact, advisories, rebuild and repository tell of a typical pure-Python release with one owner.
BARE = {
    "build/sdist_published": "index",
    "build/build_requirements_declared": "artifact",
    "build/build_backend_known": "artifact",
    "build/no_prebuilt_binaries_in_source": "artifact",
    "integrity/digest_matches_index": "artifact",
    "integrity/archive_container_clean": "artifact",
    "integrity/record_matches_contents": "artifact",
    "integrity/metadata_agrees_with_index": "artifact",
    "integrity/wheel_files_come_from_sdist": "comparison",
    "integrity/no_new_startup_hook": "predecessor",
    "integrity/no_new_binary": "predecessor",
    "integrity/no_new_young_dependency": "predecessor",
    "integrity/offered_attestations_fit": "attestations",
    "integrity/name_not_confusable": "names",
    "responsiveness/past_cooldown": "index",
    "responsiveness/not_yanked": "index",
    "responsiveness/release_cadence_steady": "index",
    "responsiveness/advisories_looked_up": "advisories",
    "responsiveness/no_lasting_advisory": "advisories",
    "responsiveness/no_open_advisory": "advisories",
    "provenance/release_owners_known": "index",
    "provenance/repository_declared": "index",
    "expertise/bounds_memory_safe": "artifact",
    "expertise/crypto_primitives_current": "code",
}
REBUILT = {"build/rebuilds_identically": "rebuild", "build/build_dependencies_recorded": "rebuild"}
COMPARED = {
    "integrity/source_commit_known": "git",
    "integrity/tag_exists_for_release": "git",
    "integrity/tag_on_branch": "git",
    "integrity/artifact_matches_source_tree": "git",
}
HISTORY = {"provenance/control_held_by_known_people": "git", "provenance/active_before_release": "git"}
FULL = BARE | REBUILT | COMPARED | HISTORY
KEPT_IN_THE_OPEN = {
    "integrity/tag_signed_by_known_key": "git",
    "integrity/digest_unchanged_since_first_seen": "ledger_facts",
    "responsiveness/disclosure_policy_present": "git",
    "responsiveness/supported_version": "git",
    "provenance/changes_landed_by_second_person": "git",
    "expertise/tests_published": "artifact",
    "expertise/co_maintained": "git",
    "expertise/fuzzed": "git",
}


def judge(policy_name, supported, others=(), level="bit-for-bit", grades=()):
    """The verdict on the root, with these signals supporting and these other findings instead of theirs."""
    policy = loader.load(policy_name)
    replaced = {f.signal for f in others}
    graded = {"build/rebuilds_identically": level, **dict(grades)}
    findings = [
        Finding(
            signal,
            Status.SUPPORTS,
            "seen",
            AT,
            grade=graded.get(signal, ""),
            sources=(source,),
        )
        for signal, source in supported.items()
        if signal not in replaced
    ]
    return judge_node(
        PURL,
        [*findings, *others],
        policy,
        thresholds=policy.expect["root"],
        must_haves=policy.require["root"],
        questions=Questions(),
        at=AT,
    )


def opposing(signal, source, grade="", veto=None):
    return Finding(signal, Status.OPPOSES, "seen not to hold", AT, grade=grade, sources=(source,), veto=veto)


def held(signal, grade=""):
    return Finding(
        signal,
        Status.NOT_OBSERVED,
        "not seen",
        AT,
        grade=grade,
        sources=("index",),
        reason=NotObservedReason.INCONCLUSIVE,
    )


def test_a_well_kept_release_is_admitted_by_baseline():
    verdict = judge("baseline", FULL)
    assert verdict.outcome is Outcome.ADMIT, verdict.reasons
    assert verdict.flips_at is None or (verdict.flips_at - AT).days >= 14


@pytest.mark.parametrize("level", ["bit-for-bit", "container-only", "container-only-replayed", "normalized"])
def test_every_reproduced_level_is_enough_for_baseline(level):
    assert judge("baseline", FULL, level=level).outcome is Outcome.ADMIT


@pytest.mark.parametrize(
    ("policy", "level", "outcome"),
    [
        ("production", "bit-for-bit", Outcome.ADMIT),
        ("production", "normalized", Outcome.ADMIT),
        ("keep", "bit-for-bit", Outcome.ADMIT),
        ("keep", "container-only-replayed", Outcome.ADMIT),
        ("keep", "normalized", Outcome.REFER),
    ],
)
def test_stricter_policies_with_everything_seen(policy, level, outcome):
    verdict = judge(policy, FULL | KEPT_IN_THE_OPEN, level=level)
    assert verdict.outcome is outcome, verdict.reasons


# The weaker grades that honest packages often get: one owner, finished, code that does no cryptography, ...
MODEST = {
    "provenance/release_owners_known": "single",
    "provenance/repository_declared": "linked",
    "provenance/control_held_by_known_people": "shifting",
    "responsiveness/release_cadence_steady": "finished",
    "expertise/bounds_memory_safe": "foreign",
    "expertise/crypto_primitives_current": "unused",
    "build/build_backend_known": "scripted",
    "integrity/wheel_files_come_from_sdist": "generated",
}


def test_modest_grades_are_enough_for_baseline():
    verdict = judge("baseline", FULL, grades=MODEST)
    assert verdict.outcome is Outcome.ADMIT, verdict.reasons
    assert judge("keep", FULL | KEPT_IN_THE_OPEN, grades=MODEST).outcome is not Outcome.REFUSE


def test_keep_asks_more_than_a_typical_release_shows():
    verdict = judge("keep", FULL)
    assert verdict.outcome is Outcome.REFER
    short = {area for area, seen in verdict.areas.items() if seen.outcome is not Outcome.ADMIT}
    assert {Area.PROVENANCE, Area.EXPERTISE} <= short


@pytest.mark.parametrize(
    ("missing", "area"),
    [(COMPARED, Area.INTEGRITY), (REBUILT, Area.BUILD), (HISTORY, Area.PROVENANCE)],
    ids=["no comparison", "no rebuild", "no history"],
)
def test_without_one_kind_of_proof_its_area_is_undecided(missing, area):
    verdict = judge("baseline", {k: v for k, v in FULL.items() if k not in missing})
    assert verdict.outcome is Outcome.REFER
    assert [a for a, seen in verdict.areas.items() if seen.outcome is not Outcome.ADMIT] == [area]


def test_advisories_that_were_not_looked_up_hold():
    asked = (
        "responsiveness/no_open_advisory",
        "responsiveness/no_lasting_advisory",
        "responsiveness/advisories_looked_up",
    )
    known = {k: v for k, v in FULL.items() if k not in asked}
    assert judge("baseline", known).areas[Area.RESPONSIVENESS].outcome is Outcome.REFER


@pytest.mark.parametrize("name", loader.names())
def test_nothing_known_is_refer(name):
    assert judge(name, {}).outcome is Outcome.REFER


@pytest.mark.parametrize("name", loader.names())
@pytest.mark.parametrize("source", sorted(set(FULL.values())))
def test_blanking_a_source_neither_admits_nor_refuses_more(name, source):
    everything = FULL | KEPT_IN_THE_OPEN
    before = judge(name, everything).outcome
    after = judge(name, {k: v for k, v in everything.items() if v != source}).outcome
    assert before <= after <= Outcome.REFER


@pytest.mark.parametrize("name", loader.names())
@pytest.mark.parametrize(
    "fact",
    [
        opposing("integrity/artifact_matches_source_tree", "git"),
        opposing("integrity/tag_exists_for_release", "git"),
        opposing("integrity/tag_unmoved", "git"),
        opposing("integrity/attestation_not_dropped", "index"),
        opposing("integrity/digest_matches_index", "artifact", veto=Veto.TAMPERED),
        opposing("responsiveness/no_open_advisory", "index", veto=Veto.MALICIOUS),
    ],
    ids=lambda f: f.signal,
)
def test_a_shown_fact_refuses_the_best_release(name, fact):
    assert judge(name, FULL | KEPT_IN_THE_OPEN, [fact]).outcome is Outcome.REFUSE


@pytest.mark.parametrize("name", loader.names())
def test_the_cool_down_holds_and_never_refuses(name):
    verdict = judge(name, FULL | KEPT_IN_THE_OPEN, [held("responsiveness/past_cooldown")])
    assert verdict.outcome is Outcome.REFER


def test_a_change_of_control_is_undecided_not_refused():
    changed = held("provenance/owners_unchanged_since_first_seen", grade=CONTROL_CHANGED)
    verdict = judge("baseline", FULL, [changed])
    assert verdict.outcome is Outcome.REFER
    assert verdict.areas[Area.PROVENANCE].outcome is Outcome.REFER


def test_yanked_is_never_admitted_and_vetoed_by_the_stricter():
    yanked = opposing("responsiveness/not_yanked", "index", veto=Veto.YANKED)
    assert judge("baseline", FULL, [yanked]).outcome is not Outcome.ADMIT
    for name in ("production", "keep"):
        verdict = judge(name, FULL | KEPT_IN_THE_OPEN, [yanked])
        assert verdict.outcome is Outcome.REFUSE
        assert verdict.vetoes


def test_a_rebuild_that_differs_is_looked_at_by_a_person():
    """2 of 168 honest wheels differ for good: the difference holds, the comparison with the tag decides."""
    differs = opposing("build/rebuilds_identically", "rebuild", grade="code-differs")
    assert judge("baseline", FULL, [differs]).areas[Area.BUILD].outcome is Outcome.REFER


def test_policies_are_ordered_by_strictness():
    lax, middle, strict = (loader.load(n) for n in ("baseline", "production", "keep"))
    for one, other in ((lax, middle), (middle, strict)):
        assert one.cooldown_hours <= other.cooldown_hours
        assert one.max_age_days >= other.max_age_days
        assert one.context.budget / one.context.impact >= other.context.budget / other.context.impact
        assert set(one.veto_also) <= set(other.veto_also)
        for profile in one.require:
            assert set(one.require[profile]) <= set(other.require[profile]), profile
            for area, theta in one.expect[profile].items():
                assert theta <= other.expect[profile].get(area, 0), (profile, area)


@pytest.mark.parametrize("name", loader.names())
def test_every_threshold_says_why(name):
    lines = loader.shipped_text(name).split("\n")
    thresholds = [line for line in lines if re.match(rf"({'|'.join(tables.AREAS)}) = 0\.\d", line)]
    assert len(thresholds) >= 12
    assert [line for line in thresholds if not re.search(r"# \S.{15,}", line)] == []


def test_names():
    assert loader.names() == ("baseline", "keep", "production", "workload")
    assert [loader.load(n).id for n in loader.names()] == list(loader.names())


@pytest.mark.parametrize("name", loader.names())
def test_every_source_is_listed(name):
    """A source that a policy forgets weighs nothing, and its signals can never be must-haves."""
    modules = [m.name for m in pkgutil.iter_modules(sources.__path__)]
    found = [importlib.import_module(f"supplytrust.collection.sources.{m}") for m in modules if not m.startswith("_")]
    known = {module.NAME for module in found if hasattr(module, "NAME")}
    assert "index" in known
    assert known - {source for source, factor in loader.load(name).reliability.items() if factor > 0} == set()


@pytest.mark.parametrize("profile", ["link", "build", "test"])
def test_what_goes_into_a_workload_is_judged_as_production_does(profile):
    workload, production = loader.load("workload"), loader.load("production")
    assert workload.require[profile] == production.require[profile]
    assert workload.expect[profile] == production.expect[profile]


def test_what_an_author_alone_can_write_does_not_meet_the_expertise_that_a_keep_asks_for():
    written = {
        ("expertise/bounds_memory_safe", ""),
        ("expertise/crypto_primitives_current", ""),
        ("expertise/key_lengths_adequate", ""),
        ("expertise/tests_published", "thorough"),
        ("expertise/fuzzed", "workflow"),
    }
    policy = loader.load("keep")
    rows = [policy.weights.row(signal, grade) for signal, grade in written]
    groups = {row.group: max(r.favourable for r in rows if r.group == row.group) for row in rows}
    weight = sum(groups.values())
    assert weight / (weight + 2) < policy.expect["root"][Area.EXPERTISE]
