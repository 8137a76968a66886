"""A trust record in the shape of its predicate."""

from __future__ import annotations

from types import MappingProxyType

from supplytrust.model import record as model
from supplytrust.model.subject import Artifact
from supplytrust.records import predicate as shape

TOOL = "supplytrust"


def as_predicate(record: model.TrustRecord) -> shape.Predicate:
    """Field for field; nothing is computed but the shape."""
    return shape.Predicate(
        trustor=shape.Trustor(record.trustor, shape.Tool(TOOL, record.tool_version)),
        trustee=_trustee(record),
        context=record.context,
        assessed_at=record.assessed_at,
        not_before=record.not_before,
        expires=record.expires,
        review_by=record.review_by,
        held_back_at=record.held_back_at,
        policy=shape.PolicyRef(record.policy_id, record.policy_epoch, record.policy_digest),
        outcome=record.outcome,
        reasons=record.reasons,
        would_change=tuple(_change(m) for m in record.would_change),
        areas=MappingProxyType({area: _area(verdict) for area, verdict in record.areas.items()}),
        vetoes=tuple(shape.VetoFact(*fact) for fact in record.vetoes),
        must_haves=tuple(shape.MustHave(*pair) for pair in record.must_haves),
        exceptions=record.exceptions,
        dependencies=record.dependencies,
        risk=_risk(record.risk),
        footprint=record.footprint,
        evidence=record.evidence,
        not_observed=tuple(shape.Unknown(*pair) for pair in record.not_observed),
        supersedes=record.supersedes,
        workload=record.workload,
        crit=record.crit,
        ext=record.ext,
    )


def _trustee(record: model.TrustRecord) -> shape.Trustee:
    subject = record.subject
    judged = (_file(subject.artifact, judged=True),) if subject.artifact else ()
    return shape.Trustee(
        purl=subject.purl,
        type=subject.type,
        namespace=subject.namespace,
        name=subject.name,
        version=subject.version,
        artifacts=judged + tuple(_file(other, judged=False) for other in subject.others),
        source_repository=record.source_repository,
        source_commit=record.source_commit,
    )


def _file(artifact: Artifact, *, judged: bool) -> shape.File:
    a = artifact
    return shape.File(a.file_name, a.kind, a.size, a.sha256, a.sha384, judged)


def _change(missing: model.Missing) -> shape.Change:
    return shape.Change(
        subject=missing.subject,
        area=missing.area,
        missing=missing.missing,
        evidence=tuple(shape.Gain(*pair) for pair in missing.evidence),
        single=tuple(shape.Gain(*pair) for pair in missing.single),
        blockers=missing.blockers,
        must_haves=missing.must_haves,
        until=missing.until,
    )


def _area(verdict: model.AreaVerdict) -> shape.AreaAnswer:
    v = verdict
    return shape.AreaAnswer(
        v.outcome, v.required, v.threshold, v.favourable, v.opposing,
        v.belief, v.disbelief, v.uncertainty, v.coverage, tuple(_answer(w) for w in v.findings),
    )  # fmt: skip


def _answer(weighed: model.WeighedFinding) -> shape.Answer:
    f = weighed.finding
    return shape.Answer(
        signal=f.signal,
        status=f.status,
        because=f.because,
        grade=f.grade,
        group=weighed.group,
        weight=shape.Counts(weighed.favourable, weighed.opposing, weighed.basis),
        at=f.at,
        until=f.until,
        reason=f.reason,
        veto=f.veto,
        evidence=f.evidence,
        sources=f.sources,
    )


def _risk(risk: model.Risk | None) -> shape.RiskInterval | None:
    if risk is None:
        return None
    return shape.RiskInterval(risk.low, risk.high, risk.budget, tuple(shape.Share(*pair) for pair in risk.top))
