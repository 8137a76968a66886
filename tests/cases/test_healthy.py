"""Healthy releases that look odd: none is refused; what is missing is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from stories import EVE, LOOKALIKES, SETTLED, SOON, judged, played, rebuilt

import supplytrust as st
from simulators.index import Quirks
from simulators.story import Story, told

# Full evidence, and still held under baseline: the named fact is what these stories lack.
HELD = {
    "no-sdist": "build:",
    "one-owner": "provenance:",
    "new-owner": "provenance:",
    "attested-by-a-renamed-workflow": "integrity/offered_attestations_fit",
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("story", played(LOOKALIKES))
def test_lookalike_is_not_refused(story: Story, tmp_path: Path) -> None:
    with told(story, tmp_path) as world:
        judged(world, world.before, story.day - EVE, tmp_path)
        world.strike()
        young = judged(world, world.bad, story.day + SOON, tmp_path)
        assert young.outcome is st.Outcome.REFER
        assert "cooling-down" in {r.code for r in young.reasons}
        settled = judged(world, world.bad, story.day + SETTLED, tmp_path)
        assert settled.outcome is not st.Outcome.REFUSE, settled.reasons
        assert not settled.vetoes
        if settled.outcome is st.Outcome.REFER:
            assert all(reason.text for reason in settled.reasons)
            assert settled.would_change or settled.reasons


@pytest.mark.sampled(1)
@pytest.mark.parametrize("story", played(LOOKALIKES))
def test_with_a_rebuild_it_is_admitted_or_the_missing_fact_is_named(story: Story, evidenced) -> None:
    record = st.appraise(rebuilt(evidenced(story)), alone=True)
    if story.id in HELD:
        assert record.outcome is st.Outcome.REFER
        assert any(HELD[story.id] in reason.text for reason in record.reasons), record.reasons
    else:
        assert record.outcome is st.Outcome.ADMIT, record.reasons


QUIRKS = {
    "html": Quirks(html=True),
    "relative": Quirks(relative=True, html=True),
    "no json api": Quirks(json_api=False),
    "pages for what is missing": Quirks(html_for_missing=True, versioned_json=False),
    "no sizes": Quirks(sizes=False),
}


@pytest.mark.parametrize("name", QUIRKS)
@pytest.mark.sampled(1)
def test_a_quirky_index_is_no_fault_of_the_package(name: str, tmp_path: Path) -> None:
    story = LOOKALIKES[0]
    with told(story, tmp_path) as world:
        world.index.quirks = QUIRKS[name]
        world.strike()
        record = judged(world, world.bad, story.day + SETTLED + timedelta(days=1), tmp_path)
        assert record.outcome is st.Outcome.REFER, record.reasons
        assert not record.vetoes
