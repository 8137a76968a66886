"""The section reader against wasmtime over 20,000 mutants, and over real workloads when their tools are here.

python tools/bench/wasm_fuzz.py [number]        # SHELF=folder keeps the made workloads, COMPONENTIZE_JS=folder
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from simulators import wasm_mutants
from simulators.workloads import WORKLOADS, available, make

SMALL = 3_000


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seeds = wasm_mutants.made_seeds()
    with tempfile.TemporaryDirectory() as scratch:
        shelf = Path(os.environ.get("SHELF", scratch))
        real = {name: make(name, shelf) for name in WORKLOADS if available(name)}
    started = time.process_time()
    whole = wasm_mutants.Tally()
    engine = wasm_mutants.engine()
    for data in [*seeds, *real.values()]:
        wasm_mutants.compare(data, engine, whole)
    print(f"samples ({len(seeds)} made, {', '.join(real)}): {whole}")
    seeds += [data for data in real.values() if len(data) <= SMALL]
    tally = wasm_mutants.run(seeds, number)
    print(f"{tally}; {time.process_time() - started:.1f} s CPU")
    failed = whole.both != whole.mutants or any((tally.differences, tally.uncaught, whole.differences))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
