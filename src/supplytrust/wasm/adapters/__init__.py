"""Loader configurations, one file a format: bytes in, `Grants` out. Closed world; a format is a module here.

Each module has `FILE_NAME`, how the loader names the file, and `read(data)`: the grants of these bytes, or of
no configuration (None). It raises ConfigError for anything it does not understand: what is not understood
cannot be bound.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast

from supplytrust.errors import ConfigError, MalformedTomlError
from supplytrust.formats.toml import read_toml
from supplytrust.wasm.capability import Grants

MAX_CONFIG = 1_000_000


class Adapter(Protocol):
    """A module of this package."""

    FILE_NAME: str

    def read(self, data: bytes | None) -> Grants:
        """The grants; raises ConfigError."""
        ...


def formats() -> tuple[str, ...]:
    """Names of all formats."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__)))


def for_format(name: str) -> Adapter:
    """The adapter with this name; ConfigError when there is none."""
    if name not in formats():
        raise ConfigError(f"no configuration format '{name}'", hint=f"known formats: {', '.join(formats())}")
    return cast("Adapter", importlib.import_module(f"{__name__}.{name}"))


def format_of(file_name: str) -> str:
    """The format whose file is usually called so; empty when none is."""
    base = file_name.rpartition("/")[2]
    return next((f for f in formats() if base == for_format(f).FILE_NAME), "")


def read_grants(data: bytes, file_name: str, format_: str = "") -> Grants:
    """The grants of a configuration in a format that is named, usual for the file's name, or told by its contents.

    Raises ConfigError when it does not understand them.
    """
    return for_format(format_ or format_of(file_name) or _format_by_contents(data)).read(data)


def _format_by_contents(data: bytes) -> str:
    """TOML is a manifest of Spin where it says its version, else Enarx's; anything else is a command line."""
    try:
        document = read_toml(data, largest=MAX_CONFIG)
    except MalformedTomlError:
        return "wasmtime"
    return "spin" if "spin_manifest_version" in document else "enarx"
