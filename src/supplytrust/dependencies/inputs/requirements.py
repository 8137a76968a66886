"""requirements.txt, with hashes, line continuations and included files (pip's requirements file format)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from supplytrust.dependencies.inputs import naming
from supplytrust.dependencies.inputs.fields import Field, text
from supplytrust.dependencies.inputs.inventory import Inventory, Listed, inventory
from supplytrust.errors import InputError

MAX_INCLUDED = 50
PROJECT_FILES = (".git", "pyproject.toml", "setup.py", "setup.cfg")
MAX_LINE = 200_000
_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"\s--hash[= ](\S+)")
_OPTION = re.compile(r"(-[a-zA-Z]|--[a-z-]+)(?:[= ]?\s*(.*))?$")
_INCLUDE = {"-r": "requirement", "--requirement": "requirement", "-c": "constraint", "--constraint": "constraint"}
_INDEX = {"-i": "first", "--index-url": "first", "--extra-index-url": "more", "-f": "links", "--find-links": "links",
          "--no-index": "none"}  # fmt: skip
_DIRECT = re.compile(r"(?:(?:git|hg|svn|bzr)\+|https?://|file:|\.{0,2}/|[A-Za-z]:[\\/])", re.IGNORECASE)


def recognises(path: Path, head: bytes) -> bool:
    """By its suffix, unless the first line is a purl."""
    return path.suffix in {".txt", ".in"} and not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"pkg:")


def read(path: Path) -> Inventory:
    """Every requirement; constraints pin what the requirements leave open. InputError with file and line."""
    walk = _Walk(_project(path))
    walk.file(Field("", path, ""), path, (), as_constraint=False)
    places = _places(walk.indexes)
    listed = [replace(_pinned(field, one, walk.constraints), indexes=places) for field, one in walk.found]
    return inventory(path, listed, notes=(*walk.notes, *naming.unused(walk.unused)))


def _places(options: dict[str, list[str]]) -> tuple[str, ...]:
    """Every place that pip would look for packages; () when nothing is said about it."""
    if not options:
        return ()
    links = options.get("links", [])
    if "none" in options:
        return tuple(links) or ("no index (--no-index)",)
    return (*options.get("first", [""])[-1:], *options.get("more", []), *links)


def _project(path: Path) -> Path:
    """The folder that includes may not leave: the nearest one above that is a project, else the file's own."""
    folder = path.absolute().parent
    marked = (f for f in (folder, *folder.parents) if any((f / name).exists() for name in PROJECT_FILES))
    return _real(Field("", path, ""), next(marked, folder))


def _real(field: Field, path: Path) -> Path:
    try:
        path.is_file()
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, names that are too long
        raise field.wrong(f"'{path.name[:120]}' cannot be followed", hint="check the links") from None


def _pinned(field: Field, one: Requirement | Listed, constraints: dict[str, SpecifierSet]) -> Listed:
    if isinstance(one, Listed):
        return one
    bounds = one.specifier & constraints.get(_key(one.name), SpecifierSet())
    pins = _HASH.findall(f" {field.value}")
    return naming.python(field, one.name, _exact(bounds), pins=pins, specifier=str(bounds))


def _exact(bounds: SpecifierSet) -> str:
    """The one version that `==1.2` or `===1.2` names; '' for anything wider."""
    for bound in bounds:
        if bound.operator in {"==", "==="} and not bound.version.endswith(".*"):
            return bound.version
    return ""


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class _Walk:
    """The files of one reading: what they hold, and where we are in them."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.found: list[tuple[Field, Requirement | Listed]] = []
        self.constraints: dict[str, SpecifierSet] = {}
        self.notes: list[str] = []
        self.indexes: dict[str, list[str]] = {}
        self.unused: list[str] = []
        self._files = 0

    def file(self, asked: Field, path: Path, above: tuple[Path, ...], *, as_constraint: bool) -> None:
        """Read a file that `asked` names."""
        self._files += 1
        real = _real(asked, path)
        if real in above:
            raise asked.wrong(f"includes itself: {' -> '.join(p.name for p in (*above, real))}")
        if self._files > MAX_INCLUDED:
            raise asked.wrong(f"more than {MAX_INCLUDED} files are included")
        if above and (not real.is_relative_to(self.project) or not real.is_file()):
            raise asked.wrong(f"includes '{asked.value}', which is no file of this project", hint="name it as a target")
        for number, line in _lines(path):
            field = Field(line, path, f"line {number}")
            if line.startswith("-"):
                self._option(field, line, (*above, real), as_constraint=as_constraint)
            else:
                self._entry(field, line, as_constraint=as_constraint)

    def _option(self, field: Field, line: str, above: tuple[Path, ...], *, as_constraint: bool) -> None:
        match = _OPTION.match(line)
        name, value = (match[1], (match[2] or "").strip()) if match else (line, "")
        if name in _INCLUDE:
            included, bounds = Field(value[:120], field.path, field.place), _INCLUDE[name] == "constraint"
            self.file(included, field.path.parent / value, above, as_constraint=as_constraint or bounds)
        elif name in {"-e", "--editable"}:
            self._direct(field, value, "an editable install from a folder or repository")
        elif name in _INDEX:
            self.indexes.setdefault(_INDEX[name], []).append(value)
        elif name not in {"--pre", "--prefer-binary", "--require-hashes", "--no-binary", "--only-binary",
                          "--use-feature", "--trusted-host", "--config-settings"}:  # fmt: skip
            raise field.wrong(f"unknown option {name[:40]!r}")

    def _entry(self, field: Field, line: str, *, as_constraint: bool) -> None:
        try:
            self._requirement(field, line, as_constraint=as_constraint)
        except InputError as error:
            self.found.append((field, naming.generic(field, line, "", naming.reason_of(field, error))))

    def _requirement(self, field: Field, line: str, *, as_constraint: bool) -> None:
        bare = re.split(r"\s--[a-z]", line, maxsplit=1)[0].strip()
        if _DIRECT.match(bare) or ("@" not in bare and bare.endswith((".whl", ".tar.gz", ".zip"))):
            self._direct(field, bare, "a direct address")
            return
        try:
            one = Requirement(bare)
        except (ValueError, RecursionError) as error:
            raise field.wrong(f"{bare[:80]!r}: {str(error).splitlines()[0]}", hint="see PEP 508") from None
        if one.marker and not naming.applies(field, str(one.marker)):
            self.unused.append(one.name)
        elif as_constraint:
            key = _key(one.name)
            self.constraints[key] = self.constraints.get(key, SpecifierSet()) & one.specifier
        elif one.url:
            self.found.append(
                (field, naming.python(field, one.name, unknown=f"from a direct address: {one.url[:120]}"))
            )
        else:
            self.found.append((field, one))

    def _direct(self, field: Field, value: str, what: str) -> None:
        name = re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", value)
        shown = name[1] if name else value.rstrip("/").rsplit("/", 1)[-1]
        why = f"{what}: {value[:120]}"
        self.found.append((field, naming.generic(field, shown, "", why)))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Logical lines without comments, each with the number of its first physical line."""
    begun, first = "", 0
    for number, row in enumerate([*text(path).splitlines(), ""], 1):
        first = first if begun else number
        if row.endswith("\\") and not row.lstrip().startswith("#"):
            begun += row[:-1] + " "
        else:
            whole = _COMMENT.sub("", begun + row).strip()
            begun = ""
            if whole:
                yield first, whole
        if len(begun) > MAX_LINE:
            raise Field("", path, f"line {first}").wrong(f"longer than {MAX_LINE} characters")
