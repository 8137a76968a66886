"""An installed environment, read from its files: nothing of it is started or imported."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.pypi.locks import entries
from supplytrust.errors import InputError
from supplytrust.formats.list_file import Field, text
from supplytrust.model.evidence import Edge
from supplytrust.model.subject import package_of
from supplytrust.model.vocabulary import EdgeKind

NOTE = "an environment names versions, not files: what lies on disk was not compared with the published file"
NO_VERSION = "its metadata has no Version, so it is not known which release is installed"
MAX_PACKAGES = 20_000
MAX_METADATA = 4 * 2**20


def is_environment(path: Path) -> bool:
    """A virtual environment, the interpreter of one, or a folder of installed packages."""
    return path.is_dir() and ((path / "pyvenv.cfg").is_file() or any(path.glob("*.dist-info")))


def read(path: Path) -> Inventory:
    """The packages of an environment: its folder, its interpreter, or its site-packages. InputError."""
    folders = _folders(path)
    if not folders:
        raise InputError(f"{path}: no installed packages are found there", hint="name an interpreter or environment")
    found: list[tuple[ListedPackage, Message]] = []
    for folder in folders:
        for place in sorted([*folder.glob("*.dist-info"), *folder.glob("*.egg-info")]):
            found.append(_package(place))
            if len(found) > MAX_PACKAGES:
                raise InputError(f"{path}: more than {MAX_PACKAGES} packages", hint="name one environment")
    by_name = {package_of(one.purl): one.purl for one, _ in found}
    edges = [edge for one, fields in found for edge in _edges(one, fields, by_name)]
    return inventory(path, (one for one, _ in found), edges, notes=(NOTE, *_shared_folders(path)))


def _folders(path: Path) -> list[Path]:
    if path.is_dir() and any(path.glob("*.dist-info")):
        return [path]
    prefix = path if path.is_dir() else path.parent.parent  # <prefix>/bin/python; its link is not followed
    patterns = ("lib/python3*/site-packages", "lib64/python3*/site-packages", "Lib/site-packages",
                "lib/python3*/dist-packages", "lib/python3/dist-packages")  # fmt: skip
    unique = {folder.resolve(): folder for pattern in patterns for folder in sorted(prefix.glob(pattern))}
    return [folder for folder in unique.values() if folder.is_dir()]


def _shared_folders(path: Path) -> Iterator[str]:
    prefix = path if path.is_dir() else path.parent.parent
    config = prefix / "pyvenv.cfg"
    if config.is_file() and "include-system-site-packages = true" in text(config).lower():
        yield "it also uses the packages of the system's interpreter, which are not part of this list"


def _package(place: Path) -> tuple[ListedPackage, Message]:
    """A folder that cannot be read is a package of which only the folder's name is known."""
    source = place / ("METADATA" if place.suffix == ".dist-info" else "PKG-INFO") if place.is_dir() else place
    field = Field("", source, "")
    try:
        fields = HeaderParser().parsestr(text(source, MAX_METADATA))
        name, version = str(fields.get("Name") or ""), str(fields.get("Version") or "")
        if not name:
            return listing.generic(field, place.name, version, "its metadata has no Name"), fields
        return entries.package(field, name, version, unknown=_elsewhere(place) or NO_VERSION * (not version)), fields
    except InputError as error:
        return listing.generic(field, place.name, "", f"its metadata cannot be read: {error.message[:120]}"), Message()


def _elsewhere(place: Path) -> str:
    direct = place / "direct_url.json"
    return "installed from a direct address, folder or repository (direct_url.json)" if direct.is_file() else ""


def _edges(one: ListedPackage, fields: Message, by_name: dict[str, str]) -> Iterator[Edge]:
    for need in fields.get_all("Requires-Dist") or []:
        try:
            requirement = Requirement(str(need))
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
        except (InvalidRequirement, RecursionError, ValueError):
            continue  # an unreadable requirement adds no edge; the package itself is judged all the same
        child = by_name.get(entries.package(Field("", Path(), ""), requirement.name).purl)
        if child:
            yield Edge(one.purl, child, EdgeKind.LINK, "declared", "Requires-Dist")
