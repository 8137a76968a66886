"""A box from what the kernel itself offers, where bubblewrap is not installed: namespaces, bind mounts, no capability.

Runs alone (`python -I -S sandbox_namespaces.py JSON`) with nothing but the standard library, on Linux from 5.12
(mount_setattr(2)). It leaves the caller's user, mount, process, network, IPC, host-name and control-group namespaces
(user_namespaces(7)), builds a root of its own from bind mounts, moves into it (pivot_root(2)), forbids further user
namespaces, gives up every capability and the way to new ones, and becomes the command. Its status is the command's.

JSON: {"parent": pid, "uid": int or null, "binds": [[outside, inside, writable], ...], "links": [[path, target], ...],
"room": bytes of /tmp, "folder": path, "environment": {name: value}, "command": [program, argument, ...]}.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

libc = ctypes.CDLL(None, use_errno=True)

# linux/sched.h: mount, control group, host name, IPC, user, process and network namespaces
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
NOSUID, NODEV, NOEXEC, BIND, RECURSIVE, PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000  # linux/mount.h, MS_*
ATTRIBUTES = {"readonly": 1, "nosuid": 2, "nodev": 4, "noexec": 8}  # linux/mount.h, MOUNT_ATTR_*
SETATTR = ctypes.c_long(442)  # mount_setattr(2), the same number on every architecture since Linux 5.1, alpha apart
HERE, AT_RECURSIVE, DETACH = -100, 0x8000, 2
DEATH_SIGNAL, DROP_FROM_BOUNDING, NO_NEW_PRIVILEGES = 1, 24, 38  # linux/prctl.h
CAPABILITY_VERSION = 0x20080522  # linux/capability.h, version 3
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1  # linux/sockios.h, linux/if.h
ROOT = "/sys"  # where the new root is put together; nothing below it is ever shown
DEVICES = ("null", "zero", "full", "random", "urandom")


def check(status: int, step: str) -> None:
    """Raise OSError that names the step when a call of libc failed."""
    if status < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Put a new file system, or with BIND a folder or file, in place of `target`."""
    words = [text.encode() or None for text in (source, target, kind, data)]
    check(libc.mount(*words[:3], ctypes.c_ulong(flags), words[3]), f"mount {kind or 'bind'} {target}")


