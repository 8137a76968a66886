"""A weighed statement: a finding after the weight table gave it numbers. The atom of the algebra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.words import Area


@dataclass(frozen=True, slots=True)
class Statement:
    """Evidence item e of the trust model: who says what about which subject, how strongly, since when.

    `favourable` and `opposing` are weights (likelihood ratio minus one), finite and >= 0.
    `half_life_days` may be `math.inf`. Opposition does not age; it ends by a newer statement of the
    same key. `claim` is the signal's id, `group` the independence group (a trust domain).
    """

    subject: str
    area: Area
    group: str
    claim: str
    source: str
    at: datetime
    favourable: float = 0.0
    opposing: float = 0.0
    half_life_days: float = math.inf
    expires: datetime | None = None
    id: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Only the newest statement of a key counts."""
        return (self.subject, self.area.value, self.group, self.claim, self.source)
