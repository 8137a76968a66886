"""What must hold whatever the case: less evidence, more bad news, later clocks and other names never help."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from test_attacks import FILES, story_of

import supplytrust as st
from simulators.story import Story, told
from supplytrust.model.evidence import Evidence, GapReason

DAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
STORIES = [Story("plain", DAY), *(story_of(p)[0] for p in FILES[::5])]


@pytest.fixture(scope="module", params=STORIES, ids=lambda s: s.id)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("case")
    with told(request.param, folder) as world, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPPLYTRUST_CACHE", str(folder / "cache"))
        patch.chdir(folder)
        world.strike()
        return st.collect(
            world.bad,
            at=request.param.day + timedelta(hours=80),
            index_url=world.index.url,
            repository=str(world.repository),
            deps="none",
            rebuild="never",
        )


def outcome(evidence: Evidence, policy: str = "baseline", later: timedelta = timedelta(0)) -> st.Outcome:
    return st.appraise(evidence, policy=policy, at=evidence.collected_at + later, alone=True).outcome


def without(evidence: Evidence, keep: object) -> Evidence:
    """The evidence with only those observations for which `keep` says yes."""
    node = evidence.nodes[0]
    kept = tuple(o for o in node.observations if keep(o))  # type: ignore[operator]
    return replace(evidence, nodes=(replace(node, observations=kept),))


def test_a_source_that_fails_never_admits_and_never_refuses_a_healthy_release(seen: Evidence) -> None:
    whole = outcome(seen)
    for source in {o.source for o in seen.nodes[0].observations}:
        partial = outcome(without(seen, lambda o, s=source: o.source != s))
        assert partial is not st.Outcome.ADMIT or whole is st.Outcome.ADMIT
        if whole is not st.Outcome.REFUSE:
            assert partial is not st.Outcome.REFUSE


def test_no_evidence_is_refer(seen: Evidence) -> None:
    for policy in ("baseline", "production", "keep"):
        assert outcome(without(seen, lambda o: False), policy) is st.Outcome.REFER


def test_removing_one_observation_never_admits(seen: Evidence) -> None:
    if outcome(seen) is st.Outcome.ADMIT:
        return
    for gone in seen.nodes[0].observations:
        assert outcome(without(seen, lambda o, g=gone: o.id != g.id)) is not st.Outcome.ADMIT


def test_time_alone_never_improves(seen: Evidence) -> None:
    results = [outcome(seen, later=timedelta(days=d)) for d in (0, 1, 30, 400, 4000)]
    assert results == sorted(results)


def test_an_echo_changes_nothing(seen: Evidence) -> None:
    node = seen.nodes[0]
    echoed = replace(seen, nodes=(replace(node, observations=node.observations * 3, gaps=node.gaps * 3),))
    assert outcome(echoed) is outcome(seen)


def test_gaps_carry_reasons(seen: Evidence) -> None:
    assert all(isinstance(gap.reason, GapReason) for gap in seen.nodes[0].gaps)


def test_stricter_policies_never_admit_more(seen: Evidence) -> None:
    assert outcome(seen, "production") >= outcome(seen, "baseline")
