"""The trust record that a predicate stands for; contradictions inside it are refused."""

from __future__ import annotations

from types import MappingProxyType

from supplytrust.errors import MalformedRecordError
from supplytrust.model import record as model
from supplytrust.model.finding import Finding
from supplytrust.model.subject import Artifact, Subject
from supplytrust.model.vocabulary import Area
from supplytrust.records import predicate as shape
from supplytrust.records.to_predicate import TOOL


def as_record(predicate: shape.Predicate) -> model.TrustRecord:
    """The value that was written. MalformedRecordError when parts of the predicate contradict each other."""
    p = predicate
    if p.trustor.tool.name != TOOL:
        raise MalformedRecordError(f"made by a tool other than {TOOL}", reason="value")
    if missing := set(p.crit) - set(p.ext):
        raise MalformedRecordError(f"'{min(missing)}' is critical and not under ext", reason="value")
    return model.TrustRecord(
        trustor=p.trustor.id,
        tool_version=p.trustor.tool.version,
        subject=_subject(p.trustee),
        context=p.context,
        assessed_at=p.assessed_at,
        not_before=p.not_before,
        expires=p.expires,
        review_by=p.review_by,
        policy_id=p.policy.id,
        policy_epoch=p.policy.epoch,
        policy_digest=p.policy.digest,
        outcome=p.outcome,
        reasons=p.reasons,
        would_change=tuple(_missing(change) for change in p.would_change),
        areas=MappingProxyType({area: _verdict(area, answer) for area, answer in p.areas.items()}),
        vetoes=tuple((fact.veto, fact.because) for fact in p.vetoes),
        must_haves=tuple((must.signal, must.state) for must in p.must_haves),
        exceptions=p.exceptions,
        dependencies=p.dependencies,
        risk=_risk(p.risk),
        footprint=p.footprint,
        evidence=p.evidence,
        not_observed=tuple((unknown.signal, unknown.reason) for unknown in p.not_observed),
        supersedes=p.supersedes,
        source_repository=p.trustee.source_repository,
        source_commit=p.trustee.source_commit,
        workload=p.workload,
        crit=p.crit,
        ext=p.ext,
        held_back_at=p.held_back_at,
    )


def _subject(trustee: shape.Trustee) -> Subject:
    judged = [_artifact(file) for file in trustee.artifacts if file.judged]
    first = bool(trustee.artifacts) and trustee.artifacts[0].judged
    if len(judged) != first:
        raise MalformedRecordError("trustee.artifacts: the judged file comes first and once", reason="value")
    return Subject(
        purl=trustee.purl,
        type=trustee.type,
        name=trustee.name,
        version=trustee.version,
        artifact=judged[0] if judged else None,
        others=tuple(_artifact(file) for file in trustee.artifacts if not file.judged),
        namespace=trustee.namespace,
    )


def _artifact(file: shape.File) -> Artifact:
    return Artifact(file.file_name, file.sha256, file.kind, file.size, file.sha384)


def _missing(change: shape.Change) -> model.Missing:
    return model.Missing(
        area=change.area,
        missing=change.missing,
        evidence=tuple((gain.signal, gain.gain) for gain in change.evidence),
        blockers=change.blockers,
        must_haves=change.must_haves,
        until=change.until,
        single=tuple((gain.signal, gain.gain) for gain in change.single),
        subject=change.subject,
    )


def _verdict(area: Area, answer: shape.AreaAnswer) -> model.AreaVerdict:
    a = answer
    return model.AreaVerdict(
        area, a.outcome, a.required, a.threshold, a.favourable, a.opposing,
        a.belief, a.disbelief, a.uncertainty, a.coverage, tuple(_weighed_finding(f) for f in a.findings),
    )  # fmt: skip


def _weighed_finding(answer: shape.Answer) -> model.WeighedFinding:
    finding = Finding(
        signal=answer.signal,
        status=answer.status,
        because=answer.because,
        at=answer.at,
        grade=answer.grade,
        evidence=answer.evidence,
        sources=answer.sources,
        veto=answer.veto,
        reason=answer.reason,
        until=answer.until,
    )
    weight = answer.weight
    return model.WeighedFinding(finding, answer.group, weight.favourable, weight.opposing, weight.basis)


def _risk(risk: shape.RiskInterval | None) -> model.Risk | None:
    if risk is None:
        return None
    return model.Risk(risk.low, risk.high, risk.budget, tuple((share.subject, share.risk) for share in risk.top))
