"""Debian source packages: what a distribution builds of a release, read from the `.dsc` and the files that it lists.

Nothing is unpacked to disk or run. The signature around a `.dsc` is not checked here: the client that fetched it does
that against the distribution's keys, and what is told is what the files hold. References: Debian Policy Manual 4.7,
chapter 5 (control files) and 4.4 (changelog); dpkg-source(1); DEP-3 (patch headers).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from supplytrust.errors import MalformedError
from supplytrust.io.archives import artifact_tree, reader
from supplytrust.io.archives.collector import Entry, Limits

MOST_TEXT = 2 * 2**20
MOST_FILES, MOST_PATCHES, MOST_ENTRIES = 32, 1000, 2000
LIMITS = Limits()
_FIELD = re.compile(r"([A-Za-z0-9-]+):[ \t]*(.*)")
_SUM = re.compile(r"([0-9a-f]{64}) +([0-9]{1,15}) +([A-Za-z0-9][A-Za-z0-9.+~_-]{0,200})")
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_VERSION = re.compile(r"(?:([0-9]{1,9}):)?([A-Za-z0-9.+~-]+)")
_REPACK = re.compile(r"[+~.](?:dfsg|ds|repack(?:ed)?)[.0-9]*$")
_REALLY = re.compile(r".*[+~.]really\.?")  # what follows is the version; what stands before sorts above an earlier one
_HEAD = re.compile(r"([a-z0-9][a-z0-9+.-]+) \(([^()\s]{1,200})\)[^;]{0,200}; ?urgency=", re.IGNORECASE)
_CVE = re.compile(r"\bCVE-[0-9]{4}-[0-9]{4,7}\b|\bGHSA(?:-[23456789cfghjmpqrvwx]{4}){3}\b")
_TARBALL = re.compile(r"\.tar\.(?:gz|xz|bz2|lzma)$")


@dataclass(frozen=True, slots=True)
class SourceControl:
    """A `.dsc`: the package, its version in parts, and its files with their digests. `signed`: it has an armor."""

    source: str
    version: str
    upstream: str  # the version without epoch, revision and marks of repacking
    is_repacked: bool
    is_native: bool
    files: Mapping[str, str]  # name -> sha256
    homepage: str
    signed: bool

    @property
    def original(self) -> str:
        """The name of the upstream tarball; '' when there is none that stands alone."""
        return next((n for n in self.files if re.search(r"\.orig\.tar\.[a-z0-9]+$", n)), "")

    @property
    def packaging(self) -> str:
        """The name of the distribution's own tarball; of a native package the only one; '' for none."""
        return next((n for n in self.files if re.search(r"\.debian\.tar\.[a-z0-9]+$", n)), "")


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch that the distribution applies, in its words; `advisories` are those that its name or header names."""

    name: str
    description: str
    origin: str
    advisories: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packaging:
    """What the distribution adds: patches in order, advisories that its changelog says this upstream version is
    repaired for, and patches of the series that are not there."""

    patches: tuple[Patch, ...]
    repaired: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OriginalComparison:
    """The upstream tarball of a source package against a file of the release: `same_bytes`, else member by member."""

    against: str
    same_bytes: bool
    equal: int = 0
    modified: tuple[str, ...] = ()
    only_original: tuple[str, ...] = ()
    only_release: tuple[str, ...] = ()


def read_control(data: bytes) -> SourceControl:
    """A `.dsc`, in clear or in an OpenPGP armor, or its paragraph in an index of sources. MalformedError."""
    if len(data) > MOST_TEXT:
        raise MalformedError("the .dsc is larger than one may be")
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    signed = text.lstrip().startswith("-----BEGIN PGP SIGNED MESSAGE-----")
    if signed:
        text = text.partition("\n\n")[2].partition("\n-----BEGIN PGP SIGNATURE-----")[0]
    fields = _fields(text)
    source = (fields.get("source") or fields.get("package") or "").strip()
    version = fields.get("version", "").strip()
    match = _VERSION.fullmatch(version)
    if not _NAME.fullmatch(source) or match is None:
        raise MalformedError("the .dsc names no source package and version")
    sums = [_SUM.fullmatch(line.strip()) for line in fields.get("checksums-sha256", "").splitlines() if line.strip()]
    files = {m[3]: m[1] for m in sums if m}
    if not files or len(files) != len(sums) or len(files) > MOST_FILES:
        raise MalformedError("the .dsc lists no files with SHA-256 digests, or one of them twice")
    whole, revision = match[2], "-" in match[2]
    upstream = whole.rpartition("-")[0] if revision else whole
    plain = _plain(upstream)
    native = "native" in fields.get("format", "") or not revision
    return SourceControl(
        source, version, plain, plain != upstream, native, files, fields.get("homepage", "").strip()[:300], signed
    )


def _plain(upstream: str) -> str:
    """The version as upstream wrote it, without what the distribution had to add to it."""
    return _REPACK.sub("", _REALLY.sub("", upstream))


def _fields(text: str) -> dict[str, str]:
    """The fields of the first paragraph, names in small letters, lines that go on joined by newlines."""
    found: dict[str, str] = {}
    last = ""
    for line in text.split("\n"):
        if not line.strip():
            if found:
                break
        elif line[0] in " \t" and last:
            found[last] += "\n" + line.strip()
        elif match := _FIELD.fullmatch(line):
            last = match[1].lower()
            if last in found:
                raise MalformedError(f"the .dsc has '{match[1][:40]}' twice")
            found[last] = match[2]
    return found


def check_file(control: SourceControl, name: str, data: bytes) -> bytes:
    """The bytes of a listed file; MalformedError when they are not those that the `.dsc` lists."""
    if hashlib.sha256(data).hexdigest() != control.files.get(name):
        raise MalformedError(f"{name} is another file than the .dsc lists")
    return data


def compare_original(control: SourceControl, original: bytes, release: bytes, release_name: str) -> OriginalComparison:
    """The upstream tarball against a source archive of the release. MalformedError, TooLargeError."""
    if hashlib.sha256(original).digest() == hashlib.sha256(release).digest():
        return OriginalComparison(release_name, same_bytes=True)
    ours, theirs = _members(original, control.original), _members(release, release_name)
    both = ours.keys() & theirs.keys()
    modified = tuple(sorted(path for path in both if ours[path] != theirs[path]))
    return OriginalComparison(
        release_name,
        same_bytes=False,
        equal=len(both) - len(modified),
        modified=modified,
        only_original=tuple(sorted(ours.keys() - theirs.keys())),
        only_release=tuple(sorted(theirs.keys() - ours.keys())),
    )


def _members(data: bytes, name: str) -> dict[str, str]:
    tree = artifact_tree.read_tree(data, name, rooted=True, keep=_nothing, limits=LIMITS)
    return {entry.path: entry.sha256 for entry in tree.readable}


def _nothing(_path: str, _head: bytes) -> bool:
    return False


def read_packaging(control: SourceControl, data: bytes) -> Packaging:
    """The patches and the changelog of the distribution's tarball. MalformedError, TooLargeError."""
    entries = {e.path: e for e in reader.read(data, control.packaging, keep=_is_packaging, limits=LIMITS).entries}
    changelog = _text(entries.get("debian/changelog"))
    series = [line.split("#")[0].split() for line in _text(entries.get("debian/patches/series")).splitlines()]
    names = [words[0] for words in series if words][:MOST_PATCHES]
    patches = [_patch(name, _text(entries.get(f"debian/patches/{name}"))) for name in names]
    absent = tuple(name for name in names if f"debian/patches/{name}" not in entries)
    return Packaging(tuple(patches), repaired_by(changelog, control), absent)


