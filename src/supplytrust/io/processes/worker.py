"""Work in a process of its own: what it takes goes with it, and what kills it kills nothing else.

The child is this interpreter, started afresh (nothing of the caller's main program runs again). It gets one function of
this package with its argument, answers once, and ends; it also ends when its parent does. A child that is killed from
outside is tried once more, and only that work is lost with it: there is no pool that could break as a whole.
"""

from __future__ import annotations

import copyreg
import ctypes
import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from types import MappingProxyType
from typing import IO, Any, TypeVar, cast

from supplytrust.errors import SourceError

A = TypeVar("A")
T = TypeVar("T")
LONGEST = 3600.0  # seconds; the work bounds itself, this is for what it forgets
TRIES = 2
NICE = 5  # threads that wait for the network come first
_SIZE = struct.Struct("<Q")


def read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """The mapping that cannot be changed, in the process that receives it."""
    return MappingProxyType(values)


# A read-only mapping is sent as what it shows, wherever in a value it lies.
copyreg.pickle(MappingProxyType, lambda mapping: (read_only, (dict(mapping),)))


class Workers:
    """At most `most` children at a time; safe to share between threads."""

    def __init__(self, most: int, *, longest: float = LONGEST) -> None:
        self._turns = threading.BoundedSemaphore(most)
        self._longest = longest

    def run(self, function: Callable[[A], T], argument: A) -> T:
        """What the function answers, in a child.

        Raises:
            SourceError: the function raised one (with its reason), or the child was killed twice (`internal`).
            RuntimeError: the function raised anything else.
        """
        order = pickle.dumps((function.__module__, function.__qualname__, argument))
        with self._turns:
            for _ in range(TRIES):
                answer = _ask_child(order, self._longest)
                if answer is not None:
                    return cast("T", _read(answer))
        lost = SourceError("the process that did the work was killed, and so was the next one")
        lost.reason = "internal"
        raise lost


def _ask_child(order: bytes, longest: float) -> bytes | None:
    """The answer's bytes; None when the child ended without one."""
    command = [sys.executable, "-P", "-m", __name__]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    watch = threading.Timer(longest, child.kill)
    watch.daemon = True
    watch.start()
    try:
        with child:
            send, receive = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
            send.write(_SIZE.pack(len(order)) + order)
            send.flush()  # and it stays open: its end tells the child that nobody waits any more
            return _read_frame(receive)
    except BrokenPipeError:  # it was gone before it had read the order; closing the pipe says so once more
        return None
    finally:
        watch.cancel()


def _read_frame(stream: IO[bytes]) -> bytes | None:
    head = stream.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    (size,) = _SIZE.unpack(head)
    body = stream.read(size)
    return body if len(body) == size else None


def _read(answer: bytes) -> object:
    kind, value, reason = pickle.loads(answer)  # noqa: S301 - from our own child, over a pipe nobody else holds
    if kind == "made":
        return value
    if kind == "source-error":
        error = SourceError(value)
        error.reason = reason
        raise error
    raise RuntimeError(value)


# --- the child ----------------------------------------------------------------------------------------


def main() -> None:
    """Read the order, do it, answer, end."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed here is no answer
    os.nice(NICE)
    order = _read_frame(sys.stdin.buffer)
    if order is None:
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    body = pickle.dumps(_answer_order(order))
    out.write(_SIZE.pack(len(body)) + body)
    out.flush()


def _end_with_parent() -> None:
    os.read(0, 1)
    os._exit(1)


def _answer_order(order: bytes) -> tuple[str, object, str]:
    import importlib

    try:
        module, name, argument = pickle.loads(order)  # noqa: S301 - from our own parent, as above
        return "made", getattr(importlib.import_module(module), name)(argument), ""
    except SourceError as error:
        return "source-error", error.message, error.reason
    except Exception as error:  # noqa: BLE001 - told to the parent, which tells it on
        return "error", f"{type(error).__name__}: {error}"[:300], ""


if __name__ == "__main__":
    main()


# --- How the allocator of the C library gives memory back. For programs that own their process; a library does not

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 256 * 1024


def give_back() -> bool:
    """Two arenas, and large blocks returned as soon as they are free. False where the C library has no such switch."""
    try:
        switch = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    wanted = ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, 16 * _LARGE))
    return all(switch(name, value) == 1 for name, value in wanted)
