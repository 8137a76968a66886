"""The weight table: its form, and what its numbers may and may not do under the shipped policies."""

import math

import pytest

from supplytrust.appraisal import signals
from supplytrust.appraisal.algebra.requirement import area_outcome
from supplytrust.appraisal.policies import loader, tables
from supplytrust.errors import PolicyError
from supplytrust.model.finding import Opinion
from supplytrust.model.vocabulary import Area, Outcome

TABLE = tables.shipped_weights()
POLICIES = [loader.load(name) for name in loader.names()]
NAMES = [p.id for p in POLICIES]
with_each_policy = pytest.mark.parametrize("policy", POLICIES, ids=NAMES)

GOOD = """\
schema = 1
reputation = []
[caps]
index = 2
[[weight]]
signal = "build/a_question"
group = "index"
favourable = 1
opposing = 0
basis = "expert"
numbers = "why"
"""

# A fact of this kind was shown: it ends the question alone, however much speaks in favour.
REFUSES_ALONE = (
    "integrity/digest_matches_index",
    "integrity/digest_unchanged_since_first_seen",
    "integrity/archive_container_clean",
    "integrity/artifact_matches_source_tree",
    "integrity/tag_exists_for_release",
    "integrity/tag_unmoved",
    "integrity/attestation_not_dropped",
    "integrity/attested_commit_matches_tag",
)
# Rhythm, people and missing links: common among honest releases, so they can hold and no more.
ONLY_HOLDS = (
    "responsiveness/past_cooldown",
    "integrity/no_new_binary",
    "integrity/publisher_unchanged",
    "integrity/source_commit_known",
    "integrity/tag_on_branch",
    "integrity/tag_signed_by_known_key",
    "build/provenance_verified",
    "build/built_by_expected_workflow",
    "build/builder_isolated",
    "build/built_by_trusted_builder",
)
COMPARES_WITH_ANOTHER_ORIGIN = ("source-comparison", "signature", "layout", "endorsement")
DONE_AGAIN_OR_CHOSEN_BY_THE_RELYING_PARTY = ("rebuild", "diversity", "layout", "endorsement")


def problems(raw, name="weights.toml"):
    try:
        tables.read_weights(raw, name)
    except PolicyError as error:
        return error.problems
    return ()


def best(area: Area, without: tuple[str, ...] = (), only: tuple[str, ...] | None = None) -> float:
    """The most favourable weight that the groups of an area can add up to."""
    most: dict[str, float] = {}
    for row in TABLE.rows.values():
        if row.signal.startswith(f"{area.value}/") and row.group not in without:
            most[row.group] = max(most.get(row.group, 0.0), min(row.favourable, TABLE.caps[row.group]))
    return math.fsum(v for g, v in sorted(most.items()) if only is None or g in only)


def test_table_of_one_row():
    table = tables.read_weights(GOOD.encode(), "w.toml")
    row = table.row("build/a_question")
    assert (row.group, row.favourable, row.opposing, row.half_life_days) == ("index", 1.0, 0.0, math.inf)
    assert table.row("build/a_question", "some-grade") is row
    assert table.row("build/another") is None
    assert table.digest.startswith("sha256:")
    assert problems(GOOD.encode()) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("schema = 1", "schema = 2", 1, "whole number"),
        ("reputation = []", 'reputation = ["histroy"]', 2, "'histroy' is not known"),
        ("index = 2", "index = 0", 4, "outside (0, 50)"),
        ("build/a_question", "bild/a_question", 6, "has not the right form"),
        ('group = "index"', 'group = "indx"', 7, "did you mean 'index'?"),
        ('group = "index"\n', "", 5, "'group' is missing"),
        ("favourable = 1", "favourable = -1", 8, "outside [0, 50]"),
        ("favourable = 1", "favourable = inf", 8, "outside [0, 50]"),
        ("favourable = 1", "favorable = 1", 8, "did you mean 'favourable'?"),
        ("opposing = 0\n", "", 5, "'opposing' is missing"),
        ("opposing = 0", "opposing = 0\nhalf_life_days = 0", 10, "outside (0, 36500)"),
        ('basis = "expert"', 'basis = "guess"', 10, "'guess' is not known"),
        ('numbers = "why"\n', "", 5, "'numbers' is missing"),
        ('numbers = "why"', 'numbers = ""', 11, "1 to 300 characters"),
        ('numbers = "why"', 'numbers = "why"\ngrade = "A B"', 12, "has not the right form"),
    ],
)
def test_bad_rows(old, new, line, text):
    assert old in GOOD
    found = [str(p) for p in problems(GOOD.replace(old, new).encode(), "w.toml")]
    assert any(p.startswith(f"w.toml:{line}: ") and text in p for p in found), found


