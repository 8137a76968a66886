"""Question
    Is the judged version one that the project still repairs?
Why it matters
    A defect found tomorrow is fixed in the versions a project supports. Whoever runs another one waits for nothing, and
    learns of it on the day the advisory is out.
Evidence used
    DisclosurePromises (table of versions, or a rule such as "only the latest release"), ReleaseHistory (which release
    is the newest, of all and of its line), MaintainedLines (releases behind the highest line), AdvisoryHistory (which
    lines past fixes reached).
Supports when
    The policy lists the version as supported, or its rule includes it. Grade `line`: nothing is stated, but it is the
    newest of an older line that got a release in two years. Grade `newest`: nothing is stated, but no release is newer.
Opposes when
    The policy lists the version as no longer supported: the project's own word.
Not observed when
    Neither a policy text nor the list of releases was read (their source's reason); the declared repository was not
    confirmed by the artifact's files; the rule includes only newer releases, the list has no row for this version, or
    newer releases exist and nothing is stated (inconclusive: a newer one may take over at once); the version is listed
    as supported, but the last fixes did not reach its line (inconclusive).
Limits
    Lists grow old: a row for a version long gone is believed. What an older release's own text says of itself is not
    believed for today. A rule is understood in plain English only. The newest release of a project that nobody looks
    after is the newest all the same: other questions ask that. End of life of the interpreter is not asked here.
References
    OpenSSF Best Practices, "maintained"; OASIS OpenEoX; Semantic Versioning 2.0.0; PEP 592 (yanked releases).
"""

from __future__ import annotations

import re
from datetime import timedelta

from supplytrust.appraisal.signals.support.select import current, looked_at, policy_text, show_text
from supplytrust.model.claims.advisory import AdvisoryHistory
from supplytrust.model.claims.history import DisclosurePromises, MaintainedLines, SupportRule
from supplytrust.model.claims.release import ReleaseHistory, ReleaseMoment
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Cited, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version

META = SignalMeta(
    id="responsiveness/supported_version",
    claims=(DisclosurePromises, ReleaseHistory, MaintainedLines, AdvisoryHistory),
)
_PARTS = {SupportRule.LATEST_MAJOR: 1, SupportRule.LATEST_LINE: 2}
_TWO_YEARS = timedelta(days=730)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """First the policy's own words, then what releases show."""
    text = policy_text(META, evidence)
    releases = next(iter(current(evidence, ReleaseHistory)), None)
    newest = _newest(releases)
    is_newest = newest is not None and same_version(newest.version, subject.version)
    if isinstance(text, Finding) or (text.claim.file_name and not is_newest):
        return _by_releases(subject, evidence, moment, releases)
    if text.claim.judged is False:
        told = f"the policy lists {show_text(text.claim.row, 20)} as not supported"
        return META.opposes(told, (text,))
    if text.claim.judged:
        return _judge_listing(subject, evidence, moment, text)
    if text.claim.rule is SupportRule.UNSTATED or newest is None or releases is None:
        return _by_releases(subject, evidence, moment, releases)
    return _by_rule(subject, text, releases, newest)


def _newest(seen: Observation[ReleaseHistory] | None) -> ReleaseMoment | None:
    finals = [r for r in seen.claim.releases if not (r.prerelease or r.yanked)] if seen else []
    return finals[-1] if finals else None


def _line(version: str, parts: int) -> tuple[str, ...]:
    """The first numbers of a version."""
    return tuple(n.lstrip("0") or "0" for n in re.findall(r"\d+", version.partition("!")[2] or version)[:parts])


def _judge_listing(
    subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext, text: Observation[DisclosurePromises]
) -> Finding:
    """The policy says yes; do past fixes agree?"""
    parts = min(max(len(re.findall(r"\d+", text.claim.row)), 1), 2)
    here, row = _line(subject.version, parts), show_text(text.claim.row, 20)
    for seen in current(evidence, AdvisoryHistory):
        since = looked_at(seen, moment) - _TWO_YEARS
        fixed = [
            p.advisory.fixed_in for p in seen.claim.advisories if p.advisory.published and p.advisory.published > since
        ]
        fixed = [versions for versions in fixed if versions]
        reached = [v for v in fixed if any(_line(one, parts) == here for one in v)]
        if len(fixed) > 1 and not reached:
            told = f"the policy lists {row}, but the last {len(fixed)} fixes have no release there"
            return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (text, seen))
    return META.supports(f"the policy lists {row} as supported", (text,))


def _by_rule(
    subject: Subject,
    text: Observation[DisclosurePromises],
    releases: Observation[ReleaseHistory],
    newest: ReleaseMoment,
) -> Finding:
    both, rule = (text, releases), text.claim.rule
    parts = _PARTS.get(rule, 0)
    if parts:
        fits = _line(subject.version, parts) == _line(newest.version, parts)
    else:
        fits = same_version(newest.version, subject.version)
    if fits and rule is not SupportRule.LISTED:
        return META.supports(f"the policy supports the {rule.value.replace('-', ' ')} release: this one", both)
    if fits:
        return META.supports("no release is newer; the policy's list does not name it", both, grade="newest")
    day = f" of {newest.uploaded_at:%Y-%m-%d}" if newest.uploaded_at else ""
    what = "the policy's list does not name it" if rule is SupportRule.LISTED else "the policy supports newer ones only"
    told = f"{what}: {show_text(newest.version, 20)}{day}"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, both)


def _by_releases(
    subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext, releases: Observation[ReleaseHistory] | None
) -> Finding:
    """Nothing is stated: is it the newest of all, or of a line that is looked after?"""
    newest = _newest(releases)
    if releases is None or newest is None:
        return META.missing(evidence, ReleaseHistory)
    if same_version(newest.version, subject.version):
        return META.supports("no release is newer, so that a fix is its successor", (releases,), grade="newest")
    cited = _line_cared_for(subject, evidence, moment, releases)
    line = ".".join(_line(subject.version, 2))
    if cited:
        return META.supports(f"newest of line {show_text(line, 16)}, which still gets releases", cited, grade="line")
    told = f"{show_text(newest.version, 20)} is newer, and support of older ones is not stated"
    return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (releases,))


def _line_cared_for(
    subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext, releases: Observation[ReleaseHistory]
) -> Cited:
    """What shows that the version's line got a release in two years after a higher one had started; () if nothing."""
    here = _line(subject.version, 2)
    mine = [r for r in releases.claim.releases if _line(r.version, 2) == here and not (r.prerelease or r.yanked)]
    if not mine or not same_version(mine[-1].version, subject.version):
        return ()
    own = [o for o in current(evidence, MaintainedLines) if o.claim.known_by is not KnownBy.DECLARED]
    for seen in own:
        if any(_line(name, 2) == here for name in seen.claim.backports):
            return (releases, seen)
    day, since = mine[-1].uploaded_at, looked_at(releases, moment) - _TWO_YEARS
    higher = [r.uploaded_at for r in releases.claim.releases if not r.prerelease and _is_higher(r.version, here)]
    after = day is not None and any(h is not None and h < day for h in higher)
    return (releases,) if day is not None and day > since and after else ()


def _is_higher(version: str, line: tuple[str, ...]) -> bool:
    numbers = tuple(int(n) for n in _line(version, 2))
    return numbers > tuple(int(n) for n in line)
