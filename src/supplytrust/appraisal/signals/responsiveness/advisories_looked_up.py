"""Question
    Were public advisories looked up for exactly this version, in a database that can know it?
Why it matters
    "No known vulnerabilities" from a scan that reached no database is the commonest wrong answer of audit tools.
    Looking comes before the answer: a policy can insist on it, whatever else speaks for the package.
Evidence used
    OpenAdvisories (merged databases), KnownVulnerabilities (the index's own list), ReleaseFiles (day of upload).
Supports when
    A database that is not older than the release was asked about this version and answered in whole, or one of any
    age names an advisory that is open. It says that there was a look, not what was seen.
Opposes when
    Never. Not having looked is no fault of the package.
Not observed when
    No database was asked or none answered (its source's reason); all are older than the release (stale); a
    configured one could not be read, or it cannot be told for some record whether the version is affected
    (incomplete).
Limits
    A database of one's own choice may be as small as one likes; `no_open_advisory` weighs that. Advisories come late.
References
    pip-audit issue 99 and osv-scanner issue 2983 (clean results without a database); OSV schema 1.7.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.open_advisories import incomplete, open_lists, usable
from supplytrust.appraisal.signals.support.select import (
    first_of,
    least_favourable,
    nothing_about,
    of_release,
    show_text,
)
from supplytrust.model.claims.advisory import OpenAdvisories
from supplytrust.model.claims.release import KnownVulnerabilities, ReleaseFiles
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/advisories_looked_up", claims=(OpenAdvisories, KnownVulnerabilities, ReleaseFiles))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Name the databases that were asked; every look has to be whole."""
    looks = open_lists(evidence, subject.version)
    if not looks:
        asked = evidence.newest(OpenAdvisories) or any(g.claim == OpenAdvisories.__name__ for g in evidence.gaps)
        kind = OpenAdvisories if asked else KnownVulnerabilities
        return nothing_about(META, evidence, kind, f"version {subject.version}")
    days = [o.claim.uploaded_at for o in of_release(evidence, subject)]
    uploaded = max((d for d in days if d is not None), default=None)
    answers = []
    for one in looks:
        told = incomplete(one)
        names = [show_text(d.name, 24) for d in usable(one, uploaded)]
        if one.advisories or (names and not told):
            named = first_of(sorted(names) or [a.id for a in one.advisories])
            answers.append(META.supports(f"{show_text(subject.version, 20)} was looked up: {named}", (one.seen,)))
        elif told:
            answers.append(META.not_observed(NotObservedReason.INCOMPLETE, told, (one.seen,)))
        else:
            answers.append(
                META.not_observed(NotObservedReason.STALE, "no database is as new as the release", (one.seen,))
            )
    return least_favourable(answers)
