"""The recipes by which one Python file is built again: the ladder, and what a failed build changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supplytrust.ecosystems.pypi.address import simple_base
from supplytrust.ecosystems.pypi.rebuild import build_rules, environment, install_pip, install_uv, recipe, source_tree
from supplytrust.ecosystems.pypi.rebuild.build import BuildOutput, Job, Workshop, build
from supplytrust.ecosystems.pypi.rebuild.comparison import SdistRules, WheelRules
from supplytrust.ecosystems.pypi.rebuild.environment import EnvironmentCache, Installer, UnresolvedError
from supplytrust.ecosystems.pypi.rebuild.recipe import Hints, Recipe
from supplytrust.ecosystems.rebuild_backend import BuildAttempt, FileRules, RebuildTarget
from supplytrust.io.context import CollectContext
from supplytrust.io.processes import sandbox
from supplytrust.io.processes.sandbox import Sandbox
from supplytrust.model.claims.rebuild import RecipeUsed


class PythonRebuild:
    """Wheels from sdists and trees, sdists from trees: see `ecosystems.protocol.RebuildBackend`."""

    needs_commit = False
    packs_trees = False

    def members_of(self, data: bytes, file_name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """All files with their bytes, those of a sdist without its root folder, and what the container audit says."""
        return source_tree.members_of(data, file_name)

    def rules_for(self, file_name: str) -> FileRules:
        """Those of wheels or of sdists."""
        return WheelRules(file_name) if file_name.endswith(".whl") else SdistRules()

    def stated_generators(self, members: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
        """What wheels state of the program that wrote them: its name, its version, the member that says so."""
        found = []
        for path, data in sorted(members.items()):
            text = data.decode("utf-8", "replace") if path.endswith(".dist-info/WHEEL") else ""
            line = recipe.GENERATOR_LINE.search(text)
            if line:
                found.append((line[1], line[2] or "", path))
        return found

    def other_toolchains(self, used: RecipeUsed | None) -> list[str]:
        """Python series of this machine other than the one that was used."""
        return [p.series for p in environment.available() if used and p.series != used.python]

    def explain_remedy(self, rule: str) -> str:
        """What a rule is that a failed build led to; '' for any other rule."""
        return build_rules.REMEDIES.get(rule, "")

    def plan(self, target: RebuildTarget, world: CollectContext) -> PythonPlan:
        """The recipes for one file. Raises SourceError and ValueError for sources that cannot be read."""
        tree = source_tree.read(target.source, target.source_name)
        hints, first = _first_recipe(target, tree, world)
        return PythonPlan(target, tree, hints, first, world)


def _first_recipe(target: RebuildTarget, tree: source_tree.SourceTree, world: CollectContext) -> tuple[Hints, Recipe]:
    """Hints and first recipe. An sdist tells nothing about its backend: only the cut-off applies to it."""
    table = recipe.read_table(tree.members)
    hints = recipe.no_hints(target.subject.name, target.subject.version)
    first = recipe.recipe_without_pins(table, world.now if _wants_no_pins(world) else target.uploaded_at)
    if target.is_built and not _wants_no_pins(world):
        hints = recipe.read_hints(target.file_name, target.data, target.members)
        first = recipe.infer(hints, table, target.uploaded_at)
    if target.from_tree:
        first = first.also("pretend-version", pretend_version=target.subject.version)
    return hints, first


def _wants_no_pins(world: CollectContext) -> bool:
    return world.options.get("recipe") == "unpinned"


@dataclass(slots=True)
class PythonPlan:
    """One file's recipes, best chance first, and the tools to try them with."""

    target: RebuildTarget
    tree: source_tree.SourceTree
    hints: Hints
    first: Recipe
    world: CollectContext
    shop: Workshop | None = None
    cure: _Cure | None = None

    def find_tools(self, folder: Path) -> Sandbox | str:
        """The sandbox that builds run in, or the reason why this machine cannot build."""
        found = find_tools(self.world, folder)
        if isinstance(found, str):
            return found
        self.shop = found
        return found.sandbox

    def recipes(self) -> list[Any]:
        """The recipes to try. A native wheel is built on the Python it was made for."""
        self.cure = _Cure(self.hints)
        asked = self.world.options.get("python", "")
        return [r.also("asked-python", python=asked) if asked else r for r in self._ladder()]

    def _ladder(self) -> list[Recipe]:
        if self.target.native:
            series = _series(self.target.file_name)
            first = self.first.also("tagged-python", python=series) if series else self.first
            made_by = tuple((name, "1") for name in recipe.native_switches(self.tree.members))
            return [first, first.also("native-switch", variables=made_by)] if made_by else [first]
        if _wants_no_pins(self.world):
            return [self.first]
        if not self.target.is_built:  # tools of its day may not run any more, and what an sdist holds is in the tree
            return [self.first, self.first.also("present-tools", cut_off=self.world.now)]
        return [self.first, *recipe.rungs(self.hints, self.first, recipe.switches(self.tree.members))]

    def remedies(self) -> int:
        """How many remedies for failed builds were used."""
        return len(self.cure.used) if self.cure else 0

    def attempt(self, rung: Recipe, folder: Path) -> BuildAttempt:
        """Build once in a new folder; `no-interpreter` when no Python of this machine is fit for the recipe."""
        python = environment.choose(rung, self.hints.requires_python, environment.available())
        if python is None or self.shop is None:
            return BuildAttempt(rung.rules, "", _recipe_used(rung, None), "no-interpreter", recipe=(rung, None, None))
        folder.mkdir()
        built = build(self.shop, Job(self.tree, rung, python, "wheel" if self.target.is_built else "sdist"), folder)
        return BuildAttempt(
            rung.rules,
            str(python),
            _recipe_used(rung, python),
            f"{built.reason}: {built.detail}" if built.reason and built.detail else built.reason,
            built.file_name,
            built.data,
            built.requirements,
            built.log,
            (rung, python, built),
        )

    def revise(self, tried: BuildAttempt, left: list[Any]) -> list[Any]:
        """The recipes that are left after an attempt."""
        return self.cure.revise(_Outcome(*tried.recipe), left) if self.cure else left


