"""The lines of a requirement file and of the files that it includes, taken apart as pip takes them apart.

https://pip.pypa.io/en/stable/reference/requirements-file-format/. A file that pip refuses as a whole (an option that it
does not know, an include that cannot be read) is an error; what a single line means is for `requirements` to say.
"""

from __future__ import annotations

import optparse
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from supplytrust.formats.list_file import Field, content, list_text
from supplytrust.io.http.url_rules import path_of_url

MAX_INCLUDED = 50
MAX_LINE = 200_000
PROJECT_FILES = (".git", "pyproject.toml", "setup.py", "setup.cfg")
_COMMENT = re.compile(r"(^|\s)#.*$")
_FLAGS = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre", "--always-unzip", "-Z",
          "--process-dependency-links", "--use-wheel", "--no-use-wheel")  # fmt: skip
_VALUES = ("--no-binary", "--only-binary", "--all-releases", "--only-final", "--trusted-host", "--use-feature",
           "--global-option", "--install-option")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement or constraint: its text without options, and the digests that it pins (`algorithm:hex`)."""

    field: Field
    text: str
    pins: tuple[str, ...]
    editable: bool
    constraint: bool


class _Parser(optparse.OptionParser):
    """pip's own parser is this one of the standard library: abbreviations and joined values are the same."""

    def error(self, msg: str) -> NoReturn:
        raise ValueError(msg)


def _parser() -> _Parser:
    parser = _Parser(add_help_option=False, usage="")
    parser.add_option("-i", "--index-url", "--pypi-url", dest="index")
    parser.add_option("--extra-index-url", dest="more", action="append")
    parser.add_option("-f", "--find-links", dest="links", action="append")
    parser.add_option("-r", "--requirement", dest="requirements", action="append")
    parser.add_option("-c", "--constraint", dest="constraints", action="append")
    parser.add_option("-e", "--editable", dest="editables", action="append")
    parser.add_option("--hash", dest="hashes", action="append")
    parser.add_option("-C", "--config-settings", "--config-setting", dest="ignored")
    for flag in _FLAGS:
        parser.add_option(flag, dest="no_index" if flag == "--no-index" else "ignored", action="store_true")
    for option in _VALUES:
        parser.add_option(option, dest="ignored")
    return parser


class Walk:
    """One reading of a requirement file: `lines` in order, and the options that count for all of them."""

    def __init__(self, path: Path) -> None:
        self.project = _project(path)
        self.lines: list[Line] = []
        self.notes: list[str] = []
        self._index: str | None = None
        self._more: list[str] = []
        self._links: list[str] = []
        self._no_index = False
        self._files = 0
        self._parser = _parser()
        self._file(Field("", path, ""), path, (), constraint=False)

    @property
    def indexes(self) -> tuple[str, ...]:
        """Every place where pip would look for packages; () when nothing is said about it."""
        if self._no_index:
            return tuple(self._links) or ("no index (--no-index)",)
        if self._index is None and not self._more and not self._links:
            return ()
        return (self._index or "", *self._more, *self._links)

    def _file(self, asked: Field, path: Path, above: tuple[Path, ...], *, constraint: bool) -> None:
        """Read a file that `asked` names."""
        self._files += 1
        real = real_path(asked, path)
        if real in above:
            raise asked.wrong(f"includes itself: {' -> '.join(p.name for p in (*above, real))}")
        if self._files > MAX_INCLUDED:
            raise asked.wrong(f"more than {MAX_INCLUDED} files are included")
        if above and (not real.is_relative_to(self.project) or not real.is_file()):
            raise asked.wrong(f"includes '{asked.value}', which is no file of this project", hint="name it as a target")
        text, notes = list_text(content(path), path)
        self.notes += [f"{path.name}: {note}" for note in notes]
        for number, row in _logical(text, path):
            self._line(Field(row, path, f"line {number}"), (*above, real), constraint=constraint)

    def _line(self, field: Field, above: tuple[Path, ...], *, constraint: bool) -> None:
        text, options = _split(str(field.value))
        try:
            parts = options.split() if not set("\"'\\") & set(options) else shlex.split(options)
            given, _ = self._parser.parse_args(parts, self._parser.get_default_values())
        except ValueError as error:
            if text:
                text, given = str(field.value), self._parser.get_default_values()
            else:
                raise field.wrong(f"{options[:80]!r}: {error}", hint="pip refuses the file because of it") from None
        if text or given.editables:
            shown = text or str(given.editables[0])
            self.lines.append(Line(field, shown, tuple(_pins(given)), not text, constraint))
        elif given.requirements or given.constraints:
            included = (given.requirements or given.constraints)[0]
            self._include(field, included, above, constraint=not given.requirements)
        else:
            self._index = given.index or self._index
            self._more += given.more or []
            self._links += given.links or []
            self._no_index = self._no_index or bool(given.no_index)

    def _include(self, field: Field, named: str, above: tuple[Path, ...], *, constraint: bool) -> None:
        path = local_path(named) if named.lower().startswith("file:") else named
        if not path or is_address(path):
            hint = "nothing is fetched from there: download it beside this file and include the copy"
            raise field.wrong(f"includes the address {named[:120]!r}, whose contents are not known here", hint=hint)
        self._file(Field(named[:120], field.path, field.place), field.path.parent / path, above, constraint=constraint)


