"""The folder a build runs in: an environment made from wheels only, every one of them by digest.

Installing wheels runs no code of theirs, and the environment's Python is never started outside the box.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from packaging import tags

from supplytrust.ecosystems.pypi.files import parse_filename
from supplytrust.ecosystems.pypi.rebuild.interpreters import Interpreter
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


# --- Build environments that are kept: the same wheels on the same interpreter are installed once.

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
