"""One build in the box: environment, hooks, and what came out, believed only after it was looked at."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from supplytrust.ecosystems.pypi.files import kind_of, parse_filename
from supplytrust.ecosystems.pypi.rebuild import recipe as recipes
from supplytrust.ecosystems.pypi.rebuild import source_tree
from supplytrust.ecosystems.pypi.rebuild.environment import Environment, EnvironmentCache, Interpreter, UnresolvedError
from supplytrust.ecosystems.pypi.rebuild.recipe import Recipe
from supplytrust.errors import OfflineError, SourceError, UnreachableError
from supplytrust.io.processes import sandbox
from supplytrust.model.claims.rebuild import BuildRequirement
from supplytrust.model.subject import ArtifactKind

SOURCE, OUT, ENV = "/build/src", "/build/out", "/build/env"
ANSWER_LIMIT: Final = 2**20
FILE_LIMIT: Final = 512 * 2**20
SECONDS: Final = 300.0
RUNNER = Path(__file__).with_name("pep517_runner.py")
RUNNER_INSIDE = f"{sandbox.SCRIPTS}/{RUNNER.name}"


@dataclass(frozen=True, slots=True)
class Workshop:
    """What builds are done with. The sandbox is NONE only when the caller accepts that."""

    shelf: EnvironmentCache
    sandbox: sandbox.Sandbox
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class BuildOutput:
    """What one build gave: a file, or the reason why not. `log` is the end of what the build printed."""

    reason: str = ""
    detail: str = ""
    file_name: str = ""
    data: bytes = b""
    requirements: tuple[BuildRequirement, ...] | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One build: what, how, with which Python. `hook` is wheel or sdist."""

    tree: source_tree.SourceTree
    recipe: Recipe
    python: Interpreter
    hook: str = "wheel"


class _Places:
    """The folders of one build, outside and as the box shows them (the same when there is no box)."""

    def __init__(self, workshop: Workshop, job: Job, folder: Path, env: Environment) -> None:
        self.env = env
        self.out = folder / "out"
        self.out.mkdir(parents=True)
        self.root = source_tree.lay_out(job.tree, folder / "src", job.recipe.umask)
        boxed = workshop.sandbox != sandbox.NONE
        self.boxed = boxed
        self.out_in = OUT if boxed else str(self.out)
        self.root_in = f"{SOURCE}/{self.root.name}" if boxed else str(self.root)
        self.source = folder / "src"

    @property
    def env_in(self) -> str:
        """Where the environment is, as the build sees it."""
        return ENV if self.boxed else str(self.env.folder)


def build(workshop: Workshop, job: Job, folder: Path) -> BuildOutput:
    """Run one build in a new folder. Raises UnreachableError or OfflineError; all else is told in the result."""
    try:
        env, requirements = _install(workshop, job, ())
        places = _Places(workshop, job, folder, env)
    except (UnreachableError, OfflineError):
        raise
    except (SourceError, OSError, ValueError, OverflowError) as error:
        words = getattr(error, "words", "")
        return BuildOutput(getattr(error, "reason", "source-unusable"), str(error)[:300], log=words)
    sandbox.give_away(places.source)
    sandbox.give_away(places.out)
    ended = _hooks(workshop, job, places, ask=True)
    answer = _answer(places.out)
    if ended.status == 0 and "requires" in answer:
        wanted = answer["requires"]
        refused = _first_refused(wanted)
        if refused:
            return BuildOutput("requirement-refused", f"the backend asks for {refused[:120]!r}", log=ended.log)
        try:
            env, requirements = _install(workshop, job, _extra(job.recipe, wanted))
        except UnresolvedError as error:
            return BuildOutput(error.reason, str(error)[:300], requirements=requirements, log=ended.log + error.words)
        places.env = env
        ended = _hooks(workshop, job, places, ask=False)
        answer = _answer(places.out)
    return _collect(ended, answer, places.out, job.hook, requirements)


def _install(workshop: Workshop, job: Job, extra: tuple[str, ...]) -> tuple[Environment, tuple[BuildRequirement, ...]]:
    cut_off: datetime = job.recipe.cut_off
    declared = job.recipe.requires()
    bad = _first_refused([*declared])
    if bad:
        raise UnresolvedError(f"the build table asks for {bad[:120]!r}")
    try:
        return workshop.shelf.environment((*declared, *extra), job.python, cut_off)
    except UnresolvedError:
        fewer = job.recipe.requires_on_conflict()
        if set(fewer) == set(declared):
            raise
        return workshop.shelf.environment((*fewer, *extra), job.python, cut_off)


def _first_refused(wanted: object) -> str:
    """The first thing that is no plain requirement; empty when all are."""
    if not isinstance(wanted, list) or len(wanted) > 200:
        return "something that is no list of requirements"
    for text in wanted:
        if not isinstance(text, str) or not recipes.acceptable(text):
            return str(text) or "an empty requirement"
    return ""


