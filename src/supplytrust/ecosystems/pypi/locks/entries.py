"""Entries of Python's lock files: names of Python packages, and markers (PEP 508, PEP 751)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.listing import escape_text
from supplytrust.formats.list_file import Field

package = partial(listing.package, purl_type="pypi")
MAX_MARKER = 2000
Selection = Mapping[str, frozenset[str]]


def applies(field: Field, marker: str, locked: Selection | None = None) -> bool:
    """Whether a marker (PEP 508) holds for the running interpreter, without extras. InputError.

    `locked` are the extras and groups of a lock file whose markers may ask for them (PEP 751).
    """
    if not marker:
        return True
    if len(marker) > MAX_MARKER or marker.count("(") > 50:
        raise field.wrong(f"a marker of {len(marker)} characters is not read")
    try:
        if locked is None:
            return Marker(marker).evaluate({"extra": ""})
        return Marker(marker).evaluate({**locked}, context="lock_file")
    except (ValueError, UndefinedComparison, UndefinedEnvironmentName, RecursionError, TypeError) as error:
        raise field.wrong(f"marker {marker[:80]!r}: {str(error).splitlines()[0]}") from None


def note_of_unused(names: Iterable[str]) -> tuple[str, ...]:
    """The note about what the list holds for other platforms only."""
    found = sorted({escape_text(name, 100) for name in names})
    if not found:
        return ()
    shown = ", ".join(found[:8]) + (", ..." if len(found) > 8 else "")
    return (f"not for this interpreter by its marker, not judged: {shown}",)
