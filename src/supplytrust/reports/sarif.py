"""The record as SARIF 2.1.0 (OASIS), for code-scanning pages. Exit codes do not change with the format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from supplytrust import __version__
from supplytrust.audits.result import AuditResult
from supplytrust.model.record import Reason, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status
from supplytrust.reports.view import Group, Item, view_audit

LEVEL = {Outcome.ADMIT: "none", Outcome.REFER: "warning", Outcome.REFUSE: "error"}


def render(record: TrustRecord) -> str:
    """One run; a result for each reason, opposing finding and unanswered question."""
    results = [*_reasons(record), *_findings(record)]
    rules = [
        _rule(rule, rule.rpartition("/")[2].replace("_", " ")) for rule in sorted({str(r["ruleId"]) for r in results})
    ]
    return _document(rules, results, record.outcome, record.trustor.tool.version)


def render_audit(result: AuditResult, *, changed_only: bool = False) -> str:
    """One run; a result for each package that is not admitted, in the order of the groups, at its place in the list."""
    del changed_only
    groups = [group for group in view_audit(result).groups if group.kind != "changed"]
    failures = result.exceptions.failures
    told: dict[str, dict[str, object]] = {}
    for group in groups:
        for item in group.items:
            if item.purl not in told:
                told[item.purl] = _package_result(group, item)
    used = {str(entry["ruleId"]) for entry in told.values()}
    rules = [_rule(g.id, g.text, g) for g in groups if g.id in used]
    rules += [_rule(code, code.replace("-", " ")) for code in sorted({f.code for f in failures})]
    results = list(told.values())
    results += [{"ruleId": f.code, "level": "warning", "message": {"text": f.text}} for f in failures]
    return _document(rules, results, result.outcome, __version__) + "\n"


def _document(rules: list[dict[str, object]], results: list[dict[str, object]], outcome: Outcome, version: str) -> str:
    driver = {
        "name": "supplytrust",
        "version": version,
        "informationUri": "https://supplytrust.dev/",
        "rules": rules,
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "properties": {"outcome": outcome.name}}],
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)


def _rule(rule: str, text: str, group: Group | None = None) -> dict[str, object]:
    """A rule with its name and help (SARIF 2.1.0, 3.49): what it means and what to do."""
    words = "".join(word.capitalize() for word in rule.replace("/", "-").replace("_", "-").replace(":", "-").split("-"))
    todo = [step.text for step in group.steps] if group else []
    plain = "\n".join([text, *todo])
    fenced = "\n\n".join([text.replace("`", "'"), *(f"```\n{step}\n```" for step in todo)])
    return {
        "id": rule,
        "name": words,
        "shortDescription": {"text": text},
        "help": {"text": plain, "markdown": fenced},
    }


def _package_result(group: Group, item: Item) -> dict[str, object]:
    steps = "; ".join(step.text for step in item.steps)
    said = "; ".join(part for part in (group.text if _is_cause(group) else "", item.text) if part)
    text = f"{item.purl} {item.outcome}: {said}" + (f". To do: {steps}" if steps else "")
    logical = {"logicalLocations": [{"fullyQualifiedName": item.purl, "kind": "package"}]}
    return {
        "ruleId": group.id,
        "level": "error" if item.outcome == Outcome.REFUSE.name else "warning",
        "message": {"text": text},
        "locations": [{**logical, **_physical(item)}],
    }


def _is_cause(group: Group) -> bool:
    return group.kind in ("cause", "unjudged")


def _physical(item: Item) -> dict[str, object]:
    """The file and the line that list the package, where the list has lines."""
    if not item.file:
        return {}
    place: dict[str, object] = {"artifactLocation": {"uri": quote(item.file)}}
    region = {"region": {"startLine": item.line}} if item.line else {}
    return {"physicalLocation": {**place, **region}}


def _reasons(record: TrustRecord) -> Iterable[dict[str, object]]:
    for reason in record.reasons:
        yield _result(record, f"outcome/{reason.code}", LEVEL[record.outcome], _text(reason))


def _text(reason: Reason) -> str:
    return reason.text + (f" (via {' > '.join(reason.path)})" if len(reason.path) > 1 else "")


def _findings(record: TrustRecord) -> Iterable[dict[str, object]]:
    for area in Area:
        for weighed in record.areas[area].findings:
            if weighed.status is not Status.SUPPORTS:
                yield _finding(record, weighed)


def _finding(record: TrustRecord, weighed: WeighedFinding) -> dict[str, object]:
    against = weighed.status is Status.OPPOSES
    reason = f" ({weighed.reason.value})" if weighed.reason else ""
    return _result(record, weighed.signal, "warning" if against else "note", weighed.because + reason)


def _result(record: TrustRecord, rule: str, level: str, text: str) -> dict[str, object]:
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": record.trustee.purl, "kind": "package"}]}],
    }