@dataclass(frozen=True, slots=True)
class _Outcome:
    recipe: Recipe
    python: environment.Interpreter | None
    built: BuildOutput | None


@dataclass(slots=True)
class _Cure:
    """The remedies of one rebuild. `before`: the failure that the last one is for, and the ladder without it."""

    hints: Hints
    used: list[build_rules.Remedy] = field(default_factory=list)
    before: tuple[_Outcome, list[Recipe]] | None = None

    def revise(self, outcome: _Outcome, left: list[Recipe]) -> list[Recipe]:
        """The ladder after an attempt. What may help a build that gave no file holds for the rest of it too.

        A remedy whose requirements the index did not have is taken back, and another one looked for.
        """
        failed = outcome
        if self.before and self.used[-1].requires and outcome.built and outcome.built.reason == UnresolvedError.reason:
            failed, left = self.before
        remedy = self._find(failed)
        self.before = None
        if remedy is None:
            return left
        self.used.append(remedy)
        self.before = (failed, left)
        return [remedy.apply(recipe) for recipe in (failed.recipe, *left)]

    def _find(self, failed: _Outcome) -> build_rules.Remedy | None:
        built, python = failed.built, failed.python
        fails = built is not None and built.reason in ("build-failed", UnresolvedError.reason)
        if built is None or python is None or not fails or len(self.used) == build_rules.MOST:
            return None
        installed = frozenset(r.name for r in built.requirements or ())
        failure = build_rules.Failure(built.log, failed.recipe, python, installed)
        names = [remedy.rule for remedy in self.used]
        return build_rules.find(failure, self.hints.requires_python, environment.available(), names)


def _series(file_name: str) -> str:
    """The Python series that a native wheel was made for (`cp311` -> `3.11`); empty when any will do."""
    tag = file_name.removesuffix(".whl").split("-")[-3:]
    if len(tag) == 3 and tag[0].startswith("cp3") and tag[0][3:].isdigit() and tag[1] != "abi3":
        return f"3.{tag[0][3:]}"
    return ""


def _recipe_used(used: Recipe, python: environment.Interpreter | None) -> RecipeUsed:
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


REBUILD = PythonRebuild()


# --- What a rebuild needs of this machine, or the reason why there is none.


def find_tools(world: CollectContext, scratch: Path) -> Workshop | str:
    """A workshop, or `no-sandbox: why` or `no-installer` when this machine has none.

    Without a sandbox nothing is built unless `world.options["rebuild"]` is `unsandboxed`; environments are then
    made in `scratch` and not kept.
    """
    box = sandbox.find_sandbox()
    if box == sandbox.NONE and world.options.get("rebuild") != "unsandboxed":
        return f"no-sandbox: {sandbox.explain_none()}"
    found = installer(world)
    if found is None:
        return "no-installer"
    return Workshop(EnvironmentCache(found, (scratch if box == sandbox.NONE else world.cache) / "environments"), box)


def installer(world: CollectContext) -> Installer | None:
    """The tool uv when it is there, else pip; `world.options["installer"]` = pip asks for pip."""
    uv = install_uv.find() if world.options.get("installer") != "pip" else ""
    if uv:
        return install_uv.Uv(uv, simple_base(world.settings), world.cache / "uv", offline=world.http.offline)
    return install_pip.Pip(world) if install_pip.present() else None
