"""A wheel's RECORD against its members, as a claim (`formats.wheel_record` has the rules)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi.contents import dist_info
from supplytrust.errors import TooLargeError
from supplytrust.formats.wheel_record import compare_record, digest_of
from supplytrust.io.archives.collector import Entry
from supplytrust.model.claims.artifact import RecordCheck

MOST = 200  # of each kind that is told


@dataclass(frozen=True, slots=True)
class _Files:
    """The members of a read wheel."""

    by_path: Mapping[str, Entry]

    def __contains__(self, path: object, /) -> bool:
        return path in self.by_path

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_path)

    def measure(self, path: str, algorithm: str) -> tuple[int | None, str | None]:
        file = self.by_path[path]
        if algorithm in ("", "sha256"):
            return file.size, file.sha256
        data = file.data
        return file.size, None if data is None else digest_of(data, algorithm)


def check(contents: Contents) -> RecordCheck:
    """Compare both directions.

    TooLargeError: there is a RECORD, but its bytes were not kept; that says nothing about the members.
    """
    path = dist_info(contents) + "RECORD"
    found = contents.file(path) if dist_info(contents) else None
    if found is None:
        return RecordCheck(contents.file_name, present=False, mismatched=(), unlisted=(), absent=())
    data = found.data
    if data is None:
        raise TooLargeError(f"{contents.file_name}: its RECORD is beyond the limits of what is read")
    compared = compare_record(data, path, _Files({file.path: file for file in contents.files}))
    return RecordCheck(
        contents.file_name,
        present=True,
        mismatched=compared.mismatched,
        unlisted=compared.unlisted,
        absent=compared.absent,
        unread=compared.unread[:MOST],
    )
