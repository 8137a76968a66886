"""Healthy releases that look odd: none is refused; what is missing is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from test_attacks import judged

import supplytrust as st
from simulators.story import Story, told

DAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
PLAIN = Story("plain", DAY)
LOOKALIKES = [
    PLAIN,
    replace(PLAIN, id="dormant", observables=frozenset({"dormant_wakeup"})),
    replace(PLAIN, id="burst-over-maintained-lines", lines=3),
    replace(PLAIN, id="newcomer-led-with-review", newcomer="Nora Newcomer"),
    replace(PLAIN, id="generated-version-file", generated=True),
    replace(PLAIN, id="no-sdist", with_sdist=False),
    replace(PLAIN, id="organization-without-roles", owners=(), organization="acme"),
    replace(PLAIN, id="owners-not-told", owners=None),
    replace(PLAIN, id="major-jump", observables=frozenset({"version_jump"})),
    replace(PLAIN, id="grown", observables=frozenset({"size_jump"})),
    replace(PLAIN, id="one-owner", observables=frozenset({"single_maintainer"})),
    replace(PLAIN, id="new-owner", observables=frozenset({"new_publisher"})),
]


@pytest.mark.parametrize("story", LOOKALIKES, ids=lambda s: s.id)
def test_lookalike_is_not_refused(story: Story, tmp_path: Path) -> None:
    with told(story, tmp_path) as world:
        judged(world, world.before, DAY - timedelta(hours=2), tmp_path)
        world.strike()
        young = judged(world, world.bad, DAY + timedelta(hours=1), tmp_path)
        assert young.outcome is st.Outcome.REFER
        assert "cooling-down" in {r.code for r in young.reasons}
        settled = judged(world, world.bad, DAY + timedelta(hours=80), tmp_path)
        assert settled.outcome is not st.Outcome.REFUSE, settled.reasons
        assert not settled.vetoes
        if settled.outcome is st.Outcome.REFER:
            assert all(reason.text for reason in settled.reasons)
            assert settled.would_change or settled.reasons
