"""The record as SARIF 2.1.0 (OASIS), for code-scanning pages. Exit codes do not change with the format."""

from __future__ import annotations

import json
from collections.abc import Iterable

from supplytrust.model.record import Reason, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Area, Outcome, Status

LEVEL = {Outcome.ADMIT: "none", Outcome.REFER: "warning", Outcome.REFUSE: "error"}


def render(record: TrustRecord) -> str:
    """One run; a result for each reason, opposing finding and unanswered question."""
    results = [*_reasons(record), *_findings(record)]
    rules = sorted({str(r["ruleId"]) for r in results})
    driver = {
        "name": "supplytrust",
        "version": record.trustor.tool.version,
        "informationUri": "https://supplytrust.dev/",
        "rules": [{"id": rule} for rule in rules],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "properties": {"outcome": record.outcome.name}}],
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)


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
