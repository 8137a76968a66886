"""Texts of others as they may be shown and written: what cannot be printed or has no UTF-8 form stands as an escape."""

from __future__ import annotations


def escape_text(text: str, limit: int) -> str:
    """A text with what cannot be printed or written as UTF-8 shown as escapes, cut to a length."""
    cut = text[:limit]
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
