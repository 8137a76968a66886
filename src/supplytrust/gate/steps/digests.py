"""What is judged is named by the digests of the bytes that were read."""

from __future__ import annotations

import hashlib

from supplytrust.gate.context import AdmissionContext

ORDER, ENDS = 30, True
ABSENT = "absent"


def check(case: AdmissionContext) -> None:
    """Bind workload and configuration."""
    case.bound["wasm"] = hashlib.sha256(case.workload).hexdigest()
    case.bound["wasm-sha384"] = hashlib.sha384(case.workload).hexdigest()
    case.bound["config"] = ABSENT if case.config is None else hashlib.sha256(case.config).hexdigest()
