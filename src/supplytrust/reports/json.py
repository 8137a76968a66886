"""For programs: a record is its in-toto Statement; an audit one object with its groups and its packages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.ledger import Change
from supplytrust.model.policy import Exemption
from supplytrust.model.record import TrustRecord
from supplytrust.records.statement import to_statement
from supplytrust.reports.remedies import Step
from supplytrust.reports.view import Group, relative, view_audit


def render(record: TrustRecord) -> str:
    """RFC 8785 text of the statement: the same bytes that are signed."""
    return to_statement(record).decode()


def render_audit(result: AuditResult, *, changed_only: bool = False) -> str:
    """The result as one JSON object; a program picks the changes for itself."""
    del changed_only
    return json.dumps(as_data(result), indent=2, ensure_ascii=False) + "\n"


def as_data(result: AuditResult) -> dict[str, object]:
    """The result as plain values: `outcome`, `subjects`, `footprint`, `changed` and what they rest on."""
    seen = result.footprint
    return {
        "outcome": result.outcome.name,
        "set": relative(result.name),
        "assessedAt": f"{result.at:%Y-%m-%dT%H:%M:%SZ}",
        "policy": {"id": result.policy_id, "digest": result.policy_digest},
        "groups": [_group(group) for group in view_audit(result).groups],
        "subjects": [_subject(one) for one in result.subjects],
        "footprint": {
            "packages": seen.packages,
            "bytes": seen.bytes,
            "native": seen.native,
            "maintainers": seen.maintainers,
            "attackSurface": seen.attack_surface,
            "concentration": None if seen.concentration is None else round(seen.concentration, 6),
            "singlePoints": [
                {"kind": p.kind, "name": p.name, "share": round(p.share, 6), "packages": list(p.packages)}
                for p in seen.single_points
            ],
        },
        "risk": {
            "low": round(result.risk.low, 6),
            "high": round(result.risk.high, 6),
            "budget": result.risk.budget,
            "top": [{"purl": one.subject, "share": round(one.risk, 6)} for one in result.risk.top],
        },
        "changed": None if result.changed is None else [_change(change) for change in result.changed],
        "notes": [relative(note) for note in result.notes],
        "exceptions": {
            "packages": result.exceptions.packages,
            "used": [_exception(one) for one in result.exceptions.used],
            "ended": [_exception(one) for one in result.exceptions.ended],
            "unused": [_exception(one) for one in result.exceptions.unused],
            "failures": [{"code": r.code, "text": r.text} for r in result.exceptions.failures],
        },
    }


def _group(group: Group) -> dict[str, object]:
    return {
        "kind": group.kind,
        "title": group.title,
        "text": group.text,
        "packages": [
            {"purl": i.purl, "outcome": i.outcome, "where": i.where, "text": i.text, "steps": _steps(i.steps)}
            for i in group.items
        ],
        "steps": _steps(group.steps),
    }


def _steps(steps: Iterable[Step]) -> list[dict[str, str]]:
    return [{"kind": step.kind, "text": step.text} for step in steps]


def _exception(one: Exemption) -> dict[str, object]:
    return {
        "subject": one.subject,
        "covers": [area.value for area in one.covers],
        "reason": one.reason,
        "owner": one.owner,
        "expires": f"{one.expires:%Y-%m-%dT%H:%M:%SZ}",
    }


def _subject(one: SubjectVerdict) -> dict[str, object]:
    return {
        "purl": one.purl,
        "listed": one.listed,
        "where": relative(one.where),
        "outcome": one.outcome.name,
        "reasons": [{"code": r.code, "text": r.text, "path": list(r.path)} for r in one.reasons],
        "path": list(one.path),
        "artifact": {"name": one.file_name, "sha256": one.artifact_sha256} if one.artifact_sha256 else None,
        "coverage": None if one.coverage is None else round(one.coverage, 6),
        "record": one.record_digest or None,
        "expires": f"{one.expires:%Y-%m-%dT%H:%M:%SZ}" if one.expires else None,
        "reused": one.reused,
        "surroundings": _plain(one.surroundings) or None,
        "undecided": [area.value for area in one.undecided],
    }


def _plain(value: object) -> object:
    """Read-only mappings and tuples as what the JSON writer knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _change(change: Change) -> Mapping[str, object]:
    return {
        "package": change.package,
        "kind": change.kind,
        "before": change.before.outcome.name if change.before else None,
        "after": change.after.outcome.name if change.after else None,
        "why": list(change.why),
    }
