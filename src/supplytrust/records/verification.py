"""Verifying records: one by its envelope, many by the principals behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplytrust.errors import UsageError, VerificationError
from supplytrust.formats.canonical_json import digest_of
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Outcome
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


def agreeing(records: Iterable[VerifiedRecord], *, subject: str, policy: str) -> int:
    """How many distinct principals say the same of the same: m-of-n is m records, each signed once.

    Counted are admitting records whose judged artifact has sha256 `subject` and whose policy has digest
    `policy`. Two records count twice only when key and owner both differ, so neither one key under two
    names nor one owner with two keys counts twice; records without a named owner count as one at most.
    """
    fitting = [
        (verified.key.fingerprint, verified.key.owner)
        for verified in records
        if verified.record.outcome is Outcome.ADMIT and _about(verified.record) == (subject, policy)
    ]
    return _distinct_pairs(sorted(set(fitting)))


def _about(record: TrustRecord) -> tuple[str, str]:
    artifact = record.trustee.artifact
    return (artifact.sha256 if artifact else "", record.policy.digest)


def _distinct_pairs(pairs: Sequence[tuple[str, str]]) -> int:
    """The largest number of pairs of which no two share a key or an owner (bipartite matching)."""
    owned: dict[str, list[str]] = {}
    for key, owner in pairs:
        owned.setdefault(key, []).append(owner)
    taken: dict[str, str] = {}  # owner -> key

    def place(key: str, tried: set[str]) -> bool:
        for owner in owned[key]:
            if owner not in tried:
                tried.add(owner)
                if owner not in taken or place(taken[owner], tried):
                    taken[owner] = key
                    return True
        return False

    return sum(place(key, set()) for key in owned)


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
