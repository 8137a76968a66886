"""Small packages made on the spot: source trees, sdists, and the wheels an honest build gives."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from simulators.backends import honest

BACKENDS = Path(__file__).parent / "backends"
STAMP = 1_700_000_000
UPLOADED = datetime(2026, 6, 1, tzinfo=UTC)
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "{backend}"\nbackend-path = ["."]\n'


def tree(
    name: str = "little",
    version: str = "1.0",
    files: Mapping[str, bytes] | None = None,
    *,
    backend: str = "honest",
    meta: Mapping[str, object] | None = None,
    extra: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Path to content of a source tree; `files` go under `src/`."""
    made = {
        "pyproject.toml": PYPROJECT.format(backend=backend).encode(),
        "meta.json": json.dumps({"name": name, "version": version, **(meta or {})}).encode(),
    }
    for one in {"honest", backend}:
        made[f"{one}.py"] = (BACKENDS / f"{one}.py").read_bytes()
    for path, data in (files or {f"{name}/__init__.py": b"ANSWER = 42\n"}).items():
        made[f"src/{path}"] = data
    return made | dict(extra or {})


def sdist(files: Mapping[str, bytes], root: str = "little-1.0") -> bytes:
    """The tree as a `.tar.gz` below `root`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for path, data in sorted(files.items()):
            info = tarfile.TarInfo(f"{root}/{path}" if root else path)
            info.size, info.mtime = len(data), STAMP
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def members(files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """File name and members of the wheel that the honest backend makes of a tree."""
    with tempfile.TemporaryDirectory() as folder:
        for path, data in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return honest.wheel_members(folder)


def wheel(
    files: Mapping[str, bytes], *, stamps: tuple[tuple[int, ...], ...] = ((2023, 11, 14, 22, 13, 20),)
) -> tuple[str, bytes]:
    """The published wheel; with more than one stamp, members take turns."""
    name, found = members(files)
    if len(stamps) == 1:
        return name, honest.pack(found, stamps[0])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, path in enumerate(sorted(found)):
            info = zipfile.ZipInfo(path, stamps[number % len(stamps)])  # type: ignore[arg-type]
            info.external_attr, info.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, found[path])
    return name, out.getvalue()
