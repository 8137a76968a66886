"""The files of a project: Simple API as JSON (PEP 691, 700, 714, 740), else HTML (PEP 503, 592, 658, 740).

What a plain HTML page leaves out (upload times, sizes) is filled from the JSON API's `releases` when the
index has that. File names that tell no PEP 440 version and entries that cannot be read are left out and counted; what
of a name cannot be printed or has no UTF-8 form is shown escaped.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.utils import canonicalize_name
from packaging.version import Version

from supplytrust.ecosystems.pypi import documents
from supplytrust.ecosystems.pypi.address import simple_base
from supplytrust.ecosystems.pypi.files import (
    LONGEST,
    IndexFile,
    Project,
    digest,
    length,
    moment,
    unite_entries,
    version_of,
)
from supplytrust.errors import MalformedError, MalformedRecordError, SourceError
from supplytrust.formats.codec_scalars import escape_text
from supplytrust.formats.json_reader import read_foreign_json
from supplytrust.io.context import CollectContext

_JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
LIMIT = 64 * 2**20


def project(name: str, world: CollectContext) -> Project:
    """Everything the index lists for a project, of any time. NotFoundError when it has no such project."""
    canonical = canonicalize_name(name)
    url = f"{simple_base(world.settings, name=canonical)}{canonical}/"
    return world.once.get(("project", url), lambda: _project(canonical, url, world))


def _project(canonical: str, url: str, world: CollectContext) -> Project:
    answer = world.http.get(url, accept=ACCEPT, limit=LIMIT)
    found = _parse(answer.body, answer.url, canonical)
    if world.http.offline and answer.at is not None:
        found = dataclasses.replace(found, kept_at=answer.at)
        said = f"{answer.at:%Y-%m-%d %H:%M} UTC"
        world.progress("notice", f"offline: what the index said of {canonical} on {said} is used")
    if all(f.uploaded_at is not None and f.size is not None for f in found.files):
        return found
    return _complete_from_json(found, world)


def _parse(body: bytes, url: str, name: str) -> Project:
    text = body.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] == "{":
        return _from_json(text, url, name)
    return _from_html(text, url, name)


def _from_json(text: str, url: str, name: str) -> Project:
    try:
        document = read_foreign_json(text)
    except MalformedRecordError as error:
        raise MalformedError("the index answered JSON that cannot be read") from error
    listed = document.get("files") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise MalformedError("the index answered JSON without a list of files")
    entries = [entry for entry in listed if isinstance(entry, dict)]
    speaks = any("provenance" in entry for entry in entries)
    files = [f for f in (_json_file(entry, url, name, speaks=speaks) for entry in entries) if f is not None]
    return Project(name, unite_entries(files), "json", len(listed) - len(files))


def _json_file(entry: Mapping[str, object], page: str, name: str, *, speaks: bool) -> IndexFile | None:
    file_name, url = entry.get("filename"), entry.get("url")
    if not isinstance(url, str) or not isinstance(file_name, str):
        return None
    version, address = _version(file_name, name), _absolute(page, url)
    if version is None or not address:
        return None
    hashes, yanked, provenance = entry.get("hashes"), entry.get("yanked"), entry.get("provenance")
    where = provenance if isinstance(provenance, str) else ""
    return IndexFile(
        escape_text(file_name, LONGEST),
        address,
        version,
        digest(hashes.get("sha256")) if isinstance(hashes, dict) else "",
        length(entry.get("size")),
        moment(entry.get("upload-time")),
        yanked is True or isinstance(yanked, str),
        yanked if isinstance(yanked, str) else "",
        str(entry.get("requires-python") or ""),
        bool(where) if speaks else None,
        _absolute(page, where) if where else "",
    )


def _from_html(text: str, url: str, name: str) -> Project:
    anchors = read_anchors(text, url)
    speaks = any("provenance" in anchor.data for anchor in anchors)
    files = [f for f in (_html_file(anchor, name, speaks=speaks) for anchor in anchors) if f is not None]
    return Project(name, unite_entries(files), "html", len(anchors) - len(files))


def _html_file(anchor: Anchor, name: str, *, speaks: bool) -> IndexFile | None:
    version = _version(anchor.file_name, name)
    if version is None:
        return None
    where = anchor.data.get("provenance", "")
    return IndexFile(
        escape_text(anchor.file_name, LONGEST),
        anchor.url,
        version,
        digest(anchor.sha256),
        None,
        moment(anchor.data.get("upload-time")),
        "yanked" in anchor.data,
        anchor.data.get("yanked", ""),
        anchor.data.get("requires-python", ""),
        bool(where) if speaks else None,
        _absolute(anchor.url, where) if where else "",
    )


def _version(file_name: str, name: str) -> Version | None:
    """The version that a file of the project is of by its name; a name that leads elsewhere is no name of a file."""
    return None if "/" in file_name else version_of(file_name, name)


_WHOLE = re.compile(r"https://[a-z0-9.-]+/[A-Za-z0-9_./+~%-]*")  # nothing is left to be joined


def _absolute(page: str, url: str) -> str:
    """An address of a page as an absolute one; '' when it cannot be read, which costs only the file that has it."""
    if _WHOLE.fullmatch(url) and "/." not in url:
        return url
    try:
        return urljoin(page, url)
    except ValueError:
        return ""


def _complete_from_json(found: Project, world: CollectContext) -> Project:
    """Times, sizes, digests and yanks from the JSON API, for the files that both know by one digest."""
    try:
        listed = documents.releases(documents.project_document(found.name, world))
    except SourceError:
        return found
    return dataclasses.replace(found, files=tuple(_fill_gaps(f, listed) for f in found.files))


def _fill_gaps(file: IndexFile, listed: Mapping[str, documents.IndexEntry]) -> IndexFile:
    more = listed.get(file.file_name)
    if more is None or (file.sha256 and more.sha256 and file.sha256 != more.sha256):
        return file
    return dataclasses.replace(
        file,
        sha256=file.sha256 or more.sha256,
        size=more.size if file.size is None else file.size,
        uploaded_at=file.uploaded_at or more.uploaded_at,
        yanked=file.yanked or more.yanked,
        yanked_reason=file.yanked_reason or more.yanked_reason,
    )


def visible(files: Iterable[IndexFile], world: CollectContext) -> list[IndexFile]:
    """Files uploaded no later than the judged moment; of unknown time only when that moment is now."""
    today = world.at >= world.now
    return [f for f in files if (today if f.uploaded_at is None else f.uploaded_at <= world.at)]


def same_scheme(page: str, url: str) -> bool:
    """Whether a listed file is fetched no less protected than the page that lists it."""
    return urlsplit(page).scheme != "https" or urlsplit(url).scheme == "https"


# --- The Simple API as HTML (https://packaging.python.org/specifications/simple-repository-api/).

MOST_LINKS = 200_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """One link of a page: absolute URL without fragment, file name, digest, data attributes."""

    url: str
    file_name: str
    sha256: str
    data: dict[str, str]


@dataclass(slots=True)
class _Page:
    base: str
    titled: bool = False
    anchors: list[Anchor] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page(url)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and given.get("href"):
            self.page.base = _join_address(self.page.base, given["href"])
        elif tag == "a" and given.get("href"):
            self._link(given)
        elif tag in ("h1", "title", "meta"):
            self.page.titled = True

    def _link(self, given: dict[str, str]) -> None:
        if len(self.page.anchors) >= MOST_LINKS:
            raise MalformedError("an index page has too many links")
        try:
            url, fragment = urldefrag(urljoin(self.page.base, given["href"].strip()))
            name = unquote(urlsplit(url).path.rpartition("/")[2], errors="surrogateescape")
        except ValueError:  # costs this link only; it counts as one that names no file
            url, fragment, name = "", "", "unreadable."
        algorithm, _, value = fragment.partition("=")
        data = {key[5:]: value for key, value in given.items() if key.startswith("data-")}
        self.page.anchors.append(Anchor(url, name, value if algorithm == "sha256" else "", data))


def _join_address(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError as error:
        raise MalformedError("an index page has an unreadable link") from error


def read_anchors(text: str, url: str) -> list[Anchor]:
    """All links of a project page. MalformedError when it is not such a page at all, or ends inside a tag or comment.

    `HTMLParser.close` is not called: it would go on behind everything that has no end and look for that end again
    and again, which takes time by the square of the page (CPython, CVE-2025-6069). pip does not call it either.
    """
    reader = _Reader(url)
    try:
        reader.feed(text)
    except (AssertionError, ValueError, RecursionError) as error:
        raise MalformedError(f"an index page cannot be read: {type(error).__name__}") from error
    if "<" in reader.rawdata:
        raise MalformedError("an index page ends inside a tag or comment: was it cut off?")
    files = [a for a in reader.page.anchors if a.file_name and "." in a.file_name]
    if not files and not reader.page.titled and not reader.page.anchors:
        raise MalformedError("the index answered something that is not a project page")
    return files
