"""The Simple API as HTML (https://packaging.python.org/specifications/simple-repository-api/)."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from supplytrust.errors import MalformedError

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


def read(text: str, url: str) -> list[Anchor]:
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
