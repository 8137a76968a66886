"""What a reader said about bytes, kept: the same bytes are not read a second time.

An answer is kept under the digests of what was read, the reader's name, its options (names of files, versions) and the
version of all code that reads. That version is a digest of the code itself, of the interpreter and of the libraries
that parse, so that no change of a reader can be forgotten. Nothing that depends on a clock, a network or the ledger is
kept here; such parts are added by the source that asks.

An entry is a digest and a compressed JSON document that repeats its own question. One that is damaged, of another
question or of another form is as none, and is removed. Entries are written atomically; those that were not used for the
longest time go when the folder grows past its bound. Safe to share between threads and processes.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
import time
import zlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TypeVar

import supplytrust
from supplytrust.errors import RecordError
from supplytrust.formats import codec
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import MIB, Limits, read_object
from supplytrust.io.context import Question

T = TypeVar("T")
MOST_MIB = 1024  # of all entries, unless configured
LARGEST = 128 * MIB  # of one entry, unpacked
LIMITS = Limits(size=LARGEST, values=20_000_000)
KEPT_SHARE = 0.8  # of the bound, after entries were removed
USED_AGAIN = 24 * 3600.0  # seconds: an entry is marked as used once a day
LEVEL = 1  # of zlib: entries are read far more often than the disk is short
ROOMS = ("collection", "ecosystems", "evidence", "formats", "io", "model", "rebuild", "records", "wasm")
LIBRARIES = ("packageurl-python", "packaging")
_DIGEST = hashlib.sha256().digest_size


@functools.cache
def code_version() -> str:
    """A digest of every module that a reader may use, of the interpreter and of the parsers of others.

    Where there is no text of the modules to be digested, no version is met again: nothing is recalled.
    """
    root = Path(supplytrust.__file__).parent
    found = hashlib.sha256(repr((sys.implementation.name, sys.version_info, *map(_version_of, LIBRARIES))).encode())
    files = [path for room in ROOMS for path in (root / room).rglob("*") if path.suffix in (".py", ".txt", ".json")]
    if not any(path.suffix == ".py" for path in files):
        return os.urandom(16).hex()
    for path in sorted((*files, root / "errors.py")):
        data = path.read_bytes()
        found.update(f"{path.relative_to(root)} {len(data)}\n".encode() + data)
    return found.hexdigest()


def _version_of(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


@dataclass(frozen=True, slots=True)
class ClaimCache:
    """A folder of answers; `most_mib` bounds its size. What cannot be written costs a later reading."""

    folder: Path
    most_mib: int = MOST_MIB

    def holds(self, question: Question[T]) -> bool:
        """Whether there is an entry, readable or not."""
        return self._path(question).exists()

    def recall(self, question: Question[T]) -> T | None:
        """The kept answer, None when there is none that can be believed."""
        path = self._path(question)
        try:
            answer = read_entry(path.read_bytes(), question)
        except OSError:
            return None
        if answer is None:
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > USED_AGAIN:
                os.utime(path)
        return answer

    def keep(self, question: Question[T], answer: T) -> None:
        """Keep an answer."""
        path, data = self._path(question), write_entry(question, answer)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data, mode=0o600, durable=False)
            self._make_room(len(data))

    def entries(self) -> list[tuple[float, int, Path]]:
        """When each entry was last used, its bytes and its file."""
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found

    def clear(self) -> int:
        """Remove every entry; how many there were."""
        found = self.entries()
        for _, _, path in found:
            with contextlib.suppress(OSError):
                path.unlink()
        return len(found)

    def _make_room(self, written: int) -> None:
        """Count what was written since the folder was last measured; measure it when that is an eighth of the bound.

        The count is kept in a file of its own. Two processes that count at once may lose one entry's size, which
        makes the next measurement a little later and nothing else.
        """
        counter, bound = self.folder / "written", self.most_mib * MIB
        try:
            since = int(counter.read_bytes()) + written
        except (OSError, ValueError):
            since = bound  # never measured
        if since >= bound // 8:
            self._remove_oldest(bound)
            since = 0
        write_atomically(counter, str(since).encode(), mode=0o600, durable=False)

    def _remove_oldest(self, bound: int) -> None:
        found = sorted(self.entries())
        size = sum(one for _, one, _ in found)
        if size <= bound * (1 - 1 / 8):
            return
        for _, one, path in found:
            if size <= bound * KEPT_SHARE:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            size -= one

    def _path(self, question: Question[T]) -> Path:
        return self.folder / self.name_entry(question)

    @staticmethod
    def name_entry(question: Question[T]) -> str:
        """Where an entry lies below a folder of entries."""
        key = hashlib.sha256("\n".join(json.dumps(part) for part in identify(question)).encode()).hexdigest()
        return f"{key[:2]}/{key}"


def identify(question: Question[T]) -> list[str]:
    """All that an answer depends on."""
    return [question.reader, question.version or code_version(), question.kind.__qualname__, *question.inputs]


def write_entry(question: Question[T], answer: T) -> bytes:
    """An entry's bytes."""
    document = {"question": identify(question), "answer": codec.encode(answer, question.kind)}
    packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), LEVEL)
    return hashlib.sha256(packed).digest() + packed


def read_entry(data: bytes, question: Question[T]) -> T | None:
    """The answer in an entry's bytes; None when they are damaged or of another question."""
    digest, packed = data[:_DIGEST], data[_DIGEST:]
    if hashlib.sha256(packed).digest() != digest:
        return None
    try:
        unpacker = zlib.decompressobj()
        document = read_object(unpacker.decompress(packed, LARGEST), LIMITS)
        if not unpacker.eof or document.keys() != {"question", "answer"} or document["question"] != identify(question):
            return None
        return codec.decode(question.kind, document["answer"])
    except (zlib.error, RecordError):
        return None
