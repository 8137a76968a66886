"""Question
    Can the same accounts publish this package as when it was first looked at?
Why it matters
    In the long game, control goes to someone new before anything bad is published. The release itself may
    look perfect; that it comes from other hands is what can be seen.
Evidence used
    FirstSeenFacts from the ledger: `owners`, as first seen and as seen now at the same index.
Supports when
    Owners were seen in an earlier look and are the same now. Grade `recent` when that look was less than
    180 days before this one.
Opposes when
    Never. Handing over is normal in healthy projects. It holds, and tells the trust model that control
    changed, so that what earlier people earned no longer counts.
Not observed when
    No ledger was kept (its source's reason); owners are seen for the first time, or none were listed then
    (first-sight). With control taken for changed: they are others than first seen, here or by an earlier version
    that did not keep the index (inconclusive, naming who came or went);
    none are listed now (incomplete); a ledger is kept and cannot be read (its source's reason).
Limits
    Knows only what this ledger saw, and accounts, not people: a sold or stolen account looks unchanged.
    Owners of an organization that lists no account cannot be compared.
References
    event-stream (2018) and xz (2024), control handed to a newcomer; Zimmermann et al., "Small World with
    High Risks" (USENIX Security 2019); OpenSSF and OpenJS, "Social engineering takeovers of open source
    projects" (2024).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from supplytrust.appraisal.signals.support.select import (
    current,
    files_of,
    first_of,
    least_favourable,
    looked_at,
    nothing_about,
)
from supplytrust.model.claims.release import FirstSeenFact, FirstSeenFacts
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import CONTROL_CHANGED, AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="provenance/owners_unchanged_since_first_seen", claims=(FirstSeenFacts,))
RECENT = timedelta(days=180)
UNASKED = frozenset({NotObservedReason.NOT_LOOKED, NotObservedReason.NOT_APPLICABLE})


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare today's owners with the first ones."""
    memories = [seen for seen in current(evidence, FirstSeenFacts) if _about(subject, seen.claim)]
    if not memories:
        return _unread(nothing_about(META, evidence, FirstSeenFacts, subject.purl))
    answers = [_answer(seen, looked_at(seen, moment)) for seen in memories]
    return least_favourable(answers, grades=("", "recent", CONTROL_CHANGED))


def _about(subject: Subject, claim: FirstSeenFacts) -> bool:
    """Not what a ledger tells of the files of some other package."""
    told = {fact.fact.removeprefix("digest:") for fact in claim.facts if fact.fact.startswith("digest:")}
    return not told or not subject.artifact or not told.isdisjoint(files_of(subject))


def _unread(found: Finding) -> Finding:
    """A ledger that is kept and cannot be read might tell of other owners: what is lost must not help."""
    return found if found.reason in UNASKED else replace(found, grade=CONTROL_CHANGED)


def _answer(seen: Observation[FirstSeenFacts], looked: datetime) -> Finding:
    owners = [fact for fact in seen.claim.facts if fact.fact == "owners"]
    if "owners" not in seen.claim.known or not any(_accounts(fact.first) for fact in owners):
        return _first_sight(seen, owners)
    changed = [text for text in map(_change, owners) if text]
    if changed:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, changed[0], (seen,), grade=CONTROL_CHANGED)
    if not all(_accounts(fact.now) for fact in owners):
        return META.not_observed(
            NotObservedReason.INCOMPLETE, "no owners are listed now", (seen,), grade=CONTROL_CHANGED
        )
    since = max(fact.first_at for fact in owners)
    grade = "recent" if looked - since < RECENT else ""
    return META.supports(f"the same owners since {since:%Y-%m-%d}", (seen,), grade=grade)


def _first_sight(seen: Observation[FirstSeenFacts], owners: list[FirstSeenFact]) -> Finding:
    """Owners that an earlier version of this program saw at some index still tell of a change of hands."""
    before = [fact for fact in seen.claim.facts if fact.fact == "unplaced:owners"]
    changed = [_change(replace(old, now=fact.now)) for old in before for fact in owners]
    if any(changed):
        text = next(filter(None, changed))
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,), grade=CONTROL_CHANGED)
    return META.not_observed(NotObservedReason.FIRST_SIGHT, "owners are seen here for the first time", (seen,))


def _change(fact: FirstSeenFact) -> str:
    """What is other than at first; empty when nothing is, or when nobody was or is listed."""
    first, now = _accounts(fact.first), _accounts(fact.now)
    if not (first and now) or first == now:
        return ""
    came, went = sorted(now - first), sorted(first - now)
    text = f"new owner {first_of(came, 24)}" if came else f"no longer an owner: {first_of(went, 24)}"
    return f"{text}, since {fact.first_at:%Y-%m-%d}"


def _accounts(value: str) -> frozenset[str]:
    return frozenset(filter(None, re.split(r"[\s,;]+", value.lower())))
