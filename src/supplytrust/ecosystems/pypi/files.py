"""One file of a project as an index lists it, whatever the form of its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
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

    def artifact(self) -> Artifact:
        """The file as an artifact that can be judged."""
        return Artifact(self.file_name, self.sha256, self.kind, self.size)

    def claimed(self) -> ReleaseFile:
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
    """A file size; None for anything that is not a natural number."""
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else None
