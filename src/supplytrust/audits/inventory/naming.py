"""From names and versions in a list to canonical purls (https://github.com/package-url/purl-spec)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from packageurl import PackageURL
from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from supplytrust.audits.inventory.encodings import writable
from supplytrust.audits.inventory.fields import Field, sha256_of
from supplytrust.audits.inventory.inventory import ListedPackage
from supplytrust.ecosystems import PackageRequest
from supplytrust.errors import InputError

MAX_MARKER = 2000
_LOGIN = re.compile(r"://[^/@\s]*@")

Selection = Mapping[str, frozenset[str]]
T = TypeVar("T")
L = TypeVar("L", bound=ListedPackage | None)


def python(
    field: Field,
    name: str,
    version: str = "",
    *,
    pins: Iterable[str] = (),
    sha256: Iterable[str] = (),
    specifier: str = "",
    unknown: str = "",
    indexes: Iterable[str] = (),
) -> ListedPackage:
    """A Python package of a list; unknown with its reason when name, version or a digest is not of its form.

    `pins` are the digests that an installer would enforce, as `algorithm:hex`; if none of them is a SHA-256 it
    cannot be told which file is meant, and the package stays unknown. `indexes` as of `ListedPackage`.
    """
    try:
        project = canonicalize_name(name, validate=True)
    except InvalidName:
        return generic(field, name, version, unknown or f"{escape_text(name, 80)!r} is not the name of a package")
    problems = [unknown]
    try:
        number = str(Version(version)) if version else ""
    except ValueError:  # no version of PEP 440, or a number of too many digits
        number = escape_text(version, 80)
        problems.append(f"{number!r} is no version as PEP 440 writes them: no release is known by it")
    try:
        digests = _digests(field, pins, sha256)
    except InputError as error:
        digests = ()
        problems.append(reason_of(field, error))
    else:
        if digests == ("",):
            digests = ()
            problems.append("its files are pinned by other digests than SHA-256, which no index lists")
    purl = PackageURL("pypi", None, project, number or None).to_string()
    why = next((problem for problem in problems if problem), "")
    wanted = None if why else PackageRequest("pypi", project, version=number, specifier=specifier)
    return ListedPackage(purl, wanted, digests, why, place_of(field), indexes=tuple(indexes))


def _digests(field: Field, pins: Iterable[str], sha256: Iterable[str]) -> tuple[str, ...]:
    """The SHA-256 digests, in order; one empty text when there are pins and none of them is a SHA-256."""
    texts = list(pins)
    known = {*sha256, *(sha256_of(field, text) for text in texts)} - {""}
    return tuple(sorted(known)) or (("",) if texts else ())


def generic(field: Field, name: str, version: str, why: str) -> ListedPackage:
    """Something with a name only: it stays in the graph, unknown. Without a name it is known by its place."""
    shown = escape_text(name, 200).strip(" /")
    purl = PackageURL("generic", None, shown or "unnamed", escape_text(version, 100) or None, None, None)
    place = "" if shown else "#" + quote(field.place or "top", safe="")
    return ListedPackage(f"{purl.to_string()}{place}", None, (), why, place_of(field))


def entry(field: Field, read: Callable[[], L], name: str = "") -> L | ListedPackage:
    """One entry of a list: what cannot be read of it makes this entry unknown, and costs the others nothing."""
    try:
        return read()
    except InputError as error:
        shown = name or text_of(field, "name")
        return generic(field, shown, text_of(field, "version"), reason_of(field, error))


def attempt(read: Callable[[], list[T]], path: Path, notes: list[str]) -> list[T]:
    """What an entry needs; what of it cannot be read is a note, because the entries themselves are all listed."""
    try:
        return read()
    except InputError as error:
        notes.append(f"a dependency is not followed: {error.message.removeprefix(f'{path}: ')}")
        return []


def reason_of(field: Field, error: InputError) -> str:
    """What an error says, without file and place, which stand beside it."""
    return error.message.removeprefix(f"{field.path}: ").removeprefix(f"{field.place}: ")


def escape_text(text: str, limit: int) -> str:
    """A text as it may be shown: without logins, with escapes for what cannot be printed, cut to a length."""
    return writable(_LOGIN.sub("://", text[: 4 * limit])[:limit])


def text_of(field: Field, key: str) -> str:
    """The text at a key; '' when there is none or it is no text."""
    found = field.value.get(key) if isinstance(field.value, dict) else None
    return found if isinstance(found, str) else ""


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


def place_of(field: Field) -> str:
    """File and place in it."""
    return f"{field.path}: {field.place}" if field.place else str(field.path)
