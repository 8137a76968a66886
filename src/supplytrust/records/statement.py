"""A trust record as an in-toto Statement v1, and back without loss; and verified by its envelope.

The bytes are canonical JSON (RFC 8785) and are what is signed; a record is known by their SHA-256. Fields
nobody knows are refused, except under `ext`. Statement: https://github.com/in-toto/attestation, spec v1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplytrust.errors import MalformedRecordError, UnsupportedPredicateError, UsageError, VerificationError
from supplytrust.formats.canonical_json import canonical_bytes, digest_of
from supplytrust.formats.codec import decode, encode
from supplytrust.formats.json_reader import DEFAULT, Json, read_object
from supplytrust.model.arguments import PATH, check_argument, check_moment
from supplytrust.model.record import TOOL_NAME, Trustee, TrustRecord
from supplytrust.model.vocabulary import Area
from supplytrust.records import envelope
from supplytrust.records.envelope import unverified_payload
from supplytrust.records.evidence_file import FORMAT as EVIDENCE_FORMAT
from supplytrust.records.evidence_file import read_file
from supplytrust.records.keys import VerificationKey, read_key

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://supplytrust.dev/trust-record/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def to_statement(record: TrustRecord) -> bytes:
    """The canonical bytes of a record: what is signed. MalformedRecordError for what cannot be read back."""
    data = canonical_bytes(
        {
            "_type": STATEMENT_TYPE,
            "subject": subjects(record.trustee),
            "predicateType": PREDICATE_TYPE,
            "predicate": encode(record, camel=True),
        }
    )
    read_object(data)
    return data


def from_statement(data: bytes) -> TrustRecord:
    """The record in a statement's bytes. Verify the envelope first; this only reads.

    Raises MalformedRecordError, or UnsupportedPredicateError for a statement about something else.
    """
    statement = read_object(data)
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise UnsupportedPredicateError(
            f"not a statement of type {PREDICATE_TYPE}", hint="records of other versions need their own reader"
        )
    if statement.keys() != {"_type", "subject", "predicateType", "predicate"}:
        raise MalformedRecordError("the statement has other fields than the four of its type", reason="unknown-field")
    record = decode(TrustRecord, statement["predicate"], camel=True)
    check_record(record)
    if statement["subject"] != subjects(record.trustee):
        raise MalformedRecordError("the subject is not the judged artifact", reason="subject")
    return record


def check_record(record: TrustRecord) -> None:
    """Refuse a record whose parts contradict each other, which types alone cannot. Raises MalformedRecordError."""
    if record.trustor.tool.name != TOOL_NAME:
        raise MalformedRecordError(f"made by a tool other than {TOOL_NAME}", reason="value")
    if missing := set(record.crit) - set(record.ext):
        raise MalformedRecordError(f"'{min(missing)}' is critical and not under ext", reason="value")
    if missing_areas := [area.value for area in Area if area not in record.areas]:
        raise MalformedRecordError(f"areas: '{missing_areas[0]}' is not there", reason="value")
    if any(file.judged for file in record.trustee.artifacts[1:]):
        raise MalformedRecordError("trustee.artifacts: the judged file comes first and once", reason="value")


def load(path: str | Path) -> TrustRecord:
    """A saved record: what `record.to_json()` or `supplytrust assess --format json` gave, or an envelope around it.

    Nothing is verified here: who has an envelope and must rely on it calls `verify` instead.

    Args:
        path: a file with a statement or with a DSSE envelope (of `sign`). Evidence is read by `load_evidence`.

    Raises:
        supplytrust.errors.RecordError: the file cannot be opened.
        supplytrust.errors.MalformedRecordError: it is not whole, or parts of it contradict each other.
        supplytrust.errors.UnsupportedPredicateError: it is something else than a trust record of this version.

    Example:
        >>> import supplytrust as st
        >>> print(st.load("record.json").outcome)  # doctest: +SKIP
        REFER
    """
    check_argument("path", path, *PATH)
    return from_document(read_file(path, DEFAULT.size))


def from_document(data: bytes) -> TrustRecord:
    """The record in a statement or in an envelope around one, to be shown. Nothing is verified here."""
    document = read_object(data)
    if document.get("format") == EVIDENCE_FORMAT:
        raise UnsupportedPredicateError("this is evidence and no record", hint="supplytrust appraise judges it")
    return from_statement(unverified_payload(data) if "payload" in document else data)


def record_digest(record: TrustRecord) -> str:
    """`sha256:<hex>` of the record's bytes: its name in `supersedes`, dependencies and revocations."""
    return digest_of(to_statement(record))


def subjects(trustee: Trustee) -> list[Json]:
    """in-toto ResourceDescriptors: the judged artifact, or nobody while its digest is unknown.

    A statement about nobody binds nothing, so no gate lets anything in because of it.
    """
    artifact = trustee.artifact
    if artifact is None or not artifact.sha256:
        return []
    digest: dict[str, Json] = {"sha256": artifact.sha256}
    if artifact.sha384:
        digest["sha384"] = artifact.sha384
    return [{"name": artifact.file_name, "digest": digest}]


# Verifying a record by its envelope: signature, time and trustor.

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
    check_argument("data", data, bytes)
    check_argument("keys", keys, list, tuple)
    check_moment(at)
    for key in keys:
        check_argument("a key", key, *PATH, VerificationKey)
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
