"""What the names of archive members may do to a reader that unpacks them. Pure."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator

_DRIVE = re.compile(r"^[A-Za-z]:")


def escape(path: str) -> bool:
    """Whether some reader on some system would put this outside its folder, or cut the name short."""
    flat = path.replace("\\", "/")
    if not path or "\x00" in path or flat.startswith("/") or _DRIVE.match(flat):
        return True
    return ".." in flat.split("/")


def leads_out(path: str, target: str) -> bool:
    """Whether a symbolic link at `path` leads out of the archive's root folder."""
    if escape(path) or "\x00" in target or target.startswith(("/", "\\")) or _DRIVE.match(target):
        return True
    landed = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return landed == ".." or landed.startswith("../")


def collisions(paths: Iterable[str]) -> Iterator[str]:
    """Names that occur twice, or are one name on a file system without case or with composed letters."""
    exact: set[str] = set()
    folded: dict[str, str] = {}
    for path in paths:
        if path in exact:
            yield f"duplicate-member: {path}"
            continue
        exact.add(path)
        key = unicodedata.normalize("NFC", path).casefold()
        if key in folded:
            yield f"case-collision: {folded[key]} and {path}"
        folded.setdefault(key, path)
