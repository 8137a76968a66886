"""Where the index is: the caller's setting, else pip's configuration, else the purl library's default.

pip's order (https://pip.pypa.io/en/stable/topics/configuration/): environment, then the file of
PIP_CONFIG_FILE, then site, user, global files; the first of them that names an index wins.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from supplytrust.errors import ConfigError
from supplytrust.io.http.url_rules import origin_of
from supplytrust.model.policy import Settings

_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


def simple_base(settings: Settings, environment: Mapping[str, str] | None = None, *, name: str = "") -> str:
    """The base URL of the Simple API for a package (without a name: of the others), ending in a slash.

    It may hold credentials of the caller.
    """
    env = os.environ if environment is None else environment
    base = settings.index_of("pypi", name) or _from_client(env) or _default()
    return base.rstrip("/") + "/"


def json_base(simple: str) -> str:
    """Where the JSON API of the same index is by convention: `pypi/` beside `simple/`."""
    parts = urlsplit(simple)
    path = parts.path.rstrip("/")
    root = path[: -len("simple")] if path.endswith("/simple") else path + "/"
    return urlunsplit((parts.scheme, parts.netloc, urljoin(root or "/", "pypi/"), "", ""))


def _default() -> str:
    from packageurl.validate import DEFINITIONS_BY_TYPE

    host = DEFINITIONS_BY_TYPE["pypi"].default_repository_url
    if not host:
        raise ConfigError("no package index is configured", hint="set [index] pypi in supplytrust.toml")
    return host.rstrip("/") + "/simple/"


def is_default(url: str) -> bool:
    """Whether an address is that of the public index: what a package's name means where no index is named."""
    return same_index(url, _default())


def same_index(one: str, other: str) -> bool:
    """Whether two addresses are of one index, however they are written: login, case, port, slashes, `simple`."""
    return _place(one) == _place(other)


def _place(url: str) -> str:
    whole = url if "://" in url else f"https://{url}" if "." in url.partition("/")[0].strip(".") else url
    try:
        return origin_of(whole).removesuffix("/simple").removesuffix("/")
    except (RuntimeError, ValueError, OSError):  # a path that cannot be followed
        return url


def leads_to_index(url: str) -> bool:
    """Whether a link only leads back to the registry: it tells nothing about a project, and claims name no registry."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    registry = urlsplit(DEFINITIONS_BY_TYPE["pypi"].default_repository_url or "").hostname or ""
    try:
        host = (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return False
    return bool(registry) and (host == registry or host.endswith("." + registry))


def _from_client(env: Mapping[str, str]) -> str:
    named = next((env[name] for name in _VARIABLES if env.get(name)), "")
    return named or next((url for url in map(_index_of, _files(env)) if url), "")


def _files(env: Mapping[str, str]) -> Iterator[Path]:
    chosen = env.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return
    if chosen:
        yield Path(chosen)
    yield Path(sys.prefix) / "pip.conf"
    home = Path(env["HOME"]) if env.get("HOME") else None
    roaming = Path(env["XDG_CONFIG_HOME"]) if env.get("XDG_CONFIG_HOME") else home and home / ".config"
    if roaming:
        yield roaming / "pip" / "pip.conf"
    if home:
        yield home / ".pip" / "pip.conf"
        yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    for folder in reversed(env.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)):
        yield Path(folder) / "pip" / "pip.conf"
    yield Path("/etc/pip.conf")


def _index_of(path: Path) -> str:
    """The index of one file; an unreadable file names none, as for pip's own optional files."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return ""
    for section in ("install", "download", "global"):
        for key in ("index-url", "index_url"):
            if parser.has_option(section, key):
                return parser.get(section, key).strip()
    return ""
