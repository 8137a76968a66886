"""The sparse index of a registry: one page a crate, one release a line ("Registry index" of the cargo book).

A line that cannot be read is left out and counted, so that one never costs the others. What two lines of one version
say differently is unknown, and the less favourable of it counts. Its `config.json` says where crates lie.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

from supplytrust.ecosystems.cargo.address import sparse_base
from supplytrust.ecosystems.cargo.versions import is_whole
from supplytrust.ecosystems.plausible_times import plausible_times
from supplytrust.errors import (
    InvalidSubjectError,
    MalformedError,
    MalformedRecordError,
    NotFoundError,
    RefusedError,
    TooLargeError,
)
from supplytrust.formats import json_reader
from supplytrust.io.context import CollectContext
from supplytrust.io.http.client import Answer
from supplytrust.model.claims.release import ReleaseFile, ReleaseHistory, ReleaseMoment
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.versions import parse_semantic

LARGEST_PAGE = 16 * 2**20
LARGEST_CRATE = 64 * 2**20
MOST_LINES = 20_000
_LINE = json_reader.Limits(size=2**20, depth=16, values=60_000, floats=True)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}")
_UNDERSTOOD = (1, 2)  # values of `v`; cargo passes over lines of later ones


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of `deps`. `name` is how the crate calls it, `package` what the registry does."""

    name: str
    package: str
    requirement: str
    kind: str  # normal | build | dev
    optional: bool = False
    target: str = ""
    registry: str = ""
    features: tuple[str, ...] = ()
    default_features: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A release as its line tells it; unknown digests '', unknown times None."""

    name: str
    version: str
    sha256: str
    yanked: bool
    published: datetime | None
    dependencies: tuple[Dependency, ...] = field(repr=False, default=())
    features: Mapping[str, tuple[str, ...]] = field(repr=False, default_factory=dict)
    links: str = ""
    rust_version: str = ""

    # --- as a file of the index (`IndexedFile`)

    @property
    def file_name(self) -> str:
        """The name that the client gives the file."""
        return f"{self.name}-{self.version}.crate"

    @property
    def kind(self) -> ArtifactKind:
        """An archive of sources, which is what is built where it is used."""
        return ArtifactKind.SOURCE

    @property
    def release(self) -> str:
        """The version."""
        return self.version

    @property
    def uploaded_at(self) -> datetime | None:
        """When it was published."""
        return self.published

    @property
    def attested(self) -> bool | None:
        """The index has no field for attestations."""
        return None

    @property
    def provenance(self) -> str:
        """None is named."""
        return ""

    def artifact(self) -> Artifact:
        """The crate as an artifact that can be judged."""
        return Artifact(self.file_name, self.sha256, self.kind)

    def as_claim(self) -> ReleaseFile:
        """The crate as a part of a claim."""
        return ReleaseFile(self.file_name, self.kind, self.sha256, None, self.published, self.yanked)


@dataclass(frozen=True, slots=True)
class Page:
    """All releases of a crate, lowest version first. `skipped` lines could not be read."""

    name: str
    lines: tuple[Line, ...]
    skipped: int = 0
    believable: bool = True  # False: the times are out of order, and were dropped
    kept_at: datetime | None = None
    raw: bytes = field(repr=False, default=b"")

    def line(self, version: str) -> Line | None:
        """The line of exactly this version."""
        return next((one for one in self.lines if one.version == version), None)


def check_name(name: str) -> str:
    """The name as given; InvalidSubjectError when no registry would take it."""
    if not _NAME.fullmatch(name):
        raise InvalidSubjectError(f"'{name[:80]}' is not the name of a crate")
    return name


def normal_name(name: str) -> str:
    """One spelling for names that a registry takes for one: case and `-` or `_` make no difference."""
    return name.strip().lower().replace("_", "-")


def page_path(name: str) -> str:
    """Where the page of a crate lies below the index."""
    low = name.lower()
    if len(low) < 4:
        return f"{len(low)}/{low}" if len(low) < 3 else f"3/{low[0]}/{low}"
    return f"{low[:2]}/{low[2:4]}/{low}"


def page(name: str, world: CollectContext) -> Page:
    """The page of a crate, however its dashes are written. NotFoundError, MalformedError, TooLargeError."""
    pages: dict[str, Page | NotFoundError] = world.once.get(("crate-pages",), dict)
    key = normal_name(check_name(name))
    found = pages.get(key)
    if found is None:
        try:
            found = _ask(name, world)
        except NotFoundError as error:
            found = error.with_traceback(None)
        pages[key] = found
    if isinstance(found, NotFoundError):
        raise found
    return found


def _ask(name: str, world: CollectContext) -> Page:
    base = sparse_base(world.settings, name=name)
    low = name.lower()
    spellings = dict.fromkeys((low, low.replace("_", "-"), low.replace("-", "_")))
    for spelling in spellings:
        try:
            answer = world.http.get(base + page_path(spelling), limit=LARGEST_PAGE)
        except NotFoundError:
            continue
        return _read_answer(answer, name)
    raise NotFoundError(f"the index has no crate {name}")


def _read_answer(answer: Answer, name: str) -> Page:
    read = read_page(answer.body, name)
    return replace(read, kept_at=answer.at) if answer.from_cache and answer.at else read


def read_page(body: bytes, name: str) -> Page:
    """The releases of a page's bytes. MalformedError when none of its lines can be read."""
    texts = [line for line in body.split(b"\n") if line.strip()]
    if len(texts) > MOST_LINES:
        raise TooLargeError(f"the index page of {name} has {len(texts)} lines")
    read = [_line(text, name) for text in texts]
    united = _unite(line for line in read if line is not None)
    if not united:
        raise MalformedError(f"the index page of {name} has no line that can be read")
    ordered = sorted(united, key=lambda one: (parse_semantic(one.version).key, one.version))
    believable = plausible_times((one.version, one.published) for one in ordered)
    lines = ordered if believable else [replace(one, published=None) for one in ordered]
    return Page(ordered[-1].name, tuple(lines), sum(line is None for line in read), believable, raw=body)


