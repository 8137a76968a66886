"""Read review files as they are: counts by kind, what was skipped and why, seconds of CPU against tomllib alone.

python tools/bench/reviews.py PATH...      (cargo-vet files, *.crev proofs, lists of audits)
"""

from __future__ import annotations

import sys
import time
import tomllib
from pathlib import Path

from supplytrust.ecosystems import versions_of
from supplytrust.evidence.reviews import audit_list, cargo_vet, chains, crev


def main(paths: list[str]) -> None:
    for path in map(Path, paths):
        raw = path.read_bytes()
        start = time.process_time()
        told = _crev(raw, path.name) if path.suffix == ".crev" else _toml(raw, path.name)
        seconds = time.process_time() - start
        print(f"{path.name}: {told}, {seconds:.3f} s{_against_tomllib(raw, path, seconds)}")


def _crev(raw: bytes, name: str) -> str:
    file = crev.read(raw, name)
    verified = sum(p.verified for p in file.proofs)
    return f"{len(file.proofs)} reviews, {verified} signatures verified, {file.others} of other kinds; {_skips(file)}"


def _toml(raw: bytes, name: str) -> str:
    if raw.lstrip().startswith(b"schema"):
        listed = audit_list.read(raw, name, versions_of)
        return f"{len(listed.audits)} audits, {len(listed.reviews)} reviews; {_skips(listed)}"
    file = cargo_vet.read(raw, name)
    audits = file.count(lambda c: c.audits)
    read = sum(bool(c.audits) for c in file.crates.values())
    deltas = file.count(lambda c: tuple(a for a in c.audits if a.base))
    wild = file.count(lambda c: tuple(a for a in c.by_publisher if a.read))
    trusted = file.count(lambda c: tuple(a for a in c.by_publisher if not a.read))
    reached = sum(bool(chains.find_chains(c, v)) for c in file.crates.values() for v in {a.version for a in c.audits})
    versions = sum(len({a.version for a in c.audits}) for c in file.crates.values())
    return (
        f"{audits} audits ({deltas} of changes) of {read} crates, {file.count(lambda c: c.against)} violations, "
        f"{wild} wildcard, {trusted} trusted, {file.count(lambda c: c.published)} publisher records, "
        f"{file.exemptions} exemptions; {reached} of {versions} versions reached; {_skips(file)}"
    )


def _skips(file: cargo_vet.VetFile | crev.ProofFile | audit_list.AuditList) -> str:
    told = ", ".join(f"{s.count} {s.reason}" for s in file.skips.counts(""))
    return f"skipped {file.skips.total}{': ' if told else ''}{told}"


def _against_tomllib(raw: bytes, path: Path, seconds: float) -> str:
    if path.suffix == ".crev":
        return ""
    start = time.process_time()
    tomllib.loads(raw.decode())
    return f" ({seconds / (time.process_time() - start):.1f} x tomllib)"


if __name__ == "__main__":
    main(sys.argv[1:])