def _is_packaging(path: str, _head: bytes) -> bool:
    return path == "debian/changelog" or path.startswith("debian/patches/")


def _text(entry: Entry | None) -> str:
    data = entry.data if entry is not None else None
    return data[:MOST_TEXT].decode("utf-8", "replace") if data else ""


def _patch(name: str, text: str) -> Patch:
    header = re.split(r"^(?:---|diff|Index:|@@)", text, maxsplit=1, flags=re.MULTILINE)[0]
    fields = {m[1].lower(): m[2].strip() for line in header.splitlines() if (m := _FIELD.fullmatch(line))}
    first = next((line.strip() for line in header.splitlines() if line.strip()), "")
    what = fields.get("description") or fields.get("subject") or first
    touched = re.findall(r"^\+\+\+ (?:[^/\s]+/)?(\S+)", text, re.MULTILINE)
    found = dict.fromkeys(_CVE.findall(f"{name} {header}"))
    return Patch(name, what[:200], fields.get("origin", "")[:200], tuple(found), tuple(dict.fromkeys(touched))[:50])


def repaired_by(changelog: str, control: SourceControl) -> tuple[str, ...]:
    """The advisories that entries about this upstream version name, down to the first entry about an older one."""
    found: dict[str, None] = {}
    inside = False
    for number, line in enumerate(changelog.splitlines()):
        head = _HEAD.match(line)
        if head:
            whole = head[2].partition(":")[2] or head[2]
            upstream = _plain(whole.rpartition("-")[0] if "-" in whole else whole)
            if upstream != control.upstream and number:
                break
            inside = upstream == control.upstream
        elif inside:
            found |= dict.fromkeys(_CVE.findall(line))
    return tuple(found)
