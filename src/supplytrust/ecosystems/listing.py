"""From what a list says to a package of an ecosystem: name, version, pins, index; what cannot be read is unknown.

One bad entry costs the others nothing: `entry` and `attempt` turn an `InputError` into an unknown package or a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from packageurl import PackageURL

from supplytrust import ecosystems
from supplytrust.ecosystems import PackageRequest
from supplytrust.ecosystems.inventory import Inventory, ListedPackage
from supplytrust.errors import InputError, InvalidSubjectError
from supplytrust.formats.list_file import MAX_JSON, Field, content, sha256_of, utf8, writable

_SHA512 = re.compile(r"sha512:([0-9a-fA-F]{128})")
_LOGIN = re.compile(r"://[^/@\s]*@")
T = TypeVar("T")
L = TypeVar("L", bound=ListedPackage | None)


def package(
    field: Field,
    name: str,
    version: str = "",
    *,
    purl_type: str = "",
    pins: Iterable[str] = (),
    sha256: Iterable[str] = (),
    specifier: str = "",
    unknown: str = "",
    indexes: Iterable[str] = (),
) -> ListedPackage:
    """A package of a list; unknown with its reason when name, version or a digest is not of its form.

    `purl_type` empty: of the type that a bare name means.

    `pins` are the digests that an installer would enforce, as `algorithm:hex`; if none of them is a SHA-256 it
    cannot be told which file is meant, and the package stays unknown. `indexes` as of `ListedPackage`.
    """
    ecosystem = ecosystems.for_type(purl_type or ecosystems.default_type())
    try:
        project = ecosystem.canonical_name(name)
    except InvalidSubjectError:
        return generic(field, name, version, unknown or f"{escape_text(name, 80)!r} is not the name of a package")
    problems = [unknown]
    number = ecosystem.canonical_version(version) if version else ""
    if number is None:
        number = escape_text(version, 80)
        problems.append(f"{number!r} is no version as {ecosystem.VERSION_RULES}: no release is known by it")
    try:
        digests = _digests(field, pins, sha256)
    except InputError as error:
        digests = ()
        problems.append(reason_of(field, error))
    else:
        if digests == ("",):
            digests = ()
            problems.append("its files are pinned by digests that no index lists, or that say too little")
    space, _, short = project.rpartition("/") if ecosystem.NAMESPACES else ("", "", project)
    purl = PackageURL(ecosystem.TYPE, space or None, short, number or None).to_string()
    why = next((problem for problem in problems if problem), "")
    wanted = None if why else PackageRequest(ecosystem.TYPE, project, version=number, specifier=specifier)
    return ListedPackage(purl, wanted, digests, why, place_of(field), indexes=tuple(indexes))


def _digests(field: Field, pins: Iterable[str], sha256: Iterable[str]) -> tuple[str, ...]:
    """The digests of the algorithms that indexes list, in order; one empty text when there are pins and none is one."""
    texts = list(pins)
    long = {found[1].lower() for text in texts if (found := _SHA512.fullmatch(text))}
    known = {*sha256, *long, *(sha256_of(field, text) for text in texts if not _SHA512.fullmatch(text))} - {""}
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


def place_of(field: Field) -> str:
    """File and place in it."""
    return f"{field.path}: {field.place}" if field.place else str(field.path)


def read_lock(path: Path) -> Inventory:
    """What a lock file of any ecosystem lists. InputError when it cannot be read, or is none."""
    head = utf8(content(path, MAX_JSON), path)
    forms = (form for one in ecosystems.known_types() for form in ecosystems.for_type(one).lock_formats())
    found = next((form for form in forms if form.recognises(path, head)), None)
    if found is None:
        raise InputError(f"{path}: is no lock file that can be read", hint="name the one that the build used")
    return found.read(path)


def list_artifact(path: Path) -> ListedPackage:
    """One artifact as a package of a list."""
    field = Field(path.name, path, "")
    named = ecosystems.release_of_file(path.name)
    if named is None:
        return generic(field, path.name, "", "its file name tells no package and version")
    made = package(field, named[1].name, named[1].version, purl_type=named[0])
    purl = f"{made.purl}?file_name={path.name}"
    return ListedPackage(purl, made.wanted, (), "", str(path), str(path))
