"""Where the index is: the caller's setting, else the client's own configuration, else the index that it has cached.

Order of cargo's configuration ("Configuration" and "Source replacement" of the cargo book): environment, then
`config.toml` of the caller's cargo home. A `.cargo/config.toml` of a judged tree is never read. The address of the
public index is in no file of this program: it is what the client's cache of it is named after.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from supplytrust.errors import MalformedTomlError, NotFoundError
from supplytrust.formats.toml import read_toml
from supplytrust.io.http.url_rules import origin_of
from supplytrust.model.policy import Settings

TYPE = "cargo"
PUBLIC = "crates-io"  # what cargo's configuration calls the public registry
_HOPS = 8
_CACHED = re.compile(r"(?P<host>[A-Za-z0-9.-]+)-[0-9a-f]{16}")
_HINT = "set [index] cargo in supplytrust.toml, or let cargo fetch a crate once"


def sparse_base(settings: Settings, environment: Mapping[str, str] | None = None, *, name: str = "") -> str:
    """The base address of the sparse index that a crate is looked up in, ending in a slash.

    NotFoundError when neither setting nor client tells it.
    """
    env = os.environ if environment is None else environment
    base = settings.index_of(TYPE, name) or _configured_index(env) or _cached_index(env)
    if not base:
        raise NotFoundError("no-index: no crate index is configured", hint=_HINT)
    return base.removeprefix("sparse+").rstrip("/") + "/"


def same_index(one: str, other: str) -> bool:
    """Whether two addresses are of one index, with or without cargo's mark of the protocol."""
    return origin_of(one.removeprefix("sparse+")) == origin_of(other.removeprefix("sparse+"))


def is_public(address: str) -> bool:
    """Whether an address is that of the public registry's index, sparse or git."""
    parts = urlsplit(address.removeprefix("sparse+").removeprefix("registry+"))
    host, public = (parts.hostname or parts.path).lower(), public_host()  # some tools write the domain alone
    sparse = host == public or host.endswith("." + public)
    return sparse or parts.path.removesuffix(".git").endswith(f"/{public}-index")


def public_host() -> str:
    """The domain of the public registry, by the purl library."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    return urlsplit(DEFINITIONS_BY_TYPE[TYPE].default_repository_url or "").hostname or ""


def _home(env: Mapping[str, str]) -> Path | None:
    if env.get("CARGO_HOME"):
        return Path(env["CARGO_HOME"])
    return Path(env["HOME"]) / ".cargo" if env.get("HOME") else None


def _configured_index(env: Mapping[str, str]) -> str:
    """What stands in for the public registry, by source replacement; '' when nothing with a sparse index does."""
    tables = _configuration(env)
    source, name = _table(tables, "source"), PUBLIC
    for _ in range(_HOPS):
        entry = _table(source, name)
        following = entry.get("replace-with")
        if not isinstance(following, str):
            break
        name = following
    else:
        return ""
    told = _table(source, name).get("registry")
    index = told if isinstance(told, str) else _registry_index(name, tables, env)
    return index if index.startswith(("sparse+https://", "sparse+http://")) else ""


def _registry_index(name: str, tables: Mapping[str, Any], env: Mapping[str, str]) -> str:
    variable = f"CARGO_REGISTRIES_{name.upper().replace('-', '_')}_INDEX"
    told = env.get(variable) or _table(_table(tables, "registries"), name).get("index")
    return told if isinstance(told, str) else ""


def _configuration(env: Mapping[str, str]) -> dict[str, Any]:
    """The tables of the caller's own config.toml (older: config); one that cannot be read says nothing."""
    home = _home(env)
    for path in (home / "config", home / "config.toml") if home else ():
        try:
            return read_toml(path.read_bytes())
        except (OSError, MalformedTomlError):
            continue
    return {}


def _table(tables: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = tables.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _cached_index(env: Mapping[str, str]) -> str:
    """The index whose pages the client keeps: the public one, else the only one there is."""
    hosts = sorted(set(_cached_hosts(env)))
    public = [host for host in hosts if is_public(f"https://{host}/")]
    chosen = public[:1] or (hosts if len(hosts) == 1 else [])
    return f"https://{chosen[0]}/" if chosen else ""


def _cached_hosts(env: Mapping[str, str]) -> Iterator[str]:
    """Hosts of sparse indexes in the client's cache: folders named after them, with their `config.json`."""
    home = _home(env)
    folder = home / "registry" / "index" if home else None
    if folder is None or not folder.is_dir():
        return
    for entry in folder.iterdir():
        found = _CACHED.fullmatch(entry.name)
        if found and (entry / "config.json").is_file() and not (entry / ".git").exists():
            yield found["host"]
