"""Figures for the evaluation: likelihood ratios with their lower bounds, ranks, calibration, exact bounds.

Pure functions of counts and lists. A score is a belief in [0, 1]; `good` says whether a release is a healthy one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Scored = Sequence[tuple[float, bool]]  # (score, good)


def ratio_low(hits: int, of: int, other_hits: int, other_of: int) -> float:
    """Lower 95 % bound of the likelihood ratio (hits/of) / (other_hits/other_of), log method.

    Half a hit and one case are added on either side, so that nothing seen never makes it infinite (Simel, Samsa and
    Matchar, 1991, for the interval; Haldane's correction).
    """
    a, n1, b, n0 = hits + 0.5, of + 1, other_hits + 0.5, other_of + 1
    error = math.sqrt(1 / a - 1 / n1 + 1 / b - 1 / n0)
    return math.exp(math.log((a / n1) / (b / n0)) - 1.96 * error)


def weight(hits: int, of: int, other_hits: int, other_of: int) -> float:
    """The weight of a finding: the lower bound of its likelihood ratio minus one, never below 0."""
    return max(0.0, ratio_low(hits, of, other_hits, other_of) - 1)


def auc(scored: Scored) -> float:
    """How often a healthy release scores above a bad one; a tie counts half. nan when a class is empty."""
    good = [score for score, is_good in scored if is_good]
    bad = [score for score, is_good in scored if not is_good]
    if not good or not bad:
        return math.nan
    return sum((g > b) + (g == b) / 2 for g in good for b in bad) / (len(good) * len(bad))


def brier(scored: Scored) -> float:
    """Mean squared distance from the truth, both classes weighing half; 0 is perfect, .25 says nothing."""
    return sum(share * (score - good) ** 2 for score, good, share in _halves(scored))


def calibration_error(scored: Scored, bins: int = 10) -> float:
    """Expected calibration error: distance of mean score and share of good, by bins of score, classes weighing half."""
    found: dict[int, list[tuple[float, bool, float]]] = {}
    for score, good, share in _halves(scored):
        found.setdefault(min(int(score * bins), bins - 1), []).append((score, good, share))
    return sum(abs(sum(w * (score - good) for score, good, w in part)) for part in found.values())


def _halves(scored: Scored) -> list[tuple[float, bool, float]]:
    counts = {side: sum(1 for _, good in scored if good is side) for side in (True, False)}
    return [(score, good, 0.5 / counts[good]) for score, good in scored]


def upper(bad: int, of: int) -> float:
    """Clopper-Pearson upper bound of a rate at 95 % (two-sided), by bisection on the binomial tail."""
    if of == 0 or bad >= of:
        return 1.0
    low, high = bad / of, 1.0
    for _ in range(60):
        p = (low + high) / 2
        tail = sum(math.comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(bad + 1))
        low, high = (p, high) if tail > 0.025 else (low, p)
    return high