def test_a_row_stands_once():
    again = GOOD + GOOD[GOOD.index("[[weight]]") :]
    with pytest.raises(PolicyError, match="a second row for 'build/a_question'"):
        tables.read_weights(again.encode(), "w.toml")


def test_every_signal_has_a_row():
    rows = {signal for signal, _ in TABLE.rows}
    assert {s.META.id for s in signals.catalogue()} - rows == set()


def test_every_weight_says_its_basis():
    assert all(row.basis in ("expert", "corpus") and len(row.numbers) > 20 for row in TABLE.rows.values())
    measured = [row for row in TABLE.rows.values() if row.basis == "corpus"]
    assert measured
    assert all(any(c.isdigit() for c in row.numbers) for row in measured)


def test_caps_are_those_of_the_model():
    higher = {"rebuild": 12.0, "signature": 12.0, "audit": 16.0}
    assert {g: c for g, c in TABLE.caps.items() if c > 8} == higher
    assert TABLE.caps["popularity"] == 1
    assert {row.group for row in TABLE.rows.values()} <= set(TABLE.caps)


def test_reputation_alone_leaves_doubt_for_ever():
    total = sum(TABLE.caps[g] for g in TABLE.reputation_groups)
    assert total <= 8
    assert Opinion(total).belief <= 0.8


@pytest.mark.parametrize("signal", REFUSES_ALONE)
@with_each_policy
def test_a_shown_fact_refuses_alone(signal, policy):
    theta = policy.expect["root"][Area.INTEGRITY]
    everything = Opinion(best(Area.INTEGRITY), TABLE.row(signal).opposing)
    assert area_outcome(everything, theta) is Outcome.REFUSE


@pytest.mark.parametrize("signal", ONLY_HOLDS)
def test_what_may_only_hold_has_no_opposing_weight(signal):
    rows = [row for (name, _), row in TABLE.rows.items() if name == signal]
    assert rows
    assert all(row.opposing == 0 for row in rows)


def test_nothing_in_provenance_opposes():
    """History tells of handovers, never of guilt."""
    assert {r.signal for r in TABLE.rows.values() if r.signal.startswith("provenance/") and r.opposing} == set()


@pytest.mark.parametrize("profile", ["root", "link", "build"])
@with_each_policy
def test_integrity_needs_a_comparison(policy, profile):
    theta = policy.expect[profile][Area.INTEGRITY]
    rest = best(Area.INTEGRITY, without=COMPARES_WITH_ANOTHER_ORIGIN)
    asked = {TABLE.rows[(name, "")].group for name in policy.require[profile]}
    assert area_outcome(Opinion(rest), theta) is Outcome.REFER or asked & set(COMPARES_WITH_ANOTHER_ORIGIN)


@with_each_policy
def test_build_needs_a_rebuild_whatever_was_attested(policy):
    theta = policy.expect["root"][Area.BUILD]
    rest = best(Area.BUILD, without=DONE_AGAIN_OR_CHOSEN_BY_THE_RELYING_PARTY)
    assert best(Area.BUILD, only=("attestation",)) > 0
    assert area_outcome(Opinion(rest), theta) is Outcome.REFER


def test_keep_is_out_of_reach_of_reputation():
    theta = loader.load("keep").expect["root"][Area.PROVENANCE]
    rest = best(Area.PROVENANCE, without=("review", "endorsement"))
    assert area_outcome(Opinion(rest), theta) is Outcome.REFER


@with_each_policy
def test_every_area_can_be_reached(policy):
    for profile, areas in policy.expect.items():
        for area, theta in areas.items():
            assert area_outcome(Opinion(best(area)), theta) is Outcome.ADMIT, (profile, area)


def test_only_build_tools_can_be_covered():
    assert problems(GOOD.replace('numbers = "why"', 'numbers = "why"\ncovers = ["build"]').encode()) == ()
    for kinds in ('["link"]', '["service-local"]', '["test"]', '["root"]', '"build"', '[""]'):
        assert problems(GOOD.replace('numbers = "why"', f'numbers = "why"\ncovers = {kinds}').encode())


def test_what_covers_is_an_accounting_of_bytes_that_weighs():
    found = {key: row for key, row in TABLE.rows.items() if row.covers}
    assert set(found) == {("integrity/artifact_matches_source_tree", ""), ("build/rebuilt_from_tag", "diverse")}
    assert all(row.favourable >= 8 for row in found.values())
