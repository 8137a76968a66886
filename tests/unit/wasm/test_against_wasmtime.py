"""The reader and wasmtime see the same imports, also in damaged binaries (20,000 of them in tools/bench/wasm_fuzz.py)."""

import pytest

pytest.importorskip("wasmtime")

from simulators import wasm_mutants


def test_made_binaries_are_accepted_by_both():
    engine, tally = wasm_mutants.engine(), wasm_mutants.Tally()
    for seed in wasm_mutants.made_seeds():
        wasm_mutants.compare(seed, engine, tally)
    assert (tally.both, tally.differences, tally.uncaught) == (tally.mutants, [], {}), str(tally)


@pytest.mark.thorough
def test_mutants():
    tally = wasm_mutants.run(wasm_mutants.made_seeds(), 3000)
    assert tally.both > 300, str(tally)
    assert not tally.differences, str(tally)
    assert not tally.uncaught, str(tally)


def test_a_difference_would_be_seen(monkeypatch):
    monkeypatch.setattr(wasm_mutants, "ours", lambda data: (wasm_mutants.read(data), [])[1])
    tally = wasm_mutants.Tally()
    wasm_mutants.compare(wasm_mutants.made_seeds()[0], wasm_mutants.engine(), tally)
    assert len(tally.differences) == 1
