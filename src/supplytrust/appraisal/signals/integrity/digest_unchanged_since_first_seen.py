"""Question
    Does the judged file still have the digest it had when it was first seen here?
Why it matters
    A published file never changes. If the same name now gives other bytes, someone replaced it, or this
    look is being answered differently from the last: a fact that needs no advisory and no expert.
Evidence used
    FirstSeenFacts from the ledger: `digest:<file name>`, what was first seen and what is seen now at the same
    place: the configured index, or the folder of a file that was given by path.
Supports when
    The file was seen in an earlier look and its digest is the same.
Opposes when
    The digest differs. This is a veto (tampered).
Not observed when
    No ledger was kept (its source's reason); the file is seen for the first time (first-sight); the index
    names no digest now (incomplete); another file of the release was replaced (inconclusive, naming it).
Limits
    One index does not speak for another, and no folder for an index; what an earlier version kept without a place is
    told and compared with nothing. A file given by path is known by its bytes: a path may hold others tomorrow.
    Knows only what this ledger saw: a bad file seen first is taken as the reference. Someone who can write
    the ledger can write this fact; keep it where the package under judgement cannot reach.
References
    PEP 592 and the file name reuse rules of package indexes; The Update Framework specification, section
    1.5.2; Certificate Transparency, RFC 9162 (the case for remembering); tj-actions/changed-files (2025),
    moved tags.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    files_of,
    judged_file,
    least_favourable,
    nothing_about,
    show_text,
)
from supplytrust.model.claims.release import FirstSeenFacts
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Veto

META = SignalMeta(id="integrity/digest_unchanged_since_first_seen", claims=(FirstSeenFacts,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare today's digest with the first one."""
    memories = current(evidence, FirstSeenFacts)
    if not memories or not judged_file(subject):
        return nothing_about(META, evidence, FirstSeenFacts, subject.purl)
    return least_favourable(_answer(seen, subject) for seen in memories)


def _answer(seen: Observation[FirstSeenFacts], subject: Subject) -> Finding:
    name = show_text(judged_file(subject))
    key = f"digest:{judged_file(subject)}"
    mine = [f for f in seen.claim.facts if f.fact == key]
    if key not in seen.claim.known or not mine:
        text = _facts_without_place(seen.claim, key, name) or f"{name} is seen here for the first time"
        return META.not_observed(NotObservedReason.FIRST_SIGHT, text, (seen,))
    since = min(f.first_at for f in mine)
    changed = [f for f in mine if f.now and f.first.lower() != f.now.lower()]
    if changed:
        text = f"{name} is not the file first seen on {since:%Y-%m-%d}"
        return META.opposes(text, (seen,), veto=Veto.TAMPERED)
    if not all(f.now for f in mine):
        return META.not_observed(NotObservedReason.INCOMPLETE, f"no digest is listed for {name} now", (seen,))
    replaced = _replaced_sibling(seen.claim, subject)
    if replaced:
        text = f"{show_text(replaced)} of the same release was replaced"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    return META.supports(f"{name} is unchanged since {since:%Y-%m-%d}", (seen,))


def _facts_without_place(claim: FirstSeenFacts, key: str, name: str) -> str:
    """What an earlier version of this program kept without saying where: it may be another file of the same name."""
    old = [f for f in claim.facts if f.fact == f"unplaced:{key}"]
    now = {f.now.lower() for f in claim.facts if f.fact == key}
    if not old:
        return ""
    same = "the same" if {f.first.lower() for f in old} == now else "another one"
    return f"{name}: first time here; {same} somewhere on {min(f.first_at for f in old):%Y-%m-%d}"


def _replaced_sibling(claim: FirstSeenFacts, subject: Subject) -> str:
    for name in files_of(subject):
        for fact in claim.facts:
            known = fact.fact == f"digest:{name}" and fact.fact in claim.known
            if known and fact.now and fact.first.lower() != fact.now.lower():
                return name
    return ""
