"""Question
    Has nobody who would know declared this project unmaintained?
Why it matters
    A project whose own people say that they are gone will not answer the next defect. Such a word is rare and costs its
    author something, unlike silence, which many finished projects keep for years.
Evidence used
    MaintenanceNotices (notices of advisory databases that cover the version, the index's archived mark, the
    classifier `Development Status :: 7 - Inactive`).
Supports when
    The index or a database was read, and neither says so. Weak: hardly anybody writes a farewell.
Opposes when
    A database has a notice that the package is unmaintained, which its editors give after asking the maintainer; or,
    grade `own-word`, the project is archived at the index or calls itself inactive.
Not observed when
    Neither the index nor a database that covers such packages was read (its source's reason).
Limits
    Most abandoned projects are never declared so. A notice can be outdated when somebody has taken over; it names
    the day. The classifier is forgotten in both directions. Few databases besides RustSec keep such notices.
References
    rustsec/advisory-db, "HOWTO_UNMAINTAINED"; PEP 792 (project status markers); trove classifiers of PyPI.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, least_favourable, nothing_about, show_text
from supplytrust.model.claims.advisory import AdvisoryKind, MaintenanceNotices
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version

META = SignalMeta(id="responsiveness/not_declared_unmaintained", claims=(MaintenanceNotices,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for the word."""
    seen = current(evidence, MaintenanceNotices, lambda c: same_version(c.version, subject.version))
    if not seen:
        return nothing_about(META, evidence, MaintenanceNotices, f"version {subject.version}")
    return least_favourable((_judge(one) for one in seen), grades=("own-word",))


def _judge(seen: Observation[MaintenanceNotices]) -> Finding:
    claim = seen.claim
    notices = sorted(
        (a for a in claim.notices if a.kind is AdvisoryKind.UNMAINTAINED),
        key=lambda a: (a.published is None, str(a.published), a.id),
    )
    if notices:
        day = f" of {notices[0].published:%Y-%m-%d}" if notices[0].published else ""
        return META.opposes(f"{show_text(notices[0].id, 24)}{day} declares it unmaintained", (seen,))
    if claim.archived:
        return META.opposes("the project is archived at the index", (seen,), grade="own-word")
    if claim.inactive:
        return META.opposes("the project calls itself inactive (Development Status 7)", (seen,), grade="own-word")
    asked = [show_text(d.name, 24) for d in claim.databases]
    asked += ["the index"] if claim.inactive is not None or claim.archived is not None else []
    if not asked:
        return META.not_observed(NotObservedReason.INCOMPLETE, "nothing was read that would say so", (seen,))
    return META.supports(f"not called unmaintained in {' or '.join(asked[:2])}", (seen,))
