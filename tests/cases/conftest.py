"""Cases are judged through the library's public functions, against a real local index and real repositories."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import stories

from simulators.story import Story
from supplytrust.model.evidence import Evidence

Evidenced = Callable[[Story], Evidence]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def evidenced(tmp_path_factory: pytest.TempPathFactory) -> Evidenced:
    """Evidence about a story, looked at once a test run: processes of one run share the folder above their own."""
    own = tmp_path_factory.getbasetemp()
    shelf = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shelf"
    shelf.mkdir(exist_ok=True)
    seen: dict[str, Evidence] = {}

    def given(story: Story) -> Evidence:
        if story.id not in seen:
            seen[story.id] = stories.kept(story, shelf, lambda: tmp_path_factory.mktemp(story.id))
        return seen[story.id]

    return given
