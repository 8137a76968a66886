"""Belief, disbelief and uncertainty of an area (Josang, Subjective Logic, 2016, binomial opinions)."""

from __future__ import annotations

import math
from dataclasses import dataclass

PRIOR_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Opinion:
    """From favourable weight r and opposing weight s, both finite and >= 0; uncertainty is never 0.

    Belief is a degree of assurance under a policy. It is not the probability of anything. A weight that is
    negative, not finite or so large that no uncertainty is left is a ValueError.
    """

    favourable: float = 0.0
    opposing: float = 0.0

    def __post_init__(self) -> None:
        total = self.favourable + self.opposing
        if not (self.favourable >= 0 and self.opposing >= 0 and math.isfinite(total)):
            raise ValueError(f"weights {self.favourable}, {self.opposing} must be finite and not negative")

    @property
    def belief(self) -> float:
        """Belief: b = r / (r + s + 2)."""
        return self.favourable / (self.favourable + self.opposing + PRIOR_WEIGHT)

    @property
    def disbelief(self) -> float:
        """Disbelief: d = s / (r + s + 2)."""
        return self.opposing / (self.favourable + self.opposing + PRIOR_WEIGHT)

    @property
    def uncertainty(self) -> float:
        """Uncertainty: u = 2 / (r + s + 2)."""
        return PRIOR_WEIGHT / (self.favourable + self.opposing + PRIOR_WEIGHT)
