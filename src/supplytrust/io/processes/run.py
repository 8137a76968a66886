"""Other programs run bounded: argument list, clean environment, time-out, capped output, a private folder."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from supplytrust.errors import TooLargeError, ToolMissingError, UnreachableError
from supplytrust.io.http.deadline import Deadline

_PASSED_ON = ("PATH", "SYSTEMROOT", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: its exit status (negative: killed by that signal) and what it wrote."""

    status: int
    out: bytes
    err: bytes


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """No home, no credentials, no user configuration: what a program needs to start, and `extra`."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", **(extra or {})}


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 120.0,
    limit: int = 64 * 2**20,
    stdin: bytes = b"",
) -> Ran:
    """Run to the end and answer what happened; a status other than 0 is the caller's to judge.

    Raises:
        ToolMissingError: there is no such program.
        UnreachableError: it did not end within `timeout` seconds; its whole process group is killed.
        TooLargeError: it wrote more than `limit` bytes.
    """
    feed = subprocess.PIPE if stdin else subprocess.DEVNULL
    try:
        with process_group(argv, cwd=cwd, env=clean_environment(env), stdin=feed, stderr=subprocess.PIPE) as process:
            out, err = _talk(process, stdin, Deadline(timeout), limit)
            return Ran(process.wait(), out, err)
    except FileNotFoundError as error:
        raise ToolMissingError(f"'{argv[0]}' is not installed", hint=f"install {argv[0]}") from error
    except TimeoutError:
        raise UnreachableError(f"'{argv[0]}' did not end within {timeout:g} s") from None


@contextmanager
def process_group(
    argv: Sequence[str], *, cwd: Path | str | None, env: Mapping[str, str], stdin: int, stderr: int
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own, whose output is a pipe; the whole group is killed on the way out.

    Raises OSError when it cannot be started.
    """
    with subprocess.Popen(
        list(argv), cwd=cwd, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            end_group(process)


def _talk(process: subprocess.Popen[bytes], stdin: bytes, deadline: Deadline, limit: int) -> tuple[bytes, bytes]:
    """Feed and drain all pipes until both outputs are closed."""
    collected: dict[int, list[bytes]] = {}
    size, pending = 0, memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            _watch(selector, pipe, selectors.EVENT_READ, collected)
        _watch(selector, process.stdin, selectors.EVENT_WRITE, collected)
        reading = 2
        while reading:
            ready = selector.select(deadline.left)
            if not ready and deadline.passed:
                raise TimeoutError
            for key, _ in ready:
                if key.events == selectors.EVENT_WRITE:
                    pending = _feed(selector, key, pending)
                    continue
                chunk = os.read(key.fd, 65536)
                collected[key.fd].append(chunk)
                size += len(chunk)
                if size > limit:
                    raise TooLargeError(f"a program wrote more than {limit} bytes")
                if not chunk:
                    selector.unregister(key.fileobj)
                    reading -= 1
    parts = list(collected.values())
    return b"".join(parts[0]), b"".join(parts[1])


def _watch(
    selector: selectors.BaseSelector, pipe: IO[bytes] | None, event: int, collected: dict[int, list[bytes]]
) -> None:
    if pipe is not None:
        os.set_blocking(pipe.fileno(), False)
        selector.register(pipe, event)
        if event == selectors.EVENT_READ:
            collected[pipe.fileno()] = []


def _feed(selector: selectors.BaseSelector, key: selectors.SelectorKey, pending: memoryview) -> memoryview:
    try:
        pending = pending[os.write(key.fd, pending[:65536]) :]
    except BrokenPipeError:
        pending = pending[:0]
    if not pending:
        selector.unregister(key.fileobj)
        getattr(key.fileobj, "close", lambda: None)()
    return pending


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole session, unless its first process has ended; what lives in process namespaces dies with it."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()


# --- A private folder for the length of one piece of work


@contextmanager
def private_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder that only this user can enter (mode 0700); it is gone afterwards, whatever happened."""
    path = Path(tempfile.mkdtemp(prefix="supplytrust-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


# --- Optional tools of the machine: which are there, and what is not known without them


@dataclass(frozen=True, slots=True)
class Tool:
    """`found` is 'found' or ''. Where it lives is the machine's own business and is not told."""

    name: str
    found: str
    purpose: str


PURPOSES = {
    "git": "compare releases with their repository, read its history",
    "bwrap": "contain rebuilds (package bubblewrap); else user namespaces do, where the kernel gives them",
    "uv": "quick, dated build environments; else pip is used",
    "diffoscope": "readable differences when a rebuild differs",
}


def optional_tools() -> tuple[Tool, ...]:
    """Every tool that is used when present."""
    return tuple(Tool(name, "found" if shutil.which(name) else "", why) for name, why in PURPOSES.items())
