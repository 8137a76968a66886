"""The one place that starts git. Reads objects of a view we made ourselves, never a foreign repository's own folder.

GitPython opens the view and starts the processes, each as a stream that is read as it comes; the number of processes
does not depend on the number of commits. Its handle of a process is read, waited for and killed by public names; a
guard of ours ends it when its time is over or too much is written, for which GitPython has no means with streams.

What git is told through its environment switches off everything a repository or a user's configuration could make it
run: hooks, pagers, external diffs, text conversions, filters, credential helpers, signature programs, lazy fetching,
replacement objects (git(1), "Environment Variables").
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from supplytrust.errors import MalformedError, SourceError, TooLargeError, ToolMissingError
from supplytrust.io.http.deadline import Deadline

if TYPE_CHECKING:
    from git import Git

CHUNK, PIPE = 1 << 16, 1 << 20
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
HEADER_FORMAT = "%x01%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%s"
_LOG = (
    "--branches", "--tags", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv",
    "--no-show-signature", "--no-mailmap", "--no-notes", "--no-color", "--encoding=UTF-8", "--date=raw",
    f"--format={HEADER_FORMAT}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of wall time of one reading, bytes out of one process, bytes kept of one object, bytes on disk."""

    seconds: float = 120.0
    output: int = 4 * 2**30
    object: int = 16 * 2**20
    disk: int = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Reference:
    """A branch or tag: full name as bytes of the repository, decoded for display; the object it points to."""

    name: str
    target: str
    kind: str  # commit | tag | tree | blob


@dataclass(frozen=True, slots=True)
class RawObject:
    """An object as stored. `body` is None when it is too large to keep; `kind` is 'missing' when it is not there."""

    id: str
    kind: str
    size: int
    body: bytes | None


@dataclass(frozen=True, slots=True)
class View:
    """A repository opened for reading: a private git directory that borrows the objects of the real one.

    `shallow`: history is cut off somewhere, so nothing about it may be counted. `partial`: file contents
    may be missing, which harms neither names nor ids; `refill` asks the remote for some of them and says whether
    it answered. `touched` is when references were last written, by the file system, where that is known.
    """

    path: Path
    objects: Path
    shallow: bool = False
    partial: bool = False
    algorithm: str = "sha1"
    limits: Limits = Limits()
    touched: float | None = None
    refill: Callable[[list[str]], bool] | None = None

    def references(self) -> tuple[Reference, ...]:
        """Branches and tags, in order of name."""
        args = ("for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", "refs/heads", "refs/tags")
        with running(self.path, self.limits, *args, objects=self.objects) as out:
            lines = out.read().decode("utf-8", "backslashreplace").splitlines()
        return tuple(Reference(name, target, kind) for target, kind, name in (line.split(" ", 2) for line in lines))

    def log(self) -> Iterator[bytes]:
        """`git log --raw -z` of all branches and tags in chunks of bytes; see `io.git.log` for its form."""
        with running(self.path, self.limits, "log", *_LOG, objects=self.objects) as out:
            yield from _chunks(out, self.limits)

    def tree(self, commit: str) -> Iterator[bytes]:
        """All files of a commit's tree (`ls-tree -r -z`); reads no file contents."""
        with running(self.path, self.limits, "ls-tree", "-r", "-z", "--full-tree", commit, objects=self.objects) as out:
            yield from _chunks(out, self.limits)

    def objects_of(self, ids: Iterable[str], *, keep: int | None = None) -> Iterator[RawObject]:
        """The objects with these ids in order, each re-hashed; `keep` bytes at most of each (default: the limit)."""
        most = self.limits.object if keep is None else keep
        with tempfile.TemporaryFile(dir=self.path) as asked:
            asked.writelines(f"{one}\n".encode("ascii") for one in ids)
            asked.seek(0)
            batch = ("cat-file", "--batch", "--buffer")
            with running(self.path, self.limits, *batch, objects=self.objects, stdin=asked) as out:
                while header := out.readline(200):
                    yield _object(header, out, most, self.algorithm)


@contextmanager
def running(
    git_dir: Path,
    limits: Limits,
    *args: str,
    objects: Path | None = None,
    stdin: IO[bytes] | None = None,
    protocols: str = "",
    alive: Callable[[], bool] = lambda: True,
) -> Iterator[IO[bytes]]:
    """Standard output of one git process; its exit status is checked when the block is left in good order.

    Raises TooLargeError when time or `alive` runs out, MalformedError for any other bad end.
    """
    process = _start(git_dir, args, environment(git_dir, objects, protocols), stdin)
    guard = _Guard(process, Deadline(limits.seconds), alive)
    out, complete = cast("IO[bytes]", process.stdout), False
    try:
        yield out
        complete = not out.read(1)
    except SourceError:
        raise
    except (OSError, ValueError) as error:
        if not guard.stopped:
            raise MalformedError(f"git {args[0]} could not be read: {error}") from error
    finally:
        status, words = guard.end(kill=not complete)
        out.close()
    if guard.stopped:
        raise TooLargeError(f"git {args[0]} was stopped: it passed its limit of time or size")
    if status != 0:
        raise MalformedError(f"git {args[0]} ended with status {status}: {words}", hint="the repository may be damaged")


