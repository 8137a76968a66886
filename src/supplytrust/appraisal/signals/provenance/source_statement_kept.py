"""Question
    Does the release still say which commit it is made of, as the one before it did?
Why it matters
    Some clients write into an archive which commit it was made of. Whoever publishes from elsewhere than the project's
    own tree often leaves that out, or makes it of a tree with changes that no commit has.
Evidence used
    ChangeSincePredecessor of the judged file: what the file before told of its source and this one does not.
Supports when
    Nothing that was told before is missing.
Opposes when
    Never. Clients and habits change: 4 of 180 healthy releases name no commit, 6 of a tree with other changes.
Not observed when
    The release before named its commit and this one does not, or this one is of a tree with other changes and that one
    was not (inconclusive); the file was not compared (its source's reason), or there is no predecessor.
Limits
    The statement is the publisher's own word: anything can be written there. What it is worth is asked by comparing
    with the commit: `integrity/artifact_matches_source_tree`.
References
    The cargo book, "cargo package", `.cargo_vcs_info.json`; SLSA v1.0, "Source threats".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    judged_file,
    least_favourable,
    nothing_about,
    of_file,
    show_text,
)
from supplytrust.model.claims.artifact import ChangeSincePredecessor
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="provenance/source_statement_kept", claims=(ChangeSincePredecessor,), since="0.2", trait="stated-commit"
)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look for what is no longer told."""
    name = judged_file(subject)
    changes = of_file(evidence, ChangeSincePredecessor, name)
    if changes:
        return least_favourable(_answer(seen) for seen in changes)
    missing = nothing_about(META, evidence, ChangeSincePredecessor, name or subject.purl)
    if missing.reason is NotObservedReason.NO_PREDECESSOR:
        return META.supports(f"no release before {show_text(subject.version, 24)} told more of its source", ())
    return missing


def _answer(seen: Observation[ChangeSincePredecessor]) -> Finding:
    claim, before = seen.claim, show_text(seen.claim.predecessor, 16)
    if claim.lost:
        text = f"told by {before} and no longer: {show_text(claim.lost, 40)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    return META.supports(f"all that {before} told of its source is told", (seen,))
