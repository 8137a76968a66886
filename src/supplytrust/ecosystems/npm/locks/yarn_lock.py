"""yarn.lock: the line format of version 1, and the YAML of later ones.

The checksum of later versions is over an archive of the client's own making and says nothing of the registry's file, so
those packages are listed and no bytes of them are pinned. Reference: the client's documentation, "Lockfile".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as made_of
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.npm.locks import entries
from supplytrust.errors import InputError
from supplytrust.formats import yaml_reader
from supplytrust.formats.list_file import Field, text
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

FILE_NAMES = ("yarn.lock",)
_FIRST = b"# yarn lockfile v1"
_SPEC = re.compile(r"(?P<name>(?:@[^/@\s]+/)?[^/@\s]+)@(?P<range>.*)")
_PAIR = re.compile(r'(?P<key>"(?:[^"\\]|\\.)*"|[^\s:"]+):?\s+(?P<value>"(?:[^"\\]|\\.)*"|\S+)')
_CONDITION = re.compile(r"\b(os|cpu|libc)=(!?\w+)")
_OTHER_ARCHIVE = "its checksum is over an archive of the client's own making"
_LOCAL = ("workspace:", "link:", "portal:", "file:")


@dataclass(slots=True)
class _Block:
    """One entry of the lines: what asks for it, its fields, what it needs."""

    specs: list[str]
    line: int
    values: dict[str, str] = made_of(default_factory=dict)
    needs: list[tuple[str, str]] = made_of(default_factory=list)


def recognises(path: Path, head: bytes) -> bool:
    """By its name, else by the note at its top."""
    return path.name in FILE_NAMES or _FIRST in head[:400]


def read(path: Path) -> Inventory:
    """Every package of the lock. InputError."""
    body = text(path)
    return _read_lines(path, body) if _FIRST.decode() in body[:400] else _read_yaml(path, body)


# --- version 1


def _read_lines(path: Path, body: str) -> Inventory:
    blocks = _blocks(path, body)
    made = []
    for block in blocks:
        where = Field({}, path, f"line {block.line}")
        made.append(listing.entry(where, partial(_first_package, where, block), block.specs[0]))
    by_spec = {spec: one for block, one in zip(blocks, made, strict=True) for spec in block.specs}
    by_name = _only_ones(by_spec)
    edges = [
        Edge(one.purl, child.purl, EdgeKind.LINK, "declared", path.name)
        for block, one in zip(blocks, made, strict=True)
        for name, wanted in block.needs
        if (child := by_spec.get(f"{name}@{wanted}") or by_name.get(name)) is not None
    ]
    return inventory(path, made, edges, notes=entries.note_entries((one, {}) for one in made))


def _only_ones(by_spec: dict[str, ListedPackage]) -> dict[str, ListedPackage]:
    """Packages by name, of names with one release: a request that was overruled (`resolutions`) means that one."""
    found: dict[str, ListedPackage] = {}
    several: set[str] = set()
    for spec, one in by_spec.items():
        name = found_name["name"] if (found_name := _SPEC.fullmatch(spec)) else spec
        if found.setdefault(name, one).purl != one.purl:
            several.add(name)
    return {name: one for name, one in found.items() if name not in several}


def _first_package(where: Field, block: _Block) -> ListedPackage:
    name = _target(where, block.specs[0])
    resolved = block.values.get("resolved", "")
    return entries.release(where, name, block.values.get("version", ""), block.values.get("integrity", ""), resolved)


def _target(where: Field, spec: str) -> str:
    """The package that a request means: `alias@npm:other@1` is another one."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        raise where.wrong(f"{spec[:80]!r} asks for no package")
    aliased = _SPEC.fullmatch(found["range"].removeprefix("npm:")) if found["range"].startswith("npm:") else None
    return aliased["name"] if aliased else found["name"]


