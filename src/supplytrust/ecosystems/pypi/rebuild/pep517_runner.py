"""Second program in the box: calls the PEP 517 hooks of a backend, each in a process of its own.

Runs on any Python from 3.8 as `python -s -S pep517_runner.py JSON`; nothing it writes is believed by the
parent. JSON: {"backend", "path": [folder], "root", "out", "hook": wheel or sdist, "ask": bool, "known":
[requirement], "ignored": [name], "settings": [[key, value]]}. Writes `out/answer.json`: {"requires": [...]}
or {"file": name}.
"""

from __future__ import annotations

import builtins
import importlib
import io
import json
import os
import re
import site
import sys
import time
from collections.abc import Callable
from typing import Any


def backend_of(task: Any) -> Any:
    """The backend object, imported the way PEP 517 says."""
    sys.path[:0] = [os.path.join(task["root"], part) for part in task["path"]]  # noqa: PTH118
    module, _, attributes = task["backend"].partition(":")
    found = importlib.import_module(module)
    for name in filter(None, attributes.split(".")):
        if name == "__legacy__" and not hasattr(found, name):  # setuptools before 40.8 has no such object
            sys.path.insert(0, task["root"])
        else:
            found = getattr(found, name)
    return found


class DatedStatus:
    """A file status call that tells `stamp` as the time of what was written since `began`.

    An object and no function, so that it stays what it is when a class keeps it (pathlib before 3.11).
    """

    def __init__(self, real: Callable[..., os.stat_result], began: float, stamp: int) -> None:
        self.real, self.began, self.stamp = real, began, stamp

    def __call__(self, *args: Any, **kwargs: Any) -> os.stat_result:
        """The real status, redated when it is of a new file."""
        found = self.real(*args, **kwargs)
        if found.st_mtime < self.began:
            return found
        names = ("st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns")
        kept = {name: getattr(found, name) for name in (*names, "st_blksize", "st_blocks", "st_rdev")}
        kept.update(st_mtime=float(self.stamp), st_mtime_ns=self.stamp * 10**9)
        return os.stat_result((*found[:8], self.stamp, found[9]), kept)


def set_clock(stamp: int) -> None:
    """Files written from now on, and the time of day, are told as of `stamp`.

    Backends date what they generate by its file time. The file system's clock cannot be set in a box, so what
    Python is told about new files is.
    """
    began = time.time() - 2

    for name in ("stat", "lstat", "fstat"):
        setattr(os, name, DatedStatus(getattr(os, name), began, stamp))
    time.time = lambda: float(stamp)


def write_crlf() -> None:
    """Text files get the line ends of Windows unless a program asks for others."""
    real = builtins.open

    def open_with_crlf(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        named = args[3] if len(args) > 3 else kwargs.get("newline")
        if "b" in mode or not set(mode) & set("wax+") or named is not None:
            return real(file, mode, *args, **kwargs)
        kwargs["newline"] = "\r\n"
        return real(file, mode, *args[:3], **kwargs)

    builtins.open = open_with_crlf
    io.open = open_with_crlf


def settings_of(task: Any) -> dict[str, object] | None:
    """Config settings as a mapping; a key given more than once has a list."""
    found: dict[str, list[str]] = {}
    for key, value in task["settings"]:
        found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()} or None


def say(task: Any, answer: object) -> None:
    """Leave an answer for the parent."""
    with open(os.path.join(task["out"], "answer.json"), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
        json.dump(answer, file)


def ask_requires(task: Any) -> None:
    """Hook get_requires_for_build_*: what else the backend wants."""
    hook = getattr(backend_of(task), "get_requires_for_build_" + task["hook"], None)
    say(task, {"requires": list(hook(settings_of(task))) if hook else []})


def build(task: Any) -> None:
    """Hook build_wheel or build_sdist, with the clock and line ends of the recipe."""
    if task["clock"] is not None:
        set_clock(task["clock"])
    if task["crlf"]:
        write_crlf()
    hook = getattr(backend_of(task), "build_" + task["hook"])
    folder = os.path.join(task["out"], "dist")  # noqa: PTH118
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    say(task, {"file": hook(folder, settings_of(task))})


def run_in_child(step: Callable[[Any], None], task: Any) -> int:
    """Run one hook in a child, as frontends do; its exit status."""
    child = os.fork()
    if child == 0:
        step(task)
        sys.stdout.flush()
        sys.stderr.flush()
        sys.exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def more_wanted(task: Any) -> bool:
    """Whether the answer names a requirement that is neither there nor to be ignored."""
    with open(os.path.join(task["out"], "answer.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        wanted = json.load(file)["requires"]
    known = {re.sub(r"\s", "", text) for text in task["known"]}
    for text in wanted:
        name = re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", text.strip(), maxsplit=1)[0]).lower()
        if name not in task["ignored"] and re.sub(r"\s", "", text) not in known:
            return True
    return False


def main(task: Any) -> int:
    """Both hooks in turn; stops between them when more has to be installed first."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    sys.path[:] = [entry for entry in sys.path if entry and entry != here]
    os.umask(task["umask"])
    site.main()
    os.chdir(task["root"])
    sys.argv = ["build"]
    if task["ask"]:
        status = run_in_child(ask_requires, task)
        if status or more_wanted(task):
            return status
    return run_in_child(build, task)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
