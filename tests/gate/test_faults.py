"""Whatever breaks, wherever it breaks, the answer is no."""

import itertools
import sys

import pytest

from simulators.keep import ENARX, PLATFORM, Keep, Memory, platform_policy
from supplytrust.gate import checks
from supplytrust.gate.checks import CHECKS, Check
from supplytrust.gate.denial import Code

NAMES = [check.name for check in CHECKS]
ORDER = (
    "inputs clock digests signature record scope critical subject configuration imports validity revocation epochs "
    "purpose platform dependencies verdict"
).split()
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


def test_checks_are_these_in_this_order():
    assert NAMES == ORDER
    assert [c.name for c in CHECKS if c.ends] == [
        "inputs",
        "clock",
        "digests",
        "signature",
        "record",
        "scope",
        "subject",
    ]


def test_the_page_says_the_order_that_runs():
    said = [line.split()[0] for line in checks.__doc__.splitlines() if line.startswith("    ")]
    assert said == [check.run.__name__ for check in CHECKS]


def test_every_function_that_checks_is_in_the_tuple():
    from supplytrust.gate import binding_checks, platform_checks, record_checks

    public = {
        name
        for module in (record_checks, binding_checks, platform_checks)
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__annotations__", {}) == {"case": "AdmissionContext", "return": "None"}
    }
    assert public == {check.run.__name__ for check in CHECKS}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_check_that_breaks_denies(monkeypatch, name, fault):
    def broken(case):
        raise fault

    monkeypatch.setattr(checks, "CHECKS", tuple(c._replace(run=broken) if c.name == name else c for c in CHECKS))
    decision = Keep(config=ENARX).admit()
    assert decision.admit is False
    assert "internal" in {r.code for r in decision.reasons}
    assert name in {r.field for r in decision.reasons}
    assert decision.workload_bytes == b""


@pytest.mark.parametrize("name", ["binding_checks", "record_checks", "platform_checks", "checks"])
def test_a_file_of_checks_that_is_gone_denies(monkeypatch, name):
    for gone in {name, "checks"}:
        monkeypatch.delitem(sys.modules, f"supplytrust.gate.{gone}", raising=False)
    monkeypatch.setitem(sys.modules, f"supplytrust.gate.{name}", None)
    decision = Keep().admit()
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


def test_one_more_check_is_one_more_entry(monkeypatch):
    def never_on_friday(case):
        if case.at.weekday() == 4:
            case.deny(Code.CONTEXT, "at", "not on a Friday")

    monkeypatch.setattr(checks, "CHECKS", (*CHECKS, Check("never_on_friday", never_on_friday)))
    assert {r.code for r in Keep().admit().reasons} == {"context"}  # 2026-11-20 is a Friday
