"""Proposals to WebAssembly: what wasmtime runs by default, and what the section reader makes of it.

python tools/bench/wasm_proposals.py             # the frozen vectors of tests/simulators/wasm_proposals.py
python tools/bench/wasm_proposals.py FOLDER ...  # also every module and component in the .wast files there
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import wasmtime

from simulators import wasm_mutants, wasm_proposals
from supplytrust.wasm.parts import WasmError
from supplytrust.wasm.reader import read

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|;;[^\n]*|\(;|;\)|\(|\)', re.S)
HEAD = re.compile(r"\(\s*(module|component)\s+(definition\s+)?(\$\S+\s+)?(quote|instance)?")


def main(folders: list[str]) -> int:
    engine = wasm_mutants.engine()
    rows: dict[str, list[str]] = defaultdict(list)
    for vector in wasm_proposals.VECTORS:
        rows[vector.proposal].append(verdict(engine, vector.data))
    print("| proposal | wasmtime by default | reader |\n|-|-|-|")
    for proposal, verdicts in rows.items():
        for text, number in Counter(verdicts).items():
            print(f"| {proposal}{f' ({number})' if number > 1 else ''} | {text} |")
    bad = [v for verdicts in rows.values() for v in verdicts if v.endswith("!")]
    for folder in folders:
        bad += swept(engine, Path(folder))
    return 1 if bad else 0


def verdict(engine: wasmtime.Engine, data: bytes) -> str:
    """Both sides of one binary; an end of `!` marks what must not be."""
    theirs = wasm_mutants.oracle(engine, data)
    side = "refused" if theirs is None else "run"
    try:
        mine = [(i.module, i.field, i.sort) for i in read(data).root.imports]
    except WasmError as error:
        wanted = theirs is None and error.proposal
        return f"{side} | refused: {error.proposal or error.message}{'' if wanted else '!'}"
    if theirs is None:
        return f"{side} | read"
    return f"{side} | same imports" if mine == theirs else f"{side} | {told_otherwise(mine, theirs)}"


def told_otherwise(mine: list[tuple[str, str, str]], theirs: list[tuple[str, str, str]]) -> str:
    """wasmtime leaves out imports of types that are equal to a value type: they ask nothing of the host."""
    alone = [i for i in mine if i in theirs or i[2] != "type"]
    return "same imports beside types that need no host" if alone == theirs else "other imports!"


def swept(engine: wasmtime.Engine, folder: Path) -> list[str]:
    """Everything in a folder of tests; answers what must not be."""
    counts: Counter[str] = Counter()
    bad = []
    for path in sorted(p for p in folder.rglob("*.wast") if p.is_file()):
        for text in binaries(path.read_text(encoding="utf-8", errors="surrogateescape")):
            try:
                data = bytes(wasmtime.wat2wasm(text))
            except (wasmtime.WasmtimeError, UnicodeError):
                counts["not assembled"] += 1
                continue
            said = verdict(engine, data)
            counts[said.partition(":")[0]] += 1
            if said.endswith("!"):
                bad.append(f"{path}: {said}")
    print(f"\n{folder}: " + "; ".join(f"{n} {text.replace(' | ', ', ')}" for text, n in counts.most_common()))
    print("\n".join(bad))
    return bad


def binaries(text: str) -> Iterator[str]:
    """The modules and components that stand by themselves; what a test expects to be refused is left out."""
    start, depth, inside = 0, 0, False
    for found in TOKEN.finditer(text):
        token = found.group()
        if token in ("(;", ";)"):
            inside = token == "(;"
        elif inside or token[0] in '";':
            continue
        elif token == "(":
            start, depth = (found.start() if depth == 0 else start), depth + 1
        elif depth:
            depth -= 1
            head = HEAD.match(text, start) if depth == 0 else None
            if head is not None and head[4] is None:
                yield text[start : found.end()].replace(head[2] or "\0", "", 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
