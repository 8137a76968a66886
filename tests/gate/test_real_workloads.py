"""Workloads made by real tools, through reader and gate. Needs the tools: `nox -s workloads`."""

import pytest

from simulators.keep import POLICY, Keep
from simulators.workloads import WORKLOADS, available, make
from supplytrust.wasm.capability import Capability
from supplytrust.wasm.inspection import inspect
from supplytrust.wasm.parts import import_names

EVERYTHING = ", ".join(f'"{c}"' for c in Capability if c not in (Capability.UNKNOWN, Capability.DYNAMIC_LINK))
POLICY_OF_ALL = POLICY.replace(
    POLICY[POLICY.index("allow = [") : POLICY.index("[dependencies]")], f"allow = [{EVERYTHING}]\n\n"
)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    return tmp_path_factory.mktemp("workloads")


@pytest.mark.big
@pytest.mark.parametrize("name", WORKLOADS)
def test_workload(name, shelf):
    if not available(name):
        pytest.skip("its tool is not installed")
    data = make(name, shelf)
    found = inspect(data)
    wanted = WORKLOADS[name][1]
    assert wanted is None or len(found.wasm.root.imports) == wanted
    assert Capability.UNKNOWN not in found.required
    keep = Keep(workload=data, policy_text=POLICY_OF_ALL)
    keep.predicate["workload"] = keep.workload_part(imports=list(import_names(found.wasm.root)))
    decision = keep.admit()
    if name == "c-library":
        assert {r.code for r in decision.reasons} == {"dynamic-unresolved"}
        assert found.needed
    else:
        assert decision.admit is True, decision.reasons
        assert decision.workload_bytes == data