def _pins(given: optparse.Values) -> Iterator[str]:
    return (str(pin) for pin in given.hashes or [])


def _split(line: str) -> tuple[str, str]:
    """The requirement and the options behind it: these begin at the first word that begins with a dash."""
    words = line.split(" ")
    first = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    return " ".join(words[:first]).strip(), " ".join(words[first:])


def _logical(text: str, path: Path) -> Iterator[tuple[int, str]]:
    """Lines joined at a backslash and without comments, each with the number of its first physical line."""
    begun: list[str] = []
    first = size = 0
    for number, row in enumerate([*text.splitlines(), ""], 1):
        first = first if begun else number
        comment = row.lstrip().startswith("#")
        if row.endswith("\\") and not comment:
            begun.append(row.strip("\\"))
        size += len(row)
        if size > MAX_LINE:
            raise Field("", path, f"line {first}").wrong(f"longer than {MAX_LINE} characters")
        if row.endswith("\\") and not comment:
            continue
        whole = _COMMENT.sub("", "".join([*begun, f" {row}" if comment else row])).strip()
        begun, size = [], 0
        if whole:
            yield first, whole


def _project(path: Path) -> Path:
    """The folder that includes may not leave: the nearest one above that is a project, else the file's own."""
    folder = path.absolute().parent
    marked = (f for f in (folder, *folder.parents) if any((f / name).exists() for name in PROJECT_FILES))
    return real_path(Field("", path, ""), next(marked, folder))


def real_path(field: Field, path: Path) -> Path:
    """A path without links. InputError when it cannot be followed."""
    try:
        path.is_file()
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, names that are too long
        raise field.wrong(f"'{path.name[:120]}' cannot be followed", hint="check the links") from None


# --- paths in lists: as pip tells them from names, by the text alone, so that no file takes the place of a package

LISTED_FILES = (
    *(".wasm", ".whl", ".zip", ".tar", ".tgz", ".tbz", ".txz", ".tlz"),
    *(f".tar.{packing}" for packing in ("gz", "bz2", "xz", "lz", "lzma")),
)
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|file:|pkg:)", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a text begins with a scheme: an address, a `file:` URL, a purl."""
    return bool(_ADDRESS.match(text))


def split_marker(text: str) -> tuple[str, str]:
    """A requirement without its marker, and the marker: in an address `;` needs a space behind it, as for pip."""
    before, _, marker = text.partition("; " if is_address(text) else ";")
    return before.strip(), marker.strip()


def without_extras(text: str) -> str:
    """A path without the extras behind it: `.[dev]` is `.`."""
    plain = text.strip()
    before, _, extras = plain.rpartition("[")  # no pattern: blanks before a bracket would cost their square
    return before.rstrip() if before and extras.endswith("]") and "]" not in extras[:-1] else plain


def local_path(text: str) -> str:
    """The path that a text names, without extras and marker; '' when it names a package or an address elsewhere.

    A path has a separator, begins with a dot, or ends like an archive or a WebAssembly file.
    """
    named = split_marker(text)[0]
    if named.lower().startswith("file:"):
        return path_of_url(without_extras(named.partition("#")[0]))
    if is_address(named):
        return ""
    path = without_extras(named)
    before, at, _ = path.partition("@")
    if at and not _is_listed_path(before) and not path.startswith("@"):
        return ""  # `name @ address`, `name@1.0`
    return path if _is_listed_path(path) else ""


def _is_listed_path(text: str) -> bool:
    return text.startswith(".") or "/" in text or "\\" in text or text.lower().endswith(LISTED_FILES)
