"""Answers about bytes that a team shares: a folder or an object store that every worker and machine can reach.

The store is named by an fsspec URL (`[cache] store`, extra `supplytrust[store]`). Whoever can write to it is not
believed: an entry counts when it is an envelope signed with a key of the team (`[cache] keys`), around an entry that
repeats the very question. What is unsigned, signed by others, damaged or of another question is as none, and counted.
Only who holds the private key (`[cache] sign`) adds entries. A store that fails is left alone for the rest of the call.

References: fsspec, "URL chaining and file systems"; DSSE (secure-systems-lab/dsse).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar, cast

from supplytrust.collection.claim_cache import LARGEST, ClaimCache, read_entry, write_entry
from supplytrust.errors import ConfigError, SupplytrustError, UsageError
from supplytrust.formats.json_reader import Limits
from supplytrust.io.context import Question
from supplytrust.model.policy import CacheSettings
from supplytrust.records import envelope
from supplytrust.records.envelope import Signer
from supplytrust.records.keys import VerificationKey, read_key
from supplytrust.records.signers import open_key

T = TypeVar("T")
PAYLOAD_TYPE = "application/vnd.supplytrust.claims.v1"
LIMITS = Limits(size=LARGEST)
MOST_FAILURES = 3


class FileSystem(Protocol):
    """What is used of fsspec."""

    def size(self, path: str) -> int | None:
        """Bytes of a file; FileNotFoundError."""
        ...

    def cat_file(self, path: str) -> bytes:
        """What is in a file."""
        ...

    def pipe_file(self, path: str, value: bytes) -> None:
        """Write a file."""
        ...


class SharedClaims:
    """The local answers, and behind them those of the team. `refused` counts entries that did not count."""

    def __init__(
        self, local: ClaimCache, place: tuple[FileSystem, str], keys: Sequence[VerificationKey], signer: Signer | None
    ) -> None:
        self._local, (self._files, self._root) = local, place
        self._keys, self._signer = tuple(keys), signer
        self.refused = self.failures = 0

    def holds(self, question: Question[T]) -> bool:
        """Whether an answer is here, or was fetched from the team just now."""
        return self._local.holds(question) or self._fetch(question) is not None

    def recall(self, question: Question[T]) -> T | None:
        """The local answer, else the team's."""
        known = self._local.recall(question)
        return self._fetch(question) if known is None else known

    def keep(self, question: Question[T], answer: T) -> None:
        """Keep an answer here, and with the team's signature there."""
        self._local.keep(question, answer)
        if self._signer is None or self.failures >= MOST_FAILURES:
            return
        sealed = envelope.seal(write_entry(question, answer), PAYLOAD_TYPE, self._signer)
        try:
            self._files.pipe_file(self._path(question), sealed)
        except Exception:  # noqa: BLE001 - whatever a store's library raises, it costs another reading only
            self.failures += 1

    def _fetch(self, question: Question[T]) -> T | None:
        if self.failures >= MOST_FAILURES:
            return None
        try:
            path = self._path(question)
            if (self._files.size(path) or 0) > LARGEST:
                self.refused += 1
                return None
            data = self._files.cat_file(path)
        except FileNotFoundError:
            return None
        except Exception:  # noqa: BLE001 - as above
            self.failures += 1
            return None
        try:
            entry = envelope.verify(data, self._keys, PAYLOAD_TYPE, limits=LIMITS).payload
        except SupplytrustError:
            self.refused += 1
            return None
        answer = read_entry(entry, question)
        if answer is None:
            self.refused += 1
            return None
        self._local.keep(question, answer)
        return answer

    def _path(self, question: Question[T]) -> str:
        return f"{self._root}/{self._local.name_entry(question)}"

    @property
    def notice(self) -> str:
        """What a person should know about the store after a call; '' for nothing."""
        if self.refused:
            return f"{self.refused} answers of the shared store do not count: not signed by a key of the team"
        return f"the shared store failed {self.failures} times" if self.failures else ""


def open_shared(local: ClaimCache, settings: CacheSettings) -> SharedClaims:
    """The team's answers as configured. ConfigError when keys, address or library cannot be used."""
    try:
        url_to_fs = importlib.import_module("fsspec.core").url_to_fs
    except ImportError:
        raise ConfigError("fsspec is not installed", hint="pip install 'supplytrust[store]'") from None
    options = {"auto_mkdir": True} if settings.store.startswith(("file:", "/")) else {}
    try:
        files, root = url_to_fs(settings.store, **options)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"[cache] store: {error}", hint="an fsspec URL whose library is installed") from None
    try:
        keys = [read_key(Path(key).read_bytes()) for key in settings.keys]
        signer = open_key(Path(settings.sign)) if settings.sign else None
    except (OSError, SupplytrustError, UsageError) as error:
        raise ConfigError(f"[cache]: a key cannot be used: {error}", hint="`supplytrust keys new` makes some") from None
    once = {key.fingerprint: key for key in keys}
    return SharedClaims(local, (cast("FileSystem", files), str(root).rstrip("/")), list(once.values()), signer)
