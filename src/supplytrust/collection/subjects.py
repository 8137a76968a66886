"""What a person or a list means by a subject: a purl, a package name, or a path. Pure but for one look.

A path has a separator or an archive's ending; whatever pip takes for a path after it (`x.whl[extra]`, `x.whl ; marker`)
belongs to it. Everything else is a name, with one exact version at most: `name`, `name==1.0`, `name===1.0`, `name@1.0`.
Whatever would have to be left out to make sense of a text is an error instead: never another package.

References: https://github.com/package-url/purl-spec, PEP 508 (requirements), PEP 440 (versions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from supplytrust import ecosystems
from supplytrust.ecosystems import PackageRequest
from supplytrust.errors import InvalidSubjectError, SourceError, UsageError
from supplytrust.formats.codec_scalars import escape_text
from supplytrust.io.http.url_rules import path_of_url

ARCHIVES = (
    *(".whl", ".zip", ".egg", ".wasm", ".tar", ".tgz", ".tbz", ".txz", ".tlz", ".crate", ".conda", ".gem", ".nupkg"),
    *(f".tar.{packing}" for packing in ("gz", "bz2", "xz", "lz", "lzma", "zst", "z")),
)
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
LONGEST = 4096
_VERSION = re.compile(r"[A-Za-z0-9.!+_-]+")
_PARTS = re.compile(
    r"(?P<first>[^\[;]*)(?:(?P<extras>\[[^\[\]]*\])(?P<rest>\s*(?:[=@<>~!][^\[\];]*)?))?(?:;(?P<marker>.*))?", re.DOTALL
)
_EXTRAS = re.compile(rf"\[\s*(?:{NAME.pattern}\s*(?:,\s*{NAME.pattern}\s*)*)?\]")
_ONE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?:(?P<sign>===?|@)\s*(?P<version>\S+))?")
_ELSEWHERE = ("vcs_url", "download_url")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: a path, or a package. `sha256`: the digests one of which its file must have, if any.

    `literal` says that the version's text must be met (`===`). `notices` tell what of the text is not looked at.
    """

    path: str = ""
    wanted: PackageRequest | None = None
    sha256: tuple[str, ...] = ()
    literal: bool = False
    notices: tuple[str, ...] = ()


def request_of(text: str) -> Request:
    """The path, name or purl that a text means. InvalidSubjectError, with what to write instead, for anything else."""
    text = text.strip()
    if not text or len(text) > LONGEST or "\0" in text:
        raise InvalidSubjectError("that is no subject", hint=_hint())
    if text[:4].lower() == "pkg:":
        return _purl(f"pkg:{text[4:]}")
    if text[:5].lower() == "file:":
        return Request(_from_url(text))
    if "://" in text:
        raise InvalidSubjectError(
            f"'{_show(text)}' is an address", hint="fetch the file and name its path, or name the package"
        )
    parts = None if exists(text) else _PARTS.fullmatch(text)
    if parts is None:  # what exists is meant as it stands, whatever its name looks like
        return Request(text) if is_path(text) else _parse_name(text, text, ())
    first, extras, rest = (" ".join((parts[part] or "").split()) for part in ("first", "extras", "rest"))
    notices = _left_out(extras, (parts["marker"] or "").strip())
    if is_path(first) and not rest:
        return Request(parts["first"].strip(), notices=notices)
    if extras and not _EXTRAS.fullmatch(extras):
        raise InvalidSubjectError(f"'{_show(text)}' is not a package name", hint=_hint())
    return _parse_name(text, first + rest, notices)


def is_path(text: str) -> bool:
    """Whether a text is a path: it has a separator or an archive's ending, or stands for a folder."""
    return text in {".", "..", "~"} or "/" in text or "\\" in text or text.lower().endswith(ARCHIVES)


def _left_out(extras: str, marker: str) -> tuple[str, ...]:
    told = []
    if extras.strip("[] "):
        told.append(f"what the extras {extras} need besides is not looked at")
    if marker:
        told.append(f"the marker '{_show(marker)}' is not looked at")
    return tuple(told)


def _from_url(text: str) -> str:
    path = path_of_url(text)
    if not path:
        raise InvalidSubjectError(f"'{_show(text)}' names no file of this machine", hint="name its path")
    return path


# --- names --------------------------------------------------------------------------------------------


def _parse_name(text: str, bare: str, notices: tuple[str, ...]) -> Request:
    """A name with one exact version, or none, after it."""
    one = _ONE.fullmatch(bare)
    if one is None or not NAME.fullmatch(one["name"]) or (one["version"] and not _VERSION.fullmatch(one["version"])):
        raise _not_one_release(text, bare)
    if bare == text and one["name"] == bare and exists(bare):
        told = f"'{bare}' is taken for the package of that name; write ./{bare} for what lies here"
        notices = (told, *notices)
    notices = (*notices, *_namesakes(one["name"], one["version"] or ""))
    wanted = PackageRequest(ecosystems.default_type(), one["name"], version=one["version"] or "")
    return Request(wanted=wanted, literal=one["sign"] == "===", notices=notices)


