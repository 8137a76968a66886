"""Question
    Is every requirement that this release added older than a week?
Why it matters
    A name that was registered days before it became a requirement is how event-stream carried its payload,
    and how an attacker adds code without touching the package's own files.
Evidence used
    NewRequirements (added since the predecessor, with the day each was first published), ReleaseFiles (the
    day this release was uploaded), SiblingRequirements (which young ones the repository of this release
    explains file by file) and ChangeSincePredecessor of the judged file (new hooks).
Supports when
    Every added requirement was first published at least seven days before this release, or is made of the
    same repository, which the caller or the configuration named. Grade `none` when no requirement was added.
Opposes when
    An added requirement is younger than seven days and the judged file also has a new hook that runs by
    itself: two facts together. A young requirement alone holds: projects that split a package publish both
    halves in one week, and without their repository nobody can tell.
Not observed when
    Requirements were not compared (its source's reason), or there is no predecessor (no-predecessor); the
    release's or a requirement's first day is not known (incomplete); an added requirement is younger than
    seven days (inconclusive, naming it).
Limits
    Sees direct requirements only: the transitive path is judged at the node that adds it. An old name that
    was taken over is not young. An attacker who waits a week passes, and has then been public for a week.
References
    event-stream 3.3.6 and flatmap-stream (2018); Zimmermann et al., "Small World with High Risks" (USENIX
    Security 2019); OSSF Package Analysis, case studies; Ladisa et al., "SoK: Taxonomy of attacks on
    open-source software supply chains" (IEEE S&P 2023).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from supplytrust.appraisal.signals.support.select import (
    current,
    first_of,
    judged_file,
    least_favourable,
    nothing_about,
    of_file,
    of_release,
    show_text,
)
from supplytrust.model.claims.artifact import ChangeSincePredecessor
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import NewRequirements, ReleaseFiles
from supplytrust.model.claims.source_tree import KnownBy, SiblingRequirements
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(
    id="integrity/no_new_young_dependency",
    claims=(NewRequirements, ReleaseFiles, ChangeSincePredecessor, SiblingRequirements),
)
YOUNG = timedelta(days=7)
_NAMED = (KnownBy.GIVEN, KnownBy.CONFIGURED)  # a repository that the release itself names may be the attacker's


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare the age of added requirements with the day of the upload."""
    added = current(evidence, NewRequirements)
    if not added:
        return nothing_about(META, evidence, NewRequirements, subject.purl)
    lists = of_release(evidence, subject)
    changes = of_file(evidence, ChangeSincePredecessor, judged_file(subject))
    hooked = tuple(o for o in changes if any(hook.executes for hook in o.claim.new_hooks))
    split = tuple(o for o in current(evidence, SiblingRequirements) if o.claim.known_by in _NAMED and o.claim.proven)
    return least_favourable((_answer(seen, lists, hooked, split) for seen in added), grades=("none", ""))


def _answer(
    seen: Observation[NewRequirements],
    lists: tuple[Observation[ReleaseFiles], ...],
    hooked: tuple[Observation[ChangeSincePredecessor], ...],
    split: tuple[Observation[SiblingRequirements], ...],
) -> Finding:
    claim, before = seen.claim, show_text(seen.claim.predecessor, 16)
    if not claim.added and not claim.dated:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"when {before} was released is not known", (seen,))
    if not claim.added:
        return META.supports(f"no requirement added since {before}", (seen,), grade="none")
    uploads = [files.claim.uploaded_at for files in lists]
    uploaded = min((t for t in uploads if t is not None), default=None)
    if uploaded is None or None in uploads:
        text = f"{len(claim.added)} requirements added; the day of the upload is not known"
        return META.not_observed(NotObservedReason.INCOMPLETE, text, (seen, *lists))
    return _by_age(seen.claim, uploaded, (seen, *lists, *split), hooked, split)


def _by_age(
    claim: NewRequirements,
    uploaded: datetime,
    cited: tuple[Observation[Claim], ...],
    hooked: tuple[Observation[ChangeSincePredecessor], ...],
    split: tuple[Observation[SiblingRequirements], ...],
) -> Finding:
    siblings = {name for seen in split for name in seen.claim.proven}
    ages = {r.name: uploaded - r.first_release for r in claim.added if r.first_release is not None}
    young = sorted(name for name, age in ages.items() if age < YOUNG and name not in siblings)
    if young:
        days = max(ages[young[0]].days, 0)
        if hooked:
            text = f"{days} days old at upload, with a new start-up hook: {first_of(young, 24)}"
            return META.opposes(text, (*cited, *hooked))
        text = f"added, and {days} days old at upload: {first_of(young)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, cited)
    unknown = sorted({r.name for r in claim.added} - ages.keys())
    if unknown:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"added, of unknown age: {first_of(unknown)}", cited)
    if not claim.dated:
        return META.not_observed(NotObservedReason.INCOMPLETE, "the day of the release before it is not known", cited)
    own = sorted(name for name, age in ages.items() if age < YOUNG)
    rest = f"none young but {first_of(own, 24)} of this repository" if own else "none young"
    text = f"{len(ages)} requirements added since {show_text(claim.predecessor, 16)}, {rest}"
    return META.supports(text, cited)
