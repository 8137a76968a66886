"""The folder a build runs in: an environment made from wheels only, every one of them by digest.

Installing wheels runs no code of theirs, and the environment's Python is never started outside the box.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Protocol

from packaging import tags
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from supplytrust.ecosystems.pypi.files import parse_filename
from supplytrust.ecosystems.pypi.rebuild.recipe import Recipe
from supplytrust.errors import RecordError, SourceError
from supplytrust.formats import codec
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import read_json
from supplytrust.io.processes import run
from supplytrust.model.claims.rebuild import BuildRequirement


class UnresolvedError(SourceError):
    """No set of wheels older than the cut-off meets the requirements. `words` is all that the installer said."""

    reason = "requirements-unavailable"

    def __init__(self, message: str, *, words: str = "") -> None:
        super().__init__(message)
        self.words = words


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment made by hand, so that no code runs.

    It is a link to the interpreter and a folder of packages.
    """

    folder: Path
    python: Interpreter

    @property
    def packages(self) -> Path:
        """The site-packages folder."""
        return self.folder / "lib" / f"python{self.python.series}" / "site-packages"

    def create(self) -> Environment:
        """Write the skeleton (https://docs.python.org/3/library/venv.html, PEP 405)."""
        (self.folder / "bin").mkdir(parents=True)
        self.packages.mkdir(parents=True)
        program = Path(self.python.program)
        for name in ("python", "python3", f"python{self.python.series}"):
            (self.folder / "bin" / name).symlink_to(program)
        version = ".".join(map(str, self.python.version))
        text = f"home = {program.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
        (self.folder / "pyvenv.cfg").write_text(text, encoding="utf-8")
        return self

    def search_path(self, at: str) -> str:
        """PATH for programs in the box, with the environment mounted at `at`."""
        return f"{at}/bin:{at}/lib/python{self.python.series}/site-packages/bin:/usr/bin:/bin"


class Installer(Protocol):
    """Something that resolves requirements as of a day and puts the wheels into an environment."""

    NAME: str

    def install(
        self, requires: Iterable[str], environment: Environment, cut_off: datetime
    ) -> tuple[BuildRequirement, ...]:
        """Install; answers exactly what. Raises UnresolvedError, UnreachableError, OfflineError or ToolMissingError."""
        ...


def supported_tags(python: Interpreter) -> tuple[tags.Tag, ...]:
    """Wheel tags that this interpreter takes on this machine, best first (PEP 425)."""
    series = python.version[:2]
    platforms = list(tags.platform_tags())
    abi = f"cp{series[0]}{series[1]}"  # named, since the default is what our own interpreter was built with
    own = tags.cpython_tags(series, abis=[abi], platforms=platforms)
    return (*own, *tags.compatible_tags(series, abi, platforms))


def best_wheel(file_names: Iterable[str], ranked: tuple[tags.Tag, ...]) -> str:
    """The wheel that an installer would take; empty when none fits."""
    order = {tag: place for place, tag in enumerate(ranked)}
    fit: list[tuple[int, str]] = []
    for name in file_names:
        parsed = parse_filename(name)
        places = [order[tag] for tag in parsed.tags if tag in order] if parsed else []
        if places:
            fit.append((min(places), name))
    return min(fit)[1] if fit else ""


# --- environments that are kept: the same wheels on the same interpreter are installed once

