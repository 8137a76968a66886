"""Giving the judged bytes, and nothing else, to a loader: sealed memory files instead of paths.

A path could name other bytes by the time it is opened; a sealed memfd (memfd_create(2), F_ADD_SEALS) cannot change.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from typing import NoReturn

from supplytrust.errors import UsageError, VerificationError
from supplytrust.model.decision import Decision

WORKLOAD = "{}"
CONFIG = "{config}"
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


def sealed(data: bytes, name: str) -> int:
    """A descriptor of a memory file with these bytes that nobody can change any more; inherited by exec."""
    descriptor = os.memfd_create(name, os.MFD_ALLOW_SEALING)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def command(decision: Decision, argv: Sequence[str]) -> list[str]:
    """The command with `{}` and `{config}` replaced by paths of sealed copies (Linux).

    Raises VerificationError unless the decision admits, UsageError when the command does not take the workload,
    or does not take the configuration that was judged with it.
    """
    if decision.admit is not True or not decision.workload_bytes:
        raise VerificationError("the workload was not admitted", reason="not-admitted")
    if not argv or not any(WORKLOAD in word for word in argv[1:]):
        raise UsageError("the command does not say where the workload goes", hint="write {} for it")
    wants_config = any(CONFIG in word for word in argv)
    if decision.config_bytes is not None and not wants_config:
        raise UsageError("a configuration was judged but not handed over", hint="write {config} for it")
    if decision.config_bytes is None and wants_config:
        raise UsageError("no configuration was judged", hint="pass one with --config")
    places = {WORKLOAD: _path(decision.workload_bytes, "workload")}
    if decision.config_bytes is not None:
        places[CONFIG] = _path(decision.config_bytes, "config")
    return [_filled(word, places) for word in argv]


def _path(data: bytes, name: str) -> str:
    return f"/proc/self/fd/{sealed(data, name)}"


def _filled(word: str, places: dict[str, str]) -> str:
    for mark in sorted(places, reverse=True):
        word = word.replace(mark, places[mark])
    return word


def handover(decision: Decision, argv: Sequence[str]) -> NoReturn:
    """Become the loader. Returns only by raising: see `command`, and OSError when it cannot be started."""
    words = command(decision, argv)
    os.execvp(words[0], words)  # noqa: S606 - no shell is wanted
