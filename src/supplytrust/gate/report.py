"""A decision as JSON for programs and as a few lines for people."""

from __future__ import annotations

import json
from datetime import datetime

from supplytrust.model.decision import Decision

SCHEMA = "supplytrust-decision/1"


def to_json(decision: Decision) -> str:
    """One object; `admit` is true only when every check held."""
    document = {
        "schema": SCHEMA,
        "admit": decision.admit is True,
        "reasons": [{"code": r.code, "field": r.field, "detail": r.detail} for r in decision.reasons],
        "bound": dict(decision.bound),
        "decidedAt": _text(decision.decided_at),
        "validUntil": _text(decision.valid_until) if decision.valid_until else None,
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False, indent=2)


def to_text(decision: Decision) -> str:
    """What was decided, why not, until when, about which bytes."""
    wasm = decision.bound.get("wasm", "")
    named = f" sha256 {wasm[:16]}…" if wasm else ""
    if decision.admit is True:
        until = f", holds until {_text(decision.valid_until)}" if decision.valid_until else ""
        return f"admitted{named}{until}\n  record {decision.bound.get('record', '')}"
    lines = [f"not admitted{named}"]
    lines += [f"  {r.code:<20}{r.field:<28}{r.detail}".rstrip() for r in decision.reasons]
    return "\n".join(lines)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
