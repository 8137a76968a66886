"""What one sigstore bundle proves about one file: the policy of this program over `verifier`.

Whether it is about this file at all is asked before anything is verified, so that what is signed about something else
is not held against the file. Whatever is raised, the attestation is not accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from supplytrust.errors import MalformedError, MalformedRecordError, VerificationError
from supplytrust.evidence.attestations import verdict as reasons
from supplytrust.evidence.attestations import verifier
from supplytrust.evidence.attestations.registry_keys import RegistryKey
from supplytrust.evidence.attestations.root import Root
from supplytrust.evidence.attestations.statement import PAYLOAD_TYPE, AttestedFile, Statement, read_statement
from supplytrust.evidence.attestations.verdict import KeyedStatement, UnverifiedStatement, Verdict, VerifiedStatement
from supplytrust.evidence.attestations.verifier import ExpectedSigner, Proof, SignedBundle


def judge_bundle(
    data: bytes, file: AttestedFile, root: Root, now: datetime, keys: Sequence[RegistryKey] = ()
) -> Verdict:
    """What a bundle proves about the file. Never raises for what the bundle holds.

    `keys` are the pinned ones of the file's registry: only with them do statements count that no certificate is for.
    """
    if root.stale(now):
        return UnverifiedStatement(reasons.STALE_ROOT, f"the trust root is of {root.taken:%Y-%m-%d}")
    try:
        bundle = verifier.read(data)
        statement = _about(bundle, file)
        expected = ExpectedSigner(keys=tuple(keys))
        return _verdict(statement, verifier.verify(bundle, file.sha256, expected, root.data))
    except (MalformedRecordError, VerificationError) as error:
        return UnverifiedStatement(error.reason if error.reason in reasons.ALL else reasons.MALFORMED, error.message)
    except MalformedError as error:
        return UnverifiedStatement(reasons.REFUSED, error.message)
    except Exception as error:  # noqa: BLE001 - libraries leak many kinds; none of them may become a pass
        return UnverifiedStatement(reasons.MALFORMED, f"cannot be read ({type(error).__name__})")


def _about(bundle: SignedBundle, file: AttestedFile) -> Statement:
    """The statement, if it is about this file. Its signature is not verified yet."""
    if bundle.payload_type != PAYLOAD_TYPE:
        raise MalformedRecordError("the payload is no in-toto statement", reason=reasons.STATEMENT)
    statement = read_statement(bundle.payload)
    _require_same_bytes(statement, file)
    if not file.is_named(statement.name):
        raise MalformedRecordError("the statement is about another file name", reason=reasons.SUBJECT)
    if not file.knows_predicate(statement.predicate_type):
        raise MalformedRecordError("the predicate is of a type that is not known", reason=reasons.STATEMENT)
    return statement


def _require_same_bytes(statement: Statement, file: AttestedFile) -> None:
    """Every digest that was measured too is the same, and there is one: others cannot be compared."""
    known = [(value, file.digest(name)) for name, value in statement.digests if file.digest(name)]
    if any(stated != measured for stated, measured in known):
        raise MalformedRecordError("the statement is about another digest", reason=reasons.SUBJECT)
    if not known:
        raise MalformedRecordError("the statement names no digest that was measured", reason=reasons.STATEMENT)


def _verdict(statement: Statement, proof: Proof) -> Verdict:
    if proof.key and proof.signed_at is not None:
        return KeyedStatement(statement, proof.key, proof.signed_at)
    if proof.identity is None or proof.signed_at is None:
        return UnverifiedStatement(reasons.IDENTITY, "no identity signed at a verified time")
    if statement.commit and proof.identity.commit and statement.commit != proof.identity.commit:
        return UnverifiedStatement(reasons.COMMIT, "statement and certificate name different commits")
    return VerifiedStatement(statement, proof.identity, proof.signed_at)
