"""How a wheel was probably built: a pure function of the wheel, its source's build table and its upload
time.

What the wheel says about itself is a hint, never a fact: hints only choose among releases that the index
had at the upload time, and cannot raise a level, since contents are compared. Build table: PEP 517, PEP
518.
"""

from __future__ import annotations

import calendar
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.parser import HeaderParser
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supplytrust.errors import MalformedTomlError
from supplytrust.formats.toml import read_toml

LEGACY: Final = "setuptools.build_meta:__legacy__"
SLACK: Final = timedelta(seconds=1)
GENERATORS: Final = {  # Generator line -> the distribution that writes it; nothing else is pinned
    "bdist_wheel": "wheel",
    "setuptools": "setuptools",
    "flit": "flit-core",
    "poetry": "poetry-core",
    "poetry-core": "poetry-core",
    "hatchling": "hatchling",
    "pdm-backend": "pdm-backend",
    "uv": "uv-build",
    "uv_build": "uv-build",
}
GENERATOR_LINE: Final = re.compile(r"^Generator:\s*([A-Za-z0-9_.-]+)(?:\s+\(?v?([0-9][^\s()]*)\)?)?", re.M | re.I)
WRITTEN: Final = (".dist-info/WHEEL", ".dist-info/METADATA", ".dist-info/RECORD")
FIXED_STAMPS: Final = 1_454_284_800  # 2016-02-01: earlier ones are constants that backends write
PUTS_IN: Final = re.compile(
    r"(?:USE|WITH|ENABLE|BUILD|REQUIRE|FORCE|COMPILE)_(?:\w+_)?(?:MYPYC|CYTHON|C?EXT(?:ENSIONS?)?|SPEEDUPS|NATIVE)$"
)
READS_VARIABLE: Final = re.compile(rb"(?:environ(?:\.get\(|\[)|getenv\()\s*[\"']([A-Z][A-Z0-9_]{3,60})[\"']")
LEAVES_OUT: Final = re.compile(
    r"(?:^|_)(?:NO|SKIP|DISABLE|WITHOUT)_(?:\w+_)?(?:C?EXT|EXTENSIONS?|SPEEDUPS?|NATIVE|CYTHON|MYPYC)$|PURE_?PYTHON$"
)
EPOCH_START: Final = 315_532_800  # 1980-01-01, the first moment a zip can name


