"""Optional tools of the machine: which are there, and what is not known without them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass


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
