"""Begin a policy from what is in use: audit the tree under a shipped policy, then write down what it leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Unpack

from supplytrust.audits import baseline_policy
from supplytrust.audits.baseline_policy import Adoption, Open
from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.audits.runner import JOBS, audit
from supplytrust.collection.options import CollectOptions, Observer
from supplytrust.io.context import quiet
from supplytrust.model.subject import release_of
from supplytrust.model.vocabulary import Outcome


def baseline_from_audit(
    targets: Iterable[str | Path],
    base: str = "baseline",
    *,
    jobs: int = JOBS,
    at: datetime | None = None,
    progress: Observer = quiet,
    **looking: Unpack[CollectOptions],
) -> Adoption:
    """What a tree leaves open under a shipped policy; options and errors as of `audit`."""
    return found_in(audit(list(targets), policy=base, jobs=jobs, at=at, progress=progress, **looking))


def found_in(result: AuditResult) -> Adoption:
    """The packages of an audit by what is to be done about them."""
    groups: dict[str, list[Open]] = {"unreviewed": [], "waiting": [], "refused": [], "unknown": []}
    for one in result.subjects:
        if one.outcome is not Outcome.ADMIT:
            groups[_group(one)].append(_open(one))
    grouped = {name: baseline_policy.merge_releases(members) for name, members in groups.items()}
    return Adoption(result.name, result.at.date(), result.count(Outcome.ADMIT), **grouped)


def _group(one: SubjectVerdict) -> str:
    if one.outcome is Outcome.REFUSE:
        return "refused"
    if not one.record_digest or not one.undecided:
        return "unknown"
    return "waiting" if {reason.code for reason in one.reasons} == {"cooling-down"} else "unreviewed"


def _open(one: SubjectVerdict) -> Open:
    more = f" (+{len(one.reasons) - 1})" if len(one.reasons) > 1 else ""
    why = f"{one.reasons[0].text}{more}" if one.reasons else "no reason given"
    return Open(release_of(one.purl), one.undecided, why, one.path, _cause(one))


def _cause(one: SubjectVerdict) -> str:
    """What keeps it back first, in words that are the same for all packages of one cause."""
    open_ = (cause for cause in one.causes if cause.signal.partition("/")[0] in one.undecided)
    first = next(open_, None)
    if first is None:
        return ""
    area, _, name = first.signal.partition("/")
    return f"{area}: {name.replace('_', ' ')} ({first.reason.replace('-', ' ') or 'speaks against it'})"