@dataclass(frozen=True, slots=True)
class Table:
    """The `[build-system]` table of the source. `declared` False: none, so the legacy backend applies."""

    backend: str = LEGACY
    requires: tuple[str, ...] = ("setuptools", "wheel")
    backend_path: tuple[str, ...] = ()
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """What the published wheel shows of its making. `stamps` are the distinct zip times, as UTC seconds."""

    name: str
    version: str
    generator: str
    generator_version: str
    stamps: tuple[int, ...]
    universal: bool  # the file name says py2.py3
    parenthesized: bool  # Requires-Dist: x (>=1)
    license_file: bool
    requires_python: str
    written: int | None = None  # the one zip time of WHEEL, METADATA and RECORD: when the build wrote them
    group_writable: bool = False  # what the build wrote is writable by the group
    crlf: bool = False  # METADATA ends its lines as Windows does


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to set the build up. `instead` are declared names that `pins` replace at once; on a conflict
    the declared requirements of all pinned names are dropped. `python` is a series such as `3.9`, or
    empty; `among` the series that it may be built on, all when empty. `besides` are requirements that nobody
    declared and the build needs.
    """

    table: Table
    pins: tuple[str, ...]
    instead: tuple[str, ...]
    cut_off: datetime
    epoch: int | None
    rules: tuple[str, ...]
    python: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    clock: int | None = None  # what files written during the build are dated, when no epoch is set
    umask: int = 0o022
    crlf: bool = False  # text is written with the line ends of Windows
    variables: tuple[tuple[str, str], ...] = ()  # switches of the source's own build code
    besides: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    pretend_version: str = ""  # for source trees without history: what their version plug-in is told

    def requires(self) -> tuple[str, ...]:
        """Declared requirements and pins, as given to the installer."""
        declared = tuple(r for r in self.table.requires if requirement_name(r) not in self.instead)
        return declared + self.pins + self.besides

    def requires_on_conflict(self) -> tuple[str, ...]:
        """The same when declared requirements and pins cannot both hold: the pins win."""
        pinned = {requirement_name(p) for p in (*self.pins, *self.besides)}
        declared = tuple(r for r in self.table.requires if requirement_name(r) not in pinned)
        return declared + self.pins + self.besides

    def also(self, rule: str, **changes: object) -> Recipe:
        """This recipe with one more rule applied."""
        return replace(self, rules=(*self.rules, rule), **changes)  # type: ignore[arg-type]


def requirement_name(text: str) -> str:
    """Canonical name of a requirement; empty when it does not parse."""
    try:
        return canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return ""


def no_hints(name: str, version: str) -> Hints:
    """For a file that shows nothing of its making, such as an sdist."""
    return Hints(canonicalize_name(name), version, "", "", (), False, False, False, "")  # noqa: FBT003


def recipe_without_pins(table: Table, until: datetime) -> Recipe:
    """The declared requirements as of a day, and nothing inferred."""
    return Recipe(table, (), (), until + SLACK, None, ("cut-off", "no-epoch"))


def read_hints(file_name: str, wheel: bytes, members: Mapping[str, bytes]) -> Hints:
    """The hints of a wheel whose container has passed the audit."""
    info = {p.partition("/")[2]: d for p, d in members.items() if p.partition("/")[0].endswith(".dist-info")}
    metadata = info.get("METADATA", b"").decode("utf-8", "replace").replace("\r\n", "\n")
    head = HeaderParser().parsestr(metadata.partition("\n\n")[0])
    line = GENERATOR_LINE.search(info.get("WHEEL", b"").decode("utf-8", "replace"))
    requires = head.get_all("Requires-Dist") or []
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        entries = {i.filename: i for i in archive.infolist() if not i.is_dir()}
    written = [i for path, i in entries.items() if path.endswith(WRITTEN)]
    dates = {_seconds(i.date_time) for i in written}
    return Hints(
        name=canonicalize_name(head.get("Name", "")),
        version=head.get("Version", ""),
        generator=line[1].lower() if line else "",
        generator_version=(line[2] or "") if line else "",
        stamps=tuple(sorted({_seconds(i.date_time) for i in entries.values()})),
        universal="-py2.py3-" in file_name,
        parenthesized=any(re.search(r"^[\w.\[\],-]+\s*\(", str(r)) for r in requires),
        license_file="License-File" in head,
        requires_python=head.get("Requires-Python", ""),
        written=min(dates) if len(dates) == 1 else None,
        group_writable=any(_group_writes(i) for i in written if not i.filename.endswith("RECORD")),
        crlf=b"\r\n" in info.get("METADATA", b""),
    )


def _group_writes(entry: zipfile.ZipInfo) -> bool:
    return entry.external_attr >> 16 & 0o100020 == 0o100020


def _seconds(stamp: tuple[int, int, int, int, int, int]) -> int:
    """A zip time read as UTC. Months and days of zero, which the format allows, count as the first."""
    year, month, day, hour, minute, second = stamp
    return calendar.timegm((year, max(month, 1), max(day, 1), hour, minute, second))


def infer(hints: Hints, table: Table, uploaded_at: datetime) -> Recipe:
    """The first recipe to try."""
    epoch = hints.stamps[0] if len(hints.stamps) == 1 and hints.stamps[0] >= EPOCH_START else None
    rules = ("cut-off", "epoch" if epoch is not None else "no-epoch")
    recipe = _surroundings(hints, Recipe(table, (), (), uploaded_at + SLACK, epoch, rules))
    pin = _generator_pin(hints)
    if pin and (requirement_name(pin) == hints.name or table.backend_path):
        return recipe.also("self-bootstrap")
    if not pin:
        return recipe
    recipe = recipe.also("generator-pin", pins=(pin,))
    if hints.generator == "bdist_wheel" and hints.name != "setuptools":
        recipe = recipe.also("bdist-wheel", pins=(*recipe.pins, "setuptools<70.1"), instead=("setuptools", "wheel"))
    return recipe


def _surroundings(hints: Hints, recipe: Recipe) -> Recipe:
    """Clock, umask and line ends of the machine that built the wheel, as far as it shows them."""
    if recipe.epoch is None and hints.written is not None and hints.written > FIXED_STAMPS:
        recipe = recipe.also("clock", clock=hints.written)
    if hints.group_writable:
        recipe = recipe.also("umask", umask=0o002)
    return recipe.also("crlf", crlf=True) if hints.crlf else recipe


def _generator_pin(hints: Hints) -> str:
    name = GENERATORS.get(hints.generator, "")
    try:
        version = Version(hints.generator_version)
    except InvalidVersion:
        return ""
    if not name:
        return ""
    if name == "uv-build":  # its Generator may name a uv that has no uv-build of the same number
        return f"{name}<={version}"
    return f"{name}=={version}"


def switches(members: Mapping[str, bytes]) -> tuple[str, ...]:
    """Environment variables by which the source's own build code leaves out its compiled parts.

    Read from the Python files at the top of the tree, by the names in use (`X_NO_EXTENSIONS`, `X_PUREPYTHON`).
    """
    tops = [data for path, data in sorted(members.items()) if "/" not in path and path.endswith(".py")]
    names = {name.decode("ascii") for data in tops for name in READS_VARIABLE.findall(data)}
    return tuple(sorted(name for name in names if LEAVES_OUT.search(name)))


def native_switches(members: Mapping[str, bytes]) -> tuple[str, ...]:
    """Environment variables by which the source's own build code makes compiled parts that it leaves out otherwise."""
    tops = [data for path, data in sorted(members.items()) if "/" not in path and path.endswith(".py")]
    names = {name.decode("ascii") for data in tops for name in READS_VARIABLE.findall(data)}
    return tuple(sorted(name for name in names if PUTS_IN.search(name) and not LEAVES_OUT.search(name)))


