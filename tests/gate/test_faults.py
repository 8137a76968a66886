"""Whatever breaks, wherever it breaks, the answer is no."""

import itertools
import sys

import pytest

from simulators.keep import ENARX, PLATFORM, Keep, Memory, platform_policy
from supplytrust.gate import checks
from supplytrust.gate.checks import CHECKS, Check
from supplytrust.gate.denial import HELP, Code

NAMES = [check.name for check in CHECKS]
ORDER = (
    "policy inputs clock digests signature record scope critical subject configuration imports validity status "
    "revocation epochs purpose platform restrictions dependencies verdict"
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


def test_a_check_stands_on_earlier_ones_only():
    for number, check in enumerate(CHECKS):
        assert set(check.needs) <= set(NAMES[:number])


def test_the_binary_is_read_only_when_a_signed_record_names_it():
    """Through its needs, each of these stands on the signature and on the digest."""
    stands = {}
    for check in CHECKS:
        stands[check.name] = set(check.needs).union(*(stands[n] for n in check.needs))
    for name in ("configuration", "imports"):
        assert {"signature", "record", "scope", "subject", "digests"} <= stands[name]
    for name in ("record", "epochs", "dependencies", "verdict", "restrictions"):
        assert "signature" in stands[name]


def test_independent_causes_are_told_at_once_and_no_consequences():
    keep = Keep(config=ENARX, policy_text=platform_policy(), status_changes={"nextUpdate": "2026-11-20T00:00:00Z"})
    decision = keep.admit(envelope=None, config=b"x" * 1_000_001, platform=None)
    assert [(r.code, r.field) for r in decision.reasons] == [
        ("envelope", "envelope"),
        ("size", "config"),
        ("status-stale", "status.nextUpdate"),
        ("platform", "platform"),
    ]
    forged = keep.admit(envelope=b"{}", platform=None)
    assert [r.code for r in forged.reasons] == ["envelope", "status-stale", "platform"]


def test_every_code_says_what_would_help():
    assert set(HELP) == set(Code)
    assert all(text and text[0] != text[0].upper() or text[0] == "`" for text in HELP.values())


def test_whose_key_it_is_and_whose_the_record():
    other = {"trustor": {"id": "https://other.example", "tool": {"name": "x", "version": "1"}}}
    (why,) = [r for r in Keep(predicate=other).admit().reasons if r.code == "signer-scope"]
    assert "the key speaks for 'https://example.org/vetting', the record says 'https://other.example'" in why.detail


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
