"""Build the judged wheel again: from its sdist, and from its tag where the repository is on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from supplytrust import ecosystems
from supplytrust.errors import SourceError
from supplytrust.evidence.repository import addresses
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.io.git.repository import open_folder
from supplytrust.io.processes import sandbox
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.rebuild import BuilderChain, RebuildResult, SecondInterpreter
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.claims.source_tree import ReleaseTag
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.rebuild import commit_objects, engine, inputs, native_members
from supplytrust.rebuild.judge import PublishedFile

NAME = "rebuild"
OFFERS: tuple[type[Claim], ...] = (RebuildResult, SecondInterpreter, BuilderChain)
NEEDS: tuple[type[Claim], ...] = (ReleaseTag, ProjectMetadata, CoreMetadata)
ECOSYSTEMS = ecosystems.known_types()


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """Rebuild unless switched off; `auto` needs the sandbox, `always` says so when there is none."""
    refused = answer_without_building(subject, known, world)
    if refused:
        return refused
    alone = inputs.lone_sdist(subject, world)
    if alone is not None:
        return _of_sdist(subject, alone, known, world)
    found = inputs.pair(subject, world)
    made = inputs.with_index_status(subject, inputs.from_sdist(subject, found, world), world)
    told: list[SourceClaim | NotObserved] = [_claim_of(made)]
    try:
        told += _from_tag(subject, (found.wheel, found.sdist), known, world)
    except SourceError as error:
        world.progress("rebuild", f"not from the tag: {error.message}")
    told.append(_second(subject, found, made, world))
    own = ecosystems.of(subject).rebuild_backend()
    members, _ = own.members_of(found.wheel.data, found.wheel.file_name)
    below = native_members.of_wheel(found.wheel.file_name, members, made, own)
    told.append(SourceClaim(below, "read from the wheel and its rebuild", f"sha256:{found.wheel.digest}"))
    return told


def answer_without_building(
    subject: Subject, known: SubjectEvidence, world: CollectContext
) -> Sequence[SourceClaim | NotObserved]:
    """Why there is nothing to build; empty when there may be. It costs next to nothing, a process of its own a lot."""
    mode = world.options.get("rebuild", "auto")
    if mode == "never":
        return [not_observed(kind, NotObservedReason.NOT_LOOKED, "rebuilding is switched off") for kind in OFFERS]
    if mode == "auto" and sandbox.find_sandbox() == sandbox.NONE:
        why = f"not rebuilt: no sandbox on this machine: {sandbox.explain_none()}"
        return [not_observed(kind, NotObservedReason.TOOL_MISSING, why) for kind in OFFERS]
    if inputs.lone_artifact(subject) is None:
        return ()
    if addresses.local_repository(subject, known, world) is None:
        return _unbuilt(NotObservedReason.DEPENDS, "its repository is not on this machine")
    tag = known.newest(ReleaseTag)
    if tag is None or not tag.claim.commit:
        return _unbuilt(NotObservedReason.DEPENDS, "no commit is known that it was made of")
    return ()


def _unbuilt(reason: NotObservedReason, why: str) -> list[SourceClaim | NotObserved]:
    """Of an archive of sources, which is made again from its source tree only."""
    return [not_observed(RebuildResult, reason, why), *_beside_sources()]


def _beside_sources() -> list[NotObserved]:
    why = "what was published is an archive of sources"
    return [not_observed(kind, NotObservedReason.NOT_APPLICABLE, why) for kind in (SecondInterpreter, BuilderChain)]


def _of_sdist(
    subject: Subject, sdist: PublishedFile, known: SubjectEvidence, world: CollectContext
) -> Sequence[SourceClaim | NotObserved]:
    """A release without wheels: what was published is the sdist, and only the tagged tree can give it again."""
    try:
        return [*_from_tag(subject, (sdist,), known, world), *_beside_sources()]
    except SourceError as error:
        told = f"not packed again from its source tree: {error.message}"
        return _unbuilt(NotObservedReason(error.reason), told)


def _claim_of(made: RebuildResult) -> SourceClaim:
    how = "without" if made.sandbox == sandbox.NONE.name else "with"
    return SourceClaim(made, f"built again {how} a sandbox, engine {made.engine}", made.source_digest)


def _from_tag(
    subject: Subject, files: Sequence[PublishedFile], known: SubjectEvidence, world: CollectContext
) -> list[SourceClaim]:
    """The files from the tag's tree, when tag and repository are at hand."""
    tag, place = known.newest(ReleaseTag), addresses.local_repository(subject, known, world)
    if tag is None or place is None or not tag.claim.commit:
        return []
    view = open_folder(place, world.scratch)
    at = tag.claim.at or files[0].uploaded_at or world.at
    beside = ecosystems.of(subject).rebuild_backend().needs_commit
    git = commit_objects.repository_files(view, tag.claim.commit) if beside else {}
    tar = inputs.tree_tar(view, tag.claim.commit, int(at.timestamp()), git=git)
    made = [inputs.from_tree(subject, f, tar, tag.claim.commit, world) for f in files]
    made += _other_toolchain(subject, files[0], made[0], tar, world)
    return [_claim_of(inputs.with_index_status(subject, one, world)) for one in made]


def _other_toolchain(
    subject: Subject, file: PublishedFile, made: RebuildResult, tar: bytes, world: CollectContext
) -> list[RebuildResult]:
    """The file from the same tree on another interpreter with the present tools, when a second one is asked for.

    One that does not give it again says nothing against it: backends change what they write.
    """
    others = ecosystems.of(subject).rebuild_backend().other_toolchains(made.recipe)
    if world.options.get("second-interpreter") != "yes" or not others or not made.level.reproduced:
        return []
    options = {**world.options, "python": others[0], "recipe": "unpinned", "keep": ""}
    tree = engine.tree_inputs(tar, made.source_digest.removeprefix("gitCommit:"))
    again = engine.rebuild(subject, file, tree, replace(world, options=MappingProxyType(options)))
    return [again] if again.level.reproduced else []


def _second(
    subject: Subject, found: inputs.Pair, made: RebuildResult, world: CollectContext
) -> SourceClaim | NotObserved:
    """The same wheel on another interpreter, when the caller asks for it."""
    if world.options.get("second-interpreter") != "yes":
        return not_observed(SecondInterpreter, NotObservedReason.NOT_LOOKED, "a second interpreter was not asked for")
    others = ecosystems.of(subject).rebuild_backend().other_toolchains(made.recipe)
    if not others or not made.level.reproduced:
        return not_observed(SecondInterpreter, NotObservedReason.DEPENDS, "no first rebuild or no second interpreter")
    options = {**world.options, "python": others[0], "keep": ""}
    again = inputs.rebuild_uncached(subject, found, replace(world, options=MappingProxyType(options)))
    claim = SecondInterpreter(
        made.file_name,
        made.interpreter,
        again.interpreter,
        made.level,
        again.level,
        same_file=bool(made.rebuilt_sha256) and made.rebuilt_sha256 == again.rebuilt_sha256,
    )
    return SourceClaim(claim, "built again on another interpreter", made.source_digest)
