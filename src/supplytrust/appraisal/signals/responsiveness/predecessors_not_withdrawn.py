"""Question
    Are the releases right before this one, in its line, still offered?
Why it matters
    Resolvers take the newest release that is not withdrawn. Whoever takes over an account can withdraw the good ones,
    so that everybody is moved to the bad one: arrayref 0.3.5 to 0.3.9 were yanked for 0.3.10.
Evidence used
    ReleaseHistory (what is yanked now of the line in which a caret requirement moves), FirstSeenFacts (that one of them
    was seen in an earlier look and was not yanked then).
Supports when
    At most the release right before it is withdrawn, which is how makers replace a mistake.
Opposes when
    Never. Makers withdraw series for good reasons.
Not observed when
    The two releases before it or more are all withdrawn (inconclusive, with their number and, where an earlier look
    tells it, that they were not withdrawn then); the history is missing (its source's reason), or its versions are not
    in an order that is known (incomplete).
Limits
    An index does not say when a release was withdrawn. Without earlier looks of one's own an old series that was taken
    back long ago looks like one that was taken back for this release.
References
    The cargo book, "cargo yank"; RustSec advisory on arrayref (2026); Semantic Versioning 2.0.0.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, first_of, least_favourable, nothing_about, show_text
from supplytrust.model.claims.release import FirstSeenFacts, ReleaseHistory, ReleaseMoment
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject
from supplytrust.model.versions import line_of, parse_semantic

META = SignalMeta(
    id="responsiveness/predecessors_not_withdrawn", claims=(ReleaseHistory, FirstSeenFacts), since="0.2", trait="lines"
)
LOOKED_AT, SERIES = 5, 2


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count the withdrawn releases right below the judged one."""
    histories = current(evidence, ReleaseHistory)
    if not histories:
        return nothing_about(META, evidence, ReleaseHistory, subject.purl)
    facts = current(evidence, FirstSeenFacts)
    return least_favourable(_answer(subject, seen, facts) for seen in histories)


def _answer(
    subject: Subject, seen: Observation[ReleaseHistory], facts: tuple[Observation[FirstSeenFacts], ...]
) -> Finding:
    try:
        before = _line_before(seen.claim, subject.version)
    except ValueError:
        return META.not_observed(NotObservedReason.INCOMPLETE, "the versions are in no known order", (seen,))
    if not before:
        return META.supports(f"{show_text(subject.version, 24)} is the first final release of its line", (seen,))
    standing = next((n for n, release in enumerate(before) if not release.yanked), len(before))
    if standing < SERIES:
        text = f"{len(before) - sum(r.yanked for r in before)} of the {len(before)} releases before it are offered"
        return META.supports(text, (seen,))
    names = [release.version for release in before[:standing]]
    text = f"withdrawn before it: {first_of(names)}"
    changed = [fact for o in facts for fact in o.claim.facts if _was_offered(fact.fact, fact.first, fact.now, names)]
    if changed:
        at = max(fact.first_at for fact in changed)
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE, f"{text}; still offered on {at:%Y-%m-%d}", (seen, *facts)
        )
    return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))


def _line_before(history: ReleaseHistory, version: str) -> list[ReleaseMoment]:
    """The final releases below a version in its line, newest first."""
    here = parse_semantic(version)
    below = [
        release
        for release in history.releases
        if not release.prerelease
        and line_of(release.version) == line_of(version)
        and parse_semantic(release.version).key < here.key
    ]
    return sorted(below, key=lambda r: parse_semantic(r.version).key, reverse=True)[:LOOKED_AT]


def _was_offered(fact: str, first: str, now: str, names: list[str]) -> bool:
    kind, _, version = fact.partition(":")
    return kind == "yanked" and version in names and (first, now) == ("no", "yes")
