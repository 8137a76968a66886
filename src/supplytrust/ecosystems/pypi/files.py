"""One file of a project as an index lists it, whatever the form of its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from packaging.version import Version

from supplytrust.ecosystems.pypi.filenames import kind_of
from supplytrust.model.claims.release import ReleaseFile
from supplytrust.model.subject import Artifact, ArtifactKind

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A listed file. `url` is absolute; unknown sizes and times are None, unknown digests ''."""

    file_name: str
    url: str
    version: Version
    sha256: str = ""
    size: int | None = None
    uploaded_at: datetime | None = None
    yanked: bool = False
    yanked_reason: str = ""
    requires_python: str = ""
    attested: bool | None = None
    provenance: str = ""

    @property
    def kind(self) -> ArtifactKind:
        """Told by the file's name."""
        return kind_of(self.file_name)

    @property
    def release(self) -> str:
        """The canonical version that the file belongs to."""
        return str(self.version)

    def artifact(self) -> Artifact:
        """The file as an artifact that can be judged."""
        return Artifact(self.file_name, self.sha256, self.kind, self.size)

    def as_claim(self) -> ReleaseFile:
        """The file as a part of a claim."""
        return ReleaseFile(
            self.file_name, self.kind, self.sha256, self.size, self.uploaded_at, self.yanked, self.attested
        )


@dataclass(frozen=True, slots=True)
class Project:
    """All files of a project. `skipped` counts those whose name tells no version; `form` is json or html.

    `kept_at` is when the index said so, where it could not be asked now (offline).
    """

    name: str
    files: tuple[IndexFile, ...]
    form: str
    skipped: int = 0
    kept_at: datetime | None = None


def moment(text: object) -> datetime | None:
    """An RFC 3339 time as an aware datetime in UTC; None for anything else. Without a zone it is UTC."""
    if not isinstance(text, str) or not text:
        return None
    try:
        told = datetime.fromisoformat(text.strip())
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def digest(text: object) -> str:
    """A SHA-256 in lower-case hex; '' for anything else."""
    lowered = text.lower() if isinstance(text, str) else ""
    return lowered if _HEX.fullmatch(lowered) else ""


def length(number: object) -> int | None:
    """A file size; None for anything that is not a natural number that JSON can hold (RFC 8259, section 6)."""
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**53 else None


def unite_entries(files: Iterable[IndexFile]) -> tuple[IndexFile, ...]:
    """Each name once. What two entries of one name say differently is unknown, and the less favourable of it counts."""
    found: dict[str, IndexFile] = {}
    for file in files:
        first = found.get(file.file_name)
        found[file.file_name] = file if first is None or first == file else _join_entries(first, file)
    return tuple(found.values())


def _join_entries(one: IndexFile, other: IndexFile) -> IndexFile:
    times = [t for t in (one.uploaded_at, other.uploaded_at) if t is not None]
    return replace(
        one,
        sha256=one.sha256 if one.sha256 == other.sha256 else "",
        size=one.size if one.size == other.size else None,
        uploaded_at=max(times) if len(times) == 2 else None,
        yanked=one.yanked or other.yanked,
        yanked_reason=one.yanked_reason or other.yanked_reason,
        attested=one.attested if one.attested == other.attested else None,
    )
