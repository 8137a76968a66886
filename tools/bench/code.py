"""Rules about code over real wheels: what they find, how long it takes, and how long `ast.parse` alone takes.

    python tools/bench/code.py [--list] [NAME[==VERSION] ...]

Without names, those of `code_packages.txt`. Artifacts come from the configured package index (or its cache) and are
read in memory. `--list` prints every finding of high or low severity in library code, to be looked at. `own` is the
time of both claims over the Python of the wheel, `other` over the rest; `parse` that of `ast.parse` alone over exactly
the modules that were parsed; the ratio is of `own` and `parse`.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.collection.options import open_collect_context
from supplytrust.ecosystems import PackageRequest, code_reading
from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi import contents
from supplytrust.errors import SupplytrustError
from supplytrust.evidence.source_code.analyse_artifact import may_match
from supplytrust.evidence.source_code.build_module import tree
from supplytrust.model.claims.artifact import MemberKind
from supplytrust.model.claims.code import Capabilities, CodeFindings
from supplytrust.model.policy import Settings

NAMES = Path(__file__).with_name("code_packages.txt")


def fetched(wanted: str) -> Contents:
    name, _, version = wanted.partition("==")
    now = datetime.now(UTC)
    with open_collect_context(Settings(), at=now, now=now, options={}) as world:
        ecosystem = ecosystems.for_type("pypi")
        subject = ecosystem.resolve(PackageRequest("pypi", name, version=version), world)
        if subject.artifact is None:
            raise SupplytrustError("no file to judge")
        return contents.read(subject.artifact, ecosystem.fetch(subject, subject.artifact, world))


def only_python(read: Contents) -> Contents:
    return replace(read, files=tuple(f for f in read.files if f.kind is MemberKind.PYTHON))


def parse_alone(read: Contents) -> float:
    texts = [f.data for f in read.files if f.kind is MemberKind.PYTHON and not f.path.endswith(".pyi")]
    chosen = [t for t in texts if t is not None and may_match(t)]
    start = time.process_time()
    for text in chosen:
        tree(text)
    return time.process_time() - start


def row(read: Contents, found: CodeFindings, can: Capabilities, seconds: tuple[float, float, float]) -> str:
    own, other, alone = seconds
    counts = Counter((f.reach == "library", f.severity) for f in found.findings)
    library = "/".join(str(counts[True, s]) for s in ("high", "low", "info"))
    rest = "/".join(str(counts[False, s]) for s in ("high", "low", "info"))
    abilities = " ".join(c.ability.value for c in can.found)
    megabytes = found.bytes_read / 2**20
    ratio = f"{own / alone:.2f}" if alone > 0.005 else "-"
    return (
        f"| {read.file_name[:44]:<44} | {found.modules:>5} | {found.unread:>3} | {megabytes:>6.2f} | {library:>9} |"
        f" {rest:>9} | {own:>6.2f} | {other:>6.2f} | {alone:>6.2f} | {ratio:>5} | {abilities} |"
    )


def main() -> int:
    names = [a for a in sys.argv[1:] if not a.startswith("--")]
    if not names:
        names = [line for line in NAMES.read_text().splitlines() if line and not line.startswith("#")]
    totals: Counter[str] = Counter()
    spent = others = alone_in_all = 0.0
    print(
        "| file | files | unread | MiB | library h/l/i | other h/l/i | own s | other s | parse s | ratio | abilities |"
    )
    print("|-|-|-|-|-|-|-|-|-|-|-|")
    listed = []
    for name in names:
        try:
            read = fetched(name)
        except SupplytrustError as error:
            print(f"| {name} | {error} |")
            continue
        start = time.process_time()
        code_reading.findings(only_python(read))
        own = time.process_time() - start
        found, can = code_reading.findings(read)
        other = max(0.0, time.process_time() - start - 2 * own)
        alone = parse_alone(read)
        spent, others, alone_in_all = spent + own, others + other, alone_in_all + alone
        print(row(read, found, can, (own, other, alone)), flush=True)
        for finding in found.findings:
            totals[f"{finding.reach}:{finding.severity}"] += 1
            if finding.reach == "library" and finding.severity != "info":
                totals[f"{finding.family.value}:{finding.severity}"] += 1
                place = f"{read.file_name.partition('-')[0]} {finding.path}:{finding.line}"
                listed.append(f"{finding.severity:<4} {finding.rule:<22} {place} {finding.text}")
    ratio = spent / max(alone_in_all, 0.001)
    print(f"\n{spent:.1f} s own, {alone_in_all:.1f} s ast.parse alone, ratio {ratio:.2f}; {others:.1f} s others")
    print(", ".join(f"{key} {count}" for key, count in sorted(totals.items())))
    if "--list" in sys.argv:
        print(*sorted(listed), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
