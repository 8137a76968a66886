"""Question
    Is what this package is used for, and what its code does, backed by evidence of that kind?
Why it matters
    Evidence in general is not evidence for this use: an audit of a file format says nothing about key handling,
    and a text formatter needs no cryptographer. What matters is whether the right people looked at the right thing.
Evidence used
    StatedPurpose and the context's purpose; Capabilities (what the code of the judged file does); and whatever
    the signals that the table of purposes names rest on.
Supports when
    Every need that the purposes and the abilities raise is met: one of its signals supports, at a grade that
    counts, and where a need has a scope on audits and reviews of that scope. Grade `plain`: nothing is needed.
Opposes when
    Never. What speaks against one of the answers is told by that signal.
Not observed when
    A need is not met: the missing ones are named (inconclusive); what the code does was not read (its source's
    reason), or more than one file in twenty could not be (incomplete); a purpose is stated that the table does not
    know (inconclusive).
Limits
    What code does is told by imports and calls; code that hides it is taken for plain. Needs are met by one
    signal each, however old within its term. The table is an expert's; a policy may ask for more.
References
    CWE-1357 (reliance on insufficiently trustworthy component); NIST SSDF PW.4; OWASP ASVS, V1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from supplytrust.appraisal.signals.support.code_findings import UNREAD_SHARE
from supplytrust.appraisal.signals.support.select import of_judged_file, show_text
from supplytrust.model.claims.claim import Claim, StatedPurpose
from supplytrust.model.claims.code import Ability, Capabilities
from supplytrust.model.claims.review import ExternalAudits, Scope, SecondPartyReviews
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.policy import Need, purposes_of
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Status

META = SignalMeta(
    id="expertise/evidence_fits_purpose", claims=(Capabilities, StatedPurpose, ExternalAudits, SecondPartyReviews)
)
Seen = Sequence[Observation[Capabilities]]


@dataclass(frozen=True, slots=True)
class _PassedQuestion:
    """The question as it is passed on to other signals."""

    subject: Subject
    evidence: SubjectEvidence
    moment: AppraisalContext


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Gather the needs and look for an answer to each."""
    purposes = purposes_of(evidence, moment.context.purpose)
    unknown = [p for p in purposes if not moment.purposes.knows(p)]
    if unknown:
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"no such purpose is known: {show_text(unknown[0], 30)}"
        )
    seen = of_judged_file(META, subject, evidence, Capabilities)
    if isinstance(seen, Finding):
        return seen
    hidden = next((o.claim for o in seen if o.claim.unread * UNREAD_SHARE > o.claim.files), None)
    if hidden is not None:
        told = f"{hidden.unread} of {hidden.files} files could not be read: what they do is not known"
        return META.not_observed(NotObservedReason.INCOMPLETE, told, seen)
    abilities = {c.ability for o in seen for c in o.claim.found}
    needs = moment.purposes.needs(purposes, abilities)
    told = ", ".join((*purposes, *_spell_abilities(abilities)))
    if not needs:
        return META.supports(
            f"nothing in particular is needed for {show_text(told or 'general use', 40)}", seen, grade="plain"
        )
    asked = _PassedQuestion(subject, evidence, moment)
    answers = {need.id: _answer(need, asked) for need in needs}
    missing = [name for name, finding in answers.items() if finding is None]
    if missing:
        text = f"{len(missing)} of {len(needs)} needs open: {show_text(', '.join(missing), 62)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, seen)
    return _supports([f for f in answers.values() if f], evidence, seen, _met(len(needs), told))


def _met(count: int, of: str) -> str:
    """As "the need of parsing is met"."""
    return (
        f"the need of {show_text(of, 50)} is met" if count == 1 else f"all {count} needs of {show_text(of, 50)} are met"
    )


def _spell_abilities(abilities: Iterable[Ability]) -> list[str]:
    return sorted(a.value for a in abilities)


def _answer(need: Need, asked: _PassedQuestion) -> Finding | None:
    """The first signal that meets a need."""
    narrowed = asked.evidence if not need.scopes else _about(asked.evidence, frozenset(need.scopes))
    for name in need.any_of:
        finding = _ask_signal(name, replace(asked, evidence=narrowed))
        if finding and finding.status is Status.SUPPORTS and finding.grade not in need.except_grades:
            return finding
    return None


def _ask_signal(name: str, asked: _PassedQuestion) -> Finding | None:
    signal = asked.moment.other(name)  # None: named by the table and not part of this program
    return signal.ask(asked.subject, asked.evidence, asked.moment) if signal else None


def _about(evidence: SubjectEvidence, scopes: frozenset[Scope]) -> SubjectEvidence:
    """The evidence with only those audits and reviews that were about one of the scopes, or about everything."""
    wanted = scopes | {Scope.EVERYTHING}
    return replace(evidence, observations=tuple(_narrow_scope(o, wanted) for o in evidence.observations))


def _narrow_scope(seen: Observation[Claim], wanted: frozenset[Scope]) -> Observation[Claim]:
    claim = seen.claim
    if isinstance(claim, ExternalAudits):
        kept = tuple(a for a in claim.audits if wanted.intersection(a.scopes))
        return replace(seen, claim=replace(claim, audits=kept))
    if isinstance(claim, SecondPartyReviews):
        fitting = tuple(r for r in claim.reviews if wanted.intersection(r.scopes))
        return replace(seen, claim=replace(claim, reviews=fitting))
    return seen


def _supports(found: list[Finding], evidence: SubjectEvidence, seen: Seen, told: str) -> Finding:
    """As old as the oldest answer, and no longer than the first that ends."""
    ids = {i for finding in found for i in finding.evidence}
    cited = [*(o for o in evidence.observations if o.id in ids), *seen]
    ends = [f.until for f in found if f.until]
    return META.supports(
        told,
        {o.id: o for o in cited}.values(),
        at=min((f.at for f in found if f.at), default=None),
        until=min(ends, default=None),
    )
