"""Documented attacks on crates and on the way crates are taken in, replayed with inert text; and healthy look-alikes.

Every story has an index, a repository as it looked on the day, and advisories that know nothing yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import supplytrust
from simulators.crates import Crate, Need, Past, Registry, manifest, package, registry
from simulators.repository import day
from supplytrust.ecosystems.cargo.address import public_host
from supplytrust.model.record import TrustRecord

HOUR = timedelta(hours=1)
EVIL = {"src/lib.rs": "//! demo\npub fn f() { /* inert stand-in for a loader */ }\n"}


PLAIN = {f"src/{part}.rs": f"//! {part}\npub fn {part}() {{}}\n" for part in ("read", "write", "parse", "show")}
LATER = {"LICENSE-MIT": "MIT\n", "tests/all.rs": "#[test]\nfn all() {}\n"}


@dataclass
class Story:
    """What was published: crates, the judged one, the moment of the look, the repository's past if there is one."""

    subject: str
    at: datetime
    crates: list[Crate] = field(default_factory=list)
    past: Past | None = None


def upkeep(name: str = "demo-crate", count: int = 8, every: int = 60, **options: object) -> Past:
    """A maintained crate: a release every two months, of a tagged commit, by two people."""
    past = Past(name)
    for number in range(count):
        past.author = ("Ann Author", "Ben Builder")[number % 2]
        version = f"0.{number + 1}.0" if number < 2 else f"0.3.{number}"
        past.release(version, day(every * number), {**PLAIN, **LATER}, **options)  # type: ignore[arg-type]
    return past


def told(past: Past, version: str, at: datetime, needs: tuple[Need, ...] = (), **changes: object) -> Crate:
    """A crate that was published without the repository: nothing is committed, and it names no commit."""
    files = {**past.planned[-1][2], "Cargo.toml": manifest(past.name, version, needs)}
    extra = {**EVIL, **dict(changes)}  # type: ignore[arg-type]
    return Crate(past.name, version, package(past.name, version, files, extra=extra), at, needs)


def arrayref(folder: Path) -> Story:
    """Account taken over: first dependency ever, hours old, with the build script; all good ones yanked."""
    past = upkeep()
    past.build(folder / "repo")
    now = day(700)
    young = Crate(
        "demo-crate-util", "0.1.0",
        package("demo-crate-util", "0.1.0", {"src/lib.rs": "", "build.rs": "fn main() {}", "Cargo.toml": manifest("demo-crate-util", "0.1.0")}),
        now - 5 * HOUR,
    )  # fmt: skip
    bad = told(past, "0.3.10", now, (Need("demo-crate-util", "0.1"),))
    past.crates = [replace(c, yanked=c.version.startswith("0.3.")) for c in past.crates]
    return Story("pkg:cargo/demo-crate", now + 75 * HOUR, [*past.crates, bad, young], past)


def onering(folder: Path) -> Story:
    """Dormant crate, new release without a tag, with network code."""
    past = upkeep()
    past.build(folder / "repo")
    return Story("pkg:cargo/demo-crate", day(1000), [*past.crates, told(past, "0.3.9", day(996))], past)


def moved_fixture(folder: Path) -> Story:
    """A release of the tagged commit whose build script is a test fixture of the same tree."""
    past = upkeep()
    past.release("0.3.9", day(480), {**PLAIN, "tests/data.txt": "fn main() {}\n"}, extra={"build.rs": "fn main() {}\n"})
    past.build(folder / "repo")
    return Story("pkg:cargo/demo-crate", day(484), past.crates, past)


def added_dependency(folder: Path) -> Story:
    """Stolen token: the manifests of the crate have a dependency that the tagged commit lacks."""
    past = upkeep()
    changed = manifest("demo-crate", "0.3.9", [Need("helper")])
    past.release("0.3.9", day(480), extra={"Cargo.toml": changed, "Cargo.toml.orig": changed})
    past.build(folder / "repo")
    return Story("pkg:cargo/demo-crate", day(484), past.crates, past)


def other_commit(folder: Path) -> Story:
    """The crate names a commit on no branch of the repository."""
    past = upkeep()
    past.release("0.3.9", day(480), EVIL, commit=False)
    past.build(folder / "repo")
    last = past.crates.pop()
    files = {"src/lib.rs": EVIL["src/lib.rs"], "Cargo.toml": manifest("demo-crate", "0.3.9")}
    bad = replace(last, data=package("demo-crate", "0.3.9", files, "c0ffee" + "0" * 34))
    return Story("pkg:cargo/demo-crate", day(484), [*past.crates, bad], past)


def typosquat(name: str, popular: str) -> Callable[[Path], Story]:
    """A days-old name one step from a popular one: a copy with the other's repository link."""

    def made(folder: Path) -> Story:
        past = upkeep(popular, count=4)
        past.build(folder / "repo")
        link = "https://forge.example.org/popular/popular"
        files = {"src/lib.rs": EVIL["src/lib.rs"], "Cargo.toml": manifest(name, "1.0.1", repository=link)}
        bad = [
            Crate(
                name, version, package(name, version, {**files, "Cargo.toml": manifest(name, version)}, extra=extra), at
            )
            for version, at, extra in (
                ("1.0.0", day(600), {}),
                ("1.0.1", day(601), {"build.rs": "fn main() {}\n"}),
            )
        ]
        return Story(f"pkg:cargo/{name}", day(605), bad, past)

    return made


