"""A remote repository: cloned without contents, brought up to date, asked for few contents in one go."""

from datetime import UTC, datetime, timedelta

import pytest

from simulators.git_server import serving
from simulators.repository import Repository, day, git
from supplytrust.errors import NotFoundError, TooLargeError, UnreachableError
from supplytrust.evidence.repository import history
from supplytrust.io.git import repository
from supplytrust.io.git.process import Limits

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def opened(url, folder, now=NOW, **options):
    view, fetched = repository.open_address(url, folder / "cache", folder, now, **{"offline": False, **options})
    return view, history.read_log(view, NOW), fetched


def test_clone_update_offline_and_contents(tmp_path):
    sim = Repository()
    for n in range(5):
        sim.commit("Ann Author", day(n), {f"f{n}": f"content {n}"}, f"c{n}")
    sim.tag("v1", "Ann Author", day(5))
    bare = sim.build(tmp_path / "repos" / "demo.git")
    with serving(tmp_path / "repos") as (base, asked):
        view, log, fetched = opened(f"{base}/demo.git", tmp_path)
        assert (len(log.commits), len(log.tags), fetched) == (5, 1, NOW)
        assert view.partial
        blobs = [t.blob.hex() for c in log.commits for t in c.touches]
        kinds = {o.kind for o in view.objects_of(blobs)}
        assert kinds == {"missing"}, "contents are not cloned"
        before = len(asked)
        found = history.contents_of(view, blobs)
        assert sorted(found.values()) == [b"content %d" % n for n in range(5)]
        assert len(asked) - before <= 3, "all contents in one request"

        sim2 = git(bare, "fast-import", "--quiet", data=_more(bare))
        assert sim2 == b""
        before = len(asked)
        assert len(opened(f"{base}/demo.git", tmp_path, NOW + timedelta(minutes=5))[1].commits) == 5
        assert len(asked) == before, "a fresh copy is not fetched again"
        assert len(opened(f"{base}/demo.git", tmp_path, NOW + timedelta(hours=1))[1].commits) == 6
        url = f"{base}/demo.git"
    view, log, _ = opened(url, tmp_path, NOW + timedelta(days=1), offline=True)
    assert len(log.commits) == 6
    assert view.refill is None
    with pytest.raises(UnreachableError):
        opened(url, tmp_path, NOW + timedelta(days=1))


def _more(bare):
    tip = git(bare, "rev-parse", "main").decode().strip()
    return (
        f"commit refs/heads/main\ncommitter Bob B <b@example.org> 1600000000 +0000\ndata 4\nmore\nfrom {tip}\n"
        "M 100644 inline g\ndata 1\nx\n\n"
    ).encode()


def test_a_repository_that_is_not_there(tmp_path):
    (tmp_path / "repos").mkdir()
    with serving(tmp_path / "repos") as (base, _), pytest.raises(NotFoundError):
        opened(f"{base}/nothing.git", tmp_path)


def test_a_repository_that_is_too_large(tmp_path):
    sim = Repository()
    for n in range(30):
        sim.commit("Ann Author", day(n), {f"f{n}": f"content {n}"}, f"c{n}")
    sim.build(tmp_path / "repos" / "demo.git")
    with serving(tmp_path / "repos") as (base, _), pytest.raises(TooLargeError):
        opened(f"{base}/demo.git", tmp_path, limits=Limits(seconds=0.01))
