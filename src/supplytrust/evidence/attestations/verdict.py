"""What became of one attestation: verified with what it says, shown to be wrong, or not judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplytrust.evidence.attestations.identity import Identity
from supplytrust.evidence.attestations.statement import Statement

# Reasons of attestations that were shown to be wrong: each is a broken cryptographic relation.
SIGNATURE, LOG_ENTRY, TIME = "signature", "log-entry", "time"
# Reasons of those that could not be judged.
MALFORMED, STATEMENT, SUBJECT, ENTRY_KIND = "malformed", "statement", "other-subject", "entry-kind"
UNKNOWN_LOG, AUTHORITY, NO_TIME, STALE_ROOT = "unknown-log", "unknown-authority", "no-trusted-time", "stale-root"
IDENTITY, COMMIT, REFUSED = "identity", "commit", "refused"
FAILURES = frozenset({SIGNATURE, LOG_ENTRY, TIME})
ALL = (
    FAILURES
    | {MALFORMED, STATEMENT, SUBJECT, ENTRY_KIND, UNKNOWN_LOG, AUTHORITY, NO_TIME, STALE_ROOT}
    | {IDENTITY, COMMIT, REFUSED}
)


@dataclass(frozen=True, slots=True)
class VerifiedStatement:
    """A statement, who signed it (from the certificate) and when (from log or time-stamp)."""

    statement: Statement
    identity: Identity
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class UnverifiedStatement:
    """Not accepted. `failed` only for reasons of FAILURES."""

    reason: str
    detail: str

    @property
    def failed(self) -> bool:
        """Shown to be wrong, rather than not judged."""
        return self.reason in FAILURES


Verdict = VerifiedStatement | UnverifiedStatement
