"""Whatever breaks, wherever it breaks, the answer is no."""

import itertools

import pytest

from simulators.keep import ENARX, PLATFORM, Keep, Memory, platform_policy
from supplytrust.gate import steps as package
from supplytrust.gate.steps import REQUIRED, steps

NAMES = [name for name, _ in steps()]
FAULTS = [
    ValueError("x"),
    MemoryError(),
    RecursionError(),
    KeyError("k"),
    RuntimeError(),
    OSError(5, "io"),
    AssertionError(),
    Exception(),
]


def test_steps_are_the_required_ones_in_order():
    assert set(NAMES) == REQUIRED
    orders = [step.ORDER for _, step in steps()]
    assert orders == sorted(orders)
    assert NAMES.index("signature") < NAMES.index("record") < NAMES.index("subject") < NAMES.index("imports")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_breaks_denies(monkeypatch, name, fault):
    def broken(case):
        raise fault

    monkeypatch.setattr(dict(steps())[name], "check", broken)
    decision = Keep(config=ENARX).admit()
    assert decision.admit is False
    assert "internal" in {r.code for r in decision.reasons}
    assert decision.workload_bytes == b""


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_is_gone_denies(monkeypatch, name):
    """Neither a missing file nor a skipped check lets anything in."""
    kept = [pair for pair in steps() if pair[0] != name]
    monkeypatch.setattr(
        package.pkgutil, "iter_modules", lambda _path: iter([type("M", (), {"name": n}) for n, _ in kept])
    )
    package.steps.cache_clear()
    try:
        decision = Keep().admit()
    finally:
        monkeypatch.undo()
        package.steps.cache_clear()
    assert decision.admit is False
    assert {r.code for r in decision.reasons} == {"internal"}


def test_missing_inputs_in_every_combination():
    keep = Keep(config=ENARX, policy_text=platform_policy())
    import json

    full = {
        "workload": keep.workload,
        "config": keep.config,
        "envelope": keep.envelope(),
        "gate_policy": keep.policy(),
        "status": keep.status(),
        "platform": json.dumps(PLATFORM).encode(),
    }
    assert keep.admit(**full).admit is True
    for size in range(1, len(full) + 1):
        for names in itertools.combinations(full, size):
            decision = keep.admit(**{**full, **dict.fromkeys(names)})
            assert decision.admit is False, names


@pytest.mark.parametrize("junk", [3.5, object(), "", [], {}, -1, 10**9, True, "\0"])
@pytest.mark.parametrize("name", ["workload", "config", "envelope", "gate_policy", "status", "platform", "state", "at"])
def test_values_of_the_wrong_type(name, junk):
    if name == "config" and junk is None:
        return
    decision = Keep(config=ENARX).admit(**{name: junk})
    assert decision.admit is False
    assert decision.reasons


def test_a_state_that_breaks_while_writing():
    class Broken(Memory):
        def advance(self, seen):
            raise MemoryError

    assert {r.code for r in Keep().admit(state=Broken()).reasons} == {"state"}


def test_one_more_step_is_one_more_file(monkeypatch, tmp_path):
    """A step is found by being there; nothing else is edited."""
    (tmp_path / "never_on_friday.py").write_text(
        "from supplytrust.gate.codes import Code\n"
        "ORDER, ENDS = 175, False\n"
        "def check(case):\n"
        "    if case.at.weekday() == 4:\n"
        "        case.deny(Code.CONTEXT, 'at', 'not on a Friday')\n"
    )
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    package.steps.cache_clear()
    try:
        assert {r.code for r in Keep().admit().reasons} == {"context"}  # 2026-11-20 is a Friday
    finally:
        monkeypatch.undo()
        package.steps.cache_clear()
