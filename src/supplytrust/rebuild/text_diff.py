"""A miss in words: the first lines in which two text members differ, or their sizes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from supplytrust.model.claims.rebuild import Difference
from supplytrust.rebuild.normalize import TEXT_PROBE

SHOWN: Final = 20  # differing files that are kept in a result
EXPLAINED: Final = 3  # of these, how many are shown line by line
LINES: Final = 24
WIDTH: Final = 160
TEXT_LIMIT: Final = 200_000


def explain(
    found: tuple[Difference, ...], published: Mapping[str, bytes], rebuilt: Mapping[str, bytes]
) -> tuple[Difference, ...]:
    """The first differences, the very first of them with their lines."""
    shown = found[:SHOWN]
    return tuple(
        replace(d, text=d.text or _text(published.get(d.path), rebuilt.get(d.path))) if n < EXPLAINED else d
        for n, d in enumerate(shown)
    )


def _text(one: bytes | None, other: bytes | None) -> str:
    if one is None or other is None:
        return f"{len(one if one is not None else other or b'')} bytes"
    if b"\0" in (one + other)[:TEXT_PROBE] or max(len(one), len(other)) > TEXT_LIMIT:
        return f"{len(one)} bytes published, {len(other)} bytes rebuilt"
    left, right = (side.decode("utf-8", "backslashreplace").splitlines() for side in (one, other))
    lines = difflib.unified_diff(left, right, "published", "rebuilt", lineterm="", n=1)
    return "\n".join(line[:WIDTH] for line in islice(lines, LINES))
