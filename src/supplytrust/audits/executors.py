"""Where an audit runs: here on threads, or on a Dask cluster that exists already (extra `supplytrust[dask]`)."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from concurrent.futures import Executor
from urllib.parse import urlsplit

from supplytrust.errors import UsageError


@contextlib.contextmanager
def open_executor(address: str | None) -> Iterator[Executor | None]:
    """The executor at `dask://HOST:PORT`; None (threads of this process) when no address is given. UsageError."""
    if not address:
        yield None
        return
    parts = urlsplit(address)
    if parts.scheme != "dask" or not parts.netloc:
        raise UsageError(f"'{address}' is not an executor", hint="write dask://HOST:PORT")
    try:
        client_of = importlib.import_module("distributed").Client
    except ImportError:
        raise UsageError("Dask is not installed", hint="pip install 'supplytrust[dask]'") from None
    try:
        client = client_of(f"tcp://{parts.netloc}", timeout=10)
    except (OSError, TimeoutError) as error:
        raise UsageError(f"no Dask scheduler answers at {parts.netloc}: {error}", hint="check the address") from None
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