def rungs(hints: Hints, first: Recipe, pure_by: tuple[str, ...] = ()) -> tuple[Recipe, ...]:
    """The ladder after the first recipe, best chance first; the caller stops early and bounds the number.

    `pure_by`: the switches that make the build a pure one.
    """
    found = [first.also("pure-switch", variables=tuple((name, "1") for name in pure_by))] if pure_by else []
    found += _bdist_rungs(hints, first) if hints.generator == "bdist_wheel" else _other_rungs(hints, first)
    seen = [first]
    for recipe in found:
        if all(replace(recipe, rules=()) != replace(other, rules=()) for other in seen):
            seen.append(recipe)
    return tuple(seen[1:])


def _bdist_rungs(hints: Hints, first: Recipe) -> list[Recipe]:
    ladder = []
    if hints.universal:
        ladder.append(_universal(first))
    if not hints.license_file:
        old = _setuptools(first, "setuptools<=56.2.0", "no-license-file")
        ladder.append(_universal_old(old) if hints.universal else old)
    ladder.append(first.also("older-python", python="3.8"))
    ladder.append(_setuptools(first, "setuptools<=67.7.2", "older-setuptools"))
    ladder.append(_setuptools(first, "setuptools<=62", "older-setuptools").also("older-python", python="3.9"))
    free = tuple(p for p in first.pins if requirement_name(p) != "setuptools")
    ladder.append(first.also("no-setuptools-bound", pins=free, instead=("wheel",)))
    return ladder


def _other_rungs(hints: Hints, first: Recipe) -> list[Recipe]:
    ladder = []
    shaped = first
    if hints.parenthesized and hints.generator == "setuptools":
        shaped = shaped.also("parenthesized-requires", pins=(*shaped.pins, "wheel<=0.41"))
    if hints.universal:
        shaped = _universal(shaped)
    ladder.append(shaped)
    ladder.append(shaped.also("newer-python", python="3.13"))
    ladder.append(shaped.also("older-python", python="3.9"))
    ladder.append(first.also("cut-off-only", pins=(), instead=(), python="3.13"))
    return ladder


def _setuptools(recipe: Recipe, pin: str, rule: str) -> Recipe:
    pins = tuple(p for p in recipe.pins if requirement_name(p) != "setuptools")
    return recipe.also(rule, pins=(*pins, pin), instead=("setuptools", "wheel"))


def _universal(recipe: Recipe) -> Recipe:
    return recipe.also("universal", settings=(("--build-option", "--universal"),))


def _universal_old(recipe: Recipe) -> Recipe:
    """Setuptools up to 56 passes options on in another way."""
    return recipe.also("universal", settings=(("--global-option", "bdist_wheel"), ("--global-option", "--universal")))


def read_table(members: Mapping[str, bytes]) -> Table:
    """The build table of a source tree (paths without the root folder).

    Raises ValueError when pyproject.toml cannot be read or the table breaks PEP 518.
    """
    data = members.get("pyproject.toml")
    if data is None:
        return Table()
    try:
        table = read_toml(data).get("build-system")
    except MalformedTomlError as error:
        raise ValueError(f"pyproject.toml cannot be read: {error.message}") from error
    if table is None:
        return Table()
    if not isinstance(table, dict):
        raise ValueError("build-system of pyproject.toml is no table")  # noqa: TRY004 - the promise of this function
    requires: Any = table.get("requires")
    path: Any = table.get("backend-path", [])
    backend = table.get("build-backend", LEGACY)
    lists = (requires, path)
    if not all(isinstance(x, list) and all(isinstance(i, str) for i in x) for x in lists) or not isinstance(
        backend, str
    ):
        raise ValueError("the build-system table of pyproject.toml does not follow PEP 518")
    return Table(backend, tuple(requires), tuple(path), declared=True)


def acceptable(requirement: str) -> bool:
    """Whether a requirement may be given to an installer: it parses, and names no address to fetch from."""
    try:
        return Requirement(requirement).url is None
    except InvalidRequirement:
        return False
