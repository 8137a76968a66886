"""Tests here reach a real index: they are not even collected unless `-m online` asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if "online" in str(config.getoption("markexpr")) else True
