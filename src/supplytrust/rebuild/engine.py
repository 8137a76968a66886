"""Build a published file again and say how close it came: audit, recipe, box, compare, replay, ladder,
verdict.

The result never says more than was seen: what could not be built is `not-rebuilt` with a reason, what
cannot be compared is `native-unverified`, and a wheel made from a hostile source still rebuilds - this is
no judgement of the source.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from supplytrust.errors import SourceError
from supplytrust.model.claims.rebuild import (
    RebuildAttempt,
    RebuildInput,
    RebuildLevel,
    RebuildResult,
    RecipeUsed,
)
from supplytrust.model.subject import Subject
from supplytrust.ports import scratch
from supplytrust.ports.world import World
from supplytrust.rebuild import compare, container, interpreters, native, readable, recipe, sourcetree
from supplytrust.rebuild.build import Built, Job, Workshop, build
from supplytrust.rebuild.recipe import Hints, Recipe

ENGINE: Final = "1"  # part of the verdict's key: raise it when a verdict could come out otherwise
MOST_ATTEMPTS: Final = 5
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
class Published:
    """The file to be rebuilt.

    `sha256` is what the index names ('' = nothing), `uploaded_at` its time there.
    """

    file_name: str
    data: bytes
    sha256: str = ""
    uploaded_at: datetime | None = None

    @property
    def digest(self) -> str:
        """sha256 of the bytes at hand."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What it is rebuilt from:

    an sdist, or the tar of a commit's tree. `digest` says which, `sha256` as listed.
    """

    kind: RebuildInput
    file_name: str
    data: bytes
    digest: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt, compared."""

    level: RebuildLevel
    reason: str
    recipe: Recipe
    python: interpreters.Interpreter | None
    built: Built
    comparison: compare.Comparison = field(
        default_factory=lambda: compare.Comparison(RebuildLevel.NOT_REBUILT)
    )
    container: tuple[str, ...] = ()
    replayed: bool | None = None

    def brief(self) -> RebuildAttempt:
        """The attempt as it is kept in the result."""
        return RebuildAttempt(self.recipe.rules, str(self.python or ""), self.level, self.reason)


def sdist_inputs(file_name: str, data: bytes, sha256: str = "") -> Inputs:
    """A published sdist as input."""
    return Inputs(RebuildInput.SDIST, file_name, data, f"sha256:{hashlib.sha256(data).hexdigest()}", sha256)


def tree_inputs(tar: bytes, commit: str) -> Inputs:
    """A commit's tree as input: the bytes of `git archive` and the commit's id."""
    return Inputs(RebuildInput.TAG, "tree.tar", tar, f"gitCommit:{commit}")


def rebuild(subject: Subject, published: Published, inputs: Inputs, world: World) -> RebuildResult:
    """Rebuild a wheel (or, from a commit's tree, an sdist) and compare it with the published one.

    Raises errors.UnreachableError when the index does not answer: that is no property of the file.
    Switches: `world.options["rebuild"]` = unsandboxed allows work without bubblewrap; `["keep"]` = folder
    for what was built.
    """
    from supplytrust.rebuild import workshop

    started = time.monotonic()
    refused = _unfit(published, inputs)
    if refused:
        return _nothing(published, inputs, refused, started)
    try:
        members, problems = sourcetree.members_of(published.data, published.file_name)
        tree = sourcetree.read(inputs.data, inputs.file_name)
        table = recipe.read_table(tree.members)
    except (SourceError, ValueError) as error:
        return _nothing(published, inputs, f"unreadable-input: {str(error)[:160]}", started)
    if problems:
        return _nothing(published, inputs, f"container-audit: {problems[0][:160]}", started)
    with scratch.folder(world.scratch) as folder:
        shop = workshop.equip(world, folder)
        if isinstance(shop, str):
            return _nothing(published, inputs, shop, started)
        work = _Work(published, inputs, tree, members, shop, folder, world)
        outcomes = work.climb(_first(subject, published, inputs, members, table))
        work.keep(outcomes)
        return _result(work, outcomes, started)


