"""Where the registry is: the caller's setting, else the client's own configuration, else the public registry.

Order of the client ("npmrc" of its documentation): environment, the user's file, the machine's file. A `.npmrc` of a
judged tree is never read, and of the files only registries are. Scopes may have a registry of their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from supplytrust.io.http.url_rules import origin_of
from supplytrust.model.policy import Settings

TYPE = "npm"
_LINE = re.compile(r"\s*(?P<key>(?:@[^:\s=]+:)?registry)\s*=\s*(?P<value>\S+)\s*", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LARGEST = 2**20


def registry_base(settings: Settings, environment: Mapping[str, str] | None = None, *, name: str = "") -> str:
    """The base address of the registry that a package is looked up in, ending in a slash."""
    env = os.environ if environment is None else environment
    scope = name.partition("/")[0] if name.startswith("@") else ""
    stated = settings.index_of(TYPE, name) or _from_configuration(env, scope) or public_registry()
    return stated.rstrip("/") + "/"


def public_registry() -> str:
    """The registry that a name means where none is named, by the purl library."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    return (DEFINITIONS_BY_TYPE[TYPE].default_repository_url or "").rstrip("/") + "/"


def same_index(one: str, other: str) -> bool:
    """Whether two addresses are of one registry."""
    return origin_of(one) == origin_of(other)


def is_public(address: str) -> bool:
    """Whether an address lies at the public registry."""
    return bool(address) and (urlsplit(address).hostname or "") == (urlsplit(public_registry()).hostname or "")


def _from_configuration(env: Mapping[str, str], scope: str) -> str:
    for key in ([f"{scope}:registry"] if scope else []) + ["registry"]:
        for source in _sources(env):
            if key in source and urlsplit(source[key]).scheme in ("http", "https"):
                return source[key]
    return ""


def _sources(env: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    own = ((name.lower(), value) for name, value in env.items())
    variables = {name.removeprefix("npm_config_"): value for name, value in own if name.startswith("npm_config_")}
    yield variables
    home = env.get("HOME", "")
    for place in (variables.get("userconfig") or (f"{home}/.npmrc" if home else ""), variables.get("globalconfig", "")):
        yield _read(Path(place), env) if place else {}


def _read(path: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The registries that a file names; one that cannot be read names none."""
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    return {m["key"].lower(): _VARIABLE.sub(lambda v: env.get(v[1], ""), m["value"].strip("\"'")) for m in found}
