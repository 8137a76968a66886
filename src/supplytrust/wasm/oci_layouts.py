"""OCI layouts by the path that a person names: a folder, or an archive of one, with `#tag` or `#digest` behind it."""

from __future__ import annotations

import os
from pathlib import Path

from supplytrust.wasm.oci import OciWorkload, read_workload
from supplytrust.wasm.oci_files import MAX_TAR, OciError, is_archive, is_layout

__all__ = ["OciError", "find_layout", "read_named"]


def find_layout(text: str) -> str:
    """The text itself when it names a layout by path; '' when it names something else."""
    try:
        path, _ = _split(text)
        if is_layout(path):
            return text
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return text if is_archive(file.read(1024)) else ""
    except (OSError, ValueError, RuntimeError):  # RuntimeError: `~` of a person who is not known here
        return ""


def read_named(text: str) -> OciWorkload:
    """The workload of the layout. OciError, WasmError; OSError when the path cannot be read."""
    path, reference = _split(text)
    if path.is_dir():
        return read_workload(path, reference)
    if path.stat().st_size > MAX_TAR:
        raise OciError("oci-limit", f"the archive is larger than {MAX_TAR} bytes")
    return read_workload(path.read_bytes(), reference)


def _split(text: str) -> tuple[Path, str]:
    before, sign, after = text.rpartition("#")
    whole = _expand(text)
    return (_expand(before), after) if sign and not whole.exists() else (whole, "")


def _expand(text: str) -> Path:
    """A path with `~` resolved, unless there is no such person."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - `Path.expanduser` raises for people who are not known
