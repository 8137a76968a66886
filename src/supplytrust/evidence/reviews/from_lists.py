"""What a list of our own form says about one package."""

from __future__ import annotations

from datetime import datetime

from supplytrust.evidence.reviews.audit_list import AuditList, AuditListEntry, ListedAudit, ListedReview
from supplytrust.evidence.reviews.collector import ReviewCollector
from supplytrust.model.claims.review import Basis, ExternalAudit, Review, Standing, Violation
from supplytrust.model.subject import Subject
from supplytrust.model.version_scheme import VersionScheme


def tell(
    told: ReviewCollector, subject: Subject, at: datetime, file: tuple[str, str, AuditList], scheme: VersionScheme
) -> None:
    """Add what is dated no later than `at`. `file` is (name, digest, content), `scheme` how versions are read."""
    name, digest, listed = file
    project = subject.package
    told.skipped += listed.skips.counts(name, project)
    for audit in listed.audits:
        if _is_about(audit.about, project, at):
            told.audits.append(_external(audit, name, digest, covers=_covers(audit.about, subject, scheme)))
    for review in listed.reviews:
        if _is_about(review.about, project, at):
            covers = _covers(review.about, subject, scheme, unknown=review.against)
            _review(told, review, subject.version, (name, digest), covers=covers)


def _is_about(about: AuditListEntry, project: str, at: datetime) -> bool:
    return about.project == project and about.at <= at


def _covers(about: AuditListEntry, subject: Subject, scheme: VersionScheme, *, unknown: bool = False) -> bool:
    """`unknown` is the answer for a version that cannot be ordered: praise does not cover it, a violation does."""
    try:
        return scheme.includes(about.versions, subject.version)
    except ValueError:
        return unknown


def _external(audit: ListedAudit, name: str, digest: str, *, covers: bool) -> ExternalAudit:
    return ExternalAudit(
        auditor=audit.about.who,
        arranged_by=audit.arranged,
        versions=audit.about.versions,
        covers=covers,
        at=audit.about.at,
        scope_text=audit.scope,
        scopes=audit.tags,
        report=audit.report,
        report_sha256=audit.sha256,
        findings=audit.findings,
        open_findings=audit.open,
        file=name,
        file_digest=digest,
    )


def _review(told: ReviewCollector, one: ListedReview, version: str, file: tuple[str, str], *, covers: bool) -> None:
    about, (name, digest) = one.about, file
    who, kept = (about.who,), Standing.KEPT
    if one.against and covers:
        told.violations.append(Violation(who, one.criteria, about.versions, about.at, kept, name, digest))
    elif covers:
        steps = (version,)
        review = Review(who, one.criteria, one.tags, Basis.FULL, steps, about.at, kept, name, digest, one.open)
        told.reviews.append(review)
    elif not one.against:
        told.elsewhere.add(about.versions)
