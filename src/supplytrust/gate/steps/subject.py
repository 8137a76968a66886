"""The record is about exactly these bytes."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import GateDenied

ORDER, ENDS = 80, True


def check(case: AdmissionContext) -> None:
    """Both digests must agree; one of them broken some day must not be enough."""
    payload = case.payload
    if payload.sha256 != case.bound["wasm"] or payload.sha384 != case.bound["wasm-sha384"]:
        raise GateDenied(Code.SUBJECT_DIGEST, "subject[0].digest", "the record is about another workload")
