"""Standard streams that may be closed, broken or full: what cannot be told is noted and never raises.

A reader such as `head` closes its end of the pipe when it has enough, a service manager may start a program without
any stream, a disk may be full. None of this is a reason for a traceback or for another verdict. `main` installs these
streams first and asks at the end whether everything on stdout was taken: an ADMIT that nobody could read is no ADMIT.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Outlet(io.RawIOBase):
    """A descriptor that takes every write; `lost` is the first error of the system, after which nothing is tried."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.lost: OSError | None = None

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor, for those who ask about the terminal's size."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person may be looking."""
        return os.isatty(self._descriptor)

    def write(self, data: ReadableBuffer) -> int:
        """All of it, as far as anybody can tell."""
        view = memoryview(data).cast("B")
        size = len(view)
        while view and self.lost is None:
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:  # a parent has made the pipe non-blocking
                _wait(self._descriptor)
            except OSError as error:
                self.lost = error
        return size


def install() -> tuple[Outlet, Outlet] | None:
    """Put outlets behind `sys.stdout` and `sys.stderr`; None where somebody (a test, an embedder) put others there."""
    before = (sys.stdout, sys.stderr)
    if before[0] is not sys.__stdout__ or before[1] is not sys.__stderr__:
        return None
    for number in range(3):
        _plug(number)
    out, err = _outlet(1, before[0]), _outlet(2, before[1])
    sys.stdout, sys.stderr = _text(out, before[0]), _text(err, before[1])
    return out, err


def flush() -> None:
    """Hand on what is still buffered; never raises for outlets."""
    sys.stdout.flush()
    sys.stderr.flush()


def deliver(stream: TextIO | None, text: str) -> bool:
    """Write a text and hand it on at once; whether it was taken. For answers that something else depends on."""
    if stream is None:  # closed by whoever started this
        return False
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):  # a stream that an embedder put there
        return False
    outlet = getattr(getattr(stream, "buffer", None), "raw", None)
    return not (isinstance(outlet, Outlet) and outlet.lost)


def _plug(number: int) -> None:
    """A closed standard descriptor becomes the end of a pipe without another end.

    Otherwise the next file to be opened, such as the ledger, would get its number, and whatever writes to
    "stdout" from then on would write into that file.
    """
    try:
        os.fstat(number)
    except OSError:
        readable, writable = os.pipe()
        wanted, other = (readable, writable) if number == 0 else (writable, readable)
        if wanted != number:
            os.dup2(wanted, number)
            os.close(wanted)
        else:
            os.set_inheritable(number, True)  # noqa: FBT003
        if other != number:
            os.close(other)


def _outlet(number: int, before: TextIO | None) -> Outlet:
    """Where the interpreter found none at its start, the number may belong to another file by now."""
    outlet = Outlet(number)
    if before is None:
        outlet.lost = OSError(errno.EBADF, os.strerror(errno.EBADF))
    return outlet


def _text(outlet: Outlet, before: TextIO | None) -> io.TextIOWrapper:
    """A text stream as the interpreter had made it; a character that its encoding lacks is escaped, not an error."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    lines = before is not None and (outlet.isatty() or bool(getattr(before, "line_buffering", False)))
    return io.TextIOWrapper(
        io.BufferedWriter(outlet), encoding=encoding, errors="backslashreplace", line_buffering=lines
    )


def _wait(descriptor: int) -> None:
    import select

    select.select([], [descriptor], [])