def _blocks(path: Path, body: str) -> list[_Block]:
    """The entries of the file. InputError for a line that is none of the format."""
    blocks: list[_Block] = []
    inside = ""
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            blocks.append(_Block([_plain(part) for part in line.rstrip(": ").split(", ")], number))
            inside = ""
            continue
        pair = _PAIR.fullmatch(line.strip())
        if not blocks or (pair is None and not line.rstrip().endswith(":")):
            raise InputError(f"{path}:{number}: a line that is none of a yarn.lock", hint="was it merged by hand?")
        inside = _take_line(blocks[-1], line, pair, inside)
    return blocks


def _take_line(block: _Block, line: str, pair: re.Match[str] | None, inside: str) -> str:
    """One indented line into its entry; the table that the next ones are in."""
    if not line.startswith("   "):
        if pair is None:
            return line.strip().rstrip(":")
        block.values[_plain(pair["key"])] = _plain(pair["value"])
        return ""
    if pair and inside in ("dependencies", "optionalDependencies"):
        block.needs.append((_plain(pair["key"]), _plain(pair["value"])))
    return inside


def _plain(value: str) -> str:
    text_ = value.strip()
    return text_[1:-1].replace('\\"', '"') if len(text_) > 1 and text_[0] == text_[-1] == '"' else text_


# --- later versions


def _read_yaml(path: Path, body: str) -> Inventory:
    try:
        top = Field(yaml_reader.read(body), path, "")
    except ValueError as error:
        raise InputError(f"{path}: {str(error)[:200]}", hint="YAML in UTF-8; was it cut off?") from None
    if not isinstance(top.value, dict) or "__metadata" not in top.value:
        raise top.wrong("is not a yarn.lock")
    fields = {key: Field(value, path, key[:80]) for key, value in top.value.items() if key != "__metadata"}
    made = {key: listing.entry(one, partial(_later_package, one), key) for key, one in fields.items()}
    by_spec = {spec.strip(): one for key, one in made.items() for spec in key.split(",")}
    by_name = _only_ones(by_spec)
    notes: list[str] = []
    edges: list[Edge] = []
    roots: list[str] = []
    for key, one in fields.items():
        children = listing.attempt(partial(_later_needs, one, by_spec, by_name), path, notes)
        own = listing.text_of(one, "resolution").partition("@workspace:")[1]
        roots += [child.purl for child in children] if own else []
        edges += [] if own else [Edge(made[key].purl, c.purl, EdgeKind.LINK, "declared", path.name) for c in children]
    listed = [key for key in made if "@workspace:" not in listing.text_of(fields[key], "resolution")]
    notes += entries.note_entries((made[key], _conditions(fields[key])) for key in listed)
    return inventory(
        path, (made[key] for key in listed), edges, roots, [*notes, f"{_OTHER_ARCHIVE}: no bytes are pinned by it"]
    )


def _conditions(field: Field) -> dict[str, tuple[str, ...]]:
    """`conditions: os=darwin & cpu=arm64` as the fields of a manifest."""
    told = _CONDITION.findall(listing.text_of(field, "conditions"))
    return {key: tuple(word for name, word in told if name == key) for key in entries.PLATFORM}


def _later_package(field: Field) -> ListedPackage:
    resolution = field.text("resolution", required=True)
    found = _SPEC.fullmatch(resolution)
    if found is None:
        raise field.wrong(f"{resolution[:80]!r} names no package")
    place, _, bindings = found["range"].partition("::")
    shown = listing.escape_text(place, 100)
    unknown = "" if place.startswith("npm:") else f"it comes from {shown}, not from a registry"
    archive = unquote(bindings.rpartition("__archiveUrl=")[2].partition("&")[0]) if "__archiveUrl=" in bindings else ""
    name, version = found["name"], field.text("version")
    indexes = [index] if (index := entries.registry_of(name, archive)) else []
    why = unknown or entries.unknown_file(name, version, archive)
    return entries.package(field, name, version, unknown=why, indexes=indexes)


def _later_needs(
    field: Field, by_spec: dict[str, ListedPackage], by_name: dict[str, ListedPackage]
) -> list[ListedPackage]:
    found = []
    for name, one in field.pairs("dependencies"):
        wanted = one.as_text()
        child = by_spec.get(f"{name}@{wanted}") or by_spec.get(f"{name}@npm:{wanted}") or by_name.get(name)
        found += [child] if child else []
    return found
