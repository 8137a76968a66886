"""How grave an advisory is: the CVSS base score of its vectors, else the database's own word.

References: CVSS v2, v3.1 and v4.0 specifications (FIRST), "Qualitative Severity Rating Scale".
"""

from __future__ import annotations

from collections.abc import Iterable

_WORDS = {"low": "low", "moderate": "medium", "medium": "medium", "high": "high", "critical": "critical"}
ORDER = ("", "low", "medium", "high", "critical")


def worst(ratings: Iterable[str]) -> tuple[str, float | None]:
    """Word and score of the gravest rating; a score outranks words. ('', None) when nothing can be read."""
    told = list(ratings)
    scores = [s for s in map(score, told) if s is not None]
    if scores:
        return label(max(scores)), max(scores)
    words = [_WORDS[t.strip().lower()] for t in told if t.strip().lower() in _WORDS]
    return max(words, key=ORDER.index, default=""), None


def score(vector: str) -> float | None:
    """The base score of a CVSS vector of any version (a plain number is itself), None when it is none."""
    text = vector.strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return float(text) if float(text) <= 10 else None
    if "/" not in text or len(text) > 400:
        return None
    from cvss import CVSS2, CVSS3, CVSS4  # type: ignore[import-untyped]  # it ships no types
    from cvss.exceptions import CVSSError  # type: ignore[import-untyped]

    try:
        if text.startswith("CVSS:4"):
            return float(CVSS4(text).base_score)
        return float(CVSS3(text).base_score if text.startswith("CVSS:3") else CVSS2(text).base_score)
    except (CVSSError, ArithmeticError, ValueError):
        return None


def label(value: float) -> str:
    """The word for a score: below 4 low, below 7 medium, below 9 high, else critical."""
    return "low" if value < 4 else "medium" if value < 7 else "high" if value < 9 else "critical"
