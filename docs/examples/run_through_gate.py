"""Run a WASI command only after the gate let it in: `python run_through_gate.py FOLDER`.

FOLDER holds main.wasm, record.json (the signed envelope), gate.toml, and optionally Enarx.toml and status.json.
Needs `supplytrust[wasmtime]`. The bytes that were judged are the bytes that are compiled; no path is read twice.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import wasmtime

from supplytrust.gate import admit
from supplytrust.gate.handover import to_text

NOT_ADMITTED = 12


def main(folder: Path) -> int:
    """Exit code of the workload, or 12 when it was not let in."""

    def given(name: str) -> Path | None:
        return folder / name if (folder / name).exists() else None

    decision = admit(
        folder / "main.wasm",
        config=given("Enarx.toml"),
        envelope=folder / "record.json",
        gate_policy=folder / "gate.toml",
        status=given("status.json"),
        at=datetime.now(UTC),
    )
    if not decision.admit:
        sys.stderr.write(to_text(decision) + "\n")
        return NOT_ADMITTED
    return run(decision.workload_bytes)


def run(workload: bytes) -> int:
    """Compile and start a preview 1 command with standard output and nothing else."""
    engine = wasmtime.Engine()
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    granted = wasmtime.WasiConfig()
    granted.inherit_stdout()
    store.set_wasi(granted)
    instance = linker.instantiate(store, wasmtime.Module(engine, workload))
    start = instance.exports(store)["_start"]
    if not isinstance(start, wasmtime.Func):
        raise TypeError("the workload is not a command")
    try:
        start(store)
    except wasmtime.ExitTrap as trap:
        return int(trap.code)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
