"""One reading of an artifact for all who ask: fetched, unpacked and hashed once while a package is looked at.

What is kept of the members beyond a little lies in an unnamed file, and goes when the package is done. The
archive itself is not held. Bytes about which every question was answered before are fetched and hashed, not unpacked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from supplytrust import ecosystems
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import MalformedError, RefusedError, SourceError
from supplytrust.io.archives.collector import ELF, Limits, Spool
from supplytrust.io.archives.reader import textual
from supplytrust.io.context import CollectContext, Question
from supplytrust.model.subject import Artifact, Subject

T = TypeVar("T")
LIMITS = Limits(elf_member=512 * 2**20, elf_total=2**30)  # they lie in the spool, and little of each is read


@dataclass(frozen=True, slots=True)
class Reading:
    """The bytes of an artifact: how many, which digest they have, and what is in them."""

    artifact: Artifact
    sha256: str
    size: int
    _open: Callable[[], Contents | SourceError]
    _hash: Callable[[], str]

    @property
    def sha512(self) -> str:
        """The SHA-512 of the bytes, for indexes that list files by it. Raises what fetching them again raises."""
        return self._hash()

    @property
    def malformed(self) -> bool:
        """Whether the bytes are not what the file's name says, or not all of it."""
        return isinstance(self._open(), MalformedError)

    @property
    def contents(self) -> Contents:
        """The members. Raises MalformedError or TooLargeError when they could not be read."""
        found = self._open()
        if isinstance(found, SourceError):
            raise found
        return found


def of(subject: Subject, artifact: Artifact, world: CollectContext, *, unpack: bool = True) -> Reading:
    """The reading of an artifact of a release. Raises what fetching raises.

    `unpack`: somebody will look inside, so that the bytes are read while they are at hand.
    """
    key = ("reading", subject.name, artifact.file_name, artifact.sha256)
    return world.once.get(key, lambda: _measure(subject, artifact, world, unpack=unpack))


def ask(
    reader: str,
    kind: type[T],
    artifacts: tuple[Subject, Sequence[Artifact]],
    world: CollectContext,
    make: Callable[[Sequence[Reading]], T],
    options: tuple[str, ...] = (),
) -> T:
    """What a reader says of the bytes of a release's artifacts: known from before, or made from their readings.

    `options` is all else that the answer depends on. Raises what fetching and `make` raise.
    """
    subject, files = artifacts
    listed = Question(reader, kind, (*_name_inputs(subject, [(a, a.sha256) for a in files]), *options))
    unpack = not world.claims.holds(listed)
    readings = [of(subject, artifact, world, unpack=unpack) for artifact in files]
    measured = _name_inputs(subject, [(r.artifact, r.sha256) for r in readings])
    return world.answer(Question(reader, kind, (*measured, *options)), lambda: make(readings))


def _name_inputs(subject: Subject, files: Sequence[tuple[Artifact, str]]) -> tuple[str, ...]:
    return (subject.type, *(text for a, sha256 in files for text in (a.kind.value, a.file_name, sha256)))


def _measure(subject: Subject, artifact: Artifact, world: CollectContext, *, unpack: bool) -> Reading:
    data = ecosystems.of(subject).fetch(subject, artifact, world)
    sha256 = hashlib.sha256(data).hexdigest()
    sha512 = hashlib.sha512(data).hexdigest() if artifact.sha512 else ""
    key = ("contents", subject.type, artifact.kind, artifact.file_name, sha256)
    if unpack:
        world.once.get(key, lambda: _read(subject, artifact, data, world))
    return Reading(
        artifact,
        sha256,
        len(data),
        lambda: world.once.get(key, lambda: _read_again(subject, artifact, sha256, world)),
        lambda: sha512 or hashlib.sha512(_fetch_again(subject, artifact, sha256, world)).hexdigest(),
    )


def _read_again(subject: Subject, artifact: Artifact, sha256: str, world: CollectContext) -> Contents | SourceError:
    try:
        data = _fetch_again(subject, artifact, sha256, world)
    except RefusedError as error:
        return error.with_traceback(None)
    return _read(subject, artifact, data, world)


def _fetch_again(subject: Subject, artifact: Artifact, sha256: str, world: CollectContext) -> bytes:
    """The same bytes. RefusedError when there are others by now; raises what fetching raises."""
    data = ecosystems.of(subject).fetch(subject, artifact, world)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise RefusedError(f"{artifact.file_name} is another file now than a moment ago")
    return data


def _read(subject: Subject, artifact: Artifact, data: bytes, world: CollectContext) -> Contents | SourceError:
    ecosystem = ecosystems.of(subject)
    try:
        return ecosystem.read_artifact(artifact, data, keep=_text_or_elf, spool=Spool(world.scratch), limits=LIMITS)
    except SourceError as error:
        return error.with_traceback(None)  # its frames would hold the archive


def _text_or_elf(path: str, head: bytes) -> bool:
    return head.startswith(ELF) or textual(path, head)
