"""The box in which untrusted build code runs: bubblewrap with everything it can take away.

Without network, without other processes, files or users to see; no capability, no new namespace, no
terminal; bounded memory, file size, processes and time (https://github.com/containers/bubblewrap). Under
root the work is done by an unprivileged uid: a process limit does not bind uid 0. Two boxes are nested
then; the outer one only makes folders visible that this uid could not walk to.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

UID: Final = 65_534  # nobody: what root hands the work to
GIB: Final = 2**30
LOG_LIMIT: Final = 64 * 1024
LINKS: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
LOADER: Final = "/etc/ld.so.cache"
SCRIPTS: Final = "/build/run"
ENTER: Final = f"{SCRIPTS}/inside_enter.py"
HOOKS: Final = f"{SCRIPTS}/inside_hooks.py"
LIMITS: Final = MappingProxyType({"as": 4 * GIB, "fsize": GIB, "nproc": 256, "cpu": 300, "core": 0})


@dataclass(frozen=True, slots=True)
class Box:
    """What a program may see and use. `shown` and `writable` map folders of the machine to paths inside."""

    interpreter: str  # absolute path of a base interpreter, visible inside through `shown`
    shown: Mapping[str, str]
    writable: Mapping[str, str]
    folder: str
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `log` is the end of what it printed."""

    status: int
    log: str
    timed_out: bool = False


def bubblewrap() -> str:
    """Path of a bubblewrap that works here, or empty: not installed, or no user namespaces."""
    found = shutil.which("bwrap")
    return found if found and _works(found) else ""


@functools.cache
def _works(program: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        box = Box(base_interpreter(), {base_prefix(): base_prefix()}, {folder: "/build/out"}, "/build/out")
        give_away(Path(folder))
        try:
            return run(["/usr/bin/env", "true"], box, program).status == 0
        except OSError:
            return False


def base_prefix() -> str:
    """The folder of our own base interpreter."""
    return str(Path(sys.base_prefix).resolve())


def base_interpreter() -> str:
    """Our own base interpreter, which runs our first program in a box."""
    return str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())


def give_away(folder: Path) -> None:
    """Let the uid of the box own a folder and all in it; does nothing unless we are root."""
    if os.geteuid() != 0:
        return
    for base, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(base, name), UID, UID, follow_symlinks=False)
    os.chown(folder, UID, UID)


def run(command: list[str], box: Box, program: str) -> Ended:
    """Run a command in the box; `program` is the path of bubblewrap, or empty for limits alone.

    Returns when the command ended or the wall time is over (everything in the box is then killed).
    """
    entered = [
        box.interpreter,
        "-I",
        "-S",
        ENTER,
        json.dumps({"limits": dict(box.limits), "command": command}),
    ]
    if not program:
        return _bare(command, box)
    inner = [program, *_inner(box), "--", *entered]
    if os.geteuid() != 0:
        return _supervise([program, *_inner(box), "--", *entered], box.seconds)
    drop = [
        box.interpreter,
        "-I",
        "-S",
        ENTER,
        json.dumps({"uid": UID, "command": [_inside_path(program), *inner[1:]]}),
    ]
    return _supervise([program, *_outer(box), "--", *drop], box.seconds)


def _bare(command: list[str], box: Box) -> Ended:
    """Without a sandbox, asked for by the caller: limits, a clean environment, nothing hidden."""
    order = json.dumps({"limits": dict(box.limits), "command": command})
    entered = [box.interpreter, "-I", "-S", str(Path(__file__).with_name("inside_enter.py")), order]
    return _supervise(entered, box.seconds, dict(box.environment), box.folder)


def _inside_path(program: str) -> str:
    """Where bubblewrap is found inside the outer box: below /usr, as everywhere, else it is shown extra."""
    return str(Path(program).resolve())


def _view(shown: Mapping[str, str]) -> list[str]:
    """Arguments that make the system's programs and the given folders readable."""
    view = ["--ro-bind", "/usr", "/usr"]
    for link in LINKS:
        path = Path(link)
        if path.is_symlink():
            view += ["--symlink", str(path.readlink()), link]
        elif path.is_dir():
            view += ["--ro-bind", link, link]
    if Path(LOADER).exists():
        view += ["--dir", "/etc", "--ro-bind", LOADER, LOADER]
    for outside, inside in sorted(shown.items(), key=lambda pair: pair[1]):
        if not (inside + "/").startswith("/usr/"):
            view += [*_parents(inside), "--ro-bind", outside, inside]
    return view


def _scripts() -> dict[str, str]:
    """The two programs of ours that run inside, and where they are there."""
    here = Path(__file__).parent
    return {str(here / name): f"{SCRIPTS}/{name}" for name in ("inside_enter.py", "inside_hooks.py")}


def _parents(path: str) -> list[str]:
    """Folders above a path, made readable for any uid before something is bound there."""
    above = reversed([str(p) for p in Path(path).parents if str(p) != "/"])
    return [word for folder in above for word in ("--dir", folder)]


def _writable(pairs: list[tuple[str, str]]) -> list[str]:
    return [word for out, inside in sorted(pairs) for word in (*_parents(inside), "--bind", out, inside)]


def _outer(box: Box) -> list[str]:
    """The outer box of a root caller: the same view, the host's processes for the inner box to replace."""
    shown = {**box.shown, **_scripts()}
    own = _inside_path(shutil.which("bwrap") or "/usr/bin/bwrap")
    if not own.startswith("/usr/"):
        shown[own] = own
    return [
        *(
            "--die-with-parent",
            "--unshare-pid",
            "--cap-drop",
            "ALL",
            "--cap-add",
            "CAP_SETUID",
            "--cap-add",
            "CAP_SETGID",
            "--clearenv",
        ),
        *("--bind", "/proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # noqa: S108 - a path inside
        *_view(shown),
        *_writable(list(box.writable.items())),
    ]


def _inner(box: Box) -> list[str]:
    """The box itself: every measure, whoever calls."""
    root = os.geteuid() == 0
    shown = {inside if root else out: inside for out, inside in box.shown.items()}
    shown |= {inside if root else out: inside for out, inside in _scripts().items()}
    writable = [(inside if root else out, inside) for out, inside in box.writable.items()]
    variables = [word for name, value in sorted(box.environment.items()) for word in ("--setenv", name, value)]
    return [
        *(
            "--unshare-user",
            "--unshare-net",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ),
        *("--disable-userns", "--cap-drop", "ALL", "--new-session", "--die-with-parent", "--clearenv"),
        *variables,
        *("--proc", "/proc", "--dev", "/dev", "--size", str(GIB), "--tmpfs", "/tmp"),  # noqa: S108 - a path inside
        *_view(shown),
        *_writable(writable),
        *("--chdir", box.folder),
    ]


class _Tail:
    """Reads a stream to its end and keeps the last part, however much is printed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while chunk := self._stream.read1(LOG_LIMIT):  # type: ignore[attr-defined]
            self._kept = (self._kept + chunk)[-LOG_LIMIT:]

    def text(self) -> str:
        self._thread.join(2.0)
        return self._kept.decode("utf-8", "replace")


def _supervise(
    command: list[str], seconds: float, environment: dict[str, str] | None = None, folder: str = "/"
) -> Ended:
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment or {},
        cwd=folder,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for above
        tail = _Tail(process.stdout)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            return Ended(-signal.SIGKILL, tail.text(), timed_out=True)
        except BaseException:
            _kill(process)
            raise
        return Ended(status, tail.text())


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The whole session; what lives in process namespaces dies with their first process."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.wait()
