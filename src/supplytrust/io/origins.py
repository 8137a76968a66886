"""Where something was seen: the part of a first-seen fact's key that keeps one place from speaking for another.

The same name in a folder, on a mirror and on the index is three sightings. One place has many spellings, though: case
and escapes of an address, its default port, a trailing slash or dot, a login (RFC 3986, section 6). They are one
origin, so that what a place showed before still counts when its address is written differently. Credentials are never
part of an origin.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from supplytrust.io.http.url_rules import is_loopback
from supplytrust.model.subject import Subject

_SCP = re.compile(r"(?:[^@/\\\s]+@)?(?P<host>[A-Za-z0-9.-]{2,}):(?P<path>(?!//)\S+)")  # git's `user@host:path`
_PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
_KEPT = "!$&'()*+,;=:@~"  # what a path segment may hold unescaped (RFC 3986, pchar)


def origin_of(address: str) -> str:
    """The canonical form of an index address, a repository address or a local path."""
    text = address.strip()
    if "://" not in text:
        remote = None if Path(text).exists() else _SCP.fullmatch(text)
        return _remote(remote["host"], "", remote["path"]) if remote else _folder(text)
    try:
        parts = urlsplit(text.removeprefix("git+"))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return quote(text.rpartition("@")[2])
    if parts.scheme == "file":
        return _folder(unquote(parts.path))
    other = "" if port is None or port in {80, 443, _PORTS.get(parts.scheme)} else f":{port}"
    return _remote(host, other, parts.path)


def fact_key(subject: Subject, address: str) -> str:
    """The key of what is remembered of a package at one place."""
    release = subject.purl.partition("#")[0].partition("?")[0]
    package = release.rpartition("@")[0] or release
    return f"{package} at {origin_of(address)}"


def _folder(path: str) -> str:
    """A folder by its real path; bytes of its name that are no UTF-8 as escapes."""
    return f"file:{Path(path).expanduser().resolve()}".encode("utf-8", "backslashreplace").decode("utf-8")


def _remote(host: str, port: str, path: str) -> str:
    """Protected or not (http, https), the same host, port and path are one place."""
    name = host.lower().rstrip(".")
    try:
        name = name.encode("idna").decode("ascii")
    except UnicodeError:
        name = quote(name)
    segments: list[str] = []
    for segment in path.split("/"):
        plain = unquote(segment)
        if plain == "..":
            del segments[-1:]
        elif plain not in {"", "."}:
            segments.append(quote(plain, safe=_KEPT))
    where = "/".join(segments).removesuffix(".git")
    return f"//{'localhost' if is_loopback(name.strip('[]')) else name}{port}/{where}"