def _unfit(published: Published, inputs: Inputs) -> str:
    if published.sha256 and published.sha256 != published.digest:
        return "digest-mismatch: the published file is not the one the index names"
    if inputs.sha256 and f"sha256:{inputs.sha256}" != inputs.digest:
        return "digest-mismatch: the source file is not the one the index names"
    return "no-upload-time" if published.uploaded_at is None else ""


def _first(
    subject: Subject,
    published: Published,
    inputs: Inputs,
    members: Mapping[str, bytes],
    table: recipe.Table,
) -> tuple[Hints, Recipe]:
    """Hints and first recipe. An sdist tells nothing about its backend, so only the cut-off applies to it."""
    uploaded = published.uploaded_at
    assert uploaded is not None  # noqa: S101 - `_unfit` was asked before
    if not published.file_name.endswith(".whl"):
        hints = Hints(subject.name, subject.version, "", "", (), False, False, False, "")  # noqa: FBT003
        first = recipe.Recipe(table, (), (), uploaded + recipe.SLACK, None, ("cut-off", "no-epoch"))
    else:
        hints = recipe.read_hints(published.file_name, published.data, members)
        first = recipe.infer(hints, table, uploaded)
    if inputs.kind is RebuildInput.TAG:
        first = first.also("pretend-version", pretend_version=subject.version)
    return hints, first


@dataclass(frozen=True, slots=True)
class _Work:
    """Everything that stays the same from rung to rung."""

    published: Published
    inputs: Inputs
    tree: sourcetree.SourceTree
    members: Mapping[str, bytes]
    shop: Workshop
    folder: Path
    world: World

    @property
    def is_wheel(self) -> bool:
        return self.published.file_name.endswith(".whl")

    @property
    def is_native(self) -> bool:
        tagged = self.is_wheel and not self.published.file_name.endswith("-any.whl")
        return tagged or (self.is_wheel and any(compare.is_native(path) for path in self.members))

    def climb(self, start: tuple[Hints, Recipe]) -> list[Outcome]:
        """Attempts in order, until one is close enough or the ladder ends."""
        hints, first = start
        if self.is_native:
            series = _series(self.published.file_name)
            ladder = [first.also("tagged-python", python=series) if series else first]
        else:
            ladder = [first, *recipe.rungs(hints, first)]
        outcomes: list[Outcome] = []
        for rung in ladder:
            python = interpreters.choose(rung, hints.requires_python, interpreters.available())
            if python is None and outcomes:
                continue
            outcomes.append(self.attempt(rung, python, len(outcomes)))
            if outcomes[-1].level in ENOUGH or len(outcomes) == MOST_ATTEMPTS:
                break
        return outcomes

    def attempt(self, rung: Recipe, python: interpreters.Interpreter | None, number: int) -> Outcome:
        """Build once and compare."""
        self.world.progress("rebuild", f"{self.published.file_name}: attempt {number + 1}")
        if python is None:
            return Outcome(RebuildLevel.NOT_REBUILT, "no-interpreter", rung, None, Built("no-interpreter"))
        folder = self.folder / f"attempt-{number}"
        folder.mkdir()
        job = Job(self.tree, rung, python, "wheel" if self.is_wheel else "sdist")
        built = build(self.shop, job, folder)
        if built.reason:
            reason = f"{built.reason}: {built.detail}" if built.detail else built.reason
            return Outcome(RebuildLevel.NOT_REBUILT, reason, rung, python, built)
        return self.judge(rung, python, built)

    def judge(self, rung: Recipe, python: interpreters.Interpreter, built: Built) -> Outcome:
        """Compare what came out with what was published."""
        if built.data == self.published.data and built.file_name == self.published.file_name:
            same = compare.Comparison(RebuildLevel.BIT_FOR_BIT)
            return Outcome(RebuildLevel.BIT_FOR_BIT, "", rung, python, built, same)
        try:
            rebuilt, problems = sourcetree.members_of(built.data, built.file_name)
        except SourceError as error:
            return Outcome(
                RebuildLevel.NOT_REBUILT, f"output-refused: {str(error)[:160]}", rung, python, built
            )
        if problems:
            return Outcome(
                RebuildLevel.NOT_REBUILT, f"output-refused: {problems[0][:160]}", rung, python, built
            )
        if not self.is_wheel:
            found = compare.sdists(_rootless(self.members), _rootless(rebuilt))
            return Outcome(found.level, "", rung, python, built, found)
        if self.is_native:
            return self._judge_native(rung, python, built, rebuilt)
        found = compare.wheels(self.members, rebuilt)
        found = replace(found, differences=readable.explain(found.differences, self.members, rebuilt))
        if found.level is not RebuildLevel.CONTAINER_ONLY:
            return Outcome(found.level, "", rung, python, built, found)
        names = (self.published.file_name, built.file_name)
        around = container.differences(self.published.data, built.data, names)
        replayed = container.replays(self.published.data, rebuilt)
        return Outcome(found.level, "", rung, python, built, found, around, replayed)

    def _judge_native(
        self, rung: Recipe, python: interpreters.Interpreter, built: Built, rebuilt: Mapping[str, bytes]
    ) -> Outcome:
        ours, theirs = native.payload(self.members), native.payload(rebuilt)
        found = compare.wheels(ours, theirs, with_record=False)
        found = replace(found, differences=readable.explain(found.differences, ours, theirs))
        if found.level.differs:
            return Outcome(found.level, "", rung, python, built, found)
        said = native.statement(self.members, rebuilt)
        lost = tuple(sorted(p for p in self.members if p not in theirs and p not in ours))
        found = replace(found, level=RebuildLevel.NATIVE_UNVERIFIED, differences=(), unreproduced=lost)
        return Outcome(RebuildLevel.NATIVE_UNVERIFIED, said, rung, python, built, found)

    def keep(self, outcomes: list[Outcome]) -> None:
        """Leave what was built where the caller wants to look at it."""
        wanted = self.world.options.get("keep", "")
        if not wanted:
            return
        for number, outcome in enumerate(outcomes):
            place = Path(wanted) / f"attempt-{number + 1}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "log.txt").write_text(outcome.built.log, encoding="utf-8")
            if outcome.built.file_name:
                (place / outcome.built.file_name).write_bytes(outcome.built.data)


