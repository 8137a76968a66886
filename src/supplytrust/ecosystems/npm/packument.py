"""The registry's document about a package ("packument"): all its releases, tags, times. Untrusted JSON.

A release that cannot be read is left out and counted, so that one never costs the others. Times are believed only when
they follow the order of versions (`plausible_times`): mirrors give the time of their own copy.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

from supplytrust.ecosystems.npm.manifest import Manifest, check_name, manifest_of
from supplytrust.ecosystems.npm.versions import in_order, is_whole
from supplytrust.ecosystems.plausible_times import plausible_times
from supplytrust.errors import MalformedError, MalformedRecordError, NotFoundError
from supplytrust.formats import json_reader
from supplytrust.io.context import CollectContext
from supplytrust.io.http.url_rules import origin_of
from supplytrust.model.claims.release import ReleaseFile, ReleaseHistory, ReleaseMoment
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind
from supplytrust.model.versions import parse_semantic

LARGEST = 64 * 2**20
LARGEST_TARBALL = 256 * 2**20
LIMITS = json_reader.Limits(size=LARGEST, depth=64, values=8_000_000, floats=True)
_SRI = re.compile(r"(sha512|sha384|sha256|sha1)-([A-Za-z0-9+/]+={0,2})(?:\?\S*)?")
_FILE = re.compile(r"[A-Za-z0-9@~._+-]{1,240}\.(?:tgz|tar\.gz)")


@dataclass(frozen=True, slots=True)
class Release:
    """One release as the registry tells it; unknown digests '', unknown times None."""

    name: str
    version: str
    manifest: Manifest
    sha512: str = ""
    sha1: str = ""
    tarball: str = ""
    size: int | None = None  # unpacked
    published: datetime | None = None
    deprecated: str = ""
    attested: bool | None = None
    provenance: str = ""
    signatures: tuple[tuple[str, str], ...] = ()
    integrity: str = ""  # the text that the signatures are over
    maintainers: tuple[str, ...] = ()

    # --- as a file of the index (`IndexedFile`)

    @property
    def file_name(self) -> str:
        """The last part of the tarball's address, else what the client would call it."""
        named = unquote(urlsplit(self.tarball).path.rpartition("/")[2])
        return named if _FILE.fullmatch(named) else f"{self.name.rpartition('/')[2]}-{self.version}.tgz"

    @property
    def kind(self) -> ArtifactKind:
        """An installer unpacks it as it is."""
        return ArtifactKind.BUILT

    @property
    def release(self) -> str:
        """The version."""
        return self.version

    @property
    def sha256(self) -> str:
        """The registry names none."""
        return ""

    @property
    def uploaded_at(self) -> datetime | None:
        """When it was published."""
        return self.published

    @property
    def yanked(self) -> bool:
        """Whether its maintainers say that it should not be used any more."""
        return bool(self.deprecated)

    def artifact(self) -> Artifact:
        """The tarball as an artifact that can be judged."""
        return Artifact(self.file_name, "", self.kind, None, "", self.sha512)

    def as_claim(self) -> ReleaseFile:
        """The tarball as a part of a claim."""
        return ReleaseFile(
            self.file_name, self.kind, "", None, self.published, self.yanked, self.attested, sha512=self.sha512
        )


