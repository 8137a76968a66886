"""The box in which untrusted build code runs: bubblewrap, or without it the same made of the kernel's own calls.

Without network, without other processes, files or users to see; no capability, no new namespace, no terminal;
bounded memory, file size, processes and time. Under root the work is done by an unprivileged uid: a process limit
does not bind uid 0. bubblewrap (https://github.com/containers/bubblewrap) needs two boxes then; the outer one only
makes folders visible that this uid could not walk to. The other kind is `sandbox_namespaces.py`.
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

from supplytrust.io.processes.run import end_group, process_group

UID: Final = 65_534  # nobody: what root hands the work to
GIB: Final = 2**30
LOG_LIMIT: Final = 64 * 1024
LINKS: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
LOADER: Final = "/etc/ld.so.cache"
SCRIPTS: Final = "/build/run"
ENTER: Final = f"{SCRIPTS}/sandbox_init.py"
SYSTEM: Final = Path("/proc/sys")
SWITCHES: Final = (  # below SYSTEM: the value that forbids user namespaces, and what to do about it
    ("user/max_user_namespaces", "0", "an administrator can raise it (`sysctl user.max_user_namespaces=15000`)"),
    ("kernel/unprivileged_userns_clone", "0", "an administrator can set it to 1, or install bubblewrap"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "install bubblewrap with an AppArmor profile that lets it use user namespaces, or set it to 0",
    ),
)
REMEDY: Final = (
    "user namespaces are refused here, by a container's rules perhaps: run it outside, or let the container use "
    "unshare(2) and mount(2) (a seccomp profile that permits them, /proc without masks)"
)
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
class ExitReport:
    """How a program ended. `log` is the end of what it printed."""

    status: int
    log: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A way to contain a program: `bubblewrap` with its path, `namespaces` (our own), or `none`: limits alone."""

    name: str
    program: str = ""


NAMESPACES: Final = Sandbox("namespaces")
NONE: Final = Sandbox("none")


def find_sandbox() -> Sandbox:
    """The first sandbox that works on this machine, bubblewrap before our own; NONE when there is none."""
    return next((sandbox for sandbox in candidates() if not failure_of(sandbox)), NONE)


def candidates() -> tuple[Sandbox, ...]:
    """The sandboxes that may work here, best first."""
    found = shutil.which("bwrap")
    return (Sandbox("bubblewrap", found), NAMESPACES) if found else (NAMESPACES,)


def explain_none() -> str:
    """Why no sandbox works here: what to do about it, then what each kind said; empty when one works."""
    failures = {sandbox.name: failure_of(sandbox) for sandbox in candidates()}
    said = "; ".join(f"{name}: {failure}" for name, failure in failures.items())
    return f"{remedy()} ({said})" if all(failures.values()) else ""


def remedy() -> str:
    """What would let this machine give a sandbox, by the switches that forbid user namespaces."""
    for switch, forbids, advice in SWITCHES:
        try:
            value = (SYSTEM / switch).read_text("ascii").strip()
        except (OSError, ValueError):
            continue
        if value == forbids:
            return f"{switch.replace('/', '.')} is {value}: {advice}"
    return REMEDY


@functools.cache
def failure_of(sandbox: Sandbox) -> str:
    """Why a sandbox does not work on this machine; empty when it ran a program."""
    with tempfile.TemporaryDirectory() as folder:
        box = Box(base_interpreter(), {base_prefix(): base_prefix()}, {folder: "/build/out"}, "/build/out")
        try:
            give_away(Path(folder))
            ended = run(["/usr/bin/env", "true"], box, sandbox)
        except OSError as error:
            return f"{error.strerror}; root hands the work to uid {UID}, which must exist here"
    last = next((line for line in reversed(ended.log.splitlines()) if line.strip()), f"status {ended.status}")
    return "" if ended.status == 0 else last.strip()[:160]


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


def run(command: list[str], box: Box, sandbox: Sandbox) -> ExitReport:
    """Run a command in the box. NONE sets limits alone.

    Returns when the command ended or the wall time is over (everything in the box is then killed).
    """
    if sandbox == NONE:
        return _bare(command, box)
    entered = _program(box, ENTER, {"limits": dict(box.limits), "command": command})
    if sandbox == NAMESPACES:
        here = str(Path(__file__).with_name("sandbox_namespaces.py"))
        return _supervise([base_interpreter(), "-I", "-S", here, json.dumps(_order(box, entered))], box.seconds)
    program = sandbox.program
    if os.geteuid() != 0:
        return _supervise([program, *_inner(box), "--", *entered], box.seconds)
    drop = _program(box, ENTER, {"uid": UID, "command": [_inside_path(program), *_inner(box), "--", *entered]})
    return _supervise([program, *_outer(box, program), "--", *drop], box.seconds)


def _program(box: Box, path: str, order: dict[str, object]) -> list[str]:
    """One of our own programs, started with the standard library alone."""
    return [box.interpreter, "-I", "-S", path, json.dumps(order)]


def _order(box: Box, command: list[str]) -> dict[str, object]:
    """What `sandbox_namespaces.py` has to show and start."""
    links = [path for path in map(Path, LINKS) if path.is_symlink()]
    folders = [str(path) for path in map(Path, LINKS) if path.is_dir() and not path.is_symlink()]
    read = {path: path for path in ("/usr", *folders, *([LOADER] if Path(LOADER).exists() else ()))}
    shown = {out: path for out, path in {**box.shown, **_scripts()}.items() if not f"{path}/".startswith("/usr/")}
    return {
        "parent": os.getpid(),
        "uid": UID if os.geteuid() == 0 else None,
        "links": [[str(path), str(path.readlink())] for path in links],
        "binds": [
            *([out, path, False] for out, path in sorted({**read, **shown}.items(), key=lambda pair: pair[1])),
            *([out, path, True] for out, path in sorted(box.writable.items(), key=lambda pair: pair[1])),
        ],
        "room": GIB,
        "folder": box.folder,
        "environment": dict(box.environment),
        "command": command,
    }


def _bare(command: list[str], box: Box) -> ExitReport:
    """Without a sandbox, asked for by the caller: limits, a clean environment, nothing hidden."""
    here = str(Path(__file__).with_name("sandbox_init.py"))
    entered = _program(box, here, {"limits": dict(box.limits), "command": command})
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
    """Our first program inside, and where it is there."""
    return {str(Path(__file__).with_name("sandbox_init.py")): ENTER}


def _parents(path: str) -> list[str]:
    """Folders above a path, made readable for any uid before something is bound there."""
    above = reversed([str(p) for p in Path(path).parents if str(p) != "/"])
    return [word for folder in above for word in ("--dir", folder)]


def _writable(pairs: list[tuple[str, str]]) -> list[str]:
    return [word for out, inside in sorted(pairs) for word in (*_parents(inside), "--bind", out, inside)]


def _outer(box: Box, program: str) -> list[str]:
    """The outer box of a root caller: the same view, the host's processes for the inner box to replace."""
    shown = {**box.shown, **_scripts()}
    own = _inside_path(program)
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
) -> ExitReport:
    quiet, joined = subprocess.DEVNULL, subprocess.STDOUT
    with process_group(command, cwd=folder, env=environment or {}, stdin=quiet, stderr=joined) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for above
        tail = _Tail(process.stdout)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            end_group(process)
            process.wait()
            return ExitReport(-signal.SIGKILL, tail.text(), timed_out=True)
        return ExitReport(status, tail.text())