def restrict(path: str, *names: str, below: int = AT_RECURSIVE) -> None:
    """Set attributes on a mount, and on all below it unless `below` is 0; what was set before stays set."""
    wanted = (ctypes.c_uint64 * 4)(sum(ATTRIBUTES[name] for name in names), 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    check(libc.syscall(SETATTR, HERE, path.encode(), below, ctypes.byref(wanted), size), f"mount_setattr {path}")


def new_namespaces() -> None:
    """Leave the caller's namespaces; a child that stayed outside says which ids exist inside.

    Root keeps every id that it has, to walk to any folder and to hand the work to another uid; a user has its own.
    """
    root, me = os.geteuid() == 0, os.getpid()
    maps = {kind: _identity(f"/proc/self/{kind}_map") for kind in ("uid", "gid")}
    if not root:
        maps = {"uid": f"{os.geteuid()} {os.geteuid()} 1", "gid": f"{os.getegid()} {os.getegid()} 1"}
    ready, left = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(left)
        os._exit(0 if os.read(ready, 1) and _write_maps(me, maps, root=root) else 1)
    os.close(ready)
    check(libc.unshare(NAMESPACES), "unshare")
    os.write(left, b"x")
    os.close(left)
    if os.waitpid(child, 0)[1]:
        raise OSError(1, "no ids can be mapped into a user namespace")


def _identity(path: str) -> str:
    extents = [line.split() for line in Path(path).read_text("ascii").splitlines()]
    return "\n".join(f"{first} {first} {count}" for first, _, count in extents)


def _write_maps(process: int, maps: dict[str, str], *, root: bool) -> bool:
    try:
        if not root:
            _write(f"/proc/{process}/setgroups", "deny")
        for kind, text in maps.items():
            _write(f"/proc/{process}/{kind}_map", text)
    except OSError:
        return False
    return True


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def new_root(order: Any) -> None:
    """Put the new root together from the order and make it the only one."""
    mount("none", "/", flags=RECURSIVE | PRIVATE)
    mount("tmpfs", ROOT, "tmpfs", NOSUID | NODEV, "mode=0755")
    for path, target in order["links"]:
        Path(ROOT + path).symlink_to(target)
    for outside, inside, writable in order["binds"]:
        _bind(outside, ROOT + inside)
        restrict(ROOT + inside, "nosuid", "nodev", *(() if writable else ("readonly",)))
    _devices()
    for path in ("/tmp", "/dev/shm"):  # noqa: S108 - paths inside
        Path(ROOT + path).mkdir(parents=True, exist_ok=True)
        mount("tmpfs", ROOT + path, "tmpfs", NOSUID | NODEV, f"mode=1777,size={order['room']}")
    Path(ROOT, "proc").mkdir()
    mount("proc", ROOT + "/proc", "proc", NOSUID | NODEV | NOEXEC)
    os.chdir(ROOT)
    check(libc.pivot_root(b".", b"."), "pivot_root")
    check(libc.umount2(b".", DETACH), "umount2")
    os.chdir("/")


def _bind(outside: str, inside: str) -> None:
    place = Path(inside)
    if Path(outside).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    mount(outside, inside, flags=BIND | RECURSIVE)


def _devices() -> None:
    for name in DEVICES:
        _bind(f"/dev/{name}", f"{ROOT}/dev/{name}")
        restrict(f"{ROOT}/dev/{name}", "nosuid", "noexec")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        Path(ROOT, "dev", name).symlink_to(f"/proc/self/fd{target}")


def loopback() -> None:
    """The new network has one interface, to itself; some programs expect it to be up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh22x", b"lo", 0)
        _, flags = struct.unpack("16sh22x", fcntl.ioctl(any_socket, GET_FLAGS, asked))
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh22x", b"lo", flags | UP))


def give_up(uid: int | None) -> None:
    """No capability, now or by any program that is started; no further user namespace; another uid if one is given."""
    _write("/proc/sys/user/max_user_namespaces", "0")
    number = 0
    while libc.prctl(DROP_FROM_BOUNDING, ctypes.c_ulong(number), 0, 0, 0) == 0:
        number += 1
    if number == 0:
        check(-1, "drop a capability")
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    check(libc.capset(ctypes.byref(header), ctypes.byref(none)), "capset")
    check(libc.prctl(NO_NEW_PRIVILEGES, ctypes.c_ulong(1), 0, 0, 0), "no new privileges")


def end_with_parent(alive: int) -> None:
    """Die when the parent dies; it is dead already when nobody holds the other end of the pipe `alive`."""
    check(libc.prctl(DEATH_SIGNAL, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0), "parent-death signal")
    if select.select([alive], [], [], 0)[0]:
        os._exit(1)


def first_process(order: Any, alive: int) -> int:
    """The first process of the namespaces: prepare them, start the command, wait for it; all else dies with it."""
    os.setsid()
    new_root(order)
    loopback()
    os.chdir(order["folder"])
    restrict("/", "readonly", below=0)
    give_up(order["uid"])
    end_with_parent(alive)
    command = os.fork()
    if command == 0:
        os.execve(order["command"][0], order["command"], order["environment"])  # noqa: S606 - the parent's own words
    while True:
        process, status = os.wait()
        if process == command:
            return shell_status(status)


def shell_status(status: int) -> int:
    """The status of a shell for what waitpid(2) said."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def enter(order: Any) -> int:
    """Make the box, run the order's command in it and return its status. Raises OSError when there can be no box."""
    os.umask(0o022)
    new_namespaces()
    check(libc.prctl(DEATH_SIGNAL, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0), "parent-death signal")
    if os.getppid() != order["parent"]:
        return 1
    alive, held = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(held)
        return first_process(order, alive)
    return shell_status(os.waitpid(first, 0)[1])


if __name__ == "__main__":
    try:
        result = enter(json.loads(sys.argv[1]))
    except OSError as error:
        sys.stderr.write(f"no sandbox: {error.strerror}\n")
        result = 1
    sys.exit(result)
