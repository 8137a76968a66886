"""Build a published file again and say how close it came.

Verify digests, audit the container, infer a recipe, build in the box, compare, replay; climb a short ladder
of other recipes until it is close enough. The result never says more than was seen: what could not be built
is `not-rebuilt` with a reason, what cannot be compared is `native-unverified`, and a wheel made from a
hostile source still rebuilds: the source is not judged here.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from supplytrust import ecosystems
from supplytrust.ecosystems.rebuild_backend import (
    BuildAttempt,
    FileRules,
    Members,
    RebuildBackend,
    RebuildPlan,
    RebuildTarget,
)
from supplytrust.errors import SourceError
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import run
from supplytrust.io.processes.sandbox import Sandbox
from supplytrust.model.claims.rebuild import RebuildAttempt, RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.subject import Subject
from supplytrust.rebuild import diffoscope
from supplytrust.rebuild.judge import Judgement, PublishedFile, judge

ENGINE: Final = "7"  # part of the verdict's key: raise it when a verdict could come out otherwise
MOST_ATTEMPTS: Final = 5
UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)  # where no day is needed and none is known
RANK: Final = (
    RebuildLevel.BIT_FOR_BIT,
    RebuildLevel.CONTAINER_ONLY,
    RebuildLevel.NORMALIZED,
    RebuildLevel.NATIVE_UNVERIFIED,
    RebuildLevel.METADATA_DIFFERS,
    RebuildLevel.DATA_DIFFERS,
    RebuildLevel.CODE_DIFFERS,
    RebuildLevel.NOT_REBUILT,
)
ENOUGH: Final = (RebuildLevel.BIT_FOR_BIT, RebuildLevel.CONTAINER_ONLY)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is built: an sdist, or the tar of a commit's tree.

    `digest` says which one (`sha256:<hex>`, `gitCommit:<hex>`); `sha256` is what the index lists, if any.
    """

    kind: RebuildInput
    file_name: str
    data: bytes
    digest: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt, judged."""

    judgement: Judgement
    built: BuildAttempt

    def brief(self) -> RebuildAttempt:
        """The attempt as it is kept in the result."""
        level, reason = self.judgement.level, self.judgement.reason
        return RebuildAttempt(self.built.rules, self.built.interpreter, level, reason)


def sdist_inputs(file_name: str, data: bytes, sha256: str = "") -> Inputs:
    """A published sdist as input."""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Inputs(RebuildInput.SDIST, file_name, data, digest, sha256)


def tree_inputs(tar: bytes, commit: str) -> Inputs:
    """A commit's tree as input: the bytes of `git archive` and the commit's id."""
    return Inputs(RebuildInput.TAG, "tree.tar", tar, f"gitCommit:{commit}")


def rebuild(subject: Subject, published: PublishedFile, inputs: Inputs, world: CollectContext) -> RebuildResult:
    """Rebuild a wheel (or, from a commit's tree, an sdist) and compare it with the published one.

    Raises errors.UnreachableError or OfflineError when the index does not answer: that is no property of the file.
    Switches: `world.options["rebuild"]` = unsandboxed allows work without a sandbox; `["keep"]` names a
    folder for what was built; `["python"]` a series such as 3.11 to build on; `["recipe"]` = unpinned leaves
    out all inference, to measure its worth.
    """
    started = time.monotonic()
    own = ecosystems.of(subject).rebuild_backend()
    refused = _unfit(published, inputs, dated=not own.packs_trees)
    if refused:
        return _nothing(published, inputs, refused, started)
    try:
        members, problems = own.members_of(published.data, published.file_name)
        rules = own.rules_for(published.file_name)
        plan = own.plan(_target(subject, published, inputs, members, rules), world)
    except (SourceError, ValueError, RecursionError) as error:
        return _nothing(published, inputs, f"unreadable-input: {str(error)[:160]}", started)
    if problems:
        return _nothing(published, inputs, f"container-audit: {problems[0][:160]}", started)
    with run.private_folder(world.scratch) as folder:
        box = plan.find_tools(folder)
        if isinstance(box, str):
            return _nothing(published, inputs, box, started)
        work = _Work(published, members, (own, plan), box, folder, world)
        outcomes = work.climb()
        work.keep(outcomes)
        return _result(work, inputs, outcomes, started)


def _target(
    subject: Subject, published: PublishedFile, inputs: Inputs, members: Members, rules: FileRules
) -> RebuildTarget:
    return RebuildTarget(
        subject,
        published.file_name,
        published.data,
        members,
        published.uploaded_at or UNDATED,
        inputs.file_name,
        inputs.data,
        from_tree=inputs.kind is RebuildInput.TAG,
        is_built=rules.BUILT,
        native=rules.is_native(members),
    )


def _unfit(published: PublishedFile, inputs: Inputs, *, dated: bool) -> str:
    if published.sha256 and published.sha256 != published.digest:
        return "digest-mismatch: the published file is not the one the index names"
    if inputs.sha256 and f"sha256:{inputs.sha256}" != inputs.digest:
        return "digest-mismatch: the source file is not the one the index names"
    return "no-upload-time" if dated and published.uploaded_at is None else ""


@dataclass(frozen=True, slots=True)
class _Work:
    """Everything that stays the same from rung to rung."""

    published: PublishedFile
    members: Mapping[str, bytes]
    own: tuple[RebuildBackend, RebuildPlan]
    sandbox: Sandbox
    folder: Path
    world: CollectContext

    def climb(self) -> list[Outcome]:
        """Attempts in order, until one is close enough or the ladder ends."""
        outcomes: list[Outcome] = []
        _, plan = self.own
        left = plan.recipes()
        while left and len(outcomes) < MOST_ATTEMPTS + plan.remedies():
            self.world.progress("rebuild", f"{self.published.file_name}: attempt {len(outcomes) + 1}")
            tried = plan.attempt(left.pop(0), self.folder / f"attempt-{len(outcomes)}")
            if not tried.interpreter and outcomes:
                continue
            outcomes.append(Outcome(self._judge(tried), tried))
            if outcomes[-1].judgement.level in ENOUGH:
                break
            left = plan.revise(tried, left)
        return outcomes

    def _judge(self, tried: BuildAttempt) -> Judgement:
        if tried.reason:
            return Judgement(RebuildLevel.NOT_REBUILT, tried.reason)
        return judge(self.published, self.members, tried.file_name, tried.data, self.own[0])

    def keep(self, outcomes: list[Outcome]) -> None:
        """Leave what was built where the caller wants to look at it."""
        wanted = self.world.options.get("keep", "")
        if not wanted:
            return
        for number, outcome in enumerate(outcomes):
            place = Path(wanted) / f"attempt-{number + 1}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "log.txt").write_text(outcome.built.log, encoding="utf-8")
            built = (outcome.built.file_name, outcome.built.data)
            if not built[0]:
                continue
            (place / built[0]).write_bytes(built[1])
            if outcome.judgement.level.differs:
                ours = (self.published.file_name, self.published.data)
                said = diffoscope.text(self.sandbox, self.folder / f"in-depth-{number}", ours, built)
                (place / "difference.txt").write_text(said, encoding="utf-8")


def _nothing(published: PublishedFile, inputs: Inputs, reason: str, started: float) -> RebuildResult:
    return RebuildResult(
        published.file_name,
        published.digest,
        RebuildLevel.NOT_REBUILT,
        reason,
        inputs.kind,
        inputs.digest,
        ENGINE,
        seconds=round(time.monotonic() - started, 3),
    )


def _result(work: _Work, inputs: Inputs, outcomes: list[Outcome], started: float) -> RebuildResult:
    best = min(outcomes, key=lambda o: (RANK.index(o.judgement.level), o.built.requirements is None))
    found = best.judgement
    return RebuildResult(
        file_name=work.published.file_name,
        sha256=work.published.digest,
        level=found.level,
        reason=found.reason,
        source=inputs.kind,
        source_digest=inputs.digest,
        engine=ENGINE,
        sandbox=work.sandbox.name,
        interpreter=best.built.interpreter,
        recipe=best.built.used,
        requirements=best.built.requirements,
        normalizers=found.comparison.normalizers,
        container=found.container,
        replayed=found.replayed,
        differences=found.comparison.differences,
        unreproduced=found.comparison.unreproduced if best.built.data else tuple(sorted(work.members)),
        members=len(work.members),
        attempts=tuple(o.brief() for o in outcomes),
        seconds=round(time.monotonic() - started, 3),
        rebuilt_sha256=hashlib.sha256(best.built.data).hexdigest() if best.built.data else "",
        native=found.native,
    )
