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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from supplytrust.ecosystems.pypi.rebuild import build_rules, interpreters, recipe, source_tree, toolchain
from supplytrust.ecosystems.pypi.rebuild.build import BuildOutput, Job, Workshop, build
from supplytrust.ecosystems.pypi.rebuild.environment import UnresolvedError
from supplytrust.ecosystems.pypi.rebuild.recipe import Hints, Recipe
from supplytrust.errors import SourceError
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import run
from supplytrust.model.claims.rebuild import RebuildAttempt, RebuildInput, RebuildLevel, RebuildResult, RecipeUsed
from supplytrust.model.subject import Subject
from supplytrust.rebuild import diffoscope
from supplytrust.rebuild.classify import Judgement, PublishedFile, is_native, judge

ENGINE: Final = "3"  # part of the verdict's key: raise it when a verdict could come out otherwise
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
    recipe: Recipe
    python: interpreters.Interpreter | None
    built: BuildOutput

    def brief(self) -> RebuildAttempt:
        """The attempt as it is kept in the result."""
        level, reason = self.judgement.level, self.judgement.reason
        return RebuildAttempt(self.recipe.rules, str(self.python or ""), level, reason)


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
    refused = _unfit(published, inputs)
    if refused:
        return _nothing(published, inputs, refused, started)
    try:
        members, problems = source_tree.members_of(published.data, published.file_name)
        tree = source_tree.read(inputs.data, inputs.file_name)
        start = _first(subject, published, inputs, (members, tree), world)
    except (SourceError, ValueError, RecursionError) as error:
        return _nothing(published, inputs, f"unreadable-input: {str(error)[:160]}", started)
    if problems:
        return _nothing(published, inputs, f"container-audit: {problems[0][:160]}", started)
    with run.private_folder(world.scratch) as folder:
        shop = toolchain.find_tools(world, folder)
        if isinstance(shop, str):
            return _nothing(published, inputs, shop, started)
        work = _Work(published, tree, members, shop, folder, world)
        outcomes = work.climb(start)
        work.keep(outcomes)
        return _result(work, inputs, outcomes, started)


def _unfit(published: PublishedFile, inputs: Inputs) -> str:
    if published.sha256 and published.sha256 != published.digest:
        return "digest-mismatch: the published file is not the one the index names"
    if inputs.sha256 and f"sha256:{inputs.sha256}" != inputs.digest:
        return "digest-mismatch: the source file is not the one the index names"
    return "no-upload-time" if published.uploaded_at is None else ""


def _first(
    subject: Subject,
    published: PublishedFile,
    inputs: Inputs,
    read: tuple[Mapping[str, bytes], source_tree.SourceTree],
    world: CollectContext,
) -> tuple[Hints, Recipe]:
    """Hints and first recipe. An sdist tells nothing about its backend: only the cut-off applies to it."""
    members, tree = read
    table = recipe.read_table(tree.members)
    uploaded = published.uploaded_at
    if uploaded is None:
        raise ValueError("no upload time")
    hints = recipe.no_hints(subject.name, subject.version)
    first = recipe.recipe_without_pins(table, world.now if _wants_no_pins(world) else uploaded)
    if published.is_wheel and not _wants_no_pins(world):
        hints = recipe.read_hints(published.file_name, published.data, members)
        first = recipe.infer(hints, table, uploaded)
    if inputs.kind is RebuildInput.TAG:
        first = first.also("pretend-version", pretend_version=subject.version)
    return hints, first


def _wants_no_pins(world: CollectContext) -> bool:
    return world.options.get("recipe") == "unpinned"


