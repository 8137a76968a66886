"""Offline means offline for every way out: a door that does not say whether it is offline opens nothing."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from simulators import index
from simulators.git_server import serving
from simulators.repository import Repository, day
from simulators.world import NOW, world
from supplytrust.collection import scheduler
from supplytrust.collection.sources import fuzzing, git
from supplytrust.ecosystems.pypi.rebuild import attempts, install_uv
from supplytrust.errors import OfflineError
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag
from supplytrust.model.evidence import Observation, SubjectEvidence
from supplytrust.model.subject import Subject

SUBJECT = Subject("pkg:pypi/demo@1.0", "pypi", "demo", "1.0")
TAG = Observation("1", "git", NOW, "", "", ReleaseTag("1.0", KnownBy.GIVEN, "found", "v1.0", "1" * 40))


def by_git(opened):
    git._open_repository(opened.repository, SUBJECT, opened)


def by_fuzzing(opened):
    fuzzing._tree(SUBJECT, SubjectEvidence(SUBJECT, (TAG,)), opened)


def by_a_worker(opened):
    """What the other process is told, and what it does with it."""
    orders = []
    workers = SimpleNamespace(run=lambda function, order: orders.append(order))
    scheduler.observe_isolated(git, SUBJECT, SubjectEvidence(SUBJECT), opened, workers)
    by_git(replace(opened, http=SimpleNamespace(offline=orders[0].offline)))


def by_an_installer(opened):
    made = attempts.installer(opened)
    if not isinstance(made, install_uv.Uv):
        pytest.skip("uv is not installed")
    made._uv(["pip", "download", "demo"])


WAYS = [by_git, by_fuzzing, by_a_worker, by_an_installer]


@pytest.fixture
def outside(tmp_path):
    """An index and a repository server, with the paths that were asked of either."""
    sim = Repository()
    sim.commit("Ann Author", day(1), {"f": "1"}, "first")
    sim.tag("v1.0", "Ann Author", day(2))
    sim.build(tmp_path / "repos" / "demo.git")
    with serving(tmp_path / "repos") as (base, asked), index.serving([]) as served:
        yield served, f"{base}/demo.git", lambda: [*asked, *served.requests]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("way", WAYS)
def test_offline_asks_nobody(way, outside, tmp_path):
    served, address, asked = outside
    with world(served, tmp_path / "w", offline=True) as opened, pytest.raises(OfflineError):
        way(replace(opened, repository=address))
    assert asked() == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("way", WAYS)
def test_a_door_that_does_not_say_goes_nowhere(way, outside, tmp_path):
    served, address, asked = outside
    with world(served, tmp_path / "w") as opened, pytest.raises(AttributeError):
        way(replace(opened, repository=address, http=SimpleNamespace(get=None, query=None)))
    assert asked() == []
