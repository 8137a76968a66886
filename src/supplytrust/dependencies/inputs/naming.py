"""From names and versions in a list to canonical purls (https://github.com/package-url/purl-spec)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packageurl import PackageURL
from packaging.markers import Marker, UndefinedEnvironmentName
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from supplytrust.dependencies.inputs.fields import Field, sha256_of
from supplytrust.dependencies.inputs.inventory import Listed
from supplytrust.ecosystems import Wanted

JUDGED_TYPES = ("pypi",)
MAX_MARKER = 2000


def python(
    field: Field,
    name: str,
    version: str = "",
    *,
    pins: Iterable[str] = (),
    sha256: Iterable[str] = (),
    specifier: str = "",
    unknown: str = "",
) -> Listed:
    """A Python package of a list. InputError when name or version are not of the form they must have.

    `pins` are the digests that an installer would enforce, as `algorithm:hex`; if none of them is a SHA-256 it
    cannot be told which file is meant, and the package stays unknown.
    """
    texts = list(pins)
    sha256 = [*sha256, *(sha256_of(field, text) for text in texts)]
    if texts and not any(sha256):
        unknown = unknown or "its files are pinned by other digests than SHA-256, which no index lists"
    try:
        project = canonicalize_name(name, validate=True)
        number = str(Version(version)) if version else ""
    except InvalidName:
        raise field.wrong(f"{name[:80]!r} is not the name of a package") from None
    except ValueError:  # no version, or a number of too many digits
        raise field.wrong(f"{version[:80]!r} is not a version of {name}") from None
    purl = PackageURL("pypi", None, project, number or None).to_string()
    wanted = None if unknown else Wanted("pypi", project, version=number, specifier=specifier)
    return Listed(purl, wanted, tuple(sorted({*sha256} - {""})), unknown, _place(field))


def listed(field: Field, text: str, *, sha256: Iterable[str] = ()) -> Listed:
    """A package named by its purl; of a type that cannot be judged yet it stays unknown."""
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise field.wrong(f"{text[:80]!r} is not a purl: {error}", hint="write pkg:pypi/name@1.2.3") from None
    qualifiers = {str(k): str(v) for k, v in dict(purl.qualifiers or {}).items()}
    elsewhere = sorted({"vcs_url", "download_url"} & qualifiers.keys()) + _other_index(purl.type, qualifiers)
    if purl.type in JUDGED_TYPES and not elsewhere:
        checksums = [text for text in qualifiers.get("checksum", "").split(",") if text]
        digests = {*sha256, *(sha256_of(field, text) for text in checksums)}
        made = python(field, purl.name, purl.version or "", sha256=digests)
        file_name = qualifiers.get("file_name", "")
        if not file_name or made.wanted is None:
            return made
        wanted = Wanted("pypi", made.wanted.name, version=made.wanted.version, file_name=file_name)
        exact = PackageURL("pypi", None, wanted.name, wanted.version or None, {"file_name": file_name}).to_string()
        return Listed(exact, wanted, made.sha256, "", made.where)
    why = f"its purl names a {elsewhere[0]}" if elsewhere else f"packages of type '{purl.type}' cannot be judged yet"
    return Listed(purl.to_string(), None, (), why, _place(field))


def _other_index(purl_type: str, qualifiers: Mapping[str, str]) -> list[str]:
    """`repository_url` when it is not the type's default one: a package of the same name elsewhere is another one."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    named = qualifiers.get("repository_url", "")
    definition = DEFINITIONS_BY_TYPE.get(purl_type)
    usual = _host(definition.default_repository_url or "") if definition else ""
    return ["repository_url"] if named and _host(named) != usual else []


def _host(address: str) -> str:
    text = address.partition("://")[2] if "://" in address else address
    return text.partition("/")[0].lower()


def generic(field: Field, name: str, version: str, why: str) -> Listed:
    """Something with a name only: it stays in the graph, unknown."""
    purl = PackageURL("generic", None, name[:200] or "unnamed", version[:100] or None).to_string()
    return Listed(purl, None, (), why, _place(field))


def applies(field: Field, marker: str) -> bool:
    """Whether an environment marker (PEP 508) holds for the running interpreter, without extras."""
    if not marker:
        return True
    if len(marker) > MAX_MARKER or marker.count("(") > 50:
        raise field.wrong(f"a marker of {len(marker)} characters is not read")
    try:
        return Marker(marker).evaluate({"extra": ""})
    except (ValueError, UndefinedEnvironmentName, RecursionError) as error:
        raise field.wrong(f"marker {marker[:80]!r}: {str(error).splitlines()[0]}") from None


def unused(names: Iterable[str]) -> tuple[str, ...]:
    """The note about what the list holds for other platforms only."""
    found = sorted(set(names))
    if not found:
        return ()
    shown = ", ".join(found[:8]) + (", ..." if len(found) > 8 else "")
    return (f"not for this interpreter by its marker, not judged: {shown}",)


def _place(field: Field) -> str:
    return f"{field.path}: {field.place}" if field.place else str(field.path)
