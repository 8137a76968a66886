"""The members of a tar file, plain or compressed, in one forward pass under limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.archives.collector import Collector, Entry, Limits, escape, leads_out

CHUNK = 256 * 1024
WINDOW = 16 * 1024  # of packed bytes; a stream's end hands back what is left of its window
LONGEST_HEADER = 2**20  # of a pax or GNU long-name record
XZ_MEMORY = 128 * 2**20
_BROKEN = (
    tarfile.TarError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    OverflowError,
    RecursionError,
)
_LONG = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _BoundedInfo(tarfile.TarInfo):
    """A header that refuses records which would have to be held in memory whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _BoundedInfo:
        info = super().frombuf(buf, encoding, errors)
        if info.type in _LONG and info.size > LONGEST_HEADER:
            raise TooLargeError("a tar header is larger than a megabyte")
        return info


class _Unpacker:
    """bz2 and xz files with bounded output and memory; `read` as of a file.

    As with bz2.BZ2File and lzma.LZMAFile one stream may follow another, and what follows the last one and is no
    stream ends the file. It is counted in `trailing` unless it is zeros (the padding of xz).
    """

    def __init__(self, source: io.BytesIO, engine: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> None:
        self._source, self._new_engine, self._engine = source, engine, engine()
        self._waiting = b""
        self.trailing = 0

    def read(self, size: int, /) -> bytes:
        while not self._engine.eof or self._next_stream():
            fed = b""
            if self._engine.needs_input:
                fed, self._waiting = self._waiting or self._source.read(WINDOW), b""
                if not fed:
                    raise EOFError("compressed stream is cut off")
            out = self._engine.decompress(fed, size)
            if out:
                return out
        return b""

    def _next_stream(self) -> bool:
        """Whether another stream follows; its first bytes then wait to be read."""
        rest = self._engine.unused_data or self._source.read(WINDOW)
        while rest and not (plain := rest.lstrip(b"\x00")):
            rest = self._source.read(WINDOW)
        rest = plain if rest else b""
        probe = self._new_engine()
        try:
            if not rest or self.trailing:
                return False
            probe.decompress(rest, 1)
        except (OSError, lzma.LZMAError):
            while rest:
                self.trailing += len(rest.strip(b"\x00"))
                rest = self._source.read(CHUNK)
            return False
        self._engine, self._waiting = self._new_engine(), rest
        return True


class _Forward:
    """A file that tarfile may read and skip in, forward only, under the ratio limit of its stream."""

    def __init__(self, stream: _Readable, source: io.BytesIO, limits: Limits) -> None:
        self._stream, self._source, self._limits = stream, source, limits
        self._at = 0
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        parts, left = list[bytes](), max(0, size)
        while left:
            part = self._stream.read(min(left, CHUNK))
            if not part:
                break
            self._count(len(part))
            parts.append(part)
            left -= len(part)
        self.last = b"".join(parts)
        return self.last

    def tell(self) -> int:
        return self._at

    def seek(self, position: int, whence: int = 0) -> int:
        if whence or position < self._at:
            raise OSError("tar is read forward only")
        while self._at < position and self.read(min(CHUNK, position - self._at)):
            pass
        return self._at

    def _count(self, size: int) -> None:
        self._at += size
        if self._at > self._limits.total:
            raise TooLargeError(f"more than {self._limits.total} bytes when unpacked")
        if self._at > self._limits.floor + self._limits.ratio * self._source.tell():
            raise TooLargeError(f"unpacks to more than {self._limits.ratio} times its size")


def walk(data: bytes, collector: Collector) -> tuple[list[Entry], list[str]]:
    """All regular members and links in stored order, and what is odd about the container."""
    source = io.BytesIO(data)
    stream = _stream(source, data)
    forward = _Forward(stream, source, collector.limits)
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", forward), mode="r:", tarinfo=_BoundedInfo, encoding="utf-8") as tar:
            while (info := tar.next()) is not None:
                _member(tar, info, collector)
        _tail(forward, collector)
        if isinstance(stream, _Unpacker) and stream.trailing:
            collector.problems.append(f"trailing: {stream.trailing} bytes after the compressed stream")
    except _BROKEN as error:
        raise MalformedError(f"not a readable archive: {str(error) or type(error).__name__}") from error
    return collector.entries, collector.problems


def _stream(source: io.BytesIO, data: bytes) -> _Readable:
    if data[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=source)
    if data[:3] == b"BZh":
        return _Unpacker(source, bz2.BZ2Decompressor)
    if data[:6] == b"\xfd7zXZ\x00":
        return _Unpacker(source, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY))
    return source


def _escape_name(name: str) -> str:
    r"""A name with its bytes that are no UTF-8 as escapes (`caf\xe9`): as text it can be written everywhere."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _member(tar: tarfile.TarFile, info: tarfile.TarInfo, collector: Collector) -> None:
    backslash = "\\" in info.name
    name = _escape_name(info.name)
    collector.check_path(name)
    if info.isdir():
        collector.folders.append(name)
        return
    if backslash:
        collector.problems.append(f"name-mismatch: {name!r} is another path on other systems")
    if info.issym() or info.islnk():
        target = _escape_name(info.linkname)
        if info.islnk() and not escape(target):  # stored from the root; told from its folder
            target = posixpath.relpath(target, posixpath.dirname(name))
        if leads_out(name, target):
            collector.problems.append(f"link: {name} leads to {target[:80]!r}")
        collector.link(name, target, info.mode, hard=info.islnk())
    elif info.isreg() and not info.issparse():
        collector.member(name, _chunks(tar, info), info.size, info.mode)
    else:
        collector.problems.append(f"device: {name}")


def _chunks(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    member = tar.extractfile(info)
    while member is not None and (chunk := member.read(CHUNK)):
        yield chunk


def _tail(forward: _Forward, collector: Collector) -> None:
    """After the last member only zeros may follow; reading them also checks the stream's checksum."""
    if forward.last.strip(b"\x00"):
        raise MalformedError("a tar header is broken")
    extra = 0
    while chunk := forward.read(CHUNK):
        extra += len(chunk.strip(b"\x00"))
    if extra:
        collector.problems.append(f"trailing: {extra} bytes after the last member")
