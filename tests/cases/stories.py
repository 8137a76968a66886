"""Every case by name: documented attacks (one TOML file each), attested attacks, and healthy releases that look odd.

`collected` looks at a story once and keeps the evidence; whoever wants a variant of it only appraises again.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import supplytrust as st
from simulators import sigstore_world
from simulators.story import Story, Told, told
from supplytrust.appraisal.policies import loader
from supplytrust.model.claims.rebuild import RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.evidence import Evidence, Observation, SubjectEvidence
from supplytrust.model.subject import ArtifactKind
from supplytrust.records import evidence_file

FILES = sorted((Path(__file__).parent / "attacks").glob("*.toml"))
DAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOON, SETTLED = timedelta(hours=1), timedelta(hours=80)
EVE = timedelta(hours=2)

PLAIN = Story("plain", DAY)
LOOKALIKES = [
    PLAIN,
    replace(PLAIN, id="dormant", observables=frozenset({"dormant_wakeup"})),
    replace(PLAIN, id="burst-over-maintained-lines", lines=3),
    replace(PLAIN, id="newcomer-led-with-review", newcomer="Nora Newcomer"),
    replace(PLAIN, id="generated-version-file", generated=True),
    replace(PLAIN, id="no-sdist", with_sdist=False),
    replace(PLAIN, id="organization-without-roles", owners=(), organization="acme"),
    replace(PLAIN, id="owners-not-told", owners=None),
    replace(PLAIN, id="major-jump", observables=frozenset({"version_jump"})),
    replace(PLAIN, id="grown", observables=frozenset({"size_jump"})),
    replace(PLAIN, id="one-owner", observables=frozenset({"single_maintainer"})),
    replace(PLAIN, id="new-owner", observables=frozenset({"new_publisher"})),
    replace(PLAIN, id="attested", attested="always"),
    replace(PLAIN, id="attested-for-the-first-time", attested="since"),
    replace(PLAIN, id="attested-by-a-renamed-workflow", attested="moved"),
]


def _attested(name: str, *words: str) -> Story:
    return Story(name, DAY, frozenset(words))


# What an attacker can do to attestations, each with the least that has to come of it.
ATTESTED = [
    (_attested("attestation-dropped", "attestation_dropped"), "REFUSE"),
    (
        _attested("attestation-dropped-and-token", "attestation_dropped", "artifact_ne_source", "token_publish"),
        "REFUSE",
    ),
    (_attested("attestation-of-other-bytes", "attestation_of_other_bytes"), "REFER"),
    (_attested("stolen-pipeline-other-source", "attestation_valid", "artifact_ne_source", "network_new"), "REFUSE"),
    (
        _attested("stolen-pipeline-tag-of-no-branch", "attestation_valid", "tag_not_on_branch", "artifact_ne_source"),
        "REFUSE",
    ),
    (_attested("stolen-pipeline-in-the-open", "attestation_valid", "new_install_hook", "network_new"), "REFER"),
    (_attested("attested-from-a-fork", "new_release_signer"), "REFER"),
]


# Attacks that stand out against the releases before them only, told without and with more of the same just before.
BASE_RATES = [
    (_attested("untagged", "no_matching_tag"), "REFUSE"),
    (_attested("untagged-and-other-source", "no_matching_tag", "artifact_ne_source"), "REFUSE"),
    (_attested("unattested", "attestation_dropped"), "REFUSE"),
    (_attested("hook-in-source", "new_install_hook"), "REFER"),
    (_attested("hook-untagged", "new_install_hook", "no_matching_tag"), "REFUSE"),
    (_attested("young-dependency", "new_dependency"), "REFER"),
    (_attested("first-binary", "binary_blob_new"), "REFER"),
    (_attested("awake-after-years", "dormant_wakeup", "no_matching_tag"), "REFUSE"),
]
REHEARSALS = (1, 3, 14)


def rehearsed(story: Story, times: int) -> Story:
    """The story with so many releases of its kind in the hours before."""
    return replace(story, id=f"{story.id}-after-{times}", rehearsals=times)


def story_of(path: Path) -> tuple[Story, str]:
    """The story of a case file, and the outcome that is expected of it."""
    case = tomllib.loads(path.read_text())
    day = datetime.combine(case["date"], datetime.min.time(), UTC) + timedelta(hours=12)
    return Story(case["id"], day, frozenset(case["observables"])), case["expect"]


ATTACKS = [story_of(path) for path in FILES]
BAD = [story for story, _ in (*ATTACKS, *ATTESTED)]
EVERY = [*BAD, *LOOKALIKES]
FEW = {  # what the default run looks at: each way in once, and two healthy releases
    *("event-stream-2018", "ultralytics-1-2024", "litellm-2026", "stolen-pipeline-other-source", "attestation-dropped"),
    *("plain", "attested", "untagged", "unattested"),
}


def with_attestation(story: Story) -> Story:
    """The story, its files attested by the expected workflow on a hosted runner, where it does not say otherwise."""
    return story if story.attested_before else replace(story, id=f"{story.id}-attested", attested="always")


def hosted_policy() -> str:
    """The shipped baseline with the simulated forge's hosted runner in the place of the first one that it names."""
    text = loader.shipped_text("baseline")
    text = re.sub(r'issuer = "https://[^"]+"', f'issuer = "{sigstore_world.ISSUER}"', text, count=1)
    return re.sub(r'runner = "[^"]+"', f'runner = "{sigstore_world.Signer().runner}"', text, count=1)