def _namesakes(name: str, version: str) -> tuple[str, ...]:
    """That a bare name is also that of a popular package of another type, which is not the one that is meant."""
    usual = ecosystems.default_type()
    others = [t for t in ecosystems.known_types() if t != usual and _is_popular(t, name)]
    wanted = [f"pkg:{other}/{name}{f'@{version}' if version else ''}" for other in others]
    return tuple(
        f"'{name}' is taken for pkg:{usual}/{name}; write {purl} for the package of that type" for purl in wanted
    )


def _is_popular(purl_type: str, name: str) -> bool:
    try:
        return ecosystems.for_type(purl_type).name_neighbours(name).popular
    except (SourceError, UsageError):
        return False


def exists(path: str) -> bool:
    """Whether there is something at a path."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long, or of characters that no file name has
        return False


def _not_one_release(text: str, first: str) -> InvalidSubjectError:
    name = re.match(r"[A-Za-z0-9._-]+", first)
    if name and re.search(r"[<>~!,*]|=(?!=)", first[name.end() :]):
        return InvalidSubjectError(
            f"'{_show(text)}' names no one release",
            hint=f"write {name[0]}==1.2.3, {name[0]} for the newest one, or give the range to `audit` in a list",
        )
    return InvalidSubjectError(f"'{_show(text)}' is not a package name", hint=_hint())


# --- purls --------------------------------------------------------------------------------------------


def _purl(text: str) -> Request:
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
        keys = [pair.partition("=")[0].lower() for pair in text.partition("#")[0].partition("?")[2].split("&")]
        version = purl.version or ""
    except ValueError as error:
        raise _no_purl(text, str(error)) from None
    if len(keys) != len(set(keys)):
        raise _no_purl(text, "it says something twice")
    before = text.partition("#")[0].partition("?")[0]
    if not NAME.fullmatch(purl.name) or any(c.isspace() or c == "%" for c in unquote(before)):
        raise _no_purl(text, "it names no package")
    if before.endswith("@") or ".." in version:
        raise _no_purl(text, "it names no version after the @")
    if purl.namespace and purl.type in ecosystems.known_types() and not ecosystems.for_type(purl.type).NAMESPACES:
        raise _no_purl(text, f"packages of this type have no namespace, as '{_show(purl.namespace)}'")
    qualifiers = {str(key): str(value) for key, value in dict(purl.qualifiers or {}).items()}
    return Request(
        wanted=PackageRequest(purl.type, purl.name, purl.namespace or "", version, qualifiers.get("file_name", "")),
        sha256=_digests(text, qualifiers.get("checksum", "")),
        notices=_unread(text, purl.type, qualifiers, purl.subpath or ""),
    )


def _digests(text: str, checksum: str) -> tuple[str, ...]:
    """The SHA-256 digests of the `checksum` qualifier; what names others only cannot be held to them."""
    listed = [part.strip().lower() for part in checksum.split(",") if part.strip()]
    found = tuple(part.partition(":")[2] for part in listed if part.startswith("sha256:"))
    if (listed and not found) or not all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in found):
        raise _no_purl(text, "its checksum is not a sha256")
    return found


def _unread(text: str, purl_type: str, qualifiers: Mapping[str, str], subpath: str) -> tuple[str, ...]:
    elsewhere = [key for key in _ELSEWHERE if qualifiers.get(key)]
    if elsewhere or not is_usual_index(purl_type, qualifiers.get("repository_url", "")):
        what = elsewhere[0] if elsewhere else "repository_url"
        raise InvalidSubjectError(
            f"'{_show(text)}' is a package of another place ({what})",
            hint="name the index with --index-url and leave the qualifier out, or fetch the file and name its path",
        )
    return ("a part of a package is not looked at by itself",) if subpath else ()


def is_usual_index(purl_type: str, repository_url: str) -> bool:
    """Whether a purl's `repository_url` is empty or its type's default: elsewhere the same name is another package."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    definition = DEFINITIONS_BY_TYPE.get(purl_type)
    usual = _host((definition.default_repository_url if definition else "") or "")
    return not repository_url or _host(repository_url) == usual


def _host(address: str) -> str:
    return re.split(r"[/?#]", address.partition("://")[2] if "://" in address else address)[0].lower()


def _no_purl(text: str, why: str) -> InvalidSubjectError:
    return InvalidSubjectError(
        f"'{_show(text)}' is not a purl: {_show(why)}", hint=f"write {ecosystems.example_purl('1.2.3')}"
    )


def _hint() -> str:
    purl = ecosystems.example_purl("1.2.3")
    return f"write a name, one release as name==1.2.3, a purl such as {purl}, or a path such as ./name.whl"


def _show(text: str) -> str:
    return escape_text(text, 100)
