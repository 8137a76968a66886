"""What goes out: the decision as JSON and as text, and the judged bytes, and nothing else, to a loader.

A path could name other bytes by the time it is opened; a sealed memfd (memfd_create(2), F_ADD_SEALS) cannot change.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from supplytrust.errors import UsageError, VerificationError
from supplytrust.gate.denial import HELP, Code, reason
from supplytrust.model.admission import Decision, DenyReason

WORKLOAD = "{}"
CONFIG = "{config}"
_HEAD = 256  # bytes that the kernel reads of a script's first line (execve(2))
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


def seal_bytes(data: bytes, name: str) -> int:
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
    return [_fill_places(word, places) for word in argv]


def _path(data: bytes, name: str) -> str:
    return f"/proc/self/fd/{seal_bytes(data, name)}"


def _fill_places(word: str, places: dict[str, str]) -> str:
    for mark in sorted(places, reverse=True):
        word = word.replace(mark, places[mark])
    return word


def with_loader(decision: Decision, argv: Sequence[str]) -> Decision:
    """The decision, or a denial when what admits would go to a loader that cannot be started."""
    problem = _problem(argv[0]) if decision.admit is True and argv else ""
    return _deny(decision, f"'{argv[0]}' {problem}") if problem else decision


def handover(decision: Decision, words: Sequence[str]) -> Decision:
    """Become the loader with what `command` made. Comes back only with a denial: it could not be started."""
    try:
        os.execvp(words[0], list(words))  # noqa: S606 - no shell is wanted
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        return _deny(decision, f"'{words[0]}' cannot be started: {said}")


def _deny(decision: Decision, why: str) -> Decision:
    told = (*decision.reasons, reason(Code.LOADER, "exec", why))
    return replace(decision, admit=False, reasons=told, valid_until=None, workload_bytes=b"", config_bytes=None)


def _problem(name: str) -> str:
    """What speaks against starting a program; empty when nothing does."""
    found = shutil.which(name)
    if found is None:
        return "is no program that can be started"
    try:
        with open(found, "rb") as file:  # noqa: PTH123 - the gate needs no paths
            head = file.read(_HEAD)
    except OSError:
        return ""  # what may be started need not be readable
    if not head:
        return "is empty"
    if not head.startswith(b"#!"):
        return ""
    words = head[2:].partition(b"\n")[0].split()
    interpreter = os.fsdecode(words[0]) if words else ""
    return (
        "" if shutil.which(interpreter) and os.sep in interpreter else f"needs '{interpreter}', which cannot be started"
    )


# --- A decision as JSON for programs and as a few lines for people.

SCHEMA = "supplytrust-decision/1"


def to_json(decision: Decision) -> str:
    """One object; `admit` is true only when every check held."""
    document = {
        "schema": SCHEMA,
        "admit": decision.admit is True,
        "reasons": [
            {"code": r.code, "field": r.field, "detail": r.detail, "help": help_for(r)} for r in decision.reasons
        ],
        "bound": dict(decision.bound),
        "decidedAt": _text(decision.decided_at),
        "validUntil": _text(decision.valid_until) if decision.valid_until else None,
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False, indent=2)


def to_text(decision: Decision) -> str:
    """What was decided, why not, until when, about which bytes."""
    wasm = decision.bound.get("wasm", "")
    named = f" sha256 {wasm[:16]}…" if wasm else ""
    if decision.admit is True:
        until = f", holds until {_text(decision.valid_until)}" if decision.valid_until else ""
        return f"admitted{named}{until}\n  record {decision.bound.get('record', '')}"
    lines = [f"not admitted{named}"]
    shown: set[str] = set()
    for one in decision.reasons:
        lines.append(f"  {one.code:<20}{one.field:<28}{one.detail}".rstrip())
        if one.code not in shown and help_for(one):
            lines.append(f"  {'':<20}-> {help_for(one)}")
        shown.add(one.code)
    return "\n".join(lines)


def help_for(why: DenyReason) -> str:
    """What would help against a reason; '' for a code of another version."""
    return HELP[Code(why.code)] if why.code in set(Code) else ""


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