def played(stories: Iterable[Story | tuple[Story, str]]) -> list[object]:
    """The stories as parameters of a test: those beside the few are for the thorough run."""
    found: list[object] = []
    for one in stories:
        values = one if isinstance(one, tuple) else (one,)
        marks = () if values[0].id in FEW else (pytest.mark.thorough,)
        found.append(pytest.param(*values, marks=marks, id=values[0].id))
    return found


def judged(world: Told, purl: str, at: datetime, folder: Path, **options: object) -> st.TrustRecord:
    """Each look with a cache of its own: the index changed in between faster than any real one."""
    with fresh_cache(folder, at):
        return st.assess(purl, at=at, **looking(world, folder), **options)  # type: ignore[arg-type]


def looking(world: Told, folder: Path) -> dict[str, object]:
    """Where a story is looked at: its index, its repository, its trust root, one ledger."""
    return {
        "index_url": world.index.url,
        "repository": str(world.repository),
        "config": world.config,
        "ledger": folder / "ledger.sqlite3",
        "deps": "none",
        "rebuild": "never",
    }


@contextmanager
def fresh_cache(folder: Path, at: datetime) -> Iterator[None]:
    """The cache of one moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPPLYTRUST_CACHE", str(folder / f"cache-{at:%Y%m%d%H}"))
        yield


def collected(story: Story, folder: Path) -> Evidence:
    """The evidence eighty hours after publication; the release before was judged with the same ledger."""
    with told(story, folder) as world:
        if world.before:
            judged(world, world.before, story.day - EVE, folder)
        world.strike()
        at = story.day + SETTLED
        with fresh_cache(folder, at):
            return st.collect(world.bad, at=at, **looking(world, folder))  # type: ignore[arg-type]


def kept(story: Story, shelf: Path, folder: Callable[[], Path]) -> Evidence:
    """The same, from the shelf when it was looked at before (other test processes share it)."""
    path = shelf / f"{story.id}.json"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        evidence_file.save_evidence(collected(story, folder()), part)
        part.replace(path)
    return evidence_file.load_evidence(path)


def rebuilt(evidence: Evidence) -> Evidence:
    """The same with the best a rebuild can say: an attacker's sdist builds the attacker's wheel, bit for bit."""
    node = evidence.nodes[0]
    artifact = node.subject.artifact
    sdist = next((a for a in node.subject.others if a.kind is ArtifactKind.SDIST), None)
    if artifact is None or sdist is None:
        return evidence
    claim = RebuildResult(
        file_name=artifact.file_name,
        sha256=artifact.sha256,
        level=RebuildLevel.BIT_FOR_BIT,
        reason="",
        source=RebuildInput.SDIST,
        source_digest=f"sha256:{sdist.sha256}",
        engine="1",
        sandbox="bubblewrap",
        interpreter="cpython 3.12.1",
    )
    made = Observation(
        evidence_file.observation_id("rebuild", claim), "rebuild", evidence.collected_at, "built", "", claim
    )
    gaps = tuple(g for g in node.gaps if g.claim != "RebuildResult")
    return with_node(evidence, SubjectEvidence(node.subject, (*node.observations, made), gaps))


def with_node(evidence: Evidence, node: SubjectEvidence) -> Evidence:
    """The evidence with another account of its root."""
    return replace(evidence, root=node.subject.purl, nodes=(node,))
