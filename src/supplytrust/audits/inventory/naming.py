"""From what a list says to a package: names, versions and purls, the fields beside them, and the index it is from.

A purl (https://github.com/package-url/purl-spec) is canonical. What two places say of one thing and differ in is not
believed. A list may name an index for one package (lock files) or for all (`--index-url`): a package of the same name
on another index is another package. It is judged when that is the index configured for it, and unknown otherwise. What
names the public index means the configured one too, as a bare name does, unless a pattern of the configuration says
where the package comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from packageurl import PackageURL
from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

from supplytrust import ecosystems
from supplytrust.audits.inventory.fields import Field, sha256_of, writable
from supplytrust.audits.inventory.inventory import Inventory, ListedPackage
from supplytrust.ecosystems import Ecosystem, PackageRequest
from supplytrust.errors import InputError, InvalidSubjectError
from supplytrust.model.policy import Settings

MAX_MARKER = 2000
_LOGIN = re.compile(r"://[^/@\s]*@")

Selection = Mapping[str, frozenset[str]]
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
            problems.append("its files are pinned by other digests than SHA-256, which no index lists")
    purl = PackageURL(ecosystem.TYPE, None, project, number or None).to_string()
    why = next((problem for problem in problems if problem), "")
    wanted = None if why else PackageRequest(ecosystem.TYPE, project, version=number, specifier=specifier)
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


# --- What purls and bills of materials name: a purl, and the fields beside it that say the same once more


def package_of_purl(field: Field, text: str) -> ListedPackage:
    """A package named by its purl alone."""
    return component(field, [Field(text, field.path, field.place)])


def component(
    field: Field, purls: Sequence[Field], name: str = "", version: str = "", sha256: Iterable[str] = ()
) -> ListedPackage:
    """A package named by a purl, beside which a document may state name, version and digests once more.

    What one of them leaves open the other one says; where they differ neither is believed. A package of a type that
    cannot be judged yet stays unknown, and so does one without a purl. InputError when a purl is no text.
    """
    texts = sorted({purl.as_text() for purl in purls} - {""})
    if not texts:
        return generic(field, name, version, "the bill of materials names no purl for it")
    try:
        named = {PackageURL.from_string(text) for text in texts}
    except ValueError as error:
        why = f"{escape_text(texts[0], 80)!r} is not a purl: {error}"
        return generic(field, name or texts[0], version, why)
    if len(named) > 1:
        shown = " and ".join(sorted(p.to_string()[:80] for p in named)[:2])
        return generic(field, name, version, f"it has purls that differ, {shown}: none is believed")
    purl = named.pop()
    if purl.version is None and version:
        purl = purl._replace(version=version)
    qualifiers = {str(k): str(v) for k, v in dict(purl.qualifiers or {}).items()}
    why = _difference(purl, name, version) or _not_judged(purl, qualifiers)
    if why:
        return ListedPackage(purl.to_string(), None, (), why, place_of(field))
    return _package_to_judge(field, purl, qualifiers, tuple(sha256))


def _package_to_judge(
    field: Field, purl: PackageURL, qualifiers: Mapping[str, str], stated: tuple[str, ...]
) -> ListedPackage:
    checksums = [text for text in qualifiers.get("checksum", "").split(",") if text]
    stem = purl.name, purl.version or ""
    named = package(field, *stem, purl_type=purl.type, pins=checksums)
    if named.sha256 and stated and not {*named.sha256} & {*stated}:
        why = f"its purl says sha256 {named.sha256[0][:12]}, a field beside it {stated[0][:12]}: neither is believed"
        return ListedPackage(named.purl, None, (), why, named.where)
    index = [qualifiers["repository_url"]] if qualifiers.get("repository_url") else []
    digests = named.sha256 or stated
    made = package(field, *stem, purl_type=purl.type, sha256=digests, unknown=named.unknown, indexes=index)
    file_name = qualifiers.get("file_name", "")
    if not file_name or made.wanted is None:
        return made
    wanted = PackageRequest(purl.type, made.wanted.name, version=made.wanted.version, file_name=file_name)
    exact = PackageURL(purl.type, None, wanted.name, wanted.version or None, {"file_name": file_name}).to_string()
    return replace(made, purl=exact, wanted=wanted)


def _not_judged(purl: PackageURL, qualifiers: Mapping[str, str]) -> str:
    """Why a package with this purl is not looked up; '' when it is."""
    if purl.type not in ecosystems.known_types():
        return f"packages of type '{purl.type}' cannot be judged yet"
    if purl.namespace and not ecosystems.for_type(purl.type).NAMESPACES:
        return f"its purl has the namespace '{purl.namespace}', and packages of type '{purl.type}' have none"
    elsewhere = sorted({"vcs_url", "download_url"} & qualifiers.keys())
    return f"its purl names a {elsewhere[0]}" if elsewhere else ""


def _difference(purl: PackageURL, name: str, version: str) -> str:
    """Where a purl and the fields beside it name different packages; '' when they agree."""
    if purl.version and version and not _same_version(purl.type, purl.version, version):
        stated = f"{escape_text(version, 80)!r}: neither is believed"
        return f"its purl says version {escape_text(purl.version, 80)!r}, the field beside it {stated}"
    if purl.type in ecosystems.known_types() and name and not _same_name(purl, name):
        return f"its purl says {purl.name!r}, the name beside it {escape_text(name, 80)!r}: neither is believed"
    return ""


def _same_version(purl_type: str, one: str, other: str) -> bool:
    scheme = ecosystems.versions_of(purl_type)
    places = scheme.read(one), scheme.read(other)
    return one == other if None in places else places[0] == places[1]


def _same_name(purl: PackageURL, name: str) -> bool:
    """A name as such, or the forms that writers of documents make of it: `type:name`, `name@1.0`, `name-1.0`."""
    bare = re.sub(rf"^(?:pkg:)?(?:{purl.type}|python|pip)[:/]", "", name.strip(), flags=re.IGNORECASE)
    if purl.version:
        bare = re.sub(rf"\s*(?:@|===?|[-_ ]v?)\s*{re.escape(purl.version)}$", "", bare)
    return ecosystems.package_key(purl.type, bare) == ecosystems.package_key(purl.type, purl.name)


# --- Where a listed package comes from: a package of the same name on another index is another package

HINT = "[index] in the configuration says which index packages come from"


def at_configured(found: Inventory, settings: Settings) -> Inventory:
    """The inventory in which whatever may come from another index than the configured one is unknown."""
    return replace(found, listed=tuple(_check_index(one, settings) for one in found.listed))


def _check_index(one: ListedPackage, settings: Settings) -> ListedPackage:
    if one.wanted is None or one.path or not one.indexes:
        return one
    ecosystem = ecosystems.for_type(one.wanted.type)
    own = ecosystem.configured_index(one.wanted.name, settings)
    mapped = bool(settings.index_pattern(one.wanted.type, one.wanted.name))
    others = [i for i in one.indexes if not _means(i, own, ecosystem, mapped=mapped)]
    if not others:
        return one
    if len(others) < len(one.indexes) and all(_is_configured(i, ecosystem, settings) for i in others):
        return one  # the configuration names all of them, and says which one this package is from
    verb = "from" if len(others) == len(one.indexes) == 1 else "may come from"
    places = " or ".join(escape_text(index, 120) for index in others[:3])
    why = f"{verb} {places}, which is not the index configured for it: {HINT}"
    return replace(one, wanted=None, unknown=why)


def _means(index: str, own: str, ecosystem: Ecosystem, *, mapped: bool) -> bool:
    """Whether an address means the index that is configured for a package."""
    return not index or ecosystem.same_index(index, own) or (not mapped and ecosystem.is_default_index(index))


def _is_configured(index: str, ecosystem: Ecosystem, settings: Settings) -> bool:
    known = settings.index.values()
    return not index or ecosystem.is_default_index(index) or any(ecosystem.same_index(index, one) for one in known)
