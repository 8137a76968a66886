"""Question
    Do the people who write the project show an organization they belong to?
Why it matters
    Somebody with an employer who answers for them has more to lose, and can be asked about. It is a weak
    hint: addresses are easily had, and free ones are honest.
Evidence used
    CommitHistory (domains of the e-mail addresses of the year's commits).
Supports when
    At least half of the year's commits (20 or more) carry addresses of domains that are neither free mail
    nor a forge's hidden address.
Opposes when
    Never. Whatever history shows only holds.
Not observed when
    No repository was read, or it could not be read whole (its source's reason); the declared repository was
    not confirmed by the artifact's files; there were fewer than 20 commits; most addresses are free mail or
    hidden (not-published), which is usual and says nothing.
Limits
    An address in a commit is free text. The top contributors of pip, requests, flask and urllib3 use free
    mail; so did the attacker of xz.
References
    Hipcheck, affiliation analysis; the rejected rule R7 (free mail) of docs/evaluation-git.md.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_by
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="provenance/contributors_affiliated", claims=(CommitHistory,))
_ENOUGH, _HALF = 20, 0.5
_ANYBODY = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "aol.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
        "126.com",
        "foxmail.com",
        "proton.me",
        "protonmail.com",
        "pm.me",
        "hey.com",
        "fastmail.com",
        "users.noreply.github.com",
        "localhost",
    ]
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count commits by kind of address."""
    return judged_by(META, evidence, CommitHistory, _judge)


def _judge(seen: Observation[CommitHistory]) -> Finding:
    claim = seen.claim
    if claim.window_commits < _ENOUGH:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"only {claim.window_commits} commits in the year", (seen,)
        )
    own = sum(count for domain, count in claim.domains if domain not in _ANYBODY and "noreply" not in domain)
    told = f"{own} of {claim.window_commits} commits carry an address of an own domain"
    if own >= _HALF * claim.window_commits:
        return META.supports(told, (seen,))
    return META.not_observed(NotObservedReason.NOT_PUBLISHED, told, (seen,))
