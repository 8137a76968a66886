"""Evidence is judged again: the same bytes everywhere, less evidence never helps, time moves on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from simulators.commands import Ran, Shell
from simulators.index import Index, Project, Release, history, sdist, serving, wheel
from supplytrust import appraise
from supplytrust.appraisal.policies import loader
from supplytrust.model.evidence import Evidence, SubjectEvidence
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import Outcome
from supplytrust.records import evidence_file, statement

SHIPPED = ("baseline", "production", "keep")
DEPS = ["part-a", "part-b"]
PROJECTS = [
    Project(
        "app",
        [
            Release(version, [wheel("app", version, requires=DEPS), sdist("app", version, requires=DEPS)], at)
            for version, at in (("1.0", datetime(2024, 1, 1, tzinfo=UTC)), ("1.1", datetime(2024, 6, 1, tzinfo=UTC)))
        ],
        requires=DEPS,
        links={"Source": "https://example.org/app"},
    ),
    *(history(name, "1.0", "1.1", links={"Source": "https://example.org/p"}) for name in DEPS),
    history("flit-core", "3.9", "3.10", links={"Source": "https://example.org/flit"}),
]


def collected(shell: Shell, index: Index, subject: str, *options: str) -> Path:
    path = shell.home / "evidence.json"
    path.unlink(missing_ok=True)
    ran = shell.run("collect", subject, "--index-url", index.url, "--rebuild", "never", "-o", path, *options)
    assert (ran.code, ran.err) == (0, "")
    return path


@pytest.fixture
def evidence(shell: Shell) -> Path:
    """Evidence of a package with two linked dependencies and a build tool."""
    with serving(PROJECTS) as index:
        return collected(shell, index, "app", "--deps", "direct")


def record(ran: Ran) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(ran.out)["predicate"])


@pytest.mark.thorough
def test_two_processes_and_two_hash_seeds_give_the_same_bytes(shell: Shell, evidence: Path) -> None:
    words = ("appraise", evidence, "--format", "json")
    first, second = shell.spawn(*words, seed="1"), shell.spawn(*words, seed="4242")
    assert first.code == second.code == 10
    assert first.out == second.out == shell.run(*words).out
    assert len(first.out) > 10_000


def test_two_collections_of_one_world_differ_in_time_only(shell: Shell) -> None:
    with serving(PROJECTS) as index:
        at = ("--at", "2025-01-01T00:00:00Z", "--no-ledger")
        first = collected(shell, index, "app", *at).read_bytes()
        again = collected(Shell(shell.home, {"SUPPLYTRUST_CACHE": str(shell.home / "2")}), index, "app", *at)
    assert again.read_bytes() == first


def shuffled(value: object, chance: random.Random) -> object:
    """The same document with its nodes, edges, observations and gaps in another order, and its keys too."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        moved = {key: shuffled(value[key], chance) for key in keys}
        for name in ("nodes", "edges", "observations", "gaps"):
            if isinstance(moved.get(name), list):
                chance.shuffle(cast("list[object]", moved[name]))
        return moved
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.sampled(1)
@pytest.mark.thorough
def test_the_order_of_claims_leaves_no_trace(shell: Shell, evidence: Path, seed: int) -> None:
    usual = shell.run("appraise", evidence, "--format", "json")
    mixed = shell.home / "mixed.json"
    mixed.write_text(json.dumps(shuffled(json.loads(evidence.read_bytes()), random.Random(seed))), "utf-8")
    assert mixed.read_bytes() != evidence.read_bytes()
    assert shell.run("appraise", mixed, "--format", "json") == usual


def without(evidence: Evidence, purl: str, node: SubjectEvidence) -> Evidence:
    kept = tuple(n for n in evidence.nodes if n.subject.purl != purl)
    return replace(evidence, nodes=(*kept, node))


def poorer(evidence: Evidence) -> Iterator[Evidence]:
    """Every way to lose one observation, and every way to lose all claims of one kind."""
    for node in evidence.nodes:
        seen = node.observations
        for lost in seen:
            yield without(evidence, node.subject.purl, replace(node, observations=tuple(o for o in seen if o != lost)))
        for kind in {type(o.claim) for o in seen}:
            left = tuple(o for o in seen if type(o.claim) is not kind)
            yield without(evidence, node.subject.purl, replace(node, observations=left))


def outcomes(evidence: Evidence, policy: Policy) -> tuple[Outcome, dict[str, Outcome]]:
    judged = appraise(evidence, policy=policy)
    return judged.outcome, {area.value: verdict.outcome for area, verdict in judged.areas.items()}


@pytest.mark.parametrize("name", [*SHIPPED, "mild"])
@pytest.mark.thorough
def test_losing_what_speaks_for_a_package_never_helps(evidence: Path, mild: Path, name: str) -> None:
    whole = evidence_file.from_bytes(evidence.read_bytes())
    policy = loader.load(mild if name == "mild" else name)
    outcome, areas = outcomes(whole, policy)
    assert outcome is (Outcome.ADMIT if name == "mild" else Outcome.REFER)
    worse = 0
    for less in poorer(whole):
        then, those = outcomes(less, policy)
        assert then >= outcome
        assert all(those[area] >= areas[area] for area in areas)
        worse += then > outcome
    assert worse > 0 or name != "mild"


