"""The folder a build runs in: an environment made from wheels only, every one of them by digest.

Installing wheels runs no code of theirs, and the environment's Python is never started outside the box.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from packaging import tags

from supplytrust.ecosystems.pypi.filenames import parse_filename
from supplytrust.ecosystems.pypi.rebuild.interpreters import Interpreter
from supplytrust.errors import SourceError
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
