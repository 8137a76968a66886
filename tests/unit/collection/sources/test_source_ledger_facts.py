"""First-seen facts: one place does not speak for another, and a place keeps its memory however it is spelled."""

from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from simulators.index import Project, Quirks, Release, history, sdist, serving, wheel
from simulators.world import NOW, world
from supplytrust.collection.resolve import resolve
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact, index, ledger_facts
from supplytrust.ecosystems import PackageRequest, for_type
from supplytrust.io.http.url_rules import fact_key, origin_of
from supplytrust.ledger import Ledger
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.release import FirstSeenFacts
from supplytrust.model.subject import Subject

SOURCES = (artifact, index, ledger_facts)
DEMO = history("demo", "1.0", "1.1", links={"Source": "https://example.org/demo.git"})
NAME = "demo-1.1-py3-none-any.whl"
FACT = f"digest:{NAME}"
OTHER = wheel("demo", "1.1", {"demo/__init__.py": "x = 2\n"})
CHANGED = replace(
    DEMO,
    releases=[DEMO.releases[0], replace(DEMO.releases[1], files=[OTHER, sdist("demo", "1.1")])],
    owners=("mallory",),
)


@pytest.fixture
def memory(tmp_path):
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        yield ledger


@contextmanager
def seen_at(server, folder, *, url="", **options):
    """A world over this index, addressed by another spelling if one is given."""
    with world(server, folder, **options) as opened:
        settings = replace(opened.settings, index={"pypi": url}) if url else opened.settings
        yield replace(opened, settings=settings)


def facts_of(server, folder, memory, *, path=None, hours=0, url=""):
    """The facts of one look by fact, and those known from an earlier one."""
    with seen_at(server, folder, url=url, ledger=memory, at=NOW - timedelta(hours=hours)) as opened:
        subject = (
            resolve(str(path), opened) if path else for_type("pypi").resolve(PackageRequest("pypi", "demo"), opened)
        )
        claim = collect_claims(subject, opened, SOURCES).newest(FirstSeenFacts).claim
        return {f.fact: f for f in claim.facts}, set(claim.known)


def saved(folder, file=OTHER):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file.name
    path.write_bytes(file.data)
    return path


def test_the_ledger_tells_what_changed_since_it_was_seen_first(tmp_path, memory):
    with serving([DEMO]) as server:
        first, known = facts_of(server, tmp_path / "a", memory, hours=1)
        assert known == set()
        assert facts_of(server, tmp_path / "a", memory, hours=1)[1] == set()  # as after a run that was cut off
        assert all(f.first == f.now for f in first.values())
        assert set(first) == {FACT, "digest:demo-1.1.tar.gz", "owners", "repository"}
        server.projects["demo"] = CHANGED
        second, known = facts_of(server, tmp_path / "b", memory)
    assert known == set(first)
    assert (second["owners"].first, second["owners"].now) == ("alice bob", "mallory")
    assert (second[FACT].first, second[FACT].now) == (DEMO.releases[1].files[0].sha256, OTHER.sha256)
    assert second["repository"].first == second["repository"].now == "https://example.org/demo"


def test_a_local_file_of_the_same_name_never_speaks_for_the_index(tmp_path, memory):
    with serving([DEMO]) as server:
        local, _ = facts_of(server, tmp_path / "w", memory, path=saved(tmp_path / "here"), hours=2)
        assert local[FACT].now == OTHER.sha256
        first, known = facts_of(server, tmp_path / "w", memory, hours=1)
        assert first[FACT].first == first[FACT].now == DEMO.releases[1].files[0].sha256
        again, known = facts_of(server, tmp_path / "w", memory)
    assert FACT in known
    assert again[FACT].first == again[FACT].now


def test_the_index_never_speaks_for_a_local_file(tmp_path, memory):
    with serving([DEMO]) as server:
        facts_of(server, tmp_path / "w", memory, hours=1)
        local, known = facts_of(server, tmp_path / "w", memory, path=saved(tmp_path / "here"))
    assert (local[FACT].first, local[FACT].now) == (OTHER.sha256, OTHER.sha256)
    assert FACT not in known  # though the index's file of that name is known, and unchanged


def test_a_local_file_that_is_the_index_s_own_is_known_as_such(tmp_path, memory):
    with serving([DEMO]) as server:
        facts_of(server, tmp_path / "w", memory, hours=1)
        path = saved(tmp_path / "here", DEMO.releases[1].files[0])
        local, known = facts_of(server, tmp_path / "w", memory, path=path)
    assert FACT in known
    assert local[FACT].first == local[FACT].now


def test_an_own_wheel_that_is_built_again_is_another_file_not_a_changed_one(tmp_path, memory):
    with serving([history("else", "1.0")]) as server:
        old = saved(tmp_path / "dist", wheel("demo", "1.1"))
        facts_of(server, tmp_path / "w", memory, path=old, hours=2)
        assert FACT in facts_of(server, tmp_path / "w", memory, path=old, hours=1)[1]
        new, known = facts_of(server, tmp_path / "w", memory, path=saved(tmp_path / "dist"))
        assert (new[FACT].first, new[FACT].now) == (OTHER.sha256, OTHER.sha256)
        assert FACT not in known
        assert FACT not in facts_of(server, tmp_path / "w", memory, path=saved(tmp_path / "elsewhere"))[1]


