"""Environments are made once, asked for again after a day, and never shared with an uncontained build."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from simulators import index
from simulators.world import NOW, world
from supplytrust.ecosystems.pypi.rebuild import attempts, environment, install_pip
from supplytrust.ecosystems.pypi.rebuild.environment import UnresolvedError
from supplytrust.io.processes import sandbox

CUT_OFF = NOW - timedelta(days=100)
PYTHON = environment.available()[0]


def tool(*versions: str) -> index.Project:
    at = CUT_OFF - timedelta(days=1)
    return index.Project(
        "tool", [index.Release(v, [index.wheel("tool", v, {"tool.py": f"V = '{v}'\n"}, at=at)]) for v in versions]
    )


@pytest.mark.thorough
def test_made_once_and_compiled_when_used_again(tmp_path: Path) -> None:
    with index.serving([tool("1.0")]) as served, world(served, tmp_path) as opened:
        kept = environment.EnvironmentCache(install_pip.Pip(opened), tmp_path / "kept")
        first, used = kept.environment(("tool",), PYTHON, CUT_OFF)
        asked = len(served.requests)
        assert not list(first.packages.rglob("*.pyc"))
        again, same = kept.environment(("tool",), PYTHON, CUT_OFF)
        assert (again, same) == (first, used)
        assert len(served.requests) == asked
        assert list(again.packages.rglob("*.pyc"))
        other, _ = kept.environment(("tool==1.0",), PYTHON, CUT_OFF)  # another question, the same answer
        assert other == first
        assert not list((tmp_path / "kept").glob(".new-*"))


@pytest.mark.thorough
def test_nothing_stays_of_what_cannot_be_made(tmp_path: Path) -> None:
    with index.serving([tool("1.0")]) as served, world(served, tmp_path) as opened:
        kept = environment.EnvironmentCache(install_pip.Pip(opened), tmp_path / "kept")
        with pytest.raises(UnresolvedError):
            kept.environment(("tool==2",), PYTHON, CUT_OFF)
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize("spoil", ["old", "broken"])
@pytest.mark.thorough
def test_answers_that_are_old_or_broken_are_asked_again(tmp_path: Path, spoil: str) -> None:
    with index.serving([tool("1.0")]) as served, world(served, tmp_path) as opened:
        kept = environment.EnvironmentCache(install_pip.Pip(opened), tmp_path / "kept")
        kept.environment(("tool",), PYTHON, CUT_OFF)
        served.projects = {"tool": tool("1.0", "1.1")}
        answer = next((tmp_path / "kept").glob("*.json"))
        if spoil == "broken":
            answer.write_text("[{}]")
        else:
            os.utime(answer, (0, 0))
        renewed = environment.EnvironmentCache(install_pip.Pip(opened), tmp_path / "kept")
        _, used = renewed.environment(("tool",), PYTHON, CUT_OFF)
    assert [r.name for r in used] == ["tool"]
    assert answer.stat().st_mtime > 0
    assert answer.read_text() != "[{}]"


def test_no_requirements_need_no_index(tmp_path: Path) -> None:
    with index.serving([]) as served, world(served, tmp_path) as opened:
        made, used = environment.EnvironmentCache(install_pip.Pip(opened), tmp_path / "kept").environment(
            (), PYTHON, CUT_OFF
        )
        assert used == ()
        assert (made.folder / "bin" / "python").resolve() == Path(PYTHON.program).resolve()
        assert served.requests == []


@pytest.mark.thorough
def test_room_is_made_from_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MOST", 1)
    with index.serving([tool("1.0", "1.1", "1.2")]) as served, world(served, tmp_path) as opened:
        kept = environment.EnvironmentCache(install_pip.Pip(opened), tmp_path / "kept")
        places = [kept.environment((f"tool=={v}",), PYTHON, CUT_OFF)[0].folder for v in ("1.0", "1.1")]
        for place in places:
            os.utime(place, (1_000_000, 1_000_000 + places.index(place)))
        last = kept.environment(("tool==1.2",), PYTHON, CUT_OFF)[0].folder
    assert [place.exists() for place in (*places, last)] == [False, True, True]


def test_an_uncontained_build_shares_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index.serving([]) as served, world(served, tmp_path) as opened:
        monkeypatch.setattr(sandbox, "failure_of", lambda _: "refused")
        options = MappingProxyType({"rebuild": "unsandboxed", "installer": "pip"})
        shop = attempts.find_tools(replace(opened, options=options), tmp_path / "scratch")
    assert not isinstance(shop, str)
    assert shop.shelf.folder.is_relative_to(tmp_path / "scratch")
    assert shop.shelf.installer.NAME == "pip"
