"""What the workload asks of its host was assessed, is understood, and is allowed."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import GateDenied
from supplytrust.wasm.binding import import_names
from supplytrust.wasm.capability import Capability, required_capabilities
from supplytrust.wasm.cursor import WasmError
from supplytrust.wasm.custom import dylink
from supplytrust.wasm.grants import effective
from supplytrust.wasm.parts import Kind, Wasm
from supplytrust.wasm.reader import read

ORDER, ENDS = 100, False
_FREE = frozenset((Capability.TYPE_ONLY,))


def check(case: AdmissionContext) -> None:
    """Read the binary (only now: its digest is signed for), then compare imports and capabilities."""
    case.wasm = _wasm(case.workload)
    root = case.wasm.root
    assessed = case.payload.workload.imports
    for name in import_names(root):
        if name not in assessed:
            case.deny(Code.IMPORTS_EXTRA, "workload.imports", f"'{name}' was not assessed")
    _check_resolved(case)
    also = frozenset(case.policy.also_imports)
    asked = required_capabilities((i for i in root.imports if i.name not in also), root.kind)
    for name in asked.get(Capability.UNKNOWN, ()):
        case.deny(Code.CAPABILITY_UNKNOWN, "workload.imports", f"'{name}' has no known class")
    judged = _FREE | {Capability.UNKNOWN, Capability.DYNAMIC_LINK} | case.policy.capabilities
    for capability in sorted(effective(asked, case.grants).used - judged):
        case.deny(Code.IMPORTS_EXTRA, "policy.capabilities", f"'{capability}' is not allowed")


def _wasm(data: bytes) -> Wasm:
    try:
        return read(data)
    except WasmError as error:
        code = Code.SIZE if error.code == "limit" else Code.NOT_WASM
        raise GateDenied(code, "workload", error.message) from None


def _check_resolved(case: AdmissionContext) -> None:
    """Nothing is left for a dynamic loader: what it would find is not among the judged bytes."""
    root = case.wasm.root
    for name in required_capabilities(root.imports, root.kind).get(Capability.DYNAMIC_LINK, ()):
        case.deny(Code.DYNAMIC_UNRESOLVED, "workload.imports", f"'{name}' is left to a dynamic loader")
    if root.kind is Kind.COMPONENT:
        return
    for section in root.custom(dylink.NAME):
        found = dylink.decode(case.workload, section)
        if found is None:
            case.deny(Code.DYNAMIC_UNRESOLVED, "workload.dylink", "what it needs cannot be read")
        for name in found.needed if found else ():
            case.deny(Code.DYNAMIC_UNRESOLVED, "workload.dylink", f"needs '{name}'")
