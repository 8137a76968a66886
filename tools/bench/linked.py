"""What we read from native wheels, next to readelf and auditwheel.

    python tools/bench/linked.py [WHEEL...] [--auditwheel PATH]

Without wheels those of numpy, cryptography, psycopg-binary and lxml for this interpreter are downloaded. Each
native file is compared by itself: needed libraries, search paths, soname, versions of symbols (readelf), then the
wheel's platform: the newest glibc symbol of all files, which auditwheel rounds up to the next policy that it
knows. Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import supplytrust
from supplytrust.model.claims.artifact import LinkedLibraries

NAMES = ("numpy", "cryptography", "psycopg-binary", "lxml")
TAG = re.compile(r"\((NEEDED|SONAME|RPATH|RUNPATH)\)[^\[]*\[([^\]]*)\]")
VERSION = re.compile(r"^\s+0x[0-9a-f]+:\s+Name: (\S+)\s+Flags:", re.MULTILINE)


@dataclass(frozen=True)
class Dynamic:
    """The dynamic section of one file."""

    needed: frozenset[str]
    soname: str
    search: tuple[str, ...]
    versions: frozenset[str]


def ours(wheel: Path) -> LinkedLibraries:
    evidence = supplytrust.collect(str(wheel), deps="none", rebuild="never")
    found = evidence.nodes[0].newest(LinkedLibraries)
    if found is None:
        raise SystemExit(f"{wheel.name}: its links were not observed: {evidence.nodes[0].gaps}")
    return found.claim


def by_readelf(file: Path) -> Dynamic:
    tags = TAG.findall(_run("readelf", "-W", "-d", str(file)))
    search = [p for kind, value in tags if kind in {"RPATH", "RUNPATH"} for p in value.split(":") if p]
    versions = VERSION.findall(_run("readelf", "-W", "-V", str(file)))
    needs = frozenset(value for kind, value in tags if kind == "NEEDED")
    return Dynamic(needs, next((v for k, v in tags if k == "SONAME"), ""), tuple(search), frozenset(versions))


def by_auditwheel(program: str, wheel: Path) -> str:
    told = " ".join(_run(program, "show", str(wheel)).split())
    found = re.search(r'platform tag: "([^"]+)"', told)
    return found[1] if found else "no tag"


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def compared(wheel: Path, auditwheel: str | None) -> tuple[list[str], list[str]]:
    """One row of the table, and every difference."""
    claim, odd = ours(wheel), []
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as whole:
            whole.extractall(folder)
        there = {p.relative_to(folder).as_posix() for p in Path(folder).rglob("*") if p.is_file() and _elf(p)}
        odd += [f"{path}: only one of us reads it" for path in there ^ {f.path for f in claim.files}]
        theirs = {path: by_readelf(Path(folder) / path) for path in sorted(there)}
    for file in claim.files:
        mine = Dynamic(frozenset(file.needed), file.soname, file.search, frozenset(file.versions))
        if file.path in theirs and mine != theirs[file.path]:
            odd.append(f"{file.path}: {mine} | readelf {theirs[file.path]}")
    needed = {name for one in theirs.values() for name in one.needed}
    brought = {PurePosixPath(path).name for path in theirs} | {one.soname for one in theirs.values()}
    if (set(claim.bundled), set(claim.host)) != (needed & brought, needed - brought):
        odd.append(f"edges: {claim.bundled} {claim.host} | readelf {needed & brought} {needed - brought}")
    tag = by_auditwheel(auditwheel, wheel) if auditwheel else "not asked"
    symbols = [_number(v) for one in theirs.values() for v in one.versions if v.startswith("GLIBC_")]
    if _number(claim.platform) != max(symbols) or (auditwheel and _number(tag) < max(symbols)):
        odd.append(f"platform: {claim.platform} | readelf {max(symbols)} | auditwheel {tag}")
    name = "-".join(wheel.name.split("-")[:2])
    edges = [str(len(claim.files)), str(len(claim.bundled)), str(len(claim.host))]
    return [name, *edges, claim.platform, tag, str(len(odd))], odd


def _number(name: str) -> tuple[int, int]:
    """The glibc version in `GLIBC_2.17`, `GLIBC_2.3.4` or `manylinux_2_17_x86_64`."""
    found = re.search(r"_(\d+)[._](\d+)", name)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _elf(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def downloaded(folder: Path) -> list[Path]:
    words = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(folder)]
    subprocess.run([*words, *NAMES], check=True)
    return sorted(folder.glob("*.whl"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", nargs="*", type=Path)
    parser.add_argument("--auditwheel", default=shutil.which("auditwheel"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheels = asked.wheels or downloaded(Path(folder))
        results = [compared(wheel, asked.auditwheel) for wheel in wheels]
    print("| wheel | native files | bundled | of the system | platform | auditwheel | differences |\n|-|-|-|-|-|-|-|")
    for row, _ in results:
        print(f"| {' | '.join(row)} |")
    differences = [line for _, odd in results for line in odd]
    print(*differences, sep="\n")
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
