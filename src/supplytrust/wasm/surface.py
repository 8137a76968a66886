"""How much of a workload can be attacked and must be trusted: measures that can be counted, each with its threat.

None of them is a verdict: a number says where to look, and its change against the predecessor what is new there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from supplytrust.wasm.capability import Capability, Grants
from supplytrust.wasm.inspection import Inspection, joins
from supplytrust.wasm.parts import import_names

_STRINGS = re.compile(rb"[\x20-\x7e]{8,}")
_NET = (Capability.NET, Capability.NET_DNS, Capability.NET_HTTP, Capability.NET_HTTP_IN, Capability.NET_HTTP_OUT)
_FILES = (Capability.FS_OPEN, Capability.FS_READ, Capability.FS_WRITE)
_SECRETS = (Capability.ENV, Capability.IO_READ)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number and what it is a measure for; `value` None: it has no bound."""

    name: str
    value: int | None
    threat: str


def count_texts(data: bytes) -> int:
    """Runs of at least eight printable characters, as `strings` finds them."""
    return sum(1 for _ in _STRINGS.finditer(data))


def measure_surface(found: Inspection, grants: Grants | None = None, texts: int | None = None) -> tuple[Measure, ...]:
    """The measures of one workload, always in the same order; without `texts` that one is left out."""
    surface, asked = found.surface, found.required
    joined = joins(found, grants)

    def imports_of(classes: tuple[Capability, ...]) -> int:
        return sum(len(asked.get(one, ())) for one in classes)

    def joined_by(*ways: str) -> int:
        return len({j.purl for j in joined if j.how in ways})

    remotes = len(grants.remotes) if grants else 0
    rows: tuple[tuple[str, int | None, str], ...] = (
        ("imports", len(import_names(found.wasm.root)), "what a subverted workload can ask of its host"),
        ("network imports", imports_of(_NET), "data carried out, commands let in"),
        ("file imports", imports_of(_FILES), "what others wrote read or changed"),
        ("input imports", imports_of(_SECRETS), "hostile input, secrets in the environment"),
        ("unknown imports", imports_of((Capability.UNKNOWN, Capability.DYNAMIC_LINK)), "rights that nobody classified"),
        ("exports", len(found.wasm.root.exports), "ways in from whoever calls it"),
        ("remote parties", remotes, "whoever answers in their name"),
        ("libraries", joined_by("static", "declared"), "code of others: a release that changed hands"),
        ("loaded later", joined_by("dynamic"), "code that was not judged at all"),
        ("modules", surface.modules, "seams between parts of different makers"),
        ("functions", surface.functions, "defects in what has to be read and trusted"),
        ("code bytes", surface.code_bytes, "defects in what has to be read and trusted"),
        ("data bytes", surface.data_bytes, "tables and models that steer the code"),
        ("debug bytes", surface.debug_bytes, "names and paths told to whoever reads the file"),
        ("texts", texts, "addresses, keys and messages left in the file"),
        ("memory at least", surface.memory_least, "bytes that a defect can reach"),
        ("memory at most", surface.memory_most, "exhaustion of the platform"),
    )
    return tuple(Measure(*row) for row in rows if texts is not None or row[0] != "texts")


@dataclass(frozen=True, slots=True)
class Change:
    """What a new workload has that its predecessor had not (`added`), and the other way round, by what it is."""

    what: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


def compare_workloads(old: Inspection, new: Inspection) -> tuple[Change, ...]:
    """What was added and removed; kinds without a difference are left out."""
    kinds: tuple[tuple[str, Callable[[Inspection], set[str]]], ...] = (
        ("imports", lambda f: set(import_names(f.wasm.root))),
        ("capabilities", lambda f: {str(c) for c in f.required}),
        ("exports", lambda f: {e.name for e in f.wasm.root.exports}),
        ("parts", lambda f: {f"{v.name or v.part.kind} sha256 {v.sha256[:16]}" for v in f.parts[1:]}),
        ("libraries", lambda f: {j.purl for j in joins(f, None) if j.how != "host" and not j.digest}),
        ("tools", lambda f: {f"{p.name} {p.version}".strip() for v in f.parts for p in v.producers}),
    )
    found = ((what, names(old), names(new)) for what, names in kinds)
    made = (Change(what, tuple(sorted(after - before)), tuple(sorted(before - after))) for what, before, after in found)
    return tuple(change for change in made if change.added or change.removed)