def _ignorable_requirements(recipe: Recipe) -> tuple[str, ...]:
    """Hook requirements that the pins already answer; setuptools asks for a wheel that it may not need."""
    pinned = tuple(recipes.requirement_name(p) for p in recipe.pins)
    return (*pinned, "wheel") if "setuptools" in pinned else pinned


def _extra(recipe: Recipe, wanted: object) -> tuple[str, ...]:
    listed = [str(text) for text in wanted] if isinstance(wanted, list) else []
    return tuple(text for text in listed if recipes.requirement_name(text) not in _ignorable_requirements(recipe))


def _hooks(workshop: Workshop, job: Job, places: _Places, *, ask: bool) -> sandbox.ExitReport:
    task = {
        "backend": job.recipe.table.backend,
        "path": list(job.recipe.table.backend_path),
        "root": places.root_in,
        "out": places.out_in,
        "hook": job.hook,
        "ask": ask,
        "known": list(job.recipe.requires()),
        "ignored": list(_ignorable_requirements(job.recipe)),
        "settings": [list(pair) for pair in job.recipe.settings],
        "clock": job.recipe.clock,
        "umask": job.recipe.umask,
        "crlf": job.recipe.crlf,
    }
    hooks = RUNNER_INSIDE if places.boxed else str(RUNNER)
    command = [f"{places.env_in}/bin/python", "-s", "-S", hooks, json.dumps(task)]
    box = sandbox.Box(
        job.python.program,
        {job.python.prefix: job.python.prefix, str(places.env.folder): ENV, str(RUNNER): RUNNER_INSIDE},
        {str(places.source): SOURCE, str(places.out): OUT},
        places.root_in,
        _variables(job, places),
        seconds=workshop.seconds,
    )
    return sandbox.run(command, box, workshop.sandbox)


def _variables(job: Job, places: _Places) -> Mapping[str, str]:
    """The allow-list of the build's environment; nothing of the caller's is passed on."""
    found = {
        "PATH": places.env.search_path(places.env_in),
        "HOME": "/tmp",  # noqa: S108 - a path in the box
        "TMPDIR": "/tmp",  # noqa: S108
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_NO_INDEX": "1",
    }
    found.update(job.recipe.variables)
    if job.recipe.epoch is not None:
        found["SOURCE_DATE_EPOCH"] = str(job.recipe.epoch)
    if job.recipe.pretend_version:
        for name in (
            "SETUPTOOLS_SCM_PRETEND_VERSION",
            "PDM_BUILD_SCM_VERSION",
            "POETRY_DYNAMIC_VERSIONING_BYPASS",
        ):
            found[name] = job.recipe.pretend_version
    return found


def _read(folder: Path, name: str, limit: int) -> bytes:
    """A regular file right in a folder, neither through a link; OSError or ValueError for anything else."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    place = os.open(folder, flags | os.O_DIRECTORY)
    try:
        handle = os.open(name, flags, dir_fd=place)
    finally:
        os.close(place)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            raise ValueError(f"{name[:80]!r} is no regular file of at most {limit} bytes")
        return file.read(limit)


def _answer(out: Path) -> dict[str, object]:
    try:
        found = json.loads(_read(out, "answer.json", ANSWER_LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _collect(
    ended: sandbox.ExitReport,
    answer: dict[str, object],
    out: Path,
    hook: str,
    requirements: tuple[BuildRequirement, ...],
) -> BuildOutput:
    if ended.timed_out:
        return BuildOutput("timeout", "the build did not end in time", requirements=requirements, log=ended.log)
    name = answer.get("file")
    if ended.status != 0 or not isinstance(name, str):
        last = next((line for line in reversed(ended.log.splitlines()) if line.strip()), "no output")
        return BuildOutput("build-failed", last.strip()[:200], requirements=requirements, log=ended.log)
    if not _bare_name(name, hook):
        return BuildOutput("output-refused", f"the backend returned the name {name[:80]!r}", requirements=requirements)
    try:
        data = _read(out / "dist", name, FILE_LIMIT)
    except (OSError, ValueError) as error:
        return BuildOutput("output-refused", str(error)[:200], requirements=requirements)
    return BuildOutput("", "", name, data, requirements, ended.log)


def _bare_name(name: str, hook: str) -> bool:
    """Whether it is a mere file name, of the kind that was asked for."""
    if name != Path(name).name or "/" in name or "\\" in name or "\0" in name:
        return False
    if hook == "wheel":
        return name.endswith(".whl") and parse_filename(name) is not None
    return kind_of(name) is ArtifactKind.SDIST and "-" in name
