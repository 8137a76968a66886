"""What a package says of itself, in its own `package.json` and in the registry's copy, in one form for both.

Fields: "package.json" of the client's documentation. What is not of its type counts as not there; a manifest whose
dependencies or scripts are no table cannot be read at all, since what it hides would not be seen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from supplytrust.ecosystems.near_names import name_neighbours, popular_names
from supplytrust.errors import InvalidSubjectError, MalformedError, MalformedRecordError
from supplytrust.formats import json_reader
from supplytrust.formats.json_reader import Json
from supplytrust.model.claims.release import NameNeighbours

MANIFEST = "package.json"
LIMITS = json_reader.Limits(size=4 * 2**20, depth=64, values=200_000, floats=True)
INSTALL = ("preinstall", "install", "postinstall")  # run where the package is installed from the registry
OF_SOURCES = ("prepare", "prepublish", "prepack", "postprepare", "preprepare")  # run where it is installed from sources
GYP = "binding.gyp"
_TABLES = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies", "scripts")
_NAME = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~_-][a-z0-9._~-]*", re.IGNORECASE | re.ASCII)
_SHORT = re.compile(r"(?:(?P<host>github|gitlab|bitbucket):)?(?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?(?:#.*)?")
_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_ELSEWHERE = re.compile(r"git[+:@]|github:|gitlab:|bitbucket:|gist:|https?:|ssh:|file:|link:|[\w.-]+/[\w.-]+(?:#|$)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The fields that are compared and judged. Tables are in the order of their names."""

    name: str
    version: str
    dependencies: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    peer: Mapping[str, str] = field(default_factory=dict)
    optional_peers: frozenset[str] = frozenset()
    scripts: Mapping[str, str] = field(default_factory=dict)
    bin: Mapping[str, str] = field(default_factory=dict)
    main: str = ""
    exports: str = ""  # a digest of what is exported; '' for none
    repository: str = ""
    folder: str = ""
    homepage: str = ""
    bugs: str = ""
    license: str = ""
    description: str = ""
    gyp: bool = True  # False: "gypfile": false


def check_name(name: str) -> str:
    """The name as given; InvalidSubjectError when no registry would take it."""
    if not _NAME.fullmatch(name) or len(name) > 214:
        raise InvalidSubjectError(f"'{name[:80]}' is not the name of a package")
    return name


def read_manifest(data: bytes) -> Manifest:
    """A manifest from its bytes. MalformedError."""
    try:
        read = json_reader.read_object(data.removeprefix(b"\xef\xbb\xbf"), LIMITS)
    except MalformedRecordError as error:
        raise MalformedError(f"{MANIFEST} cannot be read: {error.message}"[:160]) from error
    return manifest_of(read)


def manifest_of(read: Mapping[str, Json]) -> Manifest:
    """A manifest from a parsed document. MalformedError."""
    fields = cast("dict[str, Any]", dict(read))
    wrong = [key for key in _TABLES if not isinstance(fields.get(key, {}) or {}, dict)]
    if wrong:
        raise MalformedError(f"{MANIFEST} has '{wrong[0]}' that is no table")
    name, version = _text(fields.get("name")), _text(fields.get("version"))
    repository = fields.get("repository")
    optional = _table(fields.get("optionalDependencies"))
    exported = fields.get("exports")
    return Manifest(
        name,
        version,
        {n: v for n, v in _table(fields.get("dependencies")).items() if n not in optional},
        optional,
        _table(fields.get("peerDependencies")),
        _optional_peers(fields.get("peerDependenciesMeta")),
        _table(fields.get("scripts")),
        _bin(fields.get("bin"), name),
        _text(fields.get("main")),
        hashlib.sha256(repr(exported).encode()).hexdigest()[:16] if exported is not None else "",
        _address(_text(repository.get("url") if isinstance(repository, dict) else repository)),
        _text(repository.get("directory")).strip("/") if isinstance(repository, dict) else "",
        _text(fields.get("homepage")),
        _text(fields["bugs"].get("url") if isinstance(fields.get("bugs"), dict) else fields.get("bugs")),
        _text(fields.get("license")),
        _text(fields.get("description"))[:2000],
        fields.get("gypfile") is not False,
    )


