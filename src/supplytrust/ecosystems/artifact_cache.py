"""One reading of an artifact for all who ask: fetched, unpacked and hashed once while a package is looked at.

What is kept of the members beyond a little lies in an unnamed file, and goes when the package is done. The
archive itself is not held.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from supplytrust import ecosystems
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import MalformedError, SourceError
from supplytrust.io.archives.collector import ELF, Limits, Spool
from supplytrust.io.archives.reader import textual
from supplytrust.io.context import CollectContext
from supplytrust.model.subject import Artifact, Subject

LIMITS = Limits(elf_member=512 * 2**20, elf_total=2**30)  # they lie in the spool, and little of each is read


@dataclass(frozen=True, slots=True)
class Reading:
    """The bytes of an artifact: how many, which digest they have, and what is in them."""

    sha256: str
    size: int
    _contents: Contents | SourceError

    @property
    def malformed(self) -> bool:
        """Whether the bytes are not what the file's name says, or not all of it."""
        return isinstance(self._contents, MalformedError)

    @property
    def contents(self) -> Contents:
        """The members. Raises MalformedError or TooLargeError when they could not be read."""
        if isinstance(self._contents, SourceError):
            raise self._contents
        return self._contents


def of(subject: Subject, artifact: Artifact, world: CollectContext) -> Reading:
    """The reading of an artifact of a release. Raises what fetching raises."""
    key = ("reading", subject.name, artifact.file_name, artifact.sha256)
    return world.once.get(key, lambda: _read(subject, artifact, world))


def _read(subject: Subject, artifact: Artifact, world: CollectContext) -> Reading:
    ecosystem = ecosystems.of(subject)
    data = ecosystem.fetch(subject, artifact, world)
    found: Contents | SourceError
    try:
        found = ecosystem.read_artifact(artifact, data, keep=_text_or_elf, spool=Spool(world.scratch), limits=LIMITS)
    except SourceError as error:
        found = error.with_traceback(None)  # its frames would hold the archive
    return Reading(hashlib.sha256(data).hexdigest(), len(data), found)


def _text_or_elf(path: str, head: bytes) -> bool:
    return head.startswith(ELF) or textual(path, head)
