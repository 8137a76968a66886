"""Which addresses may be asked, what may be said about them, and which of their spellings mean one place. Pure.

Plain http is for the loopback interface and for hosts the caller configured so; everything else is https.
Credentials are split off an address at once, so that no error text, claim or log can carry them.

The origin of an address keeps one place from speaking for another in the key of a first-seen fact. The same name in a
folder, on a mirror and on the index is three sightings. One place has many spellings, though: case and escapes of an
address, its default port, a trailing slash or dot, a login (RFC 3986, section 6). They are one origin, so that what a
place showed before still counts when its address is written differently.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from supplytrust.errors import RefusedError
from supplytrust.model.subject import Subject


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked: no credentials, no fragment. `login` is what stood before the `@`."""

    url: str
    scheme: str
    host: str
    port: int
    login: tuple[str, str] | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what credentials belong to (RFC 6454)."""
        return self.scheme, self.host, self.port


def allowed_target(url: str, plain_http: frozenset[str] = frozenset()) -> Target:
    """The target of a URL that may be asked; RefusedError for every other URL."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise RefusedError(f"not a usable address: {error}") from error
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or ord(c) < 32 for c in url):
        raise RefusedError(
            f"only http and https addresses are asked, not '{parts.scheme or 'none'}'",
            hint="give a complete https address",
        )
    if parts.scheme == "http" and not (is_loopback(host) or host in plain_http):
        raise RefusedError(
            f"plain http is not used for {show_path(url)}",
            hint=f"configure '{host}' as a plain http index, or use https",
        )
    netloc = parts.netloc.rpartition("@")[2]
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return Target(
        urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")),
        parts.scheme,
        host,
        port,
        login,
    )


def redirect_target(origin: Target, location: str, plain_http: frozenset[str] = frozenset()) -> Target:
    """Where a redirect may lead: never down to http, never from elsewhere into this machine."""
    target = allowed_target(urljoin(origin.url, location), plain_http)
    if origin.scheme == "https" and target.scheme != "https":
        raise RefusedError(f"redirect from https to {target.scheme} for {show_path(origin.url)}")
    if is_loopback(target.host) and not is_loopback(origin.host):
        raise RefusedError(f"redirect from another host into this machine for {show_path(origin.url)}")
    return Target(target.url, target.scheme, target.host, target.port)


def is_loopback(host: str) -> bool:
    """This machine by name or number."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def show_path(url: str) -> str:
    """The part of an address that messages and evidence may name: its path, without host and query."""
    try:
        return urlsplit(url).path[:160] or "/"
    except ValueError:
        return "(unreadable address)"


# --- Where something was seen: the part of a first-seen fact's key that keeps one place from speaking for another

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
    return f"{subject.package} at {origin_of(address)}"


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


def path_of_url(url: str) -> str:
    """The path of a `file:` URL of this machine; '' for one of another host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return unquote(parts.path) if parts.hostname in (None, "localhost") else ""