@dataclass(frozen=True, slots=True)
class Packument:
    """All releases of a package, lowest version first. `withdrawn`: versions that have a time and are gone."""

    name: str
    releases: tuple[Release, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    skipped: int = 0
    believable: bool = True
    withdrawn: tuple[str, ...] = ()
    kept_at: datetime | None = None

    def release(self, version: str) -> Release | None:
        """Exactly this version."""
        return next((one for one in self.releases if one.version == version), None)


def packument(name: str, world: CollectContext) -> Packument:
    """The registry's document. NotFoundError, MalformedError, TooLargeError; kept while packages are looked at."""
    known: dict[str, Packument | NotFoundError] = world.once.get(("packuments",), dict)
    found = known.get(check_name(name))
    if found is None:
        try:
            found = _ask(name, world)
        except NotFoundError as error:
            found = error.with_traceback(None)
        known[name] = found
    if isinstance(found, NotFoundError):
        raise found
    return found


def _ask(name: str, world: CollectContext) -> Packument:
    base = registry_base(world.settings, name=name)
    answer = world.http.get(base + quote(name, safe="@"), accept="application/json", limit=LARGEST)
    read = read_packument(answer.body, name)
    return replace(read, kept_at=answer.at) if answer.from_cache and answer.at else read


def read_packument(body: bytes, name: str) -> Packument:
    """The releases of a document's bytes. MalformedError when it is none, or of another package."""
    try:
        read = cast("dict[str, Any]", json_reader.read_object(body, LIMITS))
    except MalformedRecordError as error:
        raise MalformedError(f"the registry's document cannot be read: {error.message}"[:160]) from error
    listed, times, tags = (_table(read.get(key)) for key in ("versions", "time", "dist-tags"))
    if read.get("name", name) != name or not listed:
        raise MalformedError(f"the registry's document is not about {name[:80]}, or lists no version")
    made = {text: _release(name, text, entry, times.get(text)) for text, entry in listed.items()}
    known = {text: one for text, one in made.items() if one is not None}
    if not known:
        raise MalformedError(f"the registry's document of {name[:80]} has no version that can be read")
    ordered = [known[text] for text in in_order(known)]
    believable = plausible_times((one.version, one.published) for one in ordered)
    says = any(one.attested for one in ordered)  # a mirror that drops the field says it of no version
    releases = [
        replace(one, published=one.published if believable else None, attested=bool(one.attested) if says else None)
        for one in ordered
    ]
    gone = tuple(in_order(text for text in times if is_whole(text) and text not in listed))
    texts = {str(tag): text for tag, text in tags.items() if isinstance(text, str)}
    return Packument(name, tuple(releases), texts, len(made) - len(known), believable, gone)


def visible(read: Packument, world: CollectContext) -> tuple[Release, ...]:
    """What was there at the judged moment; a release without a time counts as there."""
    return tuple(one for one in read.releases if one.published is None or one.published <= world.at)


def history(releases: tuple[Release, ...]) -> ReleaseHistory:
    """Every release with its time; the predecessor is filled in by who knows the version."""
    moments = tuple(
        ReleaseMoment(one.version, one.published, one.yanked, bool(parse_semantic(one.version).pre), 1, 0, one.attested)
        for one in releases
    )
    return ReleaseHistory(moments, "")


def _release(name: str, version: str, entry: object, time: object) -> Release | None:
    if not is_whole(version) or not isinstance(entry, dict):
        return None
    fields = cast("dict[str, Any]", entry)
    try:
        manifest = manifest_of(fields)
    except MalformedError:
        return None
    dist = _table(fields.get("dist"))
    digests = digests_of(dist.get("integrity"))
    attestations = _table(dist.get("attestations"))
    deprecated = fields.get("deprecated")
    size = dist.get("unpackedSize")
    return Release(
        name,
        version,
        manifest,
        digests.get("sha512", ""),
        str(dist.get("shasum") or ""),
        str(dist.get("tarball") or ""),
        size if isinstance(size, int) and not isinstance(size, bool) else None,
        moment(time),
        deprecated[:200] if isinstance(deprecated, str) else "deprecated" if deprecated is True else "",
        bool(attestations),
        str(attestations.get("url") or ""),
        tuple(_signatures(dist.get("signatures"))),
        str(dist.get("integrity") or ""),
        tuple(sorted(_accounts(fields.get("maintainers")))),
    )


def digests_of(integrity: object) -> dict[str, str]:
    """Digests in hex of a subresource integrity text; those that are not of their length are left out."""
    found: dict[str, str] = {}
    for algorithm, text in _SRI.findall(integrity) if isinstance(integrity, str) else ():
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(raw) == {"sha512": 64, "sha384": 48, "sha256": 32, "sha1": 20}[algorithm]:
            found.setdefault(algorithm, raw.hex())
    return found


def moment(text: object) -> datetime | None:
    """An RFC 3339 time with its zone, in UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _signatures(value: object) -> list[tuple[str, str]]:
    listed = value if isinstance(value, list) else []
    pairs = [(one.get("keyid"), one.get("sig")) for one in listed if isinstance(one, dict)]
    return [(key, sig) for key, sig in pairs if isinstance(key, str) and isinstance(sig, str)]


def _accounts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else []
    names = [one.get("name") if isinstance(one, dict) else one for one in listed]
    return [name for name in names if isinstance(name, str)]


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


# --- where the registry is: the caller's setting, else the client's own configuration, else the public registry
#
# Order of the client ("npmrc" of its documentation): environment, the user's file, the machine's file. A `.npmrc` of a
# judged tree is never read, and of the files only registries are. Scopes may have a registry of their own.

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
