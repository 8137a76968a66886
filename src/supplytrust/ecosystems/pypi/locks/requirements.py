"""requirements.txt, with hashes, constraints and included files, each line taken for what pip takes it for.

Several lines about one package are one package: bounds add up, a constraint bounds what is required and is itself no
requirement, and an address or a local artifact takes the place of the index. Two versions that are both named are both
judged, although pip would refuse them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.pypi.locks import entries
from supplytrust.ecosystems.pypi.locks.requirement_lines import (
    Line,
    Walk,
    is_address,
    local_path,
    real_path,
    split_marker,
    without_extras,
)
from supplytrust.errors import InputError
from supplytrust.formats.list_file import Field

FILE_NAMES = ("requirements.txt",)
MAX_LINES = 200  # about one package: adding them up takes time by the square of their number
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By its suffix."""
    return path.suffix in {".txt", ".in"}


def read(path: Path) -> Inventory:
    """Every requirement; constraints bound what the requirements leave open. InputError with file and line."""
    walk = Walk(path)
    found = _Entry(walk)
    for line in walk.lines:
        try:
            found.take(line)
        except InputError as error:
            found.others.append(listing.generic(line.field, line.text, "", listing.reason_of(line.field, error)))
    listed = [one for project in found.projects.values() for one in project.list_packages()]
    listed = [one if one.path else replace(one, indexes=walk.indexes) for one in listed]
    return inventory(path, [*found.others, *listed], notes=(*walk.notes, *entries.note_of_unused(found.unused)))


@dataclass(frozen=True, slots=True)
class _Wish:
    """One line about a package: bounds and pins, or the address or artifact (`link`) that it comes from."""

    line: Line
    specifier: SpecifierSet
    link: ListedPackage | None = None


@dataclass(slots=True)
class _Project:
    """All lines about one package."""

    name: str
    wishes: list[_Wish] = field(default_factory=list)
    constraints: list[_Wish] = field(default_factory=list)
    refused: str = ""  # why pip refuses one of its constraints

    def list_packages(self) -> Iterator[ListedPackage]:
        """What is to be judged; nothing when the package is only constrained."""
        if not self.wishes:
            return
        number = len(self.wishes) + len(self.constraints)
        if number > MAX_LINES:
            why = f"{number} lines are about it, at most {MAX_LINES} of one package are added up"
            yield entries.package(self.wishes[0].line.field, self.name, unknown=why)
            return
        links = {w.link.path or w.link.unknown: w.link for w in (*self.wishes, *self.constraints) if w.link}
        if links:
            yield from self._linked_packages(list(links.values()))
            return
        versions: dict[Version | str, str] = {}
        for text in (text for wish in self.wishes for text in _exact(wish.specifier)):
            versions.setdefault(_version(text), text)
        for text in versions.values() or (self._constrained_version(),):
            yield self._from_index(text, several=len(versions) > 1)

    def _constrained_version(self) -> str:
        """The one version that the constraints name; '' when they leave it open."""
        return next((text for wish in self.constraints for text in _exact(wish.specifier)), "")

    def _from_index(self, version: str, *, several: bool) -> ListedPackage:
        wishes = [
            w for w in self.wishes if not several or {_version(t) for t in _exact(w.specifier)} <= {_version(version)}
        ]
        bounds = self._bounds(wishes)
        why = self.refused
        if version and not _fits(bounds, version):
            why = why or f"no version fits all that is asked: {bounds}"
        pins, problem = _common_pins([*wishes, *self.constraints])
        first = next((w for w in wishes if version in _exact(w.specifier)), wishes[0]).line.field
        return entries.package(first, self.name, version, pins=pins, specifier=str(bounds), unknown=why or problem)

    def _bounds(self, wishes: list[_Wish]) -> SpecifierSet:
        bounds = SpecifierSet()
        for wish in (*wishes, *self.constraints):
            bounds &= wish.specifier
        return bounds

    def _linked_packages(self, links: list[ListedPackage]) -> Iterator[ListedPackage]:
        """A package that comes from an address or an artifact: pip takes it from nowhere else."""
        bounds = self._bounds(self.wishes)
        for one in links:
            version = one.wanted.version if one.wanted else ""
            why = self.refused or one.unknown
            if len(links) > 1:
                why = why or "it is asked for from several places, of which pip takes none"
            if version and not _fits(bounds, version):
                why = why or f"no version fits all that is asked: {bounds}"
            pins, problem = _common_pins([*self.wishes, *self.constraints])
            named = next((w.line.field for w in self.wishes if w.link is None), None)
            checked = entries.package(named or self.wishes[0].line.field, self.name, pins=pins)
            why = why or problem or checked.unknown
            shown = checked if named and not one.path else one  # listed by its name, whatever stands in a constraint
            yield replace(shown, wanted=None if why else one.wanted, unknown=why, sha256=checked.sha256)


