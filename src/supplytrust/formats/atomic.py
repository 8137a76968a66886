"""Files are written whole or not at all: a draft in the same folder takes the name in one step (POSIX `rename`).

    write_atomically(path, data)              # a new file under the name of the old one, with its permissions
    create_atomically(path, data, mode=0o600) # only where nothing is; FileExistsError otherwise
    with draft_beside(path) as draft: ...     # for what is written by somebody else, such as a database

Rules:

* A symbolic link is followed: what it leads to is replaced (or made), the link stays.
* What exists and is not a regular file (a device, a pipe, a terminal, /dev/stdout, /dev/fd/N) is written into, never
  replaced. A descriptor of this process is written through that descriptor, after what it already holds.
* A folder is IsADirectoryError.
* A writable file in a folder that is not writable is refused (PermissionError): to write into it in place would show
  readers a part of the file, and leave one behind after a crash.
* The names of drafts are unique, so that any number of threads and processes may write one file: one of them is last.

Every failure is an OSError, and leaves the old file and no draft behind. Standard library only, and little of it: the
gate keeps its state through this page.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from typing import TypeAlias

StrPath: TypeAlias = "str | os.PathLike[str]"

_DESCRIPTORS = re.compile(r"/proc/(?P<process>[0-9]+)(?:/task/[0-9]+)?/fd|/dev/fd")
_LINKS = 40  # as many as Linux follows
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def write_atomically(path: StrPath, data: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Put `data` under this name. A new file gets `mode` less the umask, an old one keeps its permissions and owner.

    `durable` waits until the disk has it; a cache that checks what it reads does without. Raises OSError.
    """
    name = os.fspath(path)
    descriptor = _descriptor(name)
    if descriptor is not None:
        _write_all(descriptor, data)
        return
    old = _status(name)
    if old is None and name.endswith("/"):
        raise _is_a_folder(name)
    if old is not None and not stat.S_ISREG(old.st_mode):
        _write_into(name, old, data)
        return
    target = os.path.realpath(name)
    with _draft(target, mode if old is None else 0o600) as (handle, draft):
        if old is not None:
            _take_after(handle, old)
        _write_all(handle, data)
        _replace(handle, draft, target, durable=durable)


def create_atomically(path: StrPath, data: bytes, *, mode: int = 0o666) -> None:
    """A new file with all of `data` from its first moment. Raises FileExistsError where anything is, else OSError."""
    name = os.fspath(path)
    with _draft(name, mode) as (handle, draft):
        _write_all(handle, data)
        os.fsync(handle)
        os.link(draft, name, follow_symlinks=False)
        _settle(name)


@contextlib.contextmanager
def draft_beside(path: StrPath, *, mode: int = 0o600) -> Iterator[str]:
    """The name of an empty file beside `path`, which takes its place when the block ends without an exception."""
    target = os.path.realpath(path)
    with _draft(target, mode) as (handle, draft):
        yield draft
        _replace(handle, draft, target, durable=False)


def _descriptor(name: str) -> int | None:
    """The number of the own descriptor that a name such as /dev/stdout or /dev/fd/3 leads to; None for other names."""
    for _ in range(_LINKS):
        folder, last = os.path.split(name)
        match = _DESCRIPTORS.fullmatch(os.path.realpath(folder))
        if match:
            own = match["process"] in (None, str(os.getpid()))
            return int(last) if own and last.isdecimal() else None
        try:
            name = os.path.join(folder, os.readlink(name))  # noqa: PTH118, PTH115 - pathlib is not loaded at the gate
        except OSError:
            return None
    return None


def _status(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)  # noqa: PTH116
    except FileNotFoundError:
        return None


def _write_into(name: str, old: os.stat_result, data: bytes) -> None:
    if stat.S_ISDIR(old.st_mode):
        raise _is_a_folder(name)
    handle = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _write_all(handle, data)
    finally:
        os.close(handle)


def _is_a_folder(name: str) -> IsADirectoryError:
    return IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)


@contextlib.contextmanager
def _draft(target: str, mode: int) -> Iterator[tuple[int, str]]:
    """An open file of a name that nobody else uses, in the folder of `target`; removed unless it was renamed."""
    folder = os.path.dirname(target)  # noqa: PTH120
    name = os.path.join(folder, f".new-{os.urandom(12).hex()}")  # noqa: PTH118
    handle = os.open(name, _NEW, mode)
    try:
        yield handle, name
    finally:
        os.close(handle)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108


def _take_after(handle: int, old: os.stat_result) -> None:
    """Owner first: a change of it clears bits of the mode. Only root may give a file away."""
    mine = os.fstat(handle)
    if (mine.st_uid, mine.st_gid) != (old.st_uid, old.st_gid):
        with contextlib.suppress(OSError):
            os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _replace(handle: int, draft: str, target: str, *, durable: bool) -> None:
    if durable:
        os.fsync(handle)
    os.replace(draft, target)  # noqa: PTH105
    if durable:
        _settle(target)


def _settle(target: str) -> None:
    """Have the folder's entry on the disk too, where the file system can be asked for it."""
    with contextlib.suppress(OSError):
        handle = os.open(os.path.dirname(target) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # noqa: PTH120
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