def _start(git_dir: Path, args: tuple[str, ...], env: Mapping[str, str], stdin: IO[bytes] | None) -> Git.AutoInterrupt:
    if shutil.which("git") is None:
        raise ToolMissingError("git is not installed", hint="install git to compare releases with their source")
    import git

    opened = git.Repo(git_dir)
    opened.git.update_environment(**env)
    stream = cast("BinaryIO | None", stdin)
    process = opened.git.execute(["git", "--no-pager", *args], istream=stream, as_process=True)
    _widen(process.stdout)
    return process


def _widen(pipe: IO[bytes]) -> None:
    """A larger pipe where the system allows it: git and its reader then change places less often."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE)


def environment(git_dir: Path, objects: Path | None, protocols: str) -> dict[str, str]:
    """What git sees. Every inherited GIT_* variable is overruled, so a caller inside a hook is no danger."""
    inherited = {name: "" for name in os.environ if name.startswith("GIT_TRACE")}
    fixed = {
        "GIT_DIR": str(git_dir),
        "GIT_OBJECT_DIRECTORY": str(objects or git_dir / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_COMMON_DIR": str(git_dir),
        "GIT_WORK_TREE": str(git_dir),
        "GIT_INDEX_FILE": str(git_dir / "index"),
        "GIT_NAMESPACE": "",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "0",
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "GIT_SSH_COMMAND": "false",
        "GIT_EXTERNAL_DIFF": "",
        "GIT_ALLOW_PROTOCOL": protocols or "none",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_EDITOR": "false",
        "GIT_PAGER": "cat",
        "HOME": str(git_dir),
        "XDG_CONFIG_HOME": str(git_dir),
    }
    return inherited | fixed


class _Guard:
    """Ends a process when its time is over and keeps the beginning of what it complained about."""

    def __init__(self, process: Git.AutoInterrupt, deadline: Deadline, alive: Callable[[], bool]) -> None:
        self._process, self._deadline, self._alive = process, deadline, alive
        self._words = b""
        self._over = threading.Event()
        self.stopped = False
        self._watcher, self._listener = (threading.Thread(target=w, daemon=True) for w in (self._watch, self._listen))
        self._watcher.start()
        self._listener.start()

    def _watch(self) -> None:
        while not self._over.wait(min(0.5, self._deadline.left)):
            if self._deadline.passed or not self._alive():
                self.stopped = True
                self._process.kill()
                return

    def _listen(self) -> None:
        complaints = cast("IO[bytes]", self._process.stderr)
        while block := complaints.read1(CHUNK):  # type: ignore[attr-defined]
            self._words = (self._words + block)[:2000]

    def end(self, *, kill: bool) -> tuple[int, str]:
        """Exit status and the first words of complaint; -1 when we ended it."""
        if kill:
            self._process.kill()
        self._listener.join()  # `wait` of GitPython would read what is left of the complaints of a failed process
        status = _status_of(self._process)
        self._over.set()
        self._watcher.join()
        self._process.stderr.close()
        words = " ".join(self._words.decode("utf-8", "replace").split())
        return (-1 if kill and status < 0 else status), words[:160]


def _status_of(process: Git.AutoInterrupt) -> int:
    """Its exit status once it has ended; GitPython raises for all but 0."""
    from git.exc import GitCommandError

    try:
        return process.wait()
    except GitCommandError as error:
        return error.status if isinstance(error.status, int) else -1


def _chunks(out: IO[bytes], limits: Limits) -> Iterator[bytes]:
    seen = 0
    while chunk := out.read(CHUNK):
        seen += len(chunk)
        if seen > limits.output:
            raise TooLargeError(f"git wrote more than {limits.output} bytes")
        yield chunk


def _object(header: bytes, out: IO[bytes], most: int, algorithm: str) -> RawObject:
    words = header.split()
    if len(words) != 3 or not words[2].isdigit():
        return RawObject(words[0].decode("ascii", "replace") if words else "", "missing", 0, None)
    name, kind, size = words[0].decode("ascii"), words[1].decode("ascii"), int(words[2])
    digest = _HASHES[algorithm](b"%s %d\0" % (words[1], size), usedforsecurity=False)
    kept = out.read(min(size, most))
    digest.update(kept)
    left = size - len(kept)
    while left > 0 and (block := out.read(min(left, CHUNK))):
        digest.update(block)
        left -= len(block)
    if left or out.read(1) != b"\n" or digest.hexdigest() != name:
        raise MalformedError(f"object {name[:12]} is not what its id says")
    return RawObject(name, kind, size, kept if size <= most or kind == "blob" else None)
