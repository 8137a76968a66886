"""Cost of a database of advisories: first conversion, and opening it again to ask for one package.

Goals, in seconds of CPU: conversion <= 3, load <= .1, for each database. Paths as arguments; without any, two are
made here: 2,661 YAML files and a JSON array of 1,225 Rust advisories, the sizes of two public databases. For JSON
files the time is also given as a multiple of `json.load` of the same file.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from supplytrust.ecosystems import package_key
from supplytrust.evidence.advisories import database

COLD, LOAD = 3.0, 0.1


def made(folder: Path) -> list[Path]:
    """Two databases with plausible records."""
    import yaml

    from simulators.advisories import osv

    python, rust = folder / "python", folder / "rust.json"
    python.mkdir()
    for n in range(2_661):
        entry = osv(
            f"PYSEC-2024-{n}",
            f"package-{n % 664}",
            ("introduced", "0"),
            ("fixed", f"1.{n}.0"),
            aliases=[f"CVE-2024-{n}"],
            versions=[f"1.{v}" for v in range(40)],
            details="A defect, told in some hundred words. " * 12,
        )
        (python / f"PYSEC-2024-{n}.yaml").write_text(yaml.safe_dump(entry))
    fields = {"date": "2025-01-10", "title": "", "aliases": [], "patched": [">= 1.0.1"], "unaffected": ["< 0.9"]}
    rows = [{"id": f"RUSTSEC-2025-{n:04}", "package": f"crate-{n}", **fields} for n in range(1_225)]
    rust.write_text(json.dumps(rows))
    return [python, rust]


def timed(work: Callable[[], object]) -> float:
    """Seconds of CPU of one run: reading files included, waiting for other programs not."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def convert(path: Path, cache: Path) -> str:
    """Open it, and say what it holds."""
    with database.open_database(path, cache, package_key) as base:
        told = [(kind, base.extent(kind)) for kind in ("pypi", "cargo", "npm")]
    return ", ".join(
        f"{e.records} {k}, newest {e.newest:%Y-%m-%d}, {e.unread} unread" for k, e in told if e and e.newest
    )


def ask(path: Path, cache: Path) -> None:
    """What an assessment does: open, ask for one package of each kind."""
    with database.open_database(path, cache, package_key) as base:
        base.about("pypi", "urllib3")
        base.about("cargo", "base64")


def measure(path: Path, folder: Path) -> bool:
    """Whether one database keeps both goals; prints the figures."""
    cache = folder / f"cache-{abs(hash(path))}"
    told: list[str] = []
    cold = timed(lambda: told.append(convert(path, cache)))
    load = min(timed(lambda: ask(path, cache)) for _ in range(3))
    ratio = ""
    if path.suffix == ".json":
        plain = min(timed(lambda: json.loads(path.read_bytes())) for _ in range(3))
        ratio = f"; json.load {plain:.3f} s: conversion {cold / plain:.1f} x, load {load / plain:.2f} x"
    print(f"{path.name}: {told[0]}\n  conversion {cold:.2f} s (<= {COLD:g}), load {load:.4f} s (<= {LOAD:g}){ratio}")
    return cold <= COLD and load <= LOAD


def main() -> int:
    """0 when every database keeps the goals."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [Path(a) for a in sys.argv[1:]] or made(folder)
        kept = [measure(path, folder) for path in paths]
        return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