FRESH: Final = 86_400.0  # seconds an answer to the first question is kept
MOST: Final = 64  # environments
UNUSED: Final = 3_600.0  # seconds since its last use before one may go
Requirements = tuple[BuildRequirement, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentCache:
    """A folder of environments; safe to share between threads and processes."""

    installer: Installer
    folder: Path

    def environment(
        self, requires: tuple[str, ...], python: Interpreter, cut_off: datetime
    ) -> tuple[Environment, Requirements]:
        """An environment that meets the requirements as of a day, and what is in it.

        Raises what `Installer.install` raises.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        asked: list[object] = [sorted(requires), cut_off.isoformat(), *_of(python), self.installer.NAME]
        request = self.folder / f"{_key(asked)}.json"
        known = _read(request)
        if known is not None:
            kept = Environment(self._place(known, python), python)
            if kept.packages.is_dir():
                self._used_again(kept)
                return kept, known
        return self._make(requires, python, cut_off, request)

    def _place(self, requirements: Requirements, python: Interpreter) -> Path:
        contents = [[r.name, r.version, r.sha256] for r in requirements]
        return self.folder / _key([contents, *_of(python), self.installer.NAME])

    def _make(
        self, requires: tuple[str, ...], python: Interpreter, cut_off: datetime, request: Path
    ) -> tuple[Environment, Requirements]:
        self._make_room()
        work = Path(tempfile.mkdtemp(dir=self.folder, prefix=".new-"))
        try:
            fresh = Environment(work / "env", python).create()
            found = self.installer.install(requires, fresh, cut_off)
            place = self._place(found, python)
            with contextlib.suppress(OSError):  # somebody else was quicker: theirs is the same
                fresh.folder.rename(place)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        _write(request, found)
        return Environment(place, python), found

    def _used_again(self, kept: Environment) -> None:
        """Worth compiling now; compiling runs nothing of what it reads."""
        mark = kept.folder / "compiled"
        if not mark.exists():
            mark.touch()
            command = [kept.python.program, "-I", "-S", "-m", "compileall", "-q", str(kept.packages)]
            run.run(command, timeout=120)
        os.utime(kept.folder)

    def _make_room(self) -> None:
        ages = sorted((place.stat().st_mtime, place) for place in self.folder.iterdir() if place.is_dir())
        for used, place in ages[:-MOST]:
            if time.time() - used > UNUSED:
                shutil.rmtree(place, ignore_errors=True)


def _of(python: Interpreter) -> list[str]:
    return [python.program, str(python)]


def _key(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()


def _read(request: Path) -> Requirements | None:
    try:
        if time.time() - request.stat().st_mtime > FRESH:
            return None
        found = read_json(request.read_bytes())
        items = found if isinstance(found, list) else []
        return tuple(codec.decode(BuildRequirement, item) for item in items)
    except (OSError, RecordError):
        return None


def _write(request: Path, found: Requirements) -> None:
    text = json.dumps([codec.encode(r) for r in found]).encode("utf-8")
    write_atomically(request, text, mode=0o600, durable=False)


# --- which Pythons of this machine can build, and which one a recipe takes

OLDEST: Final = (3, 8)
NAME: Final = re.compile(r"python3\.\d+")
SETUPTOOLS_FOR_312: Final = Version("66")
FIRST_RELEASE: Final = {  # https://peps.python.org/topic/release/
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
ASK: Final = (
    "import json,os,sys,sysconfig;print(json.dumps([os.path.realpath(sys.executable),os.path.realpath(sys.base_prefix),"
    "list(sys.version_info[:3]),sys.implementation.name,sys.version_info[3],sys.maxsize,"
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED') or sysconfig.get_config_var('Py_DEBUG'))]))"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python: its program, the folder it lives in (to be shown in the box), and its version."""

    program: str
    prefix: str
    version: tuple[int, int, int]
    implementation: str = "cpython"

    @property
    def series(self) -> str:
        """`3.12` for 3.12.1."""
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def release(self) -> str:
        """`3.12.1`."""
        return ".".join(map(str, self.version))

    def markers(self) -> dict[str, str]:
        """What requirements are asked on this interpreter, where it is another than ours (PEP 508, markers).

        The machine and its system are the same, so is the implementation: see `available`.
        """
        return {
            "python_version": self.series,
            "python_full_version": self.release,
            "implementation_name": self.implementation,
            "implementation_version": self.release,
            "platform_python_implementation": "CPython",
        }

    def applies(self, requirement: Requirement) -> bool:
        """Whether a requirement is one on this interpreter, by its marker; no extra is asked for."""
        marker = requirement.marker
        return marker is None or marker.evaluate({**self.markers(), "extra": ""})

    def __str__(self) -> str:
        return f"{self.implementation} {self.release}"


@functools.cache
def available() -> tuple[Interpreter, ...]:
    """Every final CPython from 3.8 that is on the search path, newest first, one a series; ours always.

    Builds with another ABI than wheels are commonly made for (debug, free-threaded, other word size) are left out.
    """
    found = [_own()]
    found += [i for i in map(_ask_interpreter, _candidates()) if i is not None]
    newest: dict[str, Interpreter] = {}
    for one in found:
        newest.setdefault(one.series, one)
    fit = (i for i in newest.values() if i.version >= OLDEST and i.implementation == "cpython")
    return tuple(sorted(fit, key=lambda i: i.version, reverse=True))


def _own() -> Interpreter:
    program = getattr(sys, "_base_executable", sys.executable)
    version = sys.version_info[:3]
    return Interpreter(os.path.realpath(program), os.path.realpath(sys.base_prefix), version, sys.implementation.name)


def _candidates() -> Iterable[str]:
    """Programs named `python3.N`: in the folders of version managers, then on the search path."""
    home = Path.home()
    managed = (
        Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions",
        Path(os.environ.get("XDG_DATA_HOME", home / ".local/share")) / "uv/python",
        Path("/opt/python"),
    )
    folders = [found for place in managed for found in sorted(place.glob("*/bin"), reverse=True)]
    seen: set[str] = set()
    for folder in (*folders, *map(Path, os.get_exec_path())):
        try:
            names = sorted(entry.name for entry in folder.iterdir() if NAME.fullmatch(entry.name))
        except OSError:
            continue
        for name in names:
            if name not in seen:
                seen.add(name)
                yield str(folder / name)


def _ask_interpreter(program: str) -> Interpreter | None:
    """What a program says about itself, started without site folders so that nothing installed there runs."""
    try:
        ran = run.run([program, "-I", "-S", "-c", ASK], timeout=10, limit=65_536)
        path, prefix, version, name, kind, word, other_abi = json.loads(ran.out)
    except (SourceError, OSError, ValueError):
        return None
    if kind != "final" or word != sys.maxsize or other_abi:
        return None
    return Interpreter(str(path), str(prefix), (int(version[0]), int(version[1]), int(version[2])), str(name))


def choose(recipe: Recipe, requires_python: str, pythons: tuple[Interpreter, ...]) -> Interpreter | None:
    """The newest but one that the package accepts and that was out before the wheel was.

    A recipe that names a series gets that one or none; of the series that it restricts itself to, the one
    nearest to what it had got otherwise. A series we know no date of counts as out.
    """
    try:
        allowed = SpecifierSet(requires_python)
    except InvalidSpecifier:
        allowed = SpecifierSet()
    fit = [p for p in pythons if allowed.contains(p.release) and _backend_takes(recipe, p)]
    within = [p for p in fit if not recipe.among or p.series in recipe.among]
    if recipe.python:
        return next((p for p in within if p.series == recipe.python), None)
    day = recipe.cut_off.date()
    of_the_time = [p for p in fit if FIRST_RELEASE.get(p.series, day) <= day] or fit[-1:]
    usual = next(iter((*of_the_time[1:2], *of_the_time[:1])), None)
    if usual is None or usual in within:
        return usual
    return min(within, key=lambda p: abs(p.version[1] - usual.version[1]), default=None)


def _backend_takes(recipe: Recipe, python: Interpreter) -> bool:
    """Before 66 setuptools needs `pkgutil.ImpImporter`, which Python 3.12 no longer has."""
    if python.version < (3, 12):
        return True
    bounds = [r.specifier for r in map(_requirement, recipe.requires()) if r is not None and _of_setuptools(r, python)]
    own = [Version(s.version.removesuffix(".*")) for bound in bounds for s in bound if s.operator in {"==", "<=", "<"}]
    return all(version >= SETUPTOOLS_FOR_312 for version in own)


def _of_setuptools(requirement: Requirement, python: Interpreter) -> bool:
    return canonicalize_name(requirement.name) == "setuptools" and python.applies(requirement)


def _requirement(text: str) -> Requirement | None:
    """None for what does not parse: the build refuses it later, with its name."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None
