"""Question
    Is this version free of vulnerabilities that have been public for more than two weeks?
Why it matters
    However well a project answers, the answer to a defect of this version is in another one. A record of prompt fixes
    must not carry a version that was left behind; somebody should move on, or say why the defect is out of reach.
Evidence used
    OpenAdvisories (merged databases) and KnownVulnerabilities (the index's own list) for exactly the judged version.
Supports when
    Every look was whole, and no advisory affects the version but those of low severity, of the last two weeks, or about
    interfaces that can be misused (unsound).
Opposes when
    Never: `no_open_advisory` weighs what is open. This one holds, for policies that require it.
Not observed when
    An advisory lasts (inconclusive; the text names it and its fix), however good the record is; no database was asked
    or none answered (its source's reason); a record could not be compared with the version (incomplete). An
    endorsement answers what was public when it was issued, or what its reason names, and no later advisory.
Limits
    Many defects cannot be reached from a given use: an endorsement says so, with its reason and end. Some old entries
    of databases name no fixed version though there is one. A missing severity counts as one that is not low.
References
    OSV schema 1.7; OASIS CSAF 2.0, profile VEX; FIRST, CVSS v3.1 and v4.0, qualitative severity scale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from supplytrust.appraisal.signals.support.open_advisories import SEVERITIES, OpenList, incomplete, open_lists
from supplytrust.appraisal.signals.support.select import (
    least_favourable,
    looked_at,
    nothing_about,
    show_text,
    with_endorsement,
)
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, OpenAdvisories
from supplytrust.model.claims.release import KnownVulnerabilities
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="responsiveness/no_lasting_advisory", claims=(OpenAdvisories, KnownVulnerabilities, Endorsement))
_NEW = timedelta(days=14)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Every look at the version has to be clean of lasting advisories, or somebody has to vouch."""
    looks = open_lists(evidence, subject.version)
    lasting = [a for one in looks for a in one.advisories if _lasts(a, looked_at(one.seen, moment))]
    knowing = tuple(o for o in evidence.observations if not isinstance(o.claim, Endorsement) or _knew(o.claim, lasting))
    found = _judge_lists(subject, evidence, moment)
    return with_endorsement(META, found, subject, replace(evidence, observations=knowing), moment)


def _judge_lists(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    looks = open_lists(evidence, subject.version)
    if not looks:
        asked = evidence.newest(OpenAdvisories) or any(g.claim == OpenAdvisories.__name__ for g in evidence.gaps)
        kind = OpenAdvisories if asked else KnownVulnerabilities
        return nothing_about(META, evidence, kind, f"version {subject.version}")
    return least_favourable(_judge(subject, one, looked_at(one.seen, moment)) for one in looks)


def _judge(subject: Subject, one: OpenList, looked: datetime) -> Finding:
    lasting = [a for a in one.advisories if _lasts(a, looked)]
    if lasting:
        worst = max(lasting, key=lambda a: (SEVERITIES.index(a.severity), a.published is not None, a.id))
        fixed = f"fixed in {show_text(worst.fixed_in[0], 14)}" if worst.fixed_in else "no fix named"
        more = f"; {len(lasting) - 1} more" if len(lasting) > 1 else ""
        told = f"{show_text(worst.id, 22)} lasts ({worst.severity or 'not rated'}, {fixed}){more}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (one.seen,))
    missing = incomplete(one)
    if missing:
        return META.not_observed(NotObservedReason.INCOMPLETE, missing, (one.seen,))
    return META.supports(f"no advisory lasts for {show_text(subject.version, 20)}", (one.seen,))


def _lasts(advisory: Advisory, looked: datetime) -> bool:
    if advisory.severity == "low" or advisory.kind is AdvisoryKind.UNSOUND:
        return False
    new = advisory.published is not None and looked - advisory.published < _NEW
    return not new or advisory.severity in ("high", "critical")


def _knew(said: Endorsement, lasting: Iterable[Advisory]) -> bool:
    """Whether each was public when it was said, or is named in what was said."""
    words = set(re.findall(r"[\w.-]*\w", said.reason))
    return all(
        (a.published is not None and a.published <= said.issued) or words.intersection((a.id, *a.aliases))
        for a in lasting
    )
