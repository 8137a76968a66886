"""Build environments that are kept: the same wheels on the same interpreter are installed once.

Two steps, as the question has two: which wheels meet these requirements as of that day (asked again after a
day, since releases can be withdrawn), and a folder with exactly these wheels. The box shows the folder
read-only; without a box nothing is kept, because a build could then change it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from supplytrust.ecosystems.pypi.rebuild.environment import Environment, Installer
from supplytrust.ecosystems.pypi.rebuild.interpreters import Interpreter
from supplytrust.errors import RecordError
from supplytrust.formats import codec
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import read_json
from supplytrust.io.processes import run
from supplytrust.model.claims.rebuild import BuildRequirement

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
