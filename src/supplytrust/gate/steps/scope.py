"""The signing key speaks for the trustor the record names, about this subject, at this time."""

from __future__ import annotations

from supplytrust.gate.codes import Code
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.denial import GateDenied

ORDER, ENDS = 60, True


def check(case: AdmissionContext) -> None:
    """A key without this trustor, subject or time in its scope counts as nobody's."""
    payload = case.payload
    own = [t for t in case.signers if t.id == payload.trustor]
    if not own:
        raise GateDenied(Code.SIGNER_SCOPE, "trustor.id", "the signing key does not speak for this trustor")
    covering = [t for t in own if t.covers(payload.subject)]
    if not covering:
        raise GateDenied(Code.SIGNER_SCOPE, "subject[0].name", f"'{payload.subject}' is not in the key's scope")
    current = [
        t
        for t in covering
        if (t.not_before is None or case.at >= t.not_before) and (t.expires is None or case.at < t.expires)
    ]
    if not current:
        raise GateDenied(Code.SIGNER_SCOPE, "trustor", "the key does not count at this time")
    ends = [t.expires for t in current]
    case.until += [max(e for e in ends if e is not None)] if None not in ends else []
