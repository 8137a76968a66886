"""First program in the box: give up the uid or set the limits, then become the next program.

Runs alone (`python -I -S sandbox_init.py JSON`), on any Python from 3.8, with nothing but the standard
library. JSON: {"uid": int or null, "limits": {"as": bytes, ...}, "command": [program, argument, ...]}.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import sys
from typing import Any

NAMES = {
    "as": resource.RLIMIT_AS,
    "fsize": resource.RLIMIT_FSIZE,
    "nproc": resource.RLIMIT_NPROC,
    "cpu": resource.RLIMIT_CPU,
    "core": resource.RLIMIT_CORE,
}
KEYCTL = {  # number of keyctl(2), which libc does not wrap; by machine(7) name
    "x86_64": 250,
    "i386": 288,
    "i686": 288,
    "ppc64": 271,
    "ppc64le": 271,
    "s390x": 280,
    "armv6l": 311,
    "armv7l": 311,
    "armv8l": 311,
    "aarch64": 219,
    "riscv64": 219,
    "loongarch64": 219,
}
JOIN_SESSION_KEYRING = 1
NO_KEYRINGS = (errno.ENOSYS, errno.EPERM, errno.EACCES)  # not in this kernel, or refused here: to the build as well


def leave_keyring() -> None:
    """Join a new, empty session keyring: the one that came from the caller may hold keys (session-keyring(7)).

    No namespace hides it. Raises OSError when it cannot be left.
    """
    machine = os.uname().machine
    if machine not in KEYCTL:
        raise OSError(errno.ENOSYS, f"the number of keyctl is not known for {machine}")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(KEYCTL[machine]), JOIN_SESSION_KEYRING, None) < 0:
        number = ctypes.get_errno()
        if number not in NO_KEYRINGS:
            raise OSError(number, f"a new session keyring: {os.strerror(number)}")


def enter(order: Any) -> None:
    """Apply uid and limits of the order and execute its command; returns only by raising OSError."""
    uid = order.get("uid")
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    leave_keyring()
    os.umask(0o022)
    for name, value in order.get("limits", {}).items():
        resource.setrlimit(NAMES[name], (value, value))
    command = order["command"]
    os.execv(command[0], command)  # noqa: S606 - the command comes from the parent


if __name__ == "__main__":
    enter(json.loads(sys.argv[1]))
