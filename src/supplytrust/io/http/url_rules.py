"""Which addresses may be asked, and what may be said about them. Pure.

Plain http is for the loopback interface and for hosts the caller configured so; everything else is https.
Credentials are split off an address at once, so that no error text, claim or log can carry them.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from supplytrust.errors import RefusedError


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
