"""Question
    Has somebody independent audited this version, with a report that others can read?
Why it matters
    An audit is the strongest evidence that somebody with the right knowledge looked for faults. It is about the
    versions it read: code written afterwards was not audited.
Evidence used
    ExternalAudits (audits that the relying party lists, with range, date, scope, report and findings).
Supports when
    The range of a listed audit holds the judged version; of several the newest counts. It ages from the
    report's date. Grade `open`: findings are left open, or the list does not say whether any are. Grade
    `unreported`: neither address nor digest of a report is listed.
Opposes when
    Never. Findings are reasons to mend; whether they were is told by advisories and releases.
Not observed when
    No list is configured or none says anything about the package (its source's reason); every listed audit
    is of other versions (stale); entries about it could not be read (incomplete).
Limits
    The list is the relying party's word: reports are neither fetched nor read here, and their digests are not
    compared. Most audits cover a part; which one is asked by evidence_fits_purpose. A range wider than what was
    read admits unread code.
References
    OpenSSF, "The Open Source Project Security Audit Process"; OSTIF, audit reports; RFC 9334 (endorsement).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, least_favourable, nothing_about, show_text
from supplytrust.model.claims.review import ExternalAudit, ExternalAudits
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version

META = SignalMeta(id="expertise/audited_externally", claims=(ExternalAudits,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for the newest audit whose range holds the judged version."""
    seen = current(evidence, ExternalAudits, lambda claim: same_version(claim.version, subject.version))
    if not seen:
        return nothing_about(META, evidence, ExternalAudits, subject.purl)
    return least_favourable((_judge(o, subject) for o in seen), grades=("", "open", "unreported"))


def _judge(seen: Observation[ExternalAudits], subject: Subject) -> Finding:
    audits = sorted(seen.claim.audits, key=lambda a: a.at, reverse=True)
    covering = next((a for a in audits if a.covers), None)
    if covering is not None:
        return _supports(covering, seen)
    if audits:
        other, own = show_text(audits[0].versions, 24), show_text(subject.version, 20)
        text = f"audited {other} ({audits[0].at:%Y-%m-%d}), this is {own}"
        return META.not_observed(NotObservedReason.STALE, text, (seen,))
    unread = sum(s.here for s in seen.claim.skipped)
    return META.not_observed(NotObservedReason.INCOMPLETE, f"{unread} listed entries could not be read", (seen,))


def _supports(audit: ExternalAudit, seen: Observation[ExternalAudits]) -> Finding:
    by = f"audited {audit.at:%Y-%m-%d} by {show_text(audit.auditor, 24)}"
    if not (audit.report or audit.report_sha256):
        return META.supports(f"{by}; no report is listed", (seen,), grade="unreported", at=audit.at)
    if audit.open_findings == 0:
        return META.supports(f"{by}; no finding is left open", (seen,), at=audit.at)
    left = "it is not said" if audit.open_findings is None else str(audit.open_findings)
    return META.supports(f"{by}; findings left open: {left}", (seen,), grade="open", at=audit.at)
