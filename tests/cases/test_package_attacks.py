"""Documented attacks on JavaScript packages, replayed with inert text; and healthy look-alikes.

Every story has a registry, a repository as it looked on the day, and advisories that know nothing yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import supplytrust
from simulators.packages import Past, registry
from simulators.repository import day
from supplytrust.model.record import TrustRecord

HOUR = timedelta(hours=1)
PLAIN = {f"lib/{part}.js": f"exports.{part} = () => {part!r}\n" for part in ("read", "write", "parse", "show")}
LATER = {"LICENSE": "MIT\n", "test/all.js": "require('..')\n"}
BUNDLE = {"bundle.js": "/* inert stand-in for a worm */\n" + "void 0;\n" * 4000}


@dataclass
class Story:
    """What was published: packages, the judged one, and the moment of the look."""

    past: Past
    at: datetime
    others: list[Past] = field(default_factory=list)
    tracked: bool = True  # there is a repository

    @property
    def subject(self) -> str:
        return f"pkg:npm/{self.past.name.replace('@', '%40')}"


def upkeep(name: str = "demo-package", count: int = 9, every: int = 60, **options: object) -> Past:
    """A maintained package: a release every two months, of a tagged commit, by two people."""
    past = Past(name)
    for number in range(count):
        past.author = ("Ann Author", "Ben Builder")[number % 2]
        past.release(f"1.{number}.0", day(every * number), {**PLAIN, **LATER}, **options)  # type: ignore[arg-type]
    return past


def ngx(*, hook: bool = True) -> Callable[[], Story]:
    """Worm with a stolen token: a bundle of 3 MB and a hook, in the registry's file only; no tag."""

    def made() -> Story:
        past = upkeep()
        changed = {"scripts": {"postinstall": "node bundle.js"}} if hook else {}
        past.release("1.8.1", day(600), {**PLAIN, **LATER}, extra=BUNDLE, changed=changed, commit=False)
        return Story(past, day(600) + 10 * HOUR)

    return made


def ngx_thrice() -> Story:
    """The same, released again and again, so that the release before is already the attacker's."""
    past = upkeep()
    for number in range(3):
        changed = {"scripts": {"postinstall": "node bundle.js"}}
        at = day(600) + number * HOUR
        past.release(f"1.8.{number + 1}", at, {**PLAIN, **LATER}, extra=BUNDLE, changed=changed, commit=False)
    return Story(past, day(600) + 12 * HOUR)


def getcookies() -> Story:
    """A popular package takes in a young one by nobody, in its repository too; the young one is judged."""
    young = Past("express-cookies")
    young.author = "Nobody"
    for number in range(2):
        files = {"lib/eval.js": "module.exports = s => Function(s)\n"}
        young.release(f"1.0.{number}", day(600 + number), files, commit=False)
    return Story(young, day(605), tracked=False)


def mailparser() -> Story:
    """The deprecated popular package that takes the young one in."""
    young, past = getcookies().past, upkeep("mailparser-demo")
    past.release(
        "1.8.1", day(602), {**PLAIN, **LATER}, dependencies={"express-cookies": "^1.0.0"}, commit=False, told={"deprecated": "no longer maintained"}
    )  # fmt: skip
    return Story(past, day(602) + 10 * HOUR, [young])


def tanstack() -> Story:
    """Signed by the real pipeline: a file that the tagged commit lacks, and a git dependency whose `prepare` runs."""
    past = upkeep()
    optional = {"optionalDependencies": {"setup": "github:other/setup#0c0ffee"}}
    past.release("1.9.0", day(600), {**PLAIN, **LATER}, extra={"router_init.js": BUNDLE["bundle.js"]}, changed=optional)
    return Story(past, day(600) + 10 * HOUR)


def event_stream() -> Story:
    """Handed over: the minified file differs from the tagged source, and a young dependency is new."""
    young, past = Past("flatmap-demo"), upkeep()
    young.release("0.1.0", day(597), {"index.min.js": "void 0\n"}, commit=False)
    past.author = "New Owner"
    past.release(
        "1.9.0", day(600), {**PLAIN, **LATER}, dependencies={"flatmap-demo": "^0.1.0"}, extra={"lib/read.js": "exports.read = 0 // other\n"}
    )  # fmt: skip
    return Story(past, day(604), [young])


def confusion() -> Story:
    """The registry's document shows no script and no dependency; the tarball has both."""
    past = upkeep()
    changed = {"scripts": {"install": "node lib/read.js"}, "dependencies": {"helper": "1"}}
    past.release("1.9.0", day(600), {**PLAIN, **LATER}, changed=changed, told={"scripts": {}, "dependencies": {}})
    return Story(past, day(604))


