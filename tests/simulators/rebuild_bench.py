"""What the tests of the rebuild engine share: an offline world, and one call from tree to result."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators import source_packages
from supplytrust.io.context import CollectContext
from supplytrust.io.http.client import Client
from supplytrust.io.processes import sandbox
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Subject
from supplytrust.rebuild import engine
from supplytrust.rebuild.judge import PublishedFile

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CONTAINED = sandbox.find_sandbox() != sandbox.NONE
WHY_NOT = f"this machine has no sandbox: {sandbox.explain_none()}"
contained = pytest.mark.skipif(not CONTAINED, reason=WHY_NOT)
SUBJECT = Subject("pkg:pypi/little@1.0", "pypi", "little", "1.0")


def plant_key() -> bool:
    """An inert secret in a session keyring of our own, for programs that we start; False where there are no keyrings."""
    numbers = {"x86_64": (250, 248), "aarch64": (219, 217)}.get(os.uname().machine)
    if numbers is None:
        return False
    libc, (keyctl, add_key) = ctypes.CDLL(None, use_errno=True), numbers
    if libc.syscall(ctypes.c_long(keyctl), 1, None) < 0:  # join a new one
        return False
    return bool(libc.syscall(ctypes.c_long(add_key), b"user", b"supplytrust-bait", b"inert", 5, ctypes.c_int(-3)) > 0)


def offline_world(folder: Path, **options: str) -> CollectContext:
    for name in ("scratch", "cache"):
        (folder / name).mkdir(exist_ok=True)
    door = Client(folder / "cache" / "http", offline=True)
    return CollectContext(door, Settings(), NOW, NOW, folder / "scratch", folder / "cache", options=options)


def rebuilt(
    folder: Path, source: Mapping[str, bytes], published: tuple[str, bytes] | None = None, **options: str
) -> RebuildResult:
    """Rebuild the tree's own wheel (or the given one) from the tree's sdist."""
    name, data = published or source_packages.wheel(source)
    file = PublishedFile(name, data, uploaded_at=source_packages.UPLOADED)
    inputs = engine.sdist_inputs("little-1.0.tar.gz", source_packages.sdist(source))
    return engine.rebuild(SUBJECT, file, inputs, offline_world(folder, **options))
