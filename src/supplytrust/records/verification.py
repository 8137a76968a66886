"""Verifying a record by its envelope: signature, time and trustor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplytrust.errors import UsageError, VerificationError
from supplytrust.formats.canonical_json import digest_of
from supplytrust.model.record import TrustRecord
from supplytrust.records import envelope
from supplytrust.records.keys import VerificationKey, read_key
from supplytrust.records.statement import PAYLOAD_TYPE, from_statement

Keys = Sequence[VerificationKey | str | Path]


@dataclass(frozen=True, slots=True)
class VerifiedRecord:
    """A record whose signature held: its digest (of the signed bytes) and the key that signed it."""

    record: TrustRecord
    digest: str
    key: VerificationKey

    @property
    def principal(self) -> str:
        """Who stands behind it: the key's owner as configured, else the key itself."""
        return self.key.owner or f"sha256:{self.key.fingerprint}"


def verify(data: bytes, keys: Keys, *, at: datetime | None = None, trustor: str = "") -> VerifiedRecord:
    """The record in a signed envelope, read only after its signature held.

    Args:
        data: the envelope that `sign` gave.
        keys: those whose signature counts, as verification keys or paths of PEM public keys; one is enough.
        at: the record must hold at this moment (start inclusive, end exclusive). None: its term is not asked.
        trustor: the relying party that the record must speak for; '' for any.

    Raises:
        supplytrust.errors.VerificationError: with reason keys, payload-type, signature, signer-scope, not-yet-valid
            or expired.
        supplytrust.errors.MalformedRecordError: envelope or record are not whole.
        supplytrust.errors.UnsupportedPredicateError: what was signed is no trust record of this version.
        supplytrust.errors.UsageError: a key file cannot be read.

    Example:
        >>> import supplytrust as st
        >>> verified = st.verify(envelope, ["vetting.pub"], trustor="example.org")  # doctest: +SKIP
        >>> print(verified.record.outcome, verified.principal)  # doctest: +SKIP
    """
    verified = envelope.verify(data, [_key(key) for key in keys], PAYLOAD_TYPE)
    record = from_statement(verified.payload)
    if trustor and record.trustor.id != trustor:
        raise VerificationError(f"the record speaks for '{record.trustor.id}'", reason="signer-scope")
    if at is not None:
        _check_time(record, at)
    return VerifiedRecord(record, digest_of(verified.payload), verified.keys[0])


def _key(key: VerificationKey | str | Path) -> VerificationKey:
    if isinstance(key, VerificationKey):
        return key
    try:
        return read_key(Path(key).read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read key {key}: {error.strerror}", hint="the path of a PEM public key") from None


def _check_time(record: TrustRecord, at: datetime) -> None:
    if at < record.not_before:
        raise VerificationError(f"the record holds from {record.not_before}", reason="not-yet-valid")
    if at >= record.expires:
        raise VerificationError(f"the record held until {record.expires}", reason="expired", hint="assess again")