def swapped() -> Story:
    """Other bytes than the registry lists."""
    past = upkeep()
    sri = "sha512-" + "q6ur" * 21 + "q6urqw=="
    past.release("1.9.0", day(600), {**PLAIN, **LATER}, told={"dist": {"integrity": sri[: len("sha512-") + 86] + "=="}})
    return Story(past, day(604))


ATTACKS: dict[str, Callable[[], Story]] = {
    "ngx-bootstrap-2025": ngx(),
    "ngx-bootstrap-2025-without-hook": ngx(hook=False),
    "ngx-bootstrap-2025-thrice": ngx_thrice,
    "tanstack-2026": tanstack,
    "event-stream-2018": event_stream,
    "manifest-confusion": confusion,
    "other-bytes": swapped,
    "mailparser-2018": mailparser,
    "getcookies-2018": getcookies,
}
HELD = {"getcookies-2018"}  # a new name has no repository to be compared with: everything about it is unknown


def healthy_plain() -> Story:
    past = upkeep()
    past.release("1.9.0", day(600), {**PLAIN, **LATER})
    return Story(past, day(604))


def healthy_hook() -> Story:
    """A native package has always had its install script."""
    past = upkeep(scripts={"install": "node-gyp rebuild"})
    past.release("1.9.0", day(600), {**PLAIN, **LATER, "binding.gyp": "{}"}, scripts={"install": "node-gyp rebuild"})
    return Story(past, day(604))


def healthy_dependency() -> Story:
    past, other = upkeep(), upkeep("other-package")
    past.release("1.9.0", day(600), {**PLAIN, **LATER}, dependencies={"other-package": "^1.0.0"})
    return Story(past, day(604), [other])


def healthy_workspace() -> Story:
    past = upkeep("@demo/core")
    past.release("2.0.0", day(600), {**PLAIN, **LATER}, tag="@demo/core@2.0.0")
    return Story(past, day(604))


def healthy_built() -> Story:
    """A file that a build script makes: no proof, and nothing against it alone when it is data."""
    past = upkeep(extra={"dist/map.json.txt": "built\n"})
    return Story(past, day(600))


HEALTHY: dict[str, Callable[[], Story]] = {
    "plain release": healthy_plain,
    "install script as ever": healthy_hook,
    "a known dependency is new": healthy_dependency,
    "a package of a scope": healthy_workspace,
    "a file that is built": healthy_built,
}


def judge(story: Story, folder: Path, **options: object) -> TrustRecord:
    """The record of a story, as of its moment, with an advisory database that has nothing about it."""
    other = {"package": {"ecosystem": "npm", "name": "none-such"}, "versions": ["1.0.0"]}
    known = {"id": "GHSA-xxxx-yyyy-zzzz", "modified": f"{story.at:%Y-%m-%dT00:00:00Z}", "affected": [other]}
    (folder / "osv.json").write_text(json.dumps([known]))
    repository = str(story.past.build(folder / "repo")) if story.tracked else ""
    with registry([story.past, *story.others]) as running:
        config = folder / "supplytrust.toml"
        config.write_text(f'[index]\nnpm = "{running.url}"\n[advisories]\nosv = "osv.json"\nservice = "none"\n')
        given: dict[str, object] = {"deps": "none", "rebuild": "never", "ledger": None}
        return supplytrust.assess(story.subject, config=config, repository=repository, at=story.at, **(given | options))  # type: ignore[arg-type]


@pytest.mark.thorough
@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_are_not_admitted(name: str, tmp_path: Path) -> None:
    record = judge(ATTACKS[name](), tmp_path)
    against = [f.signal for area in record.areas.values() for f in area.findings if f.status.value == "opposes"]
    assert record.outcome.name == ("REFER" if name in HELD else "REFUSE"), against


@pytest.mark.thorough
@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_look_alikes_are_not_refused(name: str, tmp_path: Path) -> None:
    record = judge(HEALTHY[name](), tmp_path)
    against = [f.because for area in record.areas.values() for f in area.findings if f.status.value == "opposes"]
    assert record.outcome.name != "REFUSE", against


def test_enough_of_the_attacks_are_refused() -> None:
    assert len(HELD) <= 0.15 * len(ATTACKS)
    assert HELD < set(ATTACKS)


def test_one_attack_is_refused_in_the_default_run(tmp_path: Path) -> None:
    assert judge(ngx()(), tmp_path).outcome.name == "REFUSE"
