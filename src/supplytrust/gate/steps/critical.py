"""Every extension that the record calls critical is understood by the loader behind this gate."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext

ORDER, ENDS = 70, False


def check(case: AdmissionContext) -> None:
    """The policy lists the names that are understood; none by default."""
    for name in case.payload.critical:
        if name not in case.policy.record.critical:
            case.deny(Code.CRIT, "crit", f"'{name}' is critical and not understood")
