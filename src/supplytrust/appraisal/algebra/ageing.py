"""How does evidence age? Favourable weight halves with its half-life; opposing weight stays.

Were opposition to age as well, time alone could turn a refusal into an admission.
"""

from __future__ import annotations

from datetime import datetime

from supplytrust.model.statement import Statement

SECONDS_A_DAY = 86400.0


def favourable_at(statement: Statement, at: datetime) -> float:
    """r(t) = r * 2^(-(t - at) / half-life), and 0 from `expires` on; never more than r."""
    if statement.expires is not None and at >= statement.expires:
        return 0.0
    days = (at - statement.at).total_seconds() / SECONDS_A_DAY
    return float(statement.favourable * 2.0 ** -(max(0.0, days) / statement.half_life_days))


def opposing_at(statement: Statement, _at: datetime) -> float:
    """s(t) = s. It ends by a newer statement of the same key, or with another version."""
    return statement.opposing
