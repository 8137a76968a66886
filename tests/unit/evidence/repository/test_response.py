"""Fixes and their releases, older lines, policy changes; who let changes in."""

from datetime import timedelta

import pytest

from simulators.repository import WEB, Repository, day
from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.evidence.repository import history, response
from supplytrust.evidence.repository.history import landed_by, reachable
from supplytrust.evidence.repository.people import People
from supplytrust.io.git.log import main_tip
from supplytrust.io.git.objects import Person
from supplytrust.io.git.repository import open_folder
from supplytrust.model.claims.source_tree import KnownBy

END = day(4000)


@pytest.fixture
def opened(tmp_path):
    def load(sim, at=END):
        view = open_folder(sim.build(tmp_path / "repo"), tmp_path)
        return view, history.read_log(view, at)

    return load


def test_a_fix_counts_from_its_commit_to_the_first_release_that_has_it(opened):
    sim = Repository()
    sim.commit("Ann Author", day(0), {"a": "0"}, "start")
    sim.tag("v1.0", "Ann Author", day(1))
    sim.commit("Ann Author", day(10), {"a": "1"}, "Fix the parser\n\nCVE-2016-1234")
    sim.commit("Ann Author", day(11), {"a": "2"}, "side", branch="side", start="main")
    sim.tag("v1.1rc1", "Ann Author", day(12))
    sim.commit("Ann Author", day(20), {"a": "3"}, "GHSA-aaaa-bbbb-cccc again")
    _, log = opened(sim)
    found = response.fixes(People(log, VERSIONS), int(day(30).timestamp()), KnownBy.GIVEN).fixes
    assert [(f.names, f.release, f.days) for f in found] == [
        (("GHSA-AAAA-BBBB-CCCC",), "", None),
        (("CVE-2016-1234",), "v1.1rc1", 2.0),
    ]


def test_releases_behind_the_highest_line(opened):
    sim = Repository()
    for n, name in enumerate(("v1.0", "v1.1", "v2.0", "v1.1.1", "v2.0.1")):
        sim.commit(
            "Ann Author", day(n * 10), {"a": str(n)}, "x", branch="1.1.x" if name == "v1.1.1" else "main", start="main"
        )
        sim.tag(name, "Ann Author", day(n * 10 + 1))
    _, log = opened(sim)
    found = response.lines(People(log, VERSIONS), int(day(60).timestamp()), KnownBy.GIVEN)
    assert found.backports == ("v1.1.1",)
    assert found.branches == ("1.1.x",)
    assert [line.newest for line in found.lines] == ["v2.0.1", "v1.1.1", "v1.0"]


def test_policy_text_and_who_changed_it(opened):
    sim = Repository()
    sim.commit(
        "Ann Author", day(0), {"SECURITY.md": "Report in private to x@example.org. Supported versions: all."}, "start"
    )
    sim.tag("v1.0", "Ann Author", day(1))
    sim.commit("New Comer", day(1500), {"SECURITY.md": "Report to me@example.org"}, "shorter")
    view, log = opened(sim)
    moment = int(day(1501).timestamp())
    tree = history.tree_of(view, main_tip(log, moment))
    texts = history.contents_of(view, [leaf.id for leaf in tree.leaves.values()])
    found = response.policy(People(log, VERSIONS), tree, texts, moment, KnownBy.GIVEN)
    assert (found.state, found.private, found.supported_versions) == ("present", True, False)
    assert [(c.author, c.tenure_days, c.removed) for c in found.changes] == [("New Comer", 0, False)]
    assert response.policy(People(log, VERSIONS), tree, {}, moment, KnownBy.GIVEN).private is None


def test_who_let_changes_in(opened):
    sim = Repository()
    sim.commit("Ann Author", day(0), {"a": "0"}, "start")
    direct = sim.commit("Bob Builder", day(1), {"a": "1"}, "applied", committer="Ann Author")
    sim.commit("Cy Coder", day(2), {"b": "1"}, "in a branch", branch="side", start="main")
    sim.commit("Ann Author", day(3), {}, "web merge", merge="side", committer=WEB)
    sim.commit("Di Dev", day(4), {"c": "1"}, "squashed", committer=WEB)
    _, log = opened(sim)
    landed = landed_by(log, main_tip(log, int(END.timestamp())))
    by = {log.by_id[c].subject: who for c, who in landed.items()}
    ann = Person("Ann Author", "ann.author@example.org")
    assert by == {"start": ann, "applied": ann, "in a branch": ann, "web merge": ann, "squashed": None}
    assert direct == 2


def test_reachable_and_hidden_commits(opened):
    sim = Repository()
    for n in range(5):
        sim.commit("Ann Author", day(n), {"a": str(n)}, f"c{n}")
    _, log = opened(sim, day(2) + timedelta(hours=1))
    assert [c.subject for c in log.commits] == ["c2", "c1", "c0"]
    tip = log.branches[0][1]
    assert len(reachable(log.by_id, [tip])) == 5
    assert log.by_id[main_tip(log, int(day(2).timestamp()))].subject == "c2"