class _Entry:
    """What the lines of one reading are about."""

    def __init__(self, walk: Walk) -> None:
        self.projects: dict[str, _Project] = {}
        self.others: list[ListedPackage] = []  # what has no name, and what cannot be read
        self.unused: list[str] = []
        self._folders = [walk.project, real_path(Field("", Path(), ""), Path.cwd())]

    def take(self, line: Line) -> None:
        """InputError when the line is not of a form that pip reads."""
        if _VARIABLE.search(line.text):
            raise line.field.wrong("it names a variable of the environment, which is not read")
        text, marker = split_marker(line.text)
        requirement = None if line.editable and not _is_named(text) else self._requirement(line, text)
        name = requirement.name if requirement else ""
        link = self._link(line, text, requirement)
        if link and requirement and link.wanted and link.wanted.name != canonicalize_name(name):
            raise line.field.wrong(f"it is named {name}, and the file there {link.wanted.name}: neither is believed")
        name = name or (_name_of(text, link) if link else "")
        marker = str(requirement.marker) if requirement and requirement.marker else marker
        if line.constraint:
            self._refuse(line, name, requirement)
        if marker and not entries.applies(line.field, marker):
            self.unused.append(name or text)
        elif not name and link:
            self.others.append(link)
        else:
            project = self.projects.setdefault(canonicalize_name(name), _Project(name))
            wish = _Wish(line, requirement.specifier if requirement else SpecifierSet(), link)
            (project.constraints if line.constraint else project.wishes).append(wish)

    def _refuse(self, line: Line, name: str, requirement: Requirement | None) -> None:
        why = "it has no name" if not name else "it is editable" if line.editable else ""
        if not why and (requirement.extras if requirement else local_path(line.text) and "[" in line.text):
            why = "it has extras"
        if why and name:
            self.projects.setdefault(
                canonicalize_name(name), _Project(name)
            ).refused = f"pip refuses its constraint: {why}"
        if why:
            raise line.field.wrong(f"pip refuses this constraint: {why}")

    def _requirement(self, line: Line, text: str) -> Requirement | None:
        """The named requirement; None for a path or a bare address."""
        if local_path(text) or is_address(text):
            return None
        try:
            return Requirement(line.text)
        except (ValueError, RecursionError) as error:
            why = f"{listing.escape_text(line.text, 80)!r}: {str(error).splitlines()[0][:200]}"
            raise line.field.wrong(why, hint="see PEP 508") from None

    def _link(self, line: Line, text: str, requirement: Requirement | None) -> ListedPackage | None:
        """The address, folder or artifact that a line names; None when the index is asked."""
        address = requirement.url if requirement else text
        if not address:
            return None
        path = local_path(address)
        shown = listing.escape_text(address, 120)
        if line.editable:
            why = f"an editable install from a folder or repository: {shown}"
        elif path:
            return self._local(line, path)
        else:
            why = f"from a direct address: {shown}"
        if requirement:
            return entries.package(line.field, requirement.name, unknown=why)
        return _package_without_name(line, address, why)

    def _local(self, line: Line, path: str) -> ListedPackage:
        """A path, from the working folder as pip takes it, else from the folder of the file."""
        paths = [folder / path for folder in (Path.cwd(), line.field.path.absolute().parent)]
        there = list(dict.fromkeys(real_path(line.field, p) for p in paths if _exists(p)))
        shown = listing.escape_text(path, 120)
        name = Path(path).name or path
        if not there:
            return listing.generic(line.field, name, "", f"a local path at which there is nothing: {shown}")
        if len(there) > 1:
            why = f"{shown} is one thing in the working folder and another beside the list"
        elif not any(there[0].is_relative_to(folder) for folder in self._folders):
            why = f"a local path outside of this project: {shown}; name it as a target"
        elif there[0].is_dir():
            why = f"from a local folder: {shown}; build it, and name the artifact"
        else:
            return replace(listing.list_artifact(there[0]), where=listing.place_of(line.field))
        return listing.generic(line.field, name, "", why)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _is_named(text: str) -> bool:
    """Whether an editable requirement is of the form `name @ address`."""
    before, at, _ = text.partition("@")
    return bool(at) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", without_extras(before)) is not None


def _package_without_name(line: Line, address: str, why: str) -> ListedPackage:
    egg = _EGG.search(address)
    tail = listing.escape_text(address, 1000).rstrip("/").rpartition("/")[2]
    return listing.generic(line.field, egg[1] if egg else tail, "", why)


def _name_of(text: str, link: ListedPackage) -> str:
    """The package at an address or path, as file name or `egg` say; '' when that is not known before a build."""
    if link.wanted:
        return link.wanted.name
    egg = _EGG.search(text)
    if egg:
        return egg[1]
    try:
        return parse_wheel_filename(text.partition("#")[0].rpartition("/")[2])[0]
    except InvalidWheelFilename:
        return ""


def _exact(bounds: SpecifierSet) -> list[str]:
    """The versions that `==1.2` or `===1.2` name; none for anything wider."""
    return [b.version for b in bounds if b.operator in {"==", "==="} and not b.version.endswith(".*")]


def _version(text: str) -> Version | str:
    try:
        return Version(text)
    except ValueError:
        return text


def _fits(bounds: SpecifierSet, version: str) -> bool:
    try:
        return bounds.contains(version, prereleases=True)
    except ValueError:
        return True  # no version of PEP 440, which is said elsewhere


def _common_pins(wishes: list[_Wish]) -> tuple[list[str], str]:
    """The digests that every line with digests allows, and what is wrong when there is none."""
    sets = [{pin.lower() for pin in w.line.pins} for w in wishes if w.line.pins]
    common = set.intersection(*sets) if sets else set()
    return sorted(common), "no digest is allowed by all lines about it" if sets and not common else ""