def visible(read: Page, world: CollectContext) -> tuple[Line, ...]:
    """What was there at the judged moment; a line without a time counts as there."""
    return tuple(one for one in read.lines if one.published is None or one.published <= world.at)


def history(lines: Iterable[Line]) -> ReleaseHistory:
    """Every release with its time, lowest version first; the predecessor is filled in by who knows the version."""
    moments = tuple(
        ReleaseMoment(one.version, one.published, one.yanked, bool(parse_semantic(one.version).pre), 0, 1)
        for one in lines
    )
    return ReleaseHistory(moments, "")


def _unite(lines: Iterable[Line]) -> list[Line]:
    found: dict[str, Line] = {}
    for line in lines:
        first = found.get(line.version)
        found[line.version] = line if first is None or first == line else _join(first, line)
    return list(found.values())


def _join(one: Line, other: Line) -> Line:
    times = [t for t in (one.published, other.published) if t is not None]
    return replace(
        one,
        sha256=one.sha256 if one.sha256 == other.sha256 else "",
        yanked=one.yanked or other.yanked,
        published=max(times) if len(times) == 2 else None,
        dependencies=tuple(dict.fromkeys((*one.dependencies, *other.dependencies))),
    )


# --- one line


def _line(text: bytes, asked: str) -> Line | None:
    """A release; None for a line that is unreadable, of another crate, or of a later form than is understood."""
    try:
        read = json_reader.read_json(text, _LINE, show_halves=True)
    except MalformedRecordError:
        return None
    if not isinstance(read, dict):
        return None
    fields = cast("dict[str, Any]", read)
    name, version = fields.get("name"), fields.get("vers")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or normal_name(name) != normal_name(asked):
        return None
    if not isinstance(version, str) or not is_whole(version) or fields.get("v", 1) not in _UNDERSTOOD:
        return None
    entries = fields.get("deps", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return None  # what it depends on would be hidden
    digest = fields.get("cksum")
    return Line(
        name,
        version,
        digest if isinstance(digest, str) and _HEX.fullmatch(digest) else "",
        fields.get("yanked") not in (None, False),
        moment(fields.get("pubtime")),
        tuple(_dependency(entry) for entry in entries),
        _features(fields),
        _text(fields.get("links")),
        _text(fields.get("rust_version")),
    )


def moment(text: object) -> datetime | None:
    """An RFC 3339 time with its zone, in UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _dependency(fields: Mapping[str, Any]) -> Dependency:
    name = _text(fields.get("name"))
    return Dependency(
        name,
        _text(fields.get("package")) or name,
        _text(fields.get("req")),
        _text(fields.get("kind")) or "normal",
        fields.get("optional") is True,
        _text(fields.get("target")),
        _text(fields.get("registry")),
        _texts(fields.get("features")),
        fields.get("default_features") is not False,
    )


def _features(fields: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """`features` and `features2` (of form 2) together."""
    merged: dict[str, tuple[str, ...]] = {}
    for key in ("features", "features2"):
        table = fields.get(key)
        for name, values in table.items() if isinstance(table, dict) else ():
            merged[str(name)] = (*merged.get(str(name), ()), *_texts(values))
    return merged


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: object) -> tuple[str, ...]:
    return tuple(v for v in values if isinstance(v, str)) if isinstance(values, list) else ()


_CONFIG = json_reader.Limits(size=2**16, depth=8, values=200)
_MARKERS = ("{crate}", "{version}", "{prefix}", "{lowerprefix}", "{sha256-checksum}")


# --- where crates lie


def fetch(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The crate's bytes. The digest is not judged here: bytes that differ are what `MeasuredDigest` is about."""
    kept = world.blobs.get(artifact.sha256)
    if kept is not None:
        return kept
    version = artifact.file_name.removeprefix(f"{subject.name}-").removesuffix(
        ".crate"
    )  # of the file: it may be another
    url = address_of(subject.name, version, artifact.sha256, world)
    data = world.http.get(url, raw=True, limit=LARGEST_CRATE).body
    if hashlib.sha256(data).hexdigest() == artifact.sha256:
        world.blobs.put(data)
    return data


def address_of(name: str, version: str, sha256: str, world: CollectContext) -> str:
    """Where a crate is downloaded from ("Index Configuration" of the cargo book). RefusedError, MalformedError."""
    base = sparse_base(world.settings, name=name)
    template = _template(base, world)
    prefix = page_path(name).rpartition("/")[0]
    cased = "/".join(_page_folders(name, prefix))
    values = (quote(name), quote(version, safe=""), cased, prefix, sha256)
    url = (
        template
        if any(marker in template for marker in _MARKERS)
        else f"{template.rstrip('/')}/{{crate}}/{{version}}/download"
    )
    for marker, value in zip(_MARKERS, values, strict=True):
        url = url.replace(marker, value)
    if urlsplit(base).scheme == "https" and urlsplit(url).scheme != "https":
        raise RefusedError("crates are listed at a less protected address than the index itself")
    return url


def _page_folders(name: str, prefix: str) -> list[str]:
    """The parts of the page's folder with the letters of the name as they are written."""
    if len(name) < 4:
        return [str(len(name)), *([name[0]] if len(name) == 3 else [])]
    return [name[:2], name[2:4]] if prefix else []


def _template(base: str, world: CollectContext) -> str:
    body = world.http.get(base + "config.json", limit=_CONFIG.size).body
    try:
        told = json_reader.read_json(body, _CONFIG)
    except MalformedRecordError as error:
        raise MalformedError(f"the index's configuration cannot be read: {error.message}"[:160]) from error
    template = told.get("dl") if isinstance(told, dict) else None
    if not isinstance(template, str) or not template:
        raise NotFoundError("the index does not say where crates lie")
    return template
