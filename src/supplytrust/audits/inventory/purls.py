"""Packages named by purls (https://github.com/package-url/purl-spec): one a line, or beside other fields in a document.

What two places say of one thing and differ in is not believed. `#` starts a comment in a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packageurl import PackageURL

from supplytrust import ecosystems
from supplytrust.ecosystems import PackageRequest
from supplytrust.ecosystems.inventory import Inventory, ListedPackage, inventory
from supplytrust.ecosystems.listing import escape_text, generic, package, place_of
from supplytrust.formats.list_file import Field, content, list_text


def recognises(path: Path, head: bytes) -> bool:
    """A text whose first entry is a purl."""
    rows = [row.strip() for row in head.splitlines()]
    first = next((row for row in rows if row and not row.startswith(b"#")), b"")
    return path.suffix not in {".json", ".toml", ".lock"} and first.startswith(b"pkg:")


def read(path: Path) -> Inventory:
    """One package a line; a line that is no purl stays unknown. InputError."""
    found = []
    read_text, notes = list_text(content(path), path)
    for number, row in enumerate(read_text.splitlines(), 1):
        entry = row.strip() if row.lstrip().startswith("#") else row.split(" #")[0].strip()
        if entry and not entry.startswith("#"):
            found.append(package_of_purl(Field(entry, path, f"line {number}"), entry))
    return inventory(path, found, notes=notes)


# --- A purl and the fields beside it, in a bill of materials


def package_of_purl(field: Field, text: str) -> ListedPackage:
    """A package named by its purl alone."""
    return read_component(field, [Field(text, field.path, field.place)])


def read_component(
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
