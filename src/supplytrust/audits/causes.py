"""Which answers keep a package from being admitted? What speaks against it, and what it would take to know more."""

from __future__ import annotations

from dataclasses import dataclass

from supplytrust.appraisal.algebra.requirement import MustHave
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Cause:
    """One question whose answer, or lack of one, keeps a package back.

    `reason` says why there is no answer (a value of NotObservedReason); it is empty when the answer speaks against
    the package. `text` is what was seen, or why nothing was, in the words of the one who looked.
    """

    signal: str
    reason: str
    text: str


def causes_of(record: TrustRecord) -> tuple[Cause, ...]:
    """What speaks against the package, the gravest first; then the smallest set of answers that would change it."""
    findings = {found.signal: found for area in record.areas.values() for found in area.findings}
    contradicted = {must.signal for must in record.must_haves if must.state == MustHave.CONTRADICTED}
    against = sorted(
        (found for found in findings.values() if found.status is Status.OPPOSES),
        key=lambda found: (found.veto is None, found.signal not in contradicted, -found.weight.opposing, found.signal),
    )
    wanted = [
        signal
        for missing in record.would_change
        if not missing.subject
        for signal in (*missing.must_haves, *(gain.signal for gain in missing.evidence))
    ]
    absent = (findings[signal] for signal in dict.fromkeys(wanted) if signal in findings)
    return (
        *(Cause(found.signal, "", found.because) for found in against),
        *(
            Cause(found.signal, found.reason.value if found.reason else "unknown", found.because)
            for found in absent
            if found.status is Status.NOT_OBSERVED
        ),
    )
