"""Second program in the box: calls the PEP 517 hooks of a backend, each in a process of its own.

Runs on any Python from 3.8 as `python -s -S inside_hooks.py JSON`; nothing it writes is believed by the
parent. JSON: {"backend", "path": [folder], "root", "out", "hook": wheel or sdist, "ask": bool, "known":
[requirement], "ignored": [name], "settings": [[key, value]]}. Writes `out/answer.json`: {"requires": [...]}
or {"file": name}.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import site
import sys
from collections.abc import Callable
from typing import Any


def backend_of(task: Any) -> Any:
    """The backend object, imported the way PEP 517 says."""
    sys.path[:0] = [os.path.join(task["root"], part) for part in task["path"]]  # noqa: PTH118
    module, _, attributes = task["backend"].partition(":")
    found = importlib.import_module(module)
    for name in filter(None, attributes.split(".")):
        found = getattr(found, name)
    return found


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
    """Hook build_wheel or build_sdist."""
    hook = getattr(backend_of(task), "build_" + task["hook"])
    say(task, {"file": hook(task["out"], settings_of(task))})


def apart(step: Callable[[Any], None], task: Any) -> int:
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
    site.main()
    os.chdir(task["root"])
    sys.argv = ["build"]
    if task["ask"]:
        status = apart(ask_requires, task)
        if status or more_wanted(task):
            return status
    return apart(build, task)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