ATTACKS: dict[str, Callable[[Path], Story]] = {
    "arrayref-2026": arrayref,
    "onering-2026": onering,
    "fixture-as-build-script": moved_fixture,
    "dependency-in-both-manifests": added_dependency,
    "commit-of-nobody": other_commit,
    "rustdecimal-2022": typosquat("rustdecimal", "rust_decimal"),
    "crates-typosquats-2023": typosquat("lazystatic", "lazy_static"),
    "crates-typosquats-2023-once": typosquat("oncecell", "once_cell"),
    "polymarket-2026": typosquat("polymarket-client-sdks", "polymarket-client-sdk"),
    "faster-log-2025": typosquat("fastlog", "fast_log"),
}
HELD = {"commit-of-nobody"}  # the fact against it, a tree that nobody shows, is no proof of another one


def judge(story: Story, folder: Path, **options: object) -> TrustRecord:
    """The record of a story, as of its moment, with an advisory database that has nothing about it."""
    other = {"package": {"ecosystem": public_host(), "name": "none-such"}, "versions": ["1.0.0"]}
    known = {"id": "GHSA-xxxx-yyyy-zzzz", "modified": f"{story.at:%Y-%m-%dT00:00:00Z}", "affected": [other]}
    (folder / "osv.json").write_text(json.dumps([known]))
    with registry(story.crates) as running:
        return judge_at(running, story, folder, **options)


def judge_at(running: Registry, story: Story, folder: Path, **options: object) -> TrustRecord:
    """The same, with a registry that goes on running."""
    config = folder / "supplytrust.toml"
    base = folder / "osv.json"
    config.write_text(f'[index]\ncargo = "{running.url}"\n[advisories]\nservice = "none"\nosv = "{base}"\n')
    given: dict[str, object] = {"deps": "none", "rebuild": "never", "ledger": None, "at": story.at}
    place = str(folder / "repo")
    return supplytrust.assess(story.subject, config=config, repository=place, **(given | options))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_on_crates_are_never_admitted(name: str, tmp_path: Path) -> None:
    story = ATTACKS[name](tmp_path)
    record = judge(story, tmp_path)
    assert record.outcome.name == ("REFER" if name in HELD else "REFUSE"), [r.text for r in record.reasons]


def test_enough_of_them_are_refused() -> None:
    assert len(ATTACKS.keys() - HELD) >= 0.85 * len(ATTACKS)


def test_resolution_into_the_lure_is_held_and_the_ledger_tells_since_when(tmp_path: Path) -> None:
    story = arrayref(tmp_path)
    good = [replace(c, yanked=False) for c in story.crates if c.at and c.at < day(690)]
    ledger = str(tmp_path / "ledger.db")
    judge(story, tmp_path)
    with registry(good) as running:
        judge_at(running, replace(story, at=day(690)), tmp_path, ledger=ledger)
        running.crates = story.crates
        record = judge_at(running, story, tmp_path, ledger=ledger)
    assert record.trustee.purl == "pkg:cargo/demo-crate@0.3.10"
    seen = next(f for a in record.areas.values() for f in a.findings if f.signal.endswith("predecessors_not_withdrawn"))
    assert seen.status.value == "not_observed"
    assert f"still offered on {day(690):%Y-%m-%d}" in seen.because


# --- healthy look-alikes


def healthy_build_script(folder: Path) -> Story:
    """A build script that was always there changes with its commit."""
    past = Past("demo-crate")
    for number in range(6):
        past.release(f"1.{number}.0", day(60 * number), {"build.rs": f"fn main() {{ /* {number} */ }}\n"})
    past.build(folder / "repo")
    return Story("pkg:cargo/demo-crate", day(306), past.crates, past)


def healthy_split(folder: Path) -> Story:
    """A release that splits off a crate: a young dependency of the same repository."""
    past = upkeep()
    past.release("0.3.9", day(480), needs=(Need("demo-crate-core", "0.3"),))
    past.build(folder / "repo")
    core = Crate(
        "demo-crate-core",
        "0.3.9",
        package("demo-crate-core", "0.3.9", {"src/lib.rs": "", "Cargo.toml": manifest("demo-crate-core", "0.3.9")}),
        day(480),
    )
    return Story("pkg:cargo/demo-crate", day(484), [*past.crates, core], past)


def healthy_replacement(folder: Path) -> Story:
    """A mistake is yanked when its fix is out."""
    past = upkeep()
    past.release("0.3.9", day(480))
    past.build(folder / "repo")
    past.crates[-2] = replace(past.crates[-2], yanked=True)
    return Story("pkg:cargo/demo-crate", day(484), past.crates, past)


def healthy_workspace(folder: Path) -> Story:
    """A member published from a commit that carries its sibling's tag."""
    past = Past("demo-crate", folder="crates/demo")
    for number in range(6):
        past.release(f"1.{number}.0", day(60 * number), tag=f"other-crate-v4.{number}.0")
    past.build(folder / "repo")
    return Story("pkg:cargo/demo-crate", day(306), past.crates, past)


HEALTHY = {
    "upkeep": lambda folder: Story("pkg:cargo/demo-crate", day(500), (p := upkeep()).crates, p if p.build(folder / "repo") else p),
    "build-script": healthy_build_script,
    "split": healthy_split,
    "replacement": healthy_replacement,
    "workspace": healthy_workspace,
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_look_alikes_are_not_refused(name: str, tmp_path: Path) -> None:
    record = judge(HEALTHY[name](tmp_path), tmp_path)
    assert record.outcome.name != "REFUSE", [r.text for r in record.reasons]
    told = {f.signal: f.status.value for a in record.areas.values() for f in a.findings}
    assert told["integrity/artifact_matches_source_tree"] == "supports"
    assert told["responsiveness/predecessors_not_withdrawn"] == "supports"
    assert told["provenance/source_statement_kept"] == "supports"
