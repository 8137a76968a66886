"""First program in the box: give up the uid or set the limits, then become the next program.

Runs alone (`python -I -S sandbox_init.py JSON`), on any Python from 3.8, with nothing but the standard
library. JSON: {"uid": int or null, "limits": {"as": bytes, ...}, "command": [program, argument, ...]}.
"""

from __future__ import annotations

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


def enter(order: Any) -> None:
    """Apply uid and limits of the order and execute its command; returns only by raising OSError."""
    uid = order.get("uid")
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    os.umask(0o022)
    for name, value in order.get("limits", {}).items():
        resource.setrlimit(NAMES[name], (value, value))
    command = order["command"]
    os.execv(command[0], command)  # noqa: S606 - the command comes from the parent


if __name__ == "__main__":
    enter(json.loads(sys.argv[1]))