@dataclass(frozen=True, slots=True)
class _Work:
    """Everything that stays the same from rung to rung."""

    published: PublishedFile
    tree: source_tree.SourceTree
    members: Mapping[str, bytes]
    shop: Workshop
    folder: Path
    world: CollectContext

    def ladder(self, hints: Hints, first: Recipe) -> list[Recipe]:
        """The recipes to try. A native wheel is built once, on the Python it was made for."""
        if is_native(self.published, self.members):
            series = _series(self.published.file_name)
            return [first.also("tagged-python", python=series) if series else first]
        if _wants_no_pins(self.world):
            return [first]
        if not self.published.is_wheel:  # tools of its day may not run any more, and what an sdist holds is in the tree
            return [first, first.also("present-tools", cut_off=self.world.now)]
        return [first, *recipe.rungs(hints, first, recipe.switches(self.tree.members))]

    def climb(self, start: tuple[Hints, Recipe]) -> list[Outcome]:
        """Attempts in order, until one is close enough or the ladder ends."""
        hints, first = start
        outcomes: list[Outcome] = []
        cure = _Cure(hints)
        asked = self.world.options.get("python", "")
        left = [r.also("asked-python", python=asked) if asked else r for r in self.ladder(hints, first)]
        while left and len(outcomes) < MOST_ATTEMPTS + len(cure.used):
            rung = left.pop(0)
            python = interpreters.choose(rung, hints.requires_python, interpreters.available())
            if python is None and outcomes:
                continue
            outcomes.append(self.attempt(rung, python, len(outcomes)))
            if outcomes[-1].judgement.level in ENOUGH:
                break
            left = cure.revise(outcomes[-1], left)
        return outcomes

    def attempt(self, rung: Recipe, python: interpreters.Interpreter | None, number: int) -> Outcome:
        """Build once and compare."""
        self.world.progress("rebuild", f"{self.published.file_name}: attempt {number + 1}")
        if python is None:
            missing = Judgement(RebuildLevel.NOT_REBUILT, "no-interpreter")
            return Outcome(missing, rung, None, BuildOutput("no-interpreter"))
        folder = self.folder / f"attempt-{number}"
        folder.mkdir()
        job = Job(self.tree, rung, python, "wheel" if self.published.is_wheel else "sdist")
        built = build(self.shop, job, folder)
        if built.reason:
            reason = f"{built.reason}: {built.detail}" if built.detail else built.reason
            return Outcome(Judgement(RebuildLevel.NOT_REBUILT, reason), rung, python, built)
        found = judge(self.published, self.members, built.file_name, built.data)
        return Outcome(found, rung, python, built)

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
                said = diffoscope.text(self.shop.sandbox, self.folder / f"in-depth-{number}", ours, built)
                (place / "difference.txt").write_text(said, encoding="utf-8")


@dataclass(slots=True)
class _Cure:
    """The remedies of one rebuild. `before`: the failure that the last one is for, and the ladder without it."""

    hints: Hints
    used: list[build_rules.Remedy] = field(default_factory=list)
    before: tuple[Outcome, list[Recipe]] | None = None

    def revise(self, outcome: Outcome, left: list[Recipe]) -> list[Recipe]:
        """The ladder after an attempt. What may help a build that gave no file holds for the rest of it too.

        A remedy whose requirements the index did not have is taken back, and another one looked for.
        """
        failed = outcome
        if self.before and self.used[-1].requires and outcome.built.reason == UnresolvedError.reason:
            failed, left = self.before
        remedy = self._find(failed)
        self.before = None
        if remedy is None:
            return left
        self.used.append(remedy)
        self.before = (failed, left)
        return [remedy.apply(recipe) for recipe in (failed.recipe, *left)]

    def _find(self, failed: Outcome) -> build_rules.Remedy | None:
        built, python = failed.built, failed.python
        fails = built.reason in ("build-failed", UnresolvedError.reason)
        if python is None or not fails or len(self.used) == build_rules.MOST:
            return None
        installed = frozenset(r.name for r in built.requirements or ())
        failure = build_rules.Failure(built.log, failed.recipe, python, installed)
        names = [remedy.rule for remedy in self.used]
        return build_rules.find(failure, self.hints.requires_python, interpreters.available(), names)


def _series(file_name: str) -> str:
    """The Python series that a native wheel was made for (`cp311` -> `3.11`); empty when any will do."""
    tag = file_name.removesuffix(".whl").split("-")[-3:]
    if len(tag) == 3 and tag[0].startswith("cp3") and tag[0][3:].isdigit() and tag[1] != "abi3":
        return f"3.{tag[0][3:]}"
    return ""


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
    best = min(outcomes, key=lambda o: RANK.index(o.judgement.level))
    found = best.judgement
    return RebuildResult(
        file_name=work.published.file_name,
        sha256=work.published.digest,
        level=found.level,
        reason=found.reason,
        source=inputs.kind,
        source_digest=inputs.digest,
        engine=ENGINE,
        sandbox=work.shop.sandbox.name,
        interpreter=str(best.python or ""),
        recipe=_recipe_used(best.recipe, best.python),
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
    )


def _recipe_used(used: Recipe, python: interpreters.Interpreter | None) -> RecipeUsed:
    return RecipeUsed(
        backend=used.table.backend,
        python=python.series if python else used.python,
        rules=used.rules,
        requires=used.requires(),
        cut_off=used.cut_off,
        epoch=used.epoch,
        settings=used.settings,
        variables=used.variables,
    )