def _address(stated: str) -> str:
    """A repository's address; `owner/name` and `host:owner/name` are short for one ("repository" of package.json)."""
    short = _SHORT.fullmatch(stated.strip())
    return f"https://{_HOSTS[short['host'] or 'github']}/{short['path']}" if short else stated


def describe(manifest: Manifest) -> tuple[str, ...]:
    """What a package needs and runs, one text each: `name range` with marks, `<script> command; script`."""
    needs = [
        *(f"{n} {r}" for n, r in manifest.dependencies.items()),
        *(f"{n} {r}; optional" for n, r in manifest.optional.items()),
        *(f"{n} {r}; peer{', optional' if n in manifest.optional_peers else ''}" for n, r in manifest.peer.items()),
    ]
    runs = [f"{n} {c}; script" for n, c in manifest.scripts.items() if n in INSTALL]
    return tuple(sorted([*needs, *runs, *(f"{n} {p}; bin" for n, p in manifest.bin.items())]))


def is_elsewhere(requirement: str) -> bool:
    """Whether a requirement names a place instead of versions: git, an address, a file. Such sources run `prepare`."""
    return bool(_ELSEWHERE.match(requirement.strip()))


def split_alias(name: str, requirement: str) -> tuple[str, str]:
    """The package and range that a requirement means: `npm:other@^1` names another package."""
    if not requirement.startswith("npm:"):
        return name, requirement
    target = requirement.removeprefix("npm:")
    at = target.rfind("@")
    return (target[:at], target[at + 1 :]) if at > 0 else (target, "*")


def disagreements(one: Manifest, other: Manifest) -> Iterator[str]:
    """Names of the fields in which two manifests of one release differ: what is run, needed or offered to callers."""
    for name in ("name", "version", "dependencies", "optional", "peer", "bin", "main", "exports"):
        if getattr(one, name) != getattr(other, name):
            yield name
    for script in (*INSTALL, *OF_SOURCES):
        if one.scripts.get(script) != other.scripts.get(script):
            yield f"scripts.{script}"


def _table(value: object) -> dict[str, str]:
    listed = value if isinstance(value, dict) else {}
    return {str(key): str(text) for key, text in sorted(listed.items()) if isinstance(text, str)}


def _bin(value: object, name: str) -> dict[str, str]:
    if isinstance(value, str):
        return {name.rpartition("/")[2]: value.removeprefix("./")}
    return {key: path.removeprefix("./") for key, path in _table(value).items()}


def _optional_peers(value: object) -> frozenset[str]:
    listed = value if isinstance(value, dict) else {}
    return frozenset(str(n) for n, meta in listed.items() if isinstance(meta, dict) and meta.get("optional") is True)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


# --- popular packages that a reader could take another name for, over a shipped list

AFFIXES = (
    "js",
    "node",
    "npm",
    "lib",
    "core",
    "api",
    "sdk",
    "client",
    "tool",
    "tools",
    "utils",
    "util",
    "cli",
    "ts",
    "s",
)


def one_spelling(name: str) -> str:
    """A name as it is read by people: scope and name joined, separators alike, in lower case."""
    return name.strip().lower().lstrip("@").replace("/", "-").replace("_", "-").replace(".", "-")


def popular() -> frozenset[str]:
    """The shipped names, in one spelling."""
    return popular_names(__package__, one_spelling)


def neighbours(name: str) -> NameNeighbours:
    """Compare a name with every popular one; a scope of its own makes a name another one."""
    if name.startswith("@") and one_spelling(name) not in popular():
        return NameNeighbours(popular=False, neighbours=(), compared_with=len(popular()))
    return name_neighbours(one_spelling(name), popular(), AFFIXES)
