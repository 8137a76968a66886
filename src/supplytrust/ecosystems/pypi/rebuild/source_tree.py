"""Source trees: read from an sdist or a `git archive` tar, and laid out for a build."""

from __future__ import annotations

import calendar
import io
import os
import posixpath
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.archives import collector, reader
from supplytrust.io.archives.artifact_tree import read_tree

LIMITS: Final = collector.Limits(
    keep_member=512 * 2**20, keep_total=1024 * 2**20, elf_member=512 * 2**20, elf_total=1024 * 2**20
)
STOPS: Final = ("path-escape", "device", "link", "duplicate-member", "name-mismatch", "extra-root", "second-archive")


@dataclass(frozen=True, slots=True)
class SourceTree:
    """An archive of sources.

    `root` is its top folder ('' when files lie at the top); `members` are without it.
    """

    data: bytes
    zipped: bool
    root: str
    members: Mapping[str, bytes]
    executable: frozenset[str] = frozenset()

    @property
    def folder(self) -> str:
        """Name of the folder a build runs in."""
        return self.root or "source"


def members_of(data: bytes, file_name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """All files with their bytes, those of a sdist without its root folder, and what the container audit says.

    Raises MalformedError for what cannot be read, TooLargeError for what is too much.
    """
    tree = read_tree(data, file_name, rooted=not file_name.endswith(".whl"), limits=LIMITS, keep=reader.everything)
    odd = (problem for problem in tree.problems if not problem.startswith("unresolved-link:"))
    return _with_bytes(tree.readable), tuple(odd)


def _with_bytes(files: Iterable[collector.Entry]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in files:
        if entry.data is None:
            raise TooLargeError(f"{entry.path[:80]!r} is too large to be compared")
        found[entry.path] = entry.data
    return found


def read(data: bytes, file_name: str) -> SourceTree:
    """Read a source archive. Raises MalformedError when unpacking it could reach outside its folder."""
    tree = read_tree(data, file_name, rooted=True, limits=LIMITS, keep=reader.everything)
    for problem in tree.problems:
        if problem.partition(":")[0] in STOPS:
            raise MalformedError(f"the source archive is odd: {problem[:120]}")
    return SourceTree(data, tree.format == "zip", tree.root, _with_bytes(tree.readable))


def lay_out(tree: SourceTree, folder: Path, umask: int = 0o022) -> Path:
    """Unpack into an empty folder, keeping times and modes; answers the root folder of the sources.

    The tree has been read before, so that no member leads outside and sizes are bounded.
    """
    target = folder if tree.root else folder / tree.folder
    target.mkdir(parents=True, exist_ok=True)
    if tree.zipped:
        _unzip(tree.data, target)
    else:
        with tarfile.open(fileobj=io.BytesIO(tree.data), mode="r:*") as tar:
            _untar(tar, target, umask)
    return folder / tree.folder


def _untar(tar: tarfile.TarFile, target: Path, umask: int) -> None:
    """Files first and links last, so that nothing is ever written through a link."""
    links: list[tuple[Path, str]] = []
    for info in tar.getmembers():
        place = target / posixpath.normpath(info.name)
        if info.isdir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if info.issym():
            links.append((place, info.linkname))
        elif info.isreg() or info.islnk():
            source = tar.extractfile(info)
            place.write_bytes(source.read() if source is not None else b"")
            place.chmod((info.mode | 0o600) & 0o777 & ~umask)
            os.utime(place, (info.mtime, info.mtime))
    for place, aim in links:
        if not place.exists():
            place.symlink_to(aim)


def _unzip(data: bytes, target: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        for info in source.infolist():
            written = Path(source.extract(info, target))
            if info.is_dir():
                continue
            mode = info.external_attr >> 16
            written.chmod(0o755 if mode & 0o100 else 0o644)
            year, month, day, hour, minute, second = info.date_time
            stamp = calendar.timegm((year, max(month, 1), max(day, 1), hour, minute, second))
            os.utime(written, (stamp, stamp))
