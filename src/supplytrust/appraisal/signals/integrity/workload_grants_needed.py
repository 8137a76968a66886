"""Question
    Does the loader's configuration grant the workload only what it asks for?
Why it matters
    A right that is never used helps nobody but an intruder. What was granted and what is imported are
    written by different hands, so their difference is worth a look before the workload enters anything.
Evidence used
    WorkloadGrants of the judged file: capabilities granted without being asked for, and remarks.
Supports when
    No network or file right is granted beyond the imports, and every remote party is authenticated.
Opposes when
    Never: a surplus right may be meant for a later version.
Not observed when
    No configuration was named; such a right is granted and not asked for, or a connection is not
    authenticated (inconclusive).
Limits
    Imports are an upper bound: a granted right that is imported may still be more than is needed. Rights
    that loaders cannot withhold (clock, random numbers, arguments) are left out.
References
    Saltzer and Schroeder (1975), least privilege; Enarx, Enarx_toml.md; Spin manifest reference;
    wasmtime, command line options.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judge_file
from supplytrust.model.claims.workload import WorkloadGrants
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/workload_grants_needed", claims=(WorkloadGrants,), trait="workload")
_WITHHELD = ("fs-", "net")
_OPEN = ("unauthenticated:", "any-host:")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for rights beyond the imports."""
    return judge_file(META, subject, evidence, WorkloadGrants, _answer)


def _answer(seen: Observation[WorkloadGrants]) -> Finding:
    surplus = [c for c in seen.claim.surplus if c.startswith(_WITHHELD)]
    if surplus:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"granted, not asked for: {first_of(surplus)}", (seen,)
        )
    if open_ := [r for r in seen.claim.remarks if r.startswith(_OPEN)]:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"a connection is open: {first_of(open_)}", (seen,))
    return META.supports(f"{len(seen.claim.items)} grants of {seen.claim.format}, none beyond the imports", (seen,))
