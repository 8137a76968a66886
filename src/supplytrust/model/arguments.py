"""What callers may hand in: the type and the range of an argument, told as a typed error rather than met as a defect.

The public functions are called by programs without type checkers too; what they were handed must fail at the edge.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from supplytrust.errors import UsageError

PATH: Final = (str, Path)
FIRST_YEAR, LAST_YEAR = 1970, 9899  # leaves room for terms that are counted from it


def check_argument(name: str, value: object, *kinds: type, optional: bool = False) -> None:
    """UsageError unless the value is of one of the kinds (a bool is no int), or None where that is optional."""
    if optional and value is None:
        return
    if isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds):
        return
    known = " or ".join(kind.__name__ for kind in kinds)
    raise UsageError(f"{name} cannot be a {type(value).__name__}", hint=f"it is a {known}")


def check_callable(name: str, value: object) -> None:
    """UsageError unless the value can be called."""
    if not callable(value):
        raise UsageError(f"{name} cannot be a {type(value).__name__}", hint="it is a function")


def check_moment(at: object) -> None:
    """UsageError unless it is None, or a time with a zone in a year that terms can be counted from."""
    check_argument("at", at, datetime, optional=True)
    if not isinstance(at, datetime):
        return
    if at.utcoffset() is None:
        raise UsageError("the time of the judgement has no time zone", hint="give it one, such as datetime.UTC")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise UsageError(f"nothing can be judged in the year {at.year}", hint=f"{FIRST_YEAR} to {LAST_YEAR}")


def check_question(subject: str | Path, at: object, progress: object) -> str:
    """The subject of a judgement as text; a `Path` is always meant as a path. UsageError for unusable arguments."""
    check_argument("subject", subject, *PATH)
    check_moment(at)
    check_callable("progress", progress)
    if isinstance(subject, Path):
        return str(subject) if subject.is_absolute() else f"./{subject}"
    return subject
