"""Faults at every source, present and future, and at the places they read from: never a better outcome.

Sources are taken as the collector finds them, so that a new one is covered by being there. Stories are told once;
each fault looks at them again, with the source in question failing and those that need it left to manage.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from stories import ATTACKS, EVE, LOOKALIKES, SETTLED, fresh_cache, judged, looking, rebuilt, with_node
from stories import played as scenes

import supplytrust as st
from simulators.faults import OTHER, WAYS, Failing
from simulators.index import Quirks, history
from simulators.repository import Repository
from simulators.story import Story, Told, told
from supplytrust.collection.options import load_settings, open_context
from supplytrust.collection.resolve import resolve
from supplytrust.collection.scheduler import all_sources, collect_claims
from supplytrust.errors import SupplytrustError
from supplytrust.ledger import open_ledger
from supplytrust.model.evidence import Evidence
from supplytrust.model.vocabulary import Status

BY_NAME = {story.id: story for story in (*LOOKALIKES, *(story for story, _ in ATTACKS))}
HEALTHY = BY_NAME["attested"]
BAD = [BY_NAME[name] for name in ("event-stream-2018", "ultralytics-1-2024", "colors-faker-2022")]
QUICK = ("unreachable", "unexpected")  # the ways of the default run


@dataclass(frozen=True)
class Scene:
    """A story on the day, with the outcome when nothing fails."""

    story: Story
    world: Told
    folder: Path
    whole: Evidence

    def look(self, way: str, source: str) -> Evidence:
        """Look with one source failing in one way."""
        at = self.story.day + SETTLED
        options = looking(self.world, self.folder)
        asked = [Failing(s, WAYS[way]) if s.NAME == source else s for s in all_sources()]
        with (
            fresh_cache(self.folder, at),
            open_ledger(options.get("ledger")) as ledger,  # type: ignore[arg-type]
            open_context(options, load_settings(options), at, self.whole.collected_at, ledger=ledger) as opened,  # type: ignore[arg-type]
        ):
            return with_node(self.whole, collect_claims(resolve(self.world.bad, opened), opened, asked))


@contextmanager
def scene(story: Story, folder: Path) -> Iterator[Scene]:
    with told(story, folder) as world:
        judged(world, world.before, story.day - EVE, folder)
        world.strike()
        world.index.projects[OTHER] = history(OTHER, "1.13.0", "1.14.0", "1.14.1")
        at = story.day + SETTLED
        with fresh_cache(folder, at):
            whole = st.collect(world.bad, at=at, **looking(world, folder))  # type: ignore[arg-type]
        yield Scene(story, world, folder, whole)


@pytest.fixture(scope="module", params=scenes([HEALTHY, *BAD]))
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(request.param, tmp_path_factory.mktemp("scene")) as made:
        yield made


def record(evidence: Evidence) -> st.TrustRecord:
    """With a rebuild besides, so that the healthy story is admitted and there is something to lose."""
    return st.appraise(rebuilt(evidence), alone=True)


def opposed(told_of: st.TrustRecord) -> set[str]:
    findings = [w for verdict in told_of.areas.values() for w in verdict.findings]
    return {f.signal for f in findings if f.status is Status.OPPOSES}


def check(scene: Scene, faulty: st.TrustRecord) -> None:
    whole = record(scene.whole)
    if scene.story is HEALTHY:
        assert whole.outcome is st.Outcome.ADMIT, whole.reasons
    else:
        assert faulty.outcome is not st.Outcome.ADMIT, faulty.reasons
    assert faulty.outcome >= whole.outcome or not opposed(whole) <= opposed(faulty), faulty.reasons


@pytest.mark.sampled(12)
@pytest.mark.parametrize("way", [w if w in QUICK else pytest.param(w, marks=pytest.mark.thorough) for w in WAYS])
@pytest.mark.parametrize("source", [s.NAME for s in all_sources()])
def test_a_failing_source_never_improves(played: Scene, source: str, way: str) -> None:
    if played.story not in (HEALTHY, BAD[0]) and way not in ("unreachable", "other package"):
        return  # how a source fails makes no difference to the others; two stories show each way
    if (source, way) == ("ledger_facts", "other package"):
        return  # the caller's own file has no other side: asked for another package it sees this one for the first time
    evidence = played.look(way, source)
    faulty = record(evidence)
    check(played, faulty)
    if way != "other package":
        mine = [o for o in evidence.nodes[0].observations if o.source == source]
        assert not mine
    if way in ("unreachable", "malformed", "unexpected"):
        assert any(gap.source == source for gap in evidence.nodes[0].gaps) or not applies(source)
    if way == "unexpected" and applies(source):
        assert faulty.outcome is not st.Outcome.ADMIT, "what broke inside might have opposed"


def applies(source: str) -> bool:
    found = next(s for s in all_sources() if s.NAME == source)
    return not found.ECOSYSTEMS or "pypi" in found.ECOSYSTEMS


# --- at the places that sources read from ----------------------------------------------------------


def _no_repository(world: Told) -> None:
    empty = world.repository.with_name("empty")
    empty.mkdir(exist_ok=True)
    world.repository = empty


def _lost_objects(world: Told) -> None:
    for pack in (world.repository / "objects").rglob("*"):
        if pack.is_file():
            pack.chmod(0o600)
            pack.write_bytes(pack.read_bytes()[: pack.stat().st_size // 2])


def _other_repository(world: Told) -> None:
    other = Repository()
    other.commit("Mona Mixer", world.day, {"src/mixed.py": "x = 1\n"}, "start")
    other.tag("v1.14.1", "Mona Mixer", world.day)
    world.repository = other.build(world.repository.with_name("other.git"))


def _root(text: str) -> object:
    def damage(world: Told) -> None:
        (world.config.parent / "trusted_root.json").write_text(text)

    return damage


def _old_root(world: Told) -> None:
    os.utime(world.config.parent / "trusted_root.json", (0, 0))


def _quirks(**options: object) -> object:
    def damage(world: Told) -> None:
        world.index.quirks = Quirks(**options)  # type: ignore[arg-type]

    return damage


PLACES = {
    "no repository there": _no_repository,
    "repository cut off": _lost_objects,
    "another repository": _other_repository,
    "trust root is no JSON": _root("{"),
    "trust root without authorities": _root("{}"),
    "trust root of another age": _old_root,
    "index without the JSON API": _quirks(json_api=False),
    "JSON API refuses": _quirks(status={"/pypi/": 403}),
    "JSON API broken": _quirks(garbage=("/pypi/",)),
    "JSON API answers pages": _quirks(html_for_missing=True, json_api=False),
    "provenance refused": _quirks(status={"/provenance/": 403}),
    "provenance broken": _quirks(garbage=("/provenance/",)),
    "no upload times": _quirks(upload_times=False),
    "files refused": _quirks(status={"/files/": 403}),
    "files gone": _quirks(status={"/files/": 404}),
    "wheel cut off": _quirks(truncate=("quietlake-1.14.1-py3-none-any.whl",)),
    "sdist cut off": _quirks(truncate=("quietlake-1.14.1.tar.gz",)),
    "predecessor cut off": _quirks(truncate=("quietlake-1.14.0-py3-none-any.whl", "quietlake-1.14.0.tar.gz")),
}


@pytest.mark.parametrize("story", [HEALTHY, BAD[0]], ids=lambda s: s.id)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.sampled(1)
def test_a_failing_place_never_improves(place: str, story: Story, tmp_path: Path) -> None:
    with scene(story, tmp_path) as made:
        PLACES[place](made.world)  # type: ignore[operator]
        try:
            faulty = record(again(made))
        except SupplytrustError:
            return  # nothing to assess, or a configuration that cannot be used: no record, so nothing to admit with
        check(made, faulty)


def again(made: Scene) -> Evidence:
    """A look with an empty cache."""
    at = made.story.day + SETTLED
    fresh = made.folder / "fresh"
    with fresh_cache(fresh, at):
        return st.collect(made.world.bad, at=at, **looking(made.world, made.folder))  # type: ignore[arg-type]


@pytest.mark.thorough
def test_a_server_in_trouble_never_improves(tmp_path: Path) -> None:
    """Answers of 500 are tried again for a while, and then given up."""
    with scene(BAD[0], tmp_path) as made:
        made.world.index.quirks = Quirks(status={"/pypi/": 500})
        check(made, record(again(made)))


def test_a_ledger_that_cannot_be_read_gives_no_record(tmp_path: Path) -> None:
    with scene(HEALTHY, tmp_path) as made:
        (tmp_path / "ledger.sqlite3").write_bytes(b"no database" * 100)
        with pytest.raises(SupplytrustError):
            again(made)
