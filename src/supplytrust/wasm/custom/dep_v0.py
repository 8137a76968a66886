"""`.dep-v0`: the crates a Rust module was built from (cargo-auditable, PARSING.md).

zlib-compressed JSON with names and versions, no digests. All sections are read, wherever they are: an empty
first one must not hide a second.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

from supplytrust.wasm.parts import Custom

NAME = ".dep-v0"
MAX_INFLATED = 8 * 2**20
MAX_CRATES = 100_000
_KINDS = frozenset(("runtime", "build"))


@dataclass(frozen=True, slots=True)
class Crate:
    """One declared crate. `dependencies` are places in the list; cycles are possible, none is followed."""

    name: str
    version: str
    source: str
    kind: str
    dependencies: tuple[int, ...]
    root: bool


def decode(data: bytes, section: Custom) -> tuple[Crate, ...] | None:
    """The declared crates; None when the section cannot be read or inflates beyond 8 MiB."""
    raw = inflate(data[section.start : section.start + section.size])
    if raw is None:
        return None
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    packages = document.get("packages") if isinstance(document, dict) else None
    if not isinstance(packages, list) or len(packages) > MAX_CRATES:
        return None
    crates = [_crate(p, len(packages)) for p in packages]
    known = [c for c in crates if c is not None]
    return tuple(known) if len(known) == len(crates) else None


def inflate(raw: bytes) -> bytes | None:
    """The inflated bytes, or None: not one whole zlib stream, or more than 8 MiB."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(raw, MAX_INFLATED + 1)
    except zlib.error:
        return None
    whole = stream.eof and not stream.unused_data and len(inflated) <= MAX_INFLATED
    return inflated if whole else None


def _crate(package: object, total: int) -> Crate | None:
    if not isinstance(package, dict):
        return None
    texts = [package.get(k) for k in ("name", "version", "source")] + [package.get("kind", "runtime")]
    places = package.get("dependencies", [])
    if not all(isinstance(t, str) for t in texts) or texts[3] not in _KINDS or not isinstance(places, list):
        return None
    if not all(type(p) is int and 0 <= p < total for p in places):
        return None
    name, version, source, kind = (str(t) for t in texts)
    return Crate(name, version, source, kind, tuple(places), package.get("root") is True)
