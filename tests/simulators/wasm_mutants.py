"""Our section reader against wasmtime: what both accept must have the same imports, in the same order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import wasmtime
from wasmtime import component as wasmtime_component

from simulators import wasm
from supplytrust.wasm.inspection import inspect
from supplytrust.wasm.parts import WasmError
from supplytrust.wasm.reader import read

SORTS = {
    "FuncType": "function",
    "TableType": "table",
    "MemoryType": "memory",
    "GlobalType": "global",
    "TagType": "tag",
    "ComponentInstanceType": "instance",
    "ComponentType": "component",
    "ModuleType": "module",
    "ResourceType": "type",
}


def engine() -> wasmtime.Engine:
    config = wasmtime.Config()
    config.cranelift_opt_level = "none"
    config.wasm_component_model = True
    return wasmtime.Engine(config)


def oracle(engine_: wasmtime.Engine, data: bytes) -> list[tuple[str, str, str]] | None:
    """Imports as wasmtime reads them; None when it refuses the binary."""
    try:
        if data[4:5] == b"\x0d":
            type_ = wasmtime_component.Component(engine_, data).type
            return [("", n, sort_of(t.ty)) for n, t in type_.imports(engine_).items()]
        module = wasmtime.Module(engine_, data)
        return [(i.module, i.name or "", sort_of(i.type)) for i in module.imports]
    except wasmtime.WasmtimeError:
        return None
    except UnicodeDecodeError:
        return None


def sort_of(item: object) -> str:
    """A component item by its class; value types are imported as types."""
    return SORTS.get(type(item).__name__, "type")


def ours(data: bytes) -> list[tuple[str, str, str]] | None:
    """Imports as we read them; None when we refuse. Anything but WasmError is a finding."""
    try:
        found = read(data)
    except WasmError:
        return None
    inspect(data)
    return [(i.module, i.field, i.sort) for i in found.root.imports]


def mutant(seed: bytes, rng: random.Random) -> bytes:
    """One to four small changes after the header."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(8, len(data)) if len(data) > 8 else len(data)
        change = rng.randrange(7)
        if change == 0:
            data[at : at + 1] = bytes([data[at] ^ (1 << rng.randrange(8))]) if at < len(data) else b""
        elif change == 1:
            data[at : at + 1] = bytes([rng.choice((0, 1, 2, 0x7F, 0x80, 0xFF, rng.randrange(256)))])
        elif change == 2:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 4)))
        elif change == 3:
            del data[at : at + rng.randrange(1, 4)]
        elif change == 4:
            start, size = rng.randrange(8, len(data) + 1), rng.randrange(1, 30)
            data[at:at] = data[start : start + size]
        elif change == 5 and at < len(data):
            data[at : at + 1] = bytes([data[at] | 0x80, 0x00])  # a longer spelling of an integer
        else:
            data += wasm.custom(rng.choice(("producers", "name", ".dep-v0", "dylink.0", "x")), bytes(rng.randrange(20)))
    return bytes(data)


@dataclass
class Tally:
    """Figures of a run. `differences` and `uncaught` must stay empty."""

    mutants: int = 0
    both: int = 0
    only_wasmtime: int = 0
    only_ours: int = 0
    neither: int = 0
    differences: list[bytes] = field(default_factory=list)
    uncaught: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{self.mutants} mutants: {self.both} accepted by both, {self.only_wasmtime} by wasmtime only,"
            f" {self.only_ours} by the reader only, {self.neither} by none;"
            f" {len(self.differences)} import differences, {sum(self.uncaught.values())} uncaught errors"
        )


def compare(data: bytes, engine_: wasmtime.Engine, tally: Tally) -> None:
    tally.mutants += 1
    try:
        mine = ours(data)
    except Exception as error:
        tally.uncaught[type(error).__name__] += 1
        return
    theirs = oracle(engine_, data)
    if mine is not None and theirs is not None:
        tally.both += 1
        if mine != theirs:
            tally.differences.append(data)
    elif theirs is not None:
        tally.only_wasmtime += 1
    elif mine is not None:
        tally.only_ours += 1
    else:
        tally.neither += 1


def run(seeds: Sequence[bytes], number: int, seed: int = 1) -> Tally:
    rng, tally, engine_ = random.Random(seed), Tally(), engine()
    for position in range(number):
        compare(mutant(seeds[position % len(seeds)], rng), engine_, tally)
    return tally


def made_seeds() -> list[bytes]:
    """Small binaries that wasmtime accepts, with every kind of import."""
    raw = [
        wasm.name("a") + wasm.name("t") + b"\x01\x70\x01\x01\x05",
        wasm.name("a") + wasm.name("m") + b"\x02\x00\x01",
        wasm.name("a") + wasm.name("g") + b"\x03\x7f\x01",
        wasm.name("env") + wasm.name("f") + b"\x00\x00",
    ]
    functions = [(wasm.WASI, "fd_write"), (wasm.WASI, "path_open"), ("env", "x"), ("GOT.mem", "y")]
    producers = wasm.producers({"language": [("C", "")], "processed-by": [("clang", "19")]})
    rich = wasm.module(functions, ["_start", "run"], data=b"hello", customs=[producers, wasm.module_name("m")])
    interfaces = ["wasi:cli/stdout@0.2.0", "wasi:io/poll@0.2.3", "plain-name", "a:b/c"]
    return [
        wasm.module(functions),
        wasm.module(raw_imports=raw, memory=None),
        rich,
        wasm.module(customs=[wasm.dylink(["liba.so"]), wasm.dep_v0([])]),
        wasm.component(interfaces),
        wasm.component(interfaces[:2], [wasm.module(functions), wasm.component(interfaces[:1], [wasm.module()])]),
    ]
