"""Documented attacks, told again: none is admitted one hour or eighty hours after it was published.

One TOML file a case in `attacks/`; a new attack is a new file. The release before is judged first with the same
ledger, as a nightly audit would have done.
"""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import supplytrust as st
from simulators.story import Story, Told, told

FILES = sorted((Path(__file__).parent / "attacks").glob("*.toml"))
HOURS = (1, 80)


def story_of(path: Path) -> tuple[Story, str]:
    case = tomllib.loads(path.read_text())
    day = datetime.combine(case["date"], datetime.min.time(), UTC) + timedelta(hours=12)
    return Story(case["id"], day, frozenset(case["observables"])), case["expect"]


def judged(world: Told, purl: str, at: datetime, folder: Path, **options: object) -> st.TrustRecord:
    """Each look with a cache of its own: the index changed in between faster than any real one."""
    os.environ["SUPPLYTRUST_CACHE"] = str(folder / f"cache-{at:%Y%m%d%H}")
    return st.assess(
        purl,
        at=at,
        index_url=world.index.url,
        repository=str(world.repository),
        ledger=folder / "ledger.sqlite3",
        deps="none",
        rebuild="never",
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_attack_is_not_admitted(path: Path, tmp_path: Path) -> None:
    story, expect = story_of(path)
    with told(story, tmp_path) as world:
        if world.before:
            before = judged(world, world.before, story.day - timedelta(hours=2), tmp_path)
            assert before.outcome < st.Outcome.REFUSE, before.reasons
        world.strike()
        for hours in HOURS:
            record = judged(world, world.bad, story.day + timedelta(hours=hours), tmp_path)
            assert record.outcome is not st.Outcome.ADMIT
            assert record.outcome >= st.Outcome[expect], (hours, record.reasons)
            assert record.reasons


def test_most_are_refused_with_full_evidence() -> None:
    expected = [tomllib.loads(p.read_text())["expect"] for p in FILES]
    assert len(expected) >= 30
    assert expected.count("REFUSE") / len(expected) >= 0.85
