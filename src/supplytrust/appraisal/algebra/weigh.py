"""What is a finding worth? Its row of the weight table makes it a statement; without one it is worth 0."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from supplytrust.appraisal.algebra.fusion import reliability
from supplytrust.model.finding import CONTROL_CHANGED, Finding
from supplytrust.model.policy import Policy
from supplytrust.model.statement import Statement
from supplytrust.model.vocabulary import Status

Pair = tuple[Finding, Statement | None]


def weigh(findings: Iterable[Finding], subject: str, policy: Policy) -> tuple[Statement, ...]:
    """The statements that findings make about a subject (a purl). What was not observed makes none."""
    return tuple(s for _, s in weigh_each(findings, subject, policy) if s is not None)


def weigh_each(findings: Iterable[Finding], subject: str, policy: Policy) -> tuple[Pair, ...]:
    """Each finding with its statement, in order of signal, so that the order of arrival leaves no trace.

    Once control of a package has changed, what reputation groups say is about someone else: it weighs 0.
    """
    ordered = sorted(findings, key=lambda f: (f.signal, repr(f)))
    pairs = [(f, _statement(f, subject, policy)) for f in ordered]
    if any(f.grade == CONTROL_CHANGED for f in ordered):
        return tuple((f, _without_reputation(s, policy)) for f, s in pairs)
    return tuple(pairs)


def _statement(finding: Finding, subject: str, policy: Policy) -> Statement | None:
    row = policy.weights.row(finding.signal, finding.grade)
    if row is None or finding.status is Status.NOT_OBSERVED or finding.at is None or not finding.sources:
        return None
    supports = finding.status is Status.SUPPORTS
    return Statement(
        subject=subject,
        area=finding.area,
        group=row.group,
        claim=finding.signal,
        # A conclusion is as reliable as the least reliable of what it was drawn from.
        source=min(finding.sources, key=lambda source: (reliability(source, policy), source)),
        at=finding.at,
        favourable=row.favourable if supports else 0.0,
        opposing=0.0 if supports else row.opposing,
        half_life_days=row.half_life_days,
        expires=finding.until if supports else None,
        id=",".join(finding.evidence),
    )


def _without_reputation(statement: Statement | None, policy: Policy) -> Statement | None:
    if statement is None or statement.group not in policy.weights.reputation_groups:
        return statement
    return dataclasses.replace(statement, favourable=0.0)