def test_losing_what_speaks_against_a_package_never_admits_it(shell: Shell, mild: Path) -> None:
    swapped = Project("box", [Release("1.0", [wheel("box", "1.0", listed_sha256="0" * 64), sdist("box", "1.0")])])
    with serving([swapped]) as index:
        path = collected(shell, index, "box", "--deps", "none")
    whole, policy = evidence_file.from_bytes(path.read_bytes()), loader.load(mild)
    assert appraise(whole, policy=policy, alone=True).outcome is Outcome.REFUSE
    for less in poorer(whole):
        assert appraise(less, policy=policy, alone=True).outcome is not Outcome.ADMIT


@pytest.mark.parametrize("name", [*SHIPPED, "mild"])
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.sampled(1)
def test_no_observation_at_all_is_refer(evidence: Path, mild: Path, name: str, alone: bool) -> None:
    whole = evidence_file.from_bytes(evidence.read_bytes())
    bare = replace(whole, nodes=tuple(replace(n, observations=()) for n in whole.nodes))
    emptier = replace(bare, nodes=tuple(replace(n, gaps=()) for n in bare.nodes), edges=None)
    for nothing in (bare, emptier):
        judged = appraise(nothing, policy=mild if name == "mild" else name, alone=alone)
        assert judged.outcome is Outcome.REFER
        assert all(v.outcome is not Outcome.ADMIT for v in judged.areas.values() if v.required)
        assert judged.not_observed


@pytest.mark.sampled(1)
@pytest.mark.parametrize("lost", ["pkg:pypi/part-a@1.1", "pkg:pypi/flit-core@3.10"])
def test_a_dependency_that_vanished_from_the_evidence_is_not_admitted(evidence: Path, mild: Path, lost: str) -> None:
    whole = evidence_file.from_bytes(evidence.read_bytes())
    left = tuple(n for n in whole.nodes if n.subject.purl != lost)
    assert len(left) == len(whole.nodes) - 1
    assert appraise(whole, policy=mild).outcome is Outcome.ADMIT
    assert appraise(replace(whole, nodes=left), policy=mild).outcome is Outcome.REFER


def test_the_record_is_the_same_by_library_and_command_line(shell: Shell, evidence: Path) -> None:
    by_hand = statement.to_statement(appraise(evidence_file.from_bytes(evidence.read_bytes())))
    assert shell.run("appraise", evidence, "--format", "json").out.encode().strip() == by_hand.strip()


# --- time ------------------------------------------------------------------------------------------


def test_a_past_day_does_not_see_later_releases(shell: Shell) -> None:
    with serving([history("kit", "1.0", "1.1", "1.2")]) as index:
        seen = {
            day: record(shell.assess(index, "kit", "--at", day, "--format", "json"))
            for day in ("2024-01-15", "2024-02-15", "2026-01-01")
        }
        later = shell.assess(index, "kit==1.2", "--at", "2024-01-15")
        text = json.dumps(seen["2024-01-15"])
    purls = {day: json.dumps(found["trustee"]) for day, found in seen.items()}
    assert ["kit@1.0" in purls["2024-01-15"], "kit@1.1" in purls["2024-02-15"], "kit@1.2" in purls["2026-01-01"]] == [
        True
    ] * 3
    assert "1.1" not in text.replace("sha1.1", "")
    assert later.code == 3


@contextmanager
def fresh_release(age: timedelta) -> Iterator[Index]:
    now = datetime.now(UTC)
    kit = history("kit", "1.0", "1.1", links={"Source": "https://example.org/kit"})
    young = Release("1.2", [wheel("kit", "1.2"), sdist("kit", "1.2")], now - age)
    with serving([replace(kit, releases=[*kit.releases, young])]) as index:
        yield index


def test_a_release_of_one_hour_is_held_until_its_cooldown_ends(shell: Shell, mild: Path) -> None:
    with fresh_release(timedelta(hours=1)) as index:
        path = collected(shell, index, "kit==1.2", "--deps", "none")
        released = datetime.now(UTC) - timedelta(hours=1)
    words = ("appraise", path, "--alone", "--policy", mild)
    young = shell.run(*words)
    assert young.code == 10
    assert "past_cooldown" in young.out
    ends = released + timedelta(hours=72)
    assert any(f"{ends - timedelta(minutes=m):%Y-%m-%d %H:%M}" in young.out for m in range(3))

    late = f"{datetime.now(UTC) + timedelta(hours=80):%Y-%m-%dT%H:%M:%SZ}"
    aged = shell.run(*words, "--at", late)
    assert aged.code == 10, "what was seen before the cool-down says nothing about what came after it"


def test_the_same_release_looked_at_after_its_cooldown_is_admitted(shell: Shell, mild: Path) -> None:
    with fresh_release(timedelta(hours=81)) as index:
        path = collected(shell, index, "kit==1.2", "--deps", "none")
    ran = shell.run("appraise", path, "--alone", "--policy", mild)
    assert ran.code == 0
