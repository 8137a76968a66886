"""Question
    Can callers of the release before go on with this one without a change that nobody announced?
Why it matters
    A repair that also breaks callers is put off, and whoever puts it off stays exposed. Projects that announce
    what they take away, or keep it for a new major version, are followed sooner.
Evidence used
    ApiChanges (public Python interface of the pure wheel against the predecessor's), ReleaseHistory (withdrawn
    releases).
Supports when
    No public name was removed and no call made an error. Grade `announced`: what was removed or changed, the
    release before marks as deprecated.
Opposes when
    A patch release (PEP 440, third number, from 1.0 on, not calendar versions) removes public names that were
    not announced. It is a fact and a small one: it delays updates, and can be an oversight.
Not observed when
    The interface was not compared (its source's reason: no predecessor, compiled, too large); the predecessor
    offers no public name (not-applicable); modules could not be read (incomplete); names went or calls changed
    without notice in a major, minor, calendar or pre-1.0 release, or only signatures did in a patch release; a
    fifth of the last releases was withdrawn (inconclusive).
Limits
    Read as text: names made at run time, decorators that change a signature and behaviour behind an unchanged
    signature are not seen. Public is what has no underscore; a project may mean less by it. A name counts as
    announced when a notice of deprecation stands near it in the older source, whatever it says. Version numbers
    of one scheme (EffVer, romantic ones) can look like another's.
References
    Semantic Versioning 2.0.0; PEP 440; PEP 387; PEP 702; Raemaekers et al., "Semantic versioning and impact of
    breaking changes in the Maven repository" (JSS 2017); griffe, "Checking for breaking changes".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, least_favourable, nothing_about, show_text
from supplytrust.model.claims.release import ApiChangeKind, ApiChanges, ReleaseHistory, VersionStep
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Cited, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version

META = SignalMeta(id="responsiveness/api_stable", claims=(ApiChanges, ReleaseHistory), trait="interface")
_LAST, _SHARE = 20, 0.2


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge what each source says went away."""
    seen = current(evidence, ApiChanges, lambda c: same_version(c.version, subject.version))
    if not seen:
        return nothing_about(META, evidence, ApiChanges, f"version {subject.version}")
    withdrawn = _withdrawn(evidence)
    return least_favourable((_answer(one, withdrawn) for one in seen), grades=("", "announced"))


def _withdrawn(evidence: SubjectEvidence) -> tuple[str, Cited]:
    """What is to be said of withdrawn releases when they are many, and where it is from."""
    for seen in current(evidence, ReleaseHistory):
        last = [r for r in seen.claim.releases if not r.prerelease][-_LAST:]
        yanked = sum(r.yanked for r in last)
        if yanked >= 3 and yanked >= _SHARE * len(last):
            return f"{yanked} of the last {len(last)} releases were withdrawn", (seen,)
    return "", ()


def _answer(seen: Observation[ApiChanges], withdrawn: tuple[str, Cited]) -> Finding:
    claim = seen.claim
    surprises = claim.removed_unannounced + claim.signatures_unannounced
    if surprises:
        return _judge_surprise(seen)
    if claim.unread:
        text = f"{claim.unread} modules could not be compared with {show_text(claim.predecessor, 20)}"
        return META.not_observed(NotObservedReason.INCOMPLETE, text, (seen,))
    if withdrawn[0]:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, withdrawn[0], (seen, *withdrawn[1]))
    gone = claim.removed + claim.signatures
    if gone:
        text = f"{gone} names changed since {show_text(claim.predecessor, 20)}, all announced before"
        return META.supports(text, (seen,), grade="announced")
    if not claim.names:
        told = f"{show_text(claim.predecessor, 20)} offers no public name"
        return META.not_observed(NotObservedReason.NOT_APPLICABLE, told, (seen,))
    return META.supports(f"{claim.names} public names of {show_text(claim.predecessor, 20)} are still there", (seen,))


def _judge_surprise(seen: Observation[ApiChanges]) -> Finding:
    claim = seen.claim
    if claim.step is VersionStep.PATCH and claim.removed_unannounced:
        return META.opposes(f"patch release without {_first(claim, ApiChangeKind.REMOVED)}, not announced", (seen,))
    kind = ApiChangeKind.REMOVED if claim.removed_unannounced else ApiChangeKind.SIGNATURE
    count = claim.removed_unannounced + claim.signatures_unannounced
    text = f"{count} changes without notice ({claim.step.value} step): {_first(claim, kind)}"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))


def _first(claim: ApiChanges, kind: ApiChangeKind) -> str:
    """The first change of a kind that was not announced, and how many more there are."""
    names = [c.name for c in claim.changes if c.kind is kind and not c.announced]
    count = claim.removed_unannounced if kind is ApiChangeKind.REMOVED else claim.signatures_unannounced
    more = f" and {count - 1} more" if count > 1 else ""
    return f"{show_text(names[0], 34) if names else 'a name'}{more}"
