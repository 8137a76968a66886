"""Each input is read once, up to its cap; everything after works on these bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from supplytrust.errors import MalformedRecordError, VerificationError
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.records.envelope import VerifiedPayload, verify
from supplytrust.records.keys import VerificationKey

Source = bytes | bytearray | memoryview | int | str | os.PathLike[str]
_CHUNK = 1 << 20


def take(source: Source, cap: int, field: str) -> bytes:
    """The bytes of a buffer, an open descriptor (from where it stands) or a regular file.

    Raises Denied with `size` when there are more than `cap`, OSError when they cannot be read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        if memoryview(source).nbytes > cap:
            raise _too_large(field, cap)
        return bytes(source)  # bytes stay the same object; what could change is copied
    if isinstance(source, int):
        return _drain(source, cap, field)
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not block
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{field} is not a regular file")
        return _drain(descriptor, cap, field)
    finally:
        os.close(descriptor)


def need(source: Source, cap: int, field: str, code: Code) -> bytes:
    """Like `take`; what cannot be read is denied with this code."""
    try:
        return take(source, cap, field)
    except OSError as error:
        raise GateDenied(code, field, f"cannot be read: {error.strerror or error}") from None


def _drain(descriptor: int, cap: int, field: str) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while chunk := os.read(descriptor, min(_CHUNK, cap + 1 - total)):
        chunks.append(chunk)
        total += len(chunk)
        if total > cap:
            raise _too_large(field, cap)
    return b"".join(chunks)


def _too_large(field: str, cap: int) -> GateDenied:
    return GateDenied(Code.SIZE, field, f"more than {cap} bytes")


_CODES = {"signature": Code.SIGNATURE, "keys": Code.SIGNATURE}


def open_envelope(data: bytes, keys: Iterable[VerificationKey], payload_type: str, field: str) -> VerifiedPayload:
    """The verified payload, not yet parsed. Raises Denied."""
    unique = {key.fingerprint: key for key in keys}
    try:
        return verify(data, list(unique.values()), payload_type)
    except MalformedRecordError as error:
        raise from_malformed(error, field) from None
    except VerificationError as error:
        raise GateDenied(_CODES.get(error.reason, Code.ENVELOPE), field, error.message) from None
