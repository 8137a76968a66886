"""Which Pythons of this machine can build, and which one a recipe should take."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from supplytrust.ecosystems.pypi.rebuild.recipe import Recipe
from supplytrust.errors import SourceError
from supplytrust.io.processes import run

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
