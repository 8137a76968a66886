"""Which files of a release are rebuilt from which, and what was found before about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from supplytrust import ecosystems
from supplytrust.errors import NotFoundError, SourceError
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.rebuild import BuildRequirement, RebuildResult
from supplytrust.model.subject import Artifact, Subject
from supplytrust.rebuild import engine
from supplytrust.rebuild.judge import PublishedFile
from supplytrust.rebuild.result_cache import Verdicts


@dataclass(frozen=True, slots=True)
class Pair:
    """A wheel and the sdist of the same release, fetched."""

    wheel: PublishedFile
    sdist: PublishedFile


def pair(subject: Subject, world: CollectContext) -> Pair:
    """The judged wheel (or the release's first pure one) with the release's sdist.

    Raises NotFoundError when the release lacks one of them, and whatever fetching raises.
    """
    files = [a for a in (subject.artifact, *subject.others) if a is not None]
    wheels = [a for a in files if a.kind.is_built]
    rules_for = ecosystems.of(subject).rebuild_backend().rules_for
    wheels.sort(key=lambda a: (a != subject.artifact, not rules_for(a.file_name).PURE))
    sdists = [a for a in files if a.kind.is_source]
    if not wheels or not sdists:
        raise NotFoundError(f"the release has no {'wheel' if not wheels else 'sdist'}")
    times = {f.file_name: f.uploaded_at for f in ecosystems.of(subject).index_files(subject.name, world)}
    return Pair(_fetch(subject, wheels[0], times, world), _fetch(subject, sdists[0], times, world))


def lone_sdist(subject: Subject, world: CollectContext) -> PublishedFile | None:
    """The sdist of a release that has no wheel, fetched; None when it has one. Raises what fetching raises."""
    files = [a for a in (subject.artifact, *subject.others) if a is not None]
    sdists = [a for a in files if a.kind.is_source]
    if not sdists or any(a.kind.is_built for a in files):
        return None
    times = {f.file_name: f.uploaded_at for f in ecosystems.of(subject).index_files(subject.name, world)}
    return _fetch(subject, sdists[0], times, world)


def _fetch(
    subject: Subject, artifact: Artifact, times: dict[str, datetime | None], world: CollectContext
) -> PublishedFile:
    data = ecosystems.for_type(subject.type).fetch(subject, artifact, world)
    return PublishedFile(artifact.file_name, data, artifact.sha256, times.get(artifact.file_name))


def from_sdist(subject: Subject, found: Pair, world: CollectContext) -> RebuildResult:
    """The kept verdict on the wheel from its sdist, or a new one. Raises UnreachableError or OfflineError."""
    return _known_or_new(subject, found.wheel, _inputs(found), world)


def with_index_status(subject: Subject, made: RebuildResult, world: CollectContext) -> RebuildResult:
    """The result, each build requirement with what the index says of that very file now (a day's truth, not kept)."""
    if not made.requirements:
        return made
    return replace(made, requirements=tuple(_standing(subject, r, world) for r in made.requirements))


def _standing(subject: Subject, requirement: BuildRequirement, world: CollectContext) -> BuildRequirement:
    try:
        files = ecosystems.of(subject).index_files(requirement.name, world)
    except SourceError:
        return requirement
    listed = next((f for f in files if f.sha256 == requirement.sha256), None)
    if listed is None:
        return requirement
    return replace(requirement, uploaded_at=listed.uploaded_at or requirement.uploaded_at, yanked=listed.yanked)


def rebuild_uncached(subject: Subject, found: Pair, world: CollectContext) -> RebuildResult:
    """A new verdict on the wheel from its sdist, neither taken from nor put with the kept ones."""
    return engine.rebuild(subject, found.wheel, _inputs(found), world)


def _inputs(found: Pair) -> engine.Inputs:
    return engine.sdist_inputs(found.sdist.file_name, found.sdist.data, found.sdist.sha256)


def from_tree(
    subject: Subject, published: PublishedFile, tar: bytes, commit: str, world: CollectContext
) -> RebuildResult:
    """The kept verdict on a wheel or sdist from a tree, or a new one. Raises UnreachableError or OfflineError."""
    return _known_or_new(subject, published, engine.tree_inputs(tar, commit), world)


def _known_or_new(
    subject: Subject, published: PublishedFile, inputs: engine.Inputs, world: CollectContext
) -> RebuildResult:
    verdicts = Verdicts(world.cache / "rebuilds")
    known = verdicts.get(published.digest, inputs.digest, engine.ENGINE, world.now)
    if known is not None and known.file_name == published.file_name and not world.options.get("keep"):
        return known
    made = engine.rebuild(subject, published, inputs, world)
    verdicts.put(made)
    return made
