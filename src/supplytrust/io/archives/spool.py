"""Bytes that are too many to be held in memory together: written once to an unnamed file, read piece by piece.

The file has no name and goes when the last piece that points into it goes, even if the process is killed.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


class Spool:
    """An unnamed file that only grows; safe to read from several threads, written by one."""

    def __init__(self, folder: Path) -> None:
        with tempfile.TemporaryFile(dir=folder) as file:
            self._handle = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._handle)
        self._end = 0
        self._lock = threading.Lock()

    def put(self, chunks: Iterable[bytes]) -> Piece:
        """Write the chunks, one behind the other."""
        with self._lock:
            at = self._end
            for chunk in chunks:
                self._end += os.pwrite(self._handle, chunk, self._end)
            return Piece(self, at, self._end - at)

    def read(self, at: int, size: int) -> bytes:
        """Exactly `size` bytes from a position, fewer only at the end of what was written."""
        return os.pread(self._handle, size, at)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a spool."""

    spool: Spool = field(repr=False)
    at: int
    size: int

    def read(self) -> bytes:
        """All of it."""
        return self.spool.read(self.at, self.size)

    def open(self) -> io.BufferedReader:
        """A file over it, for readers that seek."""
        return io.BufferedReader(_PieceFile(self), 64 * 1024)


class _PieceFile(io.RawIOBase):
    def __init__(self, piece: Piece) -> None:
        self._piece, self._at = piece, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._piece.size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._piece.size - self._at))
        found = self._piece.spool.read(self._piece.at + self._at, wanted)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)