def test_one_index_never_speaks_for_another(tmp_path, memory):
    with serving([CHANGED]) as mirror:
        facts_of(mirror, tmp_path / "m", memory, hours=2)
    with serving([DEMO]) as server:
        first, known = facts_of(server, tmp_path / "w", memory, hours=1)
        assert known == set()
        assert (first["owners"].first, first[FACT].first) == ("alice bob", DEMO.releases[1].files[0].sha256)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("spelling", ["http://LOCALHOST:{port}/simple", "http://me:word@127.0.0.1:{port}/./simple//"])
def test_another_spelling_of_the_address_is_the_same_place(tmp_path, memory, spelling):
    with serving([DEMO]) as server:
        facts_of(server, tmp_path / "a", memory, hours=1)
        server.projects["demo"] = CHANGED
        url = spelling.format(port=server.url.split(":")[2].split("/")[0])
        changed, known = facts_of(server, tmp_path / "b", memory, url=url)
    assert {FACT, "owners"} <= known
    assert changed[FACT].first != changed[FACT].now


def test_owners_that_the_same_index_no_longer_tells_are_missed(tmp_path, memory):
    with serving([DEMO]) as server:
        facts_of(server, tmp_path / "a", memory, hours=1)
        server.projects["demo"] = replace(DEMO, owners=None)
        facts, known = facts_of(server, tmp_path / "b", memory)
    assert "owners" in known
    assert (facts["owners"].first, facts["owners"].now) == ("alice bob", "")


def test_a_broken_first_download_does_not_become_the_reference(tmp_path, memory):
    with serving([Project("demo", DEMO.releases[1:])], Quirks(truncate=(NAME,))) as server:
        broken, _ = facts_of(server, tmp_path / "a", memory, hours=1)
        assert broken[FACT].first != broken[FACT].now
        server.quirks = Quirks()
        whole, known = facts_of(server, tmp_path / "b", memory)
    assert FACT in known
    assert whole[FACT].first == whole[FACT].now


def test_what_was_kept_without_a_place_is_told_and_compared_with_nothing(tmp_path, memory):
    long_ago = NOW - timedelta(days=300)
    memory.remember("pkg:pypi/demo", FACT, OTHER.sha256, long_ago)
    memory.remember("pkg:pypi/demo", "owners", "carol", long_ago)
    with serving([DEMO]) as server:
        facts, known = facts_of(server, tmp_path / "a", memory)
    assert known == set()
    assert facts[FACT].first == facts[FACT].now
    assert facts[f"unplaced:{FACT}"].first == OTHER.sha256
    assert facts["unplaced:owners"].first_at == long_ago


def test_a_listing_without_digests_is_remembered_by_what_came(tmp_path, memory):
    bare = replace(wheel("demo", "1.1"), listed_sha256="")
    with serving([Project("demo", [Release("1.1", [bare])])]) as server:
        facts_of(server, tmp_path / "a", memory, hours=1)
        server.projects["demo"] = Project("demo", [Release("1.1", [replace(OTHER, listed_sha256="")])])
        facts, known = facts_of(server, tmp_path / "b", memory)
    assert FACT in known
    assert (facts[FACT].first, facts[FACT].now) == (bare.sha256, OTHER.sha256)
    assert MeasuredDigest in ledger_facts.NEEDS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://idx.example.org/simple/", "https://IDX.example.org:443/simple"),
        ("https://idx.example.org/simple/", "http://user:secret@idx.example.org./simple/?token=1#x"),
        ("https://idx.example.org/a%7Eb/", "https://idx.example.org/x/../a~b"),
        ("https://bücher.example.org/s", "https://xn--bcher-kva.example.org/s/"),
        ("https://forge.example.org/o/n.git", "git@forge.example.org:o/n"),
        ("ssh://git@forge.example.org:22/o/n", "git+https://forge.example.org/o/n"),
        ("http://[::1]:8000/s", "http://localhost:8000/s/"),
        ("file:///var/repo", "/var/../var/repo/"),
    ],
)
def test_spellings_of_one_place(one, other):
    assert origin_of(one) == origin_of(other)
    assert "secret" not in origin_of(other)
    assert "@" not in origin_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://idx.example.org/simple/", "https://idx.example.org/other/"),
        ("https://idx.example.org/simple/", "https://idx.example.org:8443/simple/"),
        ("https://idx.example.org/a/b", "https://idx.example.org/a%2Fb"),
        ("https://idx.example.org/simple/", "https://idx.example.com/simple/"),
        ("/var/one", "/var/two"),
        ("file:///idx.example.org/simple", "https://idx.example.org/simple"),
    ],
)
def test_different_places(one, other):
    assert origin_of(one) != origin_of(other)


def test_an_unreadable_address_is_a_place_without_its_login():
    assert "secret" not in origin_of("https://me:secret@[::1/simple")


def test_namespaces_are_different_packages():
    keys = {
        fact_key(Subject(purl, "npm", "core", "1.0"), "https://idx.example.org")
        for purl in ("pkg:npm/%40a/core@1.0", "pkg:npm/%40b/core@1.0?file_name=x", "pkg:npm/core@1.0")
    }
    assert len(keys) == 3
