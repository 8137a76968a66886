"""A weighed statement: a finding after the weight table gave it numbers. The atom of the algebra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.vocabulary import Area


@dataclass(frozen=True, slots=True)
class Statement:
    """Evidence item e of the trust model: who says what about which subject, how strongly, since when.

    `favourable` and `opposing` are weights (likelihood ratio minus one), finite and >= 0.
    `half_life_days` is > 0 and may be `math.inf`. Opposition does not age; it ends by a newer statement of
    the same key. `claim` is the signal's id, `group` the independence group (a trust domain). Times carry
    their zone. Anything else is a ValueError: what is built can be computed with.
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

    def __post_init__(self) -> None:
        for name, weight in (("favourable", self.favourable), ("opposing", self.opposing)):
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"{name} weight of {self.claim} is {weight}: not finite and >= 0")
        if not self.half_life_days > 0:
            raise ValueError(f"half-life of {self.claim} is {self.half_life_days}; it must be above 0")
        for name, time in (("at", self.at), ("expires", self.expires)):
            if time is not None and time.tzinfo is None:
                raise ValueError(f"`{name}` of {self.claim} has no time zone")

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Only the newest statement of a key counts."""
        return (self.subject, self.area.value, self.group, self.claim, self.source)
