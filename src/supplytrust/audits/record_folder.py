"""Keep the records of an audit as files of their own, signed when a key is named: one a package and digest.

The ledger has them too, but a file can be handed on: to the gate, to another team, into an archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from supplytrust.audits.result import SubjectVerdict
from supplytrust.errors import UsageError
from supplytrust.formats.atomic import write_atomically
from supplytrust.records import signers
from supplytrust.records.statement import PAYLOAD_TYPE

Seal = Callable[[bytes], bytes]


def sealer(key: str | None) -> Seal | None:
    """What signs a record's bytes, None without a key. UsageError before anything is judged, if it cannot sign."""
    if key is None:
        return None
    if key.partition(":")[0] not in signers.schemes():
        signers.open_key(Path(key))
    return lambda body: signers.seal(body, PAYLOAD_TYPE, key)


def prepare_folder(folder: Path) -> Path:
    """The folder, made if it is not there. UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", hint="name a folder that can be written") from None
    return folder


def write_record(one: SubjectVerdict, body: bytes, folder: Path, seal: Seal | None) -> None:
    """Write the record of one judged package into `folder`. UsageError.

    Files of earlier runs stay: a record's file is named after its digest and never means another one.
    """
    write_body(one.purl, one.record_digest, body, folder, seal)


def write_body(purl: str, digest: str, body: bytes, folder: Path, seal: Seal | None) -> None:
    """Write the bytes of a record under the name of its package and digest. UsageError."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", purl.removeprefix("pkg:").partition("?")[0])[:120]
    name = f"{plain}-{digest.rpartition(':')[2][:16]}{'.dsse' if seal is not None else ''}.json"
    _write(folder / name, seal(body) if seal else body)


def _write(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", hint="name a folder that can be written") from None
