"""Real packages against the best tag of their repositories, packed or built again; attestations, OCI, start-up code.

    python tools/bench/npm.py --repositories FOLDER [--bundles FOLDER] [NAME@VERSION=OWNER/REPOSITORY ...]

FOLDER holds the repositories as `OWNER+NAME/repo` or `OWNER/NAME`. The registry is the one that the client is configured
for; `--bundles` holds documents of attestations (`x.tgz.json` beside `x.tgz`). Nothing of a package runs outside of the
sandbox. The last lines are the table with what must hold.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import supplytrust
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.claims.source_tree import SourceComparison

TESTS = Path(__file__).parents[2] / "tests"
PACKAGES = (
    "semver@7.8.5=npm/node-semver",
    "chalk@5.6.2=chalk/chalk",
    "debug@4.4.3=debug-js/debug",
    "express@5.2.1=expressjs/express",
    "axios@1.7.9=axios/axios",
    "ms@2.1.3=vercel/ms",
    "commander@15.0.0=tj/commander.js",
    "ws@8.21.0=websockets/ws",
    "lodash@4.18.1=lodash/lodash",
)
BUILT = ("minimatch@10.2.5=isaacs/minimatch",)  # their scripts make most of their files: a build with the locked tools


@dataclass
class Row:
    """What was seen of one package; `level` '' where it was not built again."""

    name: str
    tag: str = ""
    files: int = 0
    odd: int = -1
    level: str = ""
    seconds: float = 0.0
    dated: bool = False
    outcome: str = ""


def look(name: str, repository: Path) -> Row:
    """One package: compared with its tag, and packed again."""
    row = Row(name)
    evidence = supplytrust.collect(
        f"pkg:npm/{name}", repository=str(repository), deps="none", ledger=None, rebuild="always"
    )
    node = evidence.nodes[0]
    compared = node.newest(SourceComparison)
    if compared is not None:
        row.tag, row.files, row.odd = compared.claim.tag, compared.claim.files, compared.claim.odd_total
    made = node.newest(RebuildResult)
    if made is not None:
        row.level, row.seconds = made.claim.level.value, made.claim.seconds
    listed = node.newest(ReleaseFiles)
    row.dated = listed is not None and listed.claim.uploaded_at is not None
    row.outcome = supplytrust.appraise(evidence).outcome.name
    return row


def find(folder: Path, named: str) -> Path:
    """The repository `OWNER/NAME` below a folder."""
    places = [folder / named.replace("/", "+") / "repo", folder / named]
    return next((place for place in places if place.is_dir()), places[0])


def judge_bundles(folder: Path) -> tuple[int, int, int, int, int]:
    """(verified, of the registry's key, others, mutants, mutants that passed) of the documents in a folder."""
    from supplytrust.ecosystems.npm.ecosystem import ECOSYSTEM, PUBLISH
    from supplytrust.evidence.attestations.judge import judge_bundle
    from supplytrust.evidence.attestations.registry_keys import pinned_keys
    from supplytrust.evidence.attestations.root import shipped_root
    from supplytrust.evidence.attestations.statement import AttestedFile, bundles, read_statement
    from supplytrust.evidence.attestations.verdict import KeyedStatement, VerifiedStatement
    from supplytrust.evidence.attestations.verifier import read

    root, now, good, other, keyed = shipped_root(), datetime.now(UTC), [], 0, 0
    keys = pinned_keys("", ECOSYSTEM.client_keys)
    for path in sorted(folder.glob("*.tgz.json")):
        data = path.with_suffix("").read_bytes()
        digests = (hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest())
        for one in bundles(path.read_bytes()):
            name = read_statement(read(one).payload).name
            file = AttestedFile(path.stem, digests[0], lambda *_: False, frozenset({PUBLISH}), name, digests[1])
            said = judge_bundle(one, file, root, now, keys)
            good += [(one, file)] if isinstance(said, VerifiedStatement) else []
            keyed += isinstance(said, KeyedStatement)
            other += not isinstance(said, VerifiedStatement | KeyedStatement)
    chance, passed, tried = random.Random(20261129), 0, 0
    while good and tried < 1000:
        one, file = chance.choice(good)
        changed = bytearray(one)
        at = chance.randrange(len(changed))
        changed[at] = chance.choice([c for c in range(33, 127) if c != changed[at]])
        tried += 1
        passed += isinstance(judge_bundle(bytes(changed), file, root, now), VerifiedStatement)
    return len(good), keyed, other, tried, passed


def tamper_layouts() -> tuple[int, int]:
    """(changes of an OCI layout, those refused with the code that the table names)."""
    sys.path[:0] = [str(TESTS), str(TESTS / "unit" / "wasm")]
    import test_oci  # type: ignore[import-not-found,unused-ignore]

    from supplytrust.wasm.oci import read_workload
    from supplytrust.wasm.oci_files import OciError

    refused = 0
    for change, code in test_oci.TAMPERED.values():
        try:
            read_workload(test_oci.changed(change))
        except OciError as error:
            refused += error.code == code
    return len(test_oci.TAMPERED), refused


def judge_start_up() -> tuple[int, int, int]:
    """(grave samples, those seen, honest samples that were called grave) of the labelled install scripts."""
    sys.path[:0] = [str(TESTS), str(TESTS / "unit" / "ecosystems")]
    import test_npm_start_up as labelled  # type: ignore[import-not-found,unused-ignore]

    found = sum(what in labelled.seen(command, text) for command, text, what in labelled.GRAVE.values())
    wrong = sum(bool(labelled.seen(*one) & labelled.GRAVE_CONDUCT) for one in labelled.HONEST.values())
    return len(labelled.GRAVE), found, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--bundles", type=Path)
    parser.add_argument("packages", nargs="*", default=[*PACKAGES, *BUILT])
    options = parser.parse_args()
    rows = []
    for text in options.packages:
        name, _, named = text.partition("=")
        begin = time.monotonic()
        row = look(name, find(options.repositories, named))
        rows.append(row)
        took = time.monotonic() - begin
        print(
            f"{row.name:20} {row.tag:16} {row.files:5} files, {row.odd} odd  {row.level:18} {row.outcome} {took:.1f} s"
        )
    built = [row for row in rows if any(one.startswith(f"{row.name}=") for one in BUILT)]
    rows = [row for row in rows if row not in built]
    made = sum(row.level in ("bit-for-bit", "container-only", "normalized") for row in built)
    same = sum(row.odd == 0 for row in rows)
    again = sum(row.level in ("bit-for-bit", "container-only", "normalized") for row in rows)
    bits = sum(row.level == "bit-for-bit" for row in rows)
    undated = sum(not row.dated for row in rows)
    changes, refused = tamper_layouts()
    print(f"\nfrom the best tag          {same} of {len(rows)}   must be all")
    print(f"packed again, same members {again} of {len(rows)}   must be all; bit for bit {bits}, must be >= 6")
    if built:
        print(f"built and packed again     {made} of {len(built)}   must be all")
    if rows:
        print(f"packing, median            {statistics.median(row.seconds for row in rows):.2f} s")
    print(f"times not believed         {undated} of {len(rows)}   behind a mirror that dates its own copies: all")
    print(f"OCI changes with own code  {refused} of {changes}   must be all")
    grave, found, wrong = judge_start_up()
    print(f"install scripts, labelled  {found} of {grave} grave ones seen, {wrong} honest ones called grave")
    holds = (
        made == len(built)
        and found == grave
        and not wrong
        and same == again == len(rows)
        and bits >= min(6, len(rows))
        and refused == changes
    )
    if options.bundles:
        verified, keyed, other, tried, passed = judge_bundles(options.bundles)
        print(
            f"attestations               {verified} by certificate, {keyed} by a key of the registry, {other} refused"
        )
        print(f"mutants that passed        {passed} of {tried}, must be 0")
        holds = holds and passed == 0 and verified > 0
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
