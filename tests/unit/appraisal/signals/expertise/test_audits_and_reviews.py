"""Audits and reviews: which versions they are about, what is left open, whose word counts, what could not be read."""

from datetime import UTC, datetime

import pytest

from simulators.evidence import NOW, VERSION, ask, days, files, gap, saw
from supplytrust.appraisal.policies import tables
from supplytrust.model.claims.review import (
    Basis,
    ExternalAudit,
    ExternalAudits,
    Review,
    Scope,
    SecondPartyReviews,
    SkippedEntries,
    Standing,
    Violation,
)
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

AUDITED, REVIEWED = "expertise/audited_externally", "expertise/reviewed_by_second_party"
AT = NOW - days(400)


def audit(covers=True, versions=">=1.2,<2", at=AT, open_findings=0, report="https://example.org/r.pdf"):
    return ExternalAudit(
        "Example Labs", "", versions, covers, at, "all of it", (Scope.EVERYTHING,), report, "", 3, open_findings, "a", "",
    )  # fmt: skip


def audits(*listed, skipped=(), version=VERSION):
    return ExternalAudits(version, listed, skipped)


def review(basis=Basis.FULL, at=AT, standing=Standing.KEPT, scopes=(Scope.PARSING,), open_findings=0, steps=(VERSION,)):
    return Review(("Ann Example",), ("safe-to-deploy",), scopes, basis, steps, at, standing, "a", "", open_findings)


def violation(standing=Standing.KEPT, at=None):
    return Violation(("Bob Example",), ("safe-to-deploy",), "*", at, standing, "a", "")


def reviews(*listed, violations=(), elsewhere=(), skipped=()):
    return SecondPartyReviews(VERSION, listed, violations, elsewhere, skipped)


SKIPPED = (SkippedEntries("a.toml", "bad-version", 3, 2),)


@pytest.mark.parametrize(
    ("one", "grade"),
    [
        (audit(), ""),
        (audit(open_findings=2), "open"),
        (audit(open_findings=None), "open"),
        (audit(report=""), "unreported"),
    ],
)
def test_an_audit_of_this_version(one, grade):
    finding = ask(AUDITED, audits(one))
    assert (finding.status, finding.grade, finding.at) == (Status.SUPPORTS, grade, AT)
    assert "Example Labs" in finding.because


def test_the_newest_covering_audit_counts():
    finding = ask(AUDITED, audits(audit(), audit(at=AT + days(9), open_findings=1), audit(covers=False, at=NOW)))
    assert (finding.grade, finding.at) == ("open", AT + days(9))


def test_an_audit_of_another_version_is_none():
    finding = ask(AUDITED, audits(audit(covers=False, versions="==1.*")))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.STALE)
    assert finding.because == f"audited ==1.* ({AT:%Y-%m-%d}), this is {VERSION}"


def test_no_audit_and_entries_that_cannot_be_read():
    assert ask(AUDITED, gap(ExternalAudits, NotObservedReason.NOT_FOUND)).reason is NotObservedReason.NOT_FOUND
    finding = ask(AUDITED, audits(skipped=SKIPPED))
    assert (finding.reason, finding.because) == (NotObservedReason.INCOMPLETE, "2 listed entries could not be read")
    assert ask(AUDITED, audits(audit(), version="9.9")).status is Status.NOT_OBSERVED


def test_of_two_lists_the_less_favourable_counts():
    finding = ask(AUDITED, saw(audits(audit()), source="one"), saw(audits(audit(open_findings=4)), source="two"))
    assert finding.grade == "open"


def test_an_audit_halves_in_730_days_from_its_report():
    assert {r.half_life_days for (signal, _), r in tables.shipped_weights().rows.items() if signal == AUDITED} == {730}


@pytest.mark.parametrize(
    ("one", "grade"),
    [
        (review(), ""),
        (review(Basis.CHAIN, steps=("1.0.0", VERSION)), ""),
        (review(at=None), "undated"),
        (review(scopes=()), "narrow"),
        (review(open_findings=1), "narrow"),
        (review(Basis.PUBLISHER), "publisher"),
        (review(standing=Standing.CLAIMED), "claimed"),
        (review(standing=Standing.VERIFIED), ""),
    ],
)
def test_reviews_by_what_they_are_worth(one, grade):
    finding = ask(REVIEWED, reviews(one))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)
    assert "Ann Example" in finding.because


def test_the_best_review_counts_whatever_the_order():
    listed = [review(standing=Standing.CLAIMED), review(), review(scopes=())]
    assert {ask(REVIEWED, reviews(*order)).grade for order in (listed, listed[::-1])} == {""}


def test_an_undated_review_is_as_old_as_the_release():
    finding = ask(REVIEWED, reviews(review(at=None)), files())
    assert (finding.grade, finding.at) == ("", NOW - days(30))


@pytest.mark.parametrize(
    ("standing", "status", "grade"),
    [
        (Standing.KEPT, Status.OPPOSES, "violation"),
        (Standing.VERIFIED, Status.OPPOSES, "negative"),
        (Standing.CLAIMED, Status.NOT_OBSERVED, ""),
    ],
)
def test_a_violation_beats_every_review(standing, status, grade):
    finding = ask(REVIEWED, reviews(review(), violations=(violation(standing),)))
    assert (finding.status, finding.grade) == (status, grade)
    assert "Bob Example" in finding.because


def test_the_weightiest_violation_is_told():
    listed = (violation(Standing.CLAIMED), violation(Standing.VERIFIED, AT), violation())
    assert ask(REVIEWED, reviews(violations=listed)).grade == "violation"


def test_what_could_not_be_read_may_be_a_violation():
    finding = ask(REVIEWED, reviews(review(), skipped=SKIPPED))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCOMPLETE)
    other = (SkippedEntries("a.toml", "bad-version", 3, 0),)
    assert ask(REVIEWED, reviews(review(), skipped=other)).status is Status.SUPPORTS


def test_other_versions_and_nothing_at_all():
    finding = ask(REVIEWED, reviews(elsewhere=("1.0.0", "1.1.0")))
    assert (finding.reason, finding.because) == (
        NotObservedReason.STALE,
        f"read elsewhere: 1.0.0 and 1 more; not {VERSION}",
    )
    assert ask(REVIEWED, gap(SecondPartyReviews, NotObservedReason.NOT_FOUND)).reason is NotObservedReason.NOT_FOUND


def test_foreign_text_stays_short():
    long = ExternalAudit(
        "A" * 900, "", "=" * 900, True, datetime(2020, 1, 1, tzinfo=UTC), "", (), "x", "", None, None, "", ""
    )
    assert ask(AUDITED, audits(long)).status is Status.SUPPORTS
    wide = Review(("B" * 900,), (), (), Basis.CHAIN, ("9" * 900, VERSION), AT, Standing.KEPT, "", "", 10**5)
    assert ask(REVIEWED, reviews(wide)).status is Status.SUPPORTS
