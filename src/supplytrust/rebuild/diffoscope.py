"""A long readable difference by diffoscope, when it is installed (https://diffoscope.org).

It opens whatever a published file may hold with many foreign readers, so it runs in the box like a build.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from supplytrust.io.processes import sandbox

SECONDS: Final = 60.0
TEXT_LIMIT: Final = 60_000
LEFT, RIGHT = "/build/src", "/build/out"


def find() -> str:
    """Path of diffoscope beside our interpreter or on the search path; empty when there is none."""
    beside = Path(sys.executable).with_name("diffoscope")
    return str(beside) if beside.exists() else (shutil.which("diffoscope") or "")


def text(contained: sandbox.Sandbox, folder: Path, published: tuple[str, bytes], rebuilt: tuple[str, bytes]) -> str:
    """What diffoscope says about two files (name, bytes), cut to a bounded length; empty without the tool.

    Without a sandbox (NONE) nothing is run. `folder` is empty and ours.
    """
    tool = find()
    if not tool or contained == sandbox.NONE:
        return ""
    for name, (file_name, data) in (("left", published), ("right", rebuilt)):
        place = folder / name
        place.mkdir(parents=True)
        (place / file_name).write_bytes(data)
        sandbox.give_away(place)
    box = sandbox.Box(
        sandbox.base_interpreter(),
        _shown_folders(Path(tool)),
        {str(folder / "left"): LEFT, str(folder / "right"): RIGHT},
        RIGHT,
        {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8"},  # noqa: S108 - inside
        seconds=SECONDS,
    )
    limit = ("--max-text-report-size", str(TEXT_LIMIT))
    files = (f"{LEFT}/{published[0]}", f"{RIGHT}/{rebuilt[0]}")
    ended = sandbox.run([tool, "--no-progress", *limit, *files], box, contained)
    return ended.log if ended.status in {0, 1} else ""


def _shown_folders(tool: Path) -> dict[str, str]:
    """The tool's own folder and its interpreter's, where they are not below /usr; ours for the first program."""
    own, base = tool.parent.parent, str((tool.parent / "python3").resolve().parent.parent)
    shown = {sandbox.base_prefix(): sandbox.base_prefix(), base: base}
    return shown if str(own).startswith("/usr") else {**shown, str(own): str(own)}