def _rootless(members: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path.partition("/")[2]: data for path, data in members.items()}


def _series(file_name: str) -> str:
    """The Python series that a native wheel was made for (`cp311` -> `3.11`); empty when any will do."""
    tag = file_name.removesuffix(".whl").split("-")[-3:]
    if len(tag) == 3 and tag[0].startswith("cp3") and tag[0][3:].isdigit() and tag[1] != "abi3":
        return f"3.{tag[0][3:]}"
    return ""


def _nothing(published: Published, inputs: Inputs, reason: str, started: float) -> RebuildResult:
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


def _result(work: _Work, outcomes: list[Outcome], started: float) -> RebuildResult:
    best = min(outcomes, key=lambda o: RANK.index(o.level))
    return RebuildResult(
        file_name=work.published.file_name,
        sha256=work.published.digest,
        level=best.level,
        reason=best.reason,
        source=work.inputs.kind,
        source_digest=work.inputs.digest,
        engine=ENGINE,
        sandbox="bubblewrap" if work.shop.program else "none",
        interpreter=str(best.python or ""),
        recipe=_used(best.recipe, best.python),
        requirements=best.built.requirements,
        normalizers=best.comparison.normalizers,
        container=best.container,
        replayed=best.replayed,
        differences=best.comparison.differences,
        unreproduced=best.comparison.unreproduced if best.built.data else tuple(sorted(work.members)),
        members=len(work.members),
        attempts=tuple(o.brief() for o in outcomes),
        seconds=round(time.monotonic() - started, 3),
        rebuilt_sha256=hashlib.sha256(best.built.data).hexdigest() if best.built.data else "",
    )


def _used(recipe_: Recipe, python: interpreters.Interpreter | None) -> RecipeUsed:
    return RecipeUsed(
        backend=recipe_.table.backend,
        python=python.series if python else recipe_.python,
        rules=recipe_.rules,
        requires=recipe_.requires(),
        cut_off=recipe_.cut_off,
        epoch=recipe_.epoch,
        settings=recipe_.settings,
    )
