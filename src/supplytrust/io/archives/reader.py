"""Archives, read from memory under limits; nothing is ever written or followed.

A zip or tar is read once. Every member is hashed as it passes by; the bytes of small textual members are
kept: in memory, or beyond a few of them in a spool when one is given. What is odd about the container is told in
`problems`, with the codes of `claims.ContainerAudit`; what cannot be read at all raises `MalformedError`, what is
too much `TooLargeError`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.io.archives import tar as tar_file
from supplytrust.io.archives import zip as zip_file
from supplytrust.io.archives.collector import Collector, Entry, Keep, Limits, Spool, collisions
from supplytrust.io.archives.file_type import kind_of
from supplytrust.model.claims.artifact import MemberKind


@dataclass(frozen=True, slots=True)
class Archive:
    """A read archive, members in stored order. `problems` are `<code>: <detail>`; `folders` are stored by name."""

    format: str  # zip | tar
    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    folders: tuple[str, ...] = ()


def textual(path: str, head: bytes) -> bool:
    """Keep what is read as text; the default of `read`."""
    kept = (MemberKind.PYTHON, MemberKind.TEXT, MemberKind.METADATA, MemberKind.SCRIPT, MemberKind.SOURCE)
    return kind_of(path, head)[0] in kept


def everything(_path: str, _head: bytes) -> bool:
    """Keep every member within the limits."""
    return True


def read(
    data: bytes, name: str, *, limits: Limits | None = None, keep: Keep = textual, spool: Spool | None = None
) -> Archive:
    """Read the archive that an installer would see under this file name: `.whl` and `.zip` as zip, else tar.

    The name decides, as it does for installers: one file can be a zip to one reader and a tar to another. With a
    `spool` what is kept takes next to no memory, however much it is.
    """
    bounds = limits or Limits()
    zipped = name.lower().endswith((".whl", ".zip", ".egg"))
    walk = zip_file.walk if zipped else tar_file.walk
    collector = Collector(bounds, keep, len(data), spool)
    entries, problems = walk(data, collector)
    if not zipped and zipfile.is_zipfile(io.BytesIO(data)):
        problems.append("second-archive: it is a zip too, and pip unpacks that one")
    return Archive(
        "zip" if zipped else "tar", tuple(entries), _show_problems(problems, entries), tuple(collector.folders)
    )


def _show_problems(problems: Iterable[str], entries: Iterable[Entry]) -> tuple[str, ...]:
    paths = [entry.path for entry in entries]
    return tuple(sorted({*problems, *collisions(paths)}))
