"""A ledger that holds nights of audits: sets of any size, changes from run to run, records with holders and exceptions."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import MappingProxyType

from simulators.records import DAY, record
from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.audits.run_history import changes_since_last_run
from supplytrust.ledger import Ledger
from supplytrust.model.policy import Exemption
from supplytrust.model.record import Footprint, Reason, Risk, SinglePoint, TrustRecord
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.records.statement import to_statement


def one_record(number: int, name: str, at: datetime, outcome: Outcome) -> TrustRecord:
    """The record of a package with a size, accounts that can release it, and now and then an exception."""
    purl = f"pkg:generic/{name}@1.{number}"
    file = Artifact(f"{name}-1.{number}.zip", f"{number:064x}", ArtifactKind.BUILT, 1000 + number, "")
    holders = (f"account-{number % 40}", f"account-{number % 7}")
    points = tuple(SinglePoint("account", holder, 1.0, (purl,)) for holder in dict.fromkeys(holders))
    stands = (
        Exemption(purl, (Area.BUILD,), "known, being replaced", "the team", at + timedelta(days=number % 90)),
    ) * (number % 50 == 0)
    return record(
        outcome,
        subject=Subject(purl, "generic", name, f"1.{number}", file, ()),
        assessed_at=at,
        not_before=at,
        expires=at + timedelta(days=30),
        review_by=at + timedelta(days=30),
        footprint=Footprint(1, 1000 + (number * 7919) % 900_000, 0, len(points), points),
        exceptions=stands,
        reasons=(Reason("area-below", f"integrity: what {name} has is not known", ()),),
    )


def audited_ledger(ledger: Ledger, *, packages: int, nights: int, sets: int = 1, odd: str = "") -> None:
    """Fill a ledger with runs over sets; every night one package in a hundred has another outcome.

    `odd`: a text that stands in the names and reasons of the first package.
    """
    for number in range(sets):
        for night in range(nights):
            at = DAY + timedelta(days=night - nights)
            subjects = [_verdict(ledger, n, night, at, f"package-{number}-{n}", odd) for n in range(packages)]
            result = AuditResult(
                name=f"project-{number}.lock",
                at=at,
                policy_id="baseline",
                policy_digest="sha256:" + "c3" * 32,
                outcome=max(one.outcome for one in subjects),
                subjects=tuple(subjects),
                footprint=Footprint(packages, None, None, None),
                risk=Risk(0, 0, 1),
            )
            changes_since_last_run(ledger, result)


def _verdict(ledger: Ledger, number: int, night: int, at: datetime, name: str, odd: str) -> SubjectVerdict:
    moved = (number + night) % 100 == 0
    outcome = Outcome((number % 3 + moved) % 3) if number % 3 else Outcome(int(moved))
    made = one_record(number, name, DAY - timedelta(days=1) if not moved else at, outcome)
    entry = ledger.keep(made, to_statement(made))
    text = f"{odd} {made.reasons[0].text}" if odd and number == 0 else made.reasons[0].text
    purl = f"{made.trustee.purl}?file_name={odd}" if odd and number == 0 else made.trustee.purl
    return SubjectVerdict(
        listed=purl,
        purl=purl,
        outcome=outcome,
        reasons=(Reason("area-below", text),) if outcome is not Outcome.ADMIT else (),
        record_digest=entry.record_digest,
        assessed_at=made.assessed_at,
        surroundings=MappingProxyType({}),
    )
