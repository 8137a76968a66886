"""Cost of verifying attestations, offline: one bundle warm, and 1,000 of them.

Goals: at most 5 ms a bundle, 1,000 in 5 s of CPU, 100 MiB of memory at the peak. Bundles are made here first, by a
process of its own, so that only verification is measured.
"""

from __future__ import annotations

import json
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

COUNT, DISTINCT = 1000, 200
FILE, SHA = "demo-1.0.tar.gz", "ab" * 32


def make(path: Path) -> None:
    from simulators.sigstore_world import SigstoreWorld, statement

    world = SigstoreWorld()
    bundles = [json.dumps(world.bundle(statement(FILE, SHA))).encode() for _ in range(DISTINCT)]
    path.write_bytes(pickle.dumps((world.trusted_root(), bundles)))


def measure(path: Path) -> bool:
    from datetime import UTC, datetime

    from supplytrust.ecosystems.pypi.ecosystem import ECOSYSTEM
    from supplytrust.evidence.attestations.judge import judge_bundle
    from supplytrust.evidence.attestations.root import Root
    from supplytrust.evidence.attestations.statement import AttestedFile
    from supplytrust.evidence.attestations.verdict import VerifiedStatement

    data, bundles = pickle.loads(path.read_bytes())
    now = datetime(2026, 11, 20, tzinfo=UTC)
    root = Root(data, now)
    begin = time.process_time()
    assert isinstance(
        judge_bundle(
            bundles[0], AttestedFile(FILE, SHA, ECOSYSTEM.same_file, ECOSYSTEM.signed_predicates()), root, now
        ),
        VerifiedStatement,
    )
    first = time.process_time() - begin
    each = []
    for number in range(COUNT):
        begin = time.process_time()
        assert isinstance(
            judge_bundle(
                bundles[number % DISTINCT],
                AttestedFile(FILE, SHA, ECOSYSTEM.same_file, ECOSYSTEM.signed_predicates()),
                root,
                now,
            ),
            VerifiedStatement,
        )
        each.append(time.process_time() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    middle = statistics.median(each) * 1000
    print(f"first, with imports {first:.2f} s; then median {middle:.2f} ms a bundle")
    print(f"{COUNT} in {sum(each):.2f} s of CPU, peak {peak:.0f} MiB")
    return middle <= 5 and sum(each) <= 5 and peak <= 100


def main() -> int:
    if len(sys.argv) == 3:
        path = Path(sys.argv[2])
        if sys.argv[1] == "make":
            make(path)
            return 0
        return 0 if measure(path) else 1
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "bundles")
        subprocess.run([sys.executable, __file__, "make", path], check=True)
        return subprocess.run([sys.executable, __file__, "measure", path], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
