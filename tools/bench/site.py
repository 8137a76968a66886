"""The site of 10,000 packages: CPU seconds to read the ledger and to write the pages, and the largest page.

python tools/bench/site.py [PACKAGES] [NIGHTS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from simulators.nights import audited_ledger
from simulators.records import DAY
from supplytrust.audits.nights import read_sets
from supplytrust.ledger import Ledger
from supplytrust.reports.pages.site import write_site

MOST_SECONDS, MOST_BYTES = 60.0, 300_000


def main(packages: int, nights: int) -> int:
    """Print the figures; 1 when one is over its limit."""
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.sqlite3") as ledger:
        audited_ledger(ledger, packages=packages, nights=nights)
        begun = time.process_time()
        sets = list(read_sets(ledger))
        half = time.process_time()
        written = write_site(sets, Path(folder) / "site", DAY, records=20, body=ledger.body)
        done = time.process_time()
    name = max(written, key=lambda one: written[one])
    print(f"{packages} packages, {nights} nights: read {half - begun:.1f} s, written {done - half:.1f} s of CPU")
    print(f"{len(written)} files, {sum(written.values()) / 1e6:.1f} MB, the largest {name} {written[name] // 1000} kB")
    return int(done - begun > MOST_SECONDS or written[name] > MOST_BYTES)


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]] or [10_000, 3]
    raise SystemExit(main(words[0], words[1] if len(words) > 1 else 3))
