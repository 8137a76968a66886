"""The verified payload is a record of the one version this gate reads, with no field it does not know."""

from __future__ import annotations

from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.payload import read_payload

ORDER, ENDS = 50, True


def check(case: AdmissionContext) -> None:
    """Parse strictly."""
    case.payload = read_payload(case.payload_bytes)
