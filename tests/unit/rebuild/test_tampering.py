"""No tampered copy of a wheel passes: every kind against every wheel, with the honest rebuild at hand."""

from __future__ import annotations

import pytest

from simulators import source_packages, wheel_mutants
from supplytrust.ecosystems.pypi.rebuild import source_tree
from supplytrust.ecosystems.pypi.rebuild.attempts import REBUILD
from supplytrust.errors import SourceError
from supplytrust.model.claims.rebuild import RebuildLevel
from supplytrust.rebuild.judge import Judgement, PublishedFile, judge

STAMPS = (2023, 11, 14, 22, 13, 20)
COUNT = 32


def _wheel(number: int) -> tuple[str, bytes]:
    """Wheels that differ in size, layout, metadata and entry points."""
    files = {f"little/m{i}.py": f"VALUE = {i * number}\n".encode() * (i + 1) for i in range(1 + number % 7)}
    files |= {f"little/data{i}.txt": bytes(range(i + 32, i + 60)) for i in range(number % 3)}
    meta: dict[str, object] = {"text": "Words. " * number}
    if number % 2:
        meta["lines"] = [f"Requires-Dist: other>={number}", "Requires-Python: >=3.8"]
    if number % 5 == 0:
        meta["entry_points"] = "[console_scripts]\nlittle = little.m0:run\n"
    return source_packages.wheel(source_packages.tree(files=files, meta=meta))


WHEELS = [_wheel(number) for number in range(COUNT)]


def judged(name: str, published: bytes, rebuilt: bytes) -> Judgement | None:
    """None when the audit refuses the published file."""
    try:
        members, problems = source_tree.members_of(published, name)
    except SourceError:
        return None
    if problems:
        return None
    return judge(PublishedFile(name, published), members, name, rebuilt, REBUILD)


def test_honest_wheels_raise_no_alarm() -> None:
    for name, wheel in WHEELS:
        assert source_tree.members_of(wheel, name)[1] == ()
        same = judged(name, wheel, wheel)
        assert same is not None
        assert same.level is RebuildLevel.BIT_FOR_BIT


@pytest.mark.sampled(11)
@pytest.mark.parametrize("kind", sorted(wheel_mutants.CONTENT))
def test_changed_contents_are_never_reproduced(kind: str) -> None:
    for name, wheel in WHEELS:
        mutant = wheel_mutants.CONTENT[kind](wheel)
        assert mutant != wheel
        found = judged(name, mutant, wheel)
        assert found is not None
        assert not found.level.reproduced, (kind, name)
        assert found.comparison.differences


@pytest.mark.parametrize("kind", sorted(wheel_mutants.CONTAINER))
def test_double_containers_do_not_pass_the_audit(kind: str) -> None:
    for name, wheel in WHEELS:
        mutant = wheel_mutants.CONTAINER[kind](wheel)
        assert mutant != wheel
        assert judged(name, mutant, wheel) is None, (kind, name)


@pytest.mark.parametrize("kind", ["pth-added", "py-changed", "py-added", "script-added", "entry-point-added"])
def test_what_runs_is_told_as_code(kind: str) -> None:
    name, wheel = WHEELS[0]
    found = judged(name, wheel_mutants.CONTENT[kind](wheel), wheel)
    assert found is not None
    assert found.level is RebuildLevel.CODE_DIFFERS


@pytest.mark.parametrize("kind", ["dist-info-file-added", "requires-dist-added", "requires-python-changed"])
def test_what_describes_is_told_as_metadata(kind: str) -> None:
    name, wheel = WHEELS[1]
    found = judged(name, wheel_mutants.CONTENT[kind](wheel), wheel)
    assert found is not None
    assert found.level is RebuildLevel.METADATA_DIFFERS
