"""Question
    Is it known which accounts can publish a release of this package?
Why it matters
    Whoever can publish can replace everything. Without their names a change of hands cannot be noticed, and
    it cannot be counted how many packages one lost password would reach.
Evidence used
    ReleaseOwners: accounts with their roles and the owning organization, as the index lists them.
Supports when
    At least one account is listed. Grade `several` for two or more accounts, grade `single` for one; grade
    `organization` when an organization that owns the package lists one or more.
Opposes when
    Never. One account is a single point of failure, not a fault.
Not observed when
    Owners were not collected (its source's reason); an organization lists no account: its members are
    unknown, not nobody (incomplete); nobody is listed (not-published).
Limits
    Account names are not people: one person may hold several, several may share one. Tokens, trusted
    publishers and index administrators can publish as well. Whether an account uses a second factor is not
    said.
References
    PEP 752, "Implicit namespaces for package repositories" (organizations); PyPI documentation,
    "Organization accounts" and "Roles"; Zimmermann et al., "Small World with High Risks" (USENIX Security
    2019); OpenSSF, "Principles for Package Repository Security".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, first_of, least_favourable, nothing_about, show_text
from supplytrust.model.claims.release import ReleaseOwners
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="provenance/release_owners_known", claims=(ReleaseOwners,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count the accounts that are listed."""
    lists = current(evidence, ReleaseOwners)
    if not lists:
        return nothing_about(META, evidence, ReleaseOwners, subject.purl)
    return least_favourable((_answer(seen) for seen in lists), grades=("organization", "several", "single"))


def _answer(seen: Observation[ReleaseOwners]) -> Finding:
    organization = seen.claim.organization.strip()
    accounts = sorted({account.strip().lower() for account, _ in seen.claim.roles} - {""})
    if not accounts and organization:
        text = f"organization {show_text(organization, 30)} lists no account: owners unknown"
        return META.not_observed(NotObservedReason.INCOMPLETE, text, (seen,))
    if not accounts:
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, "the index lists nobody who can release", (seen,))
    who = first_of(accounts, 24)
    if organization:
        text = f"organization {show_text(organization, 24)} lists {who}"
        return META.supports(text, (seen,), grade="organization")
    if len(accounts) > 1:
        return META.supports(f"{len(accounts)} accounts can release: {who}", (seen,), grade="several")
    return META.supports(f"one maintainer: only {who} can release", (seen,), grade="single")
