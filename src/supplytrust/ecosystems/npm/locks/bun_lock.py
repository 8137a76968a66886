"""bun.lock, the text form: JSON with trailing commas; each package is an array that begins with name@version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import cast

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.npm.locks import entries
from supplytrust.errors import InputError, MalformedRecordError
from supplytrust.formats.json_reader import Limits, read_json
from supplytrust.formats.list_file import MAX_TEXT, Field, text
from supplytrust.model.evidence import Edge
from supplytrust.model.vocabulary import EdgeKind

FILE_NAMES = ("bun.lock",)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])', re.DOTALL)
_NAMED = re.compile(r"((?:@[^/@]+/)?[^/@]+)@(.+)", re.DOTALL)
_GROUPS = ("dependencies", "optionalDependencies", "devDependencies", "peerDependencies")


def recognises(path: Path, head: bytes) -> bool:  # noqa: ARG001
    """By its name."""
    return path.name in FILE_NAMES


def read(path: Path) -> Inventory:
    """Every package of the lock. InputError."""
    plain = _TOKEN.sub(lambda found: "" if found[0] == "," else found[0], text(path))
    try:
        top = Field(read_json(plain.encode(), Limits(size=MAX_TEXT, depth=32, values=2_000_000, floats=True)), path, "")
    except MalformedRecordError as error:
        raise InputError(f"{path}: {error.message}", hint="was it cut off?") from None
    number = top.get("lockfileVersion")
    if number is None or isinstance(number.value, bool) or number.value not in (0, 1):
        raise top.wrong("is not a bun.lock of version 0 or 1", hint="lock again with a current client")
    fields = dict(top.pairs("packages"))
    made = {key: listing.entry(one, partial(_package, one), key) for key, one in fields.items()}
    notes: list[str] = []
    edges: list[Edge] = []
    for key, one in fields.items():
        children = listing.attempt(partial(_needs, key, _facts(one), made), path, notes)
        edges += [Edge(made[key].purl, c.purl, EdgeKind.LINK, "declared", path.name) for c in children]
    wanted = [
        listing.attempt(partial(_needs, listing.text_of(one, "name"), one, made), path, notes)
        for _, one in top.pairs("workspaces")
    ]
    own = {key for key, one in fields.items() if "@workspace:" in _first(one)}
    roots = [child.purl for children in wanted for child in children]
    notes += entries.note_entries(
        (one, entries.platforms_of(_facts(fields[key]))) for key, one in made.items() if key not in own
    )
    return inventory(path, (one for key, one in made.items() if key not in own), edges, roots, notes)


def _first(field: Field) -> str:
    listed = field.value
    return listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], str) else ""


def _facts(field: Field) -> Field:
    listed = cast("list[object]", field.value) if isinstance(field.value, list) else []
    return Field(next((one for one in listed if isinstance(one, dict)), {}), field.path, field.place)


def _package(field: Field) -> ListedPackage:
    named = _NAMED.fullmatch(_first(field))
    if named is None:
        raise field.wrong("its entry names no package and version")
    name, version = named.groups()
    texts = [one for one in cast("list[object]", field.value) if isinstance(one, str)]
    integrity = next((one for one in texts[1:] if one.startswith(("sha512-", "sha1-", "sha256-"))), "")
    return entries.release(field, name, version, integrity, texts[1] if len(texts) > 2 else "")


def _needs(key: str, field: Field, made: Mapping[str, ListedPackage]) -> list[ListedPackage]:
    """As the run-time finds them: below the package itself, then below those above it."""
    found = []
    for group in _GROUPS:
        if isinstance(field.value, dict) and isinstance(field.value.get(group), list):
            continue
        for name, _ in field.pairs(group):
            above, places = key, [f"{key}/{name}"] if key else []
            while "/" in above:
                above = above.rpartition("/")[0]
                places.append(f"{above}/{name}")
            place = next((p for p in [*places, name] if p in made), "")
            if place:
                found.append(made[place])
    return found
