"""Which dependencies have a record of their own in the ledger, so that one signature can cover them all?

A record names the records of its dependencies by digest (a gate may ask for it, `[dependencies] record`). Only a
record of exactly the judged bytes counts, made under the same policy, that admits and still holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from supplytrust.ledger import Ledger
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Policy
from supplytrust.model.vocabulary import Outcome
from supplytrust.records import statement

MOST = 20  # of the newest records of one release


def latest_admitting(ledger: Ledger | None, evidence: Evidence, policy: Policy, at: datetime) -> Mapping[str, str]:
    """By purl of a dependency, the digest of its newest record if that covers it; others are left out.

    Raises:
        supplytrust.errors.LedgerError: the ledger cannot be read, or a record in it is damaged.
    """
    if ledger is None:
        return {}
    judged = {n.subject.purl: n.subject.artifact.sha256 for n in evidence.nodes if n.subject.artifact}
    found = {purl: _newest(ledger, purl, sha256, policy, at) for purl, sha256 in judged.items() if sha256}
    return {purl: digest for purl, digest in found.items() if digest and purl != evidence.root}


def _newest(ledger: Ledger, purl: str, sha256: str, policy: Policy, at: datetime) -> str:
    for entry in ledger.history(purl, limit=MOST):
        same = entry.artifact_sha256 == sha256 and entry.policy_digest == policy.digest
        if same and entry.assessed_at <= at:
            if entry.outcome is not Outcome.ADMIT:
                return ""  # the newest word on these bytes counts, not the best one
            record = statement.from_statement(ledger.body(entry.record_digest))
            return entry.record_digest if record.not_before <= at < record.expires else ""
    return ""
