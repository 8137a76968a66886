import dataclasses

import pytest

from simulators.evidence import NOW, ask, days, files, gap, listed_file, saw
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, AskedDatabase, OpenAdvisories, Unread
from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status, Veto

ID = "responsiveness/no_open_advisory"
FRESH = AskedDatabase("osv.zip", NOW - days(3), 0, 16_000)
YEAR_OLD = dataclasses.replace(FRESH, newest=NOW - days(400))


def one(name="CVE-1", severity="", age=400, *, kind=AdvisoryKind.VULNERABILITY, fixed=()):
    return Advisory(name, (), kind, None if age is None else NOW - days(age), severity=severity, fixed_in=fixed)


def told(*advisories, databases=(FRESH,), undecided=(), unread=(), version="1.2.3"):
    return OpenAdvisories(version, advisories, undecided, databases, unread)


def known(*vulnerabilities, version="1.2.3"):
    return KnownVulnerabilities(version, vulnerabilities)


def listed(name="X-1", fixed=(), *, withdrawn=False, malicious=False, severity="", aliases=()):
    return KnownVulnerability(name, aliases, fixed, withdrawn, None, malicious, severity)


def test_supports_and_names_the_database_with_its_day():
    finding = ask(ID, told())
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert finding.because == "no advisory affects 1.2.3 (osv.zip of 2026-11-17)"


@pytest.mark.parametrize(
    "database",
    [
        YEAR_OLD,
        dataclasses.replace(FRESH, records=99),
        dataclasses.replace(FRESH, unread=161),
    ],
    ids=["old", "small", "half read"],
)
def test_an_old_small_or_half_read_database_is_worth_less(database):
    finding = ask(ID, told(databases=(database,)))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "partial")
    assert ask(ID, told(databases=(database, FRESH))).grade == ""


def test_a_database_older_than_the_release_says_nothing_of_it():
    release = files(listed_file(uploaded_at=NOW - days(300)))
    assert ask(ID, told(databases=(YEAR_OLD,)), release).reason is NotObservedReason.STALE
    assert ask(ID, told(databases=(YEAR_OLD, FRESH)), release).status is Status.SUPPORTS
    assert ask(ID, told(databases=(dataclasses.replace(FRESH, newest=None),))).reason is NotObservedReason.STALE


def test_what_an_old_database_knows_still_opposes():
    release = files(listed_file(uploaded_at=NOW - days(300)))
    assert ask(ID, told(one(), databases=(YEAR_OLD,)), release).status is Status.OPPOSES


@pytest.mark.parametrize(
    ("advisories", "grade"),
    [
        ([one(severity="medium")], ""),
        ([one()], ""),
        ([one(age=None)], ""),
        ([one(severity="low")], "low"),
        ([one(severity="medium", age=13)], "low"),
        ([one(severity="medium", age=14)], ""),
        ([one(age=3)], "low"),
        ([one(kind=AdvisoryKind.UNSOUND)], "low"),
        ([one(severity="high", age=3)], ""),
        ([one(severity="critical", age=89)], ""),
        ([one(severity="critical", age=90)], "severe"),
        ([one(severity="high", age=None)], "severe"),
        ([one(severity="low"), one("CVE-2", "medium")], ""),
        ([one(severity="low"), one("CVE-2", "critical")], "severe"),
    ],
)
def test_severity_and_age_make_the_grade(advisories, grade):
    finding = ask(ID, told(*advisories))
    assert (finding.status, finding.grade, finding.veto) == (Status.OPPOSES, grade, None)


def test_the_gravest_is_named_with_age_and_fix():
    finding = ask(ID, told(one(severity="low"), one("CVE-2026-33503", "high", 366, fixed=("1.2.4",))))
    assert finding.because == "open: CVE-2026-33503 (high, 366 days, fixed in 1.2.4); 1 more"
    long = one("MANUFACTURER-2026-1234567890", "critical", 99_999 % 9_000, fixed=("1.2.3.4.5.6.7.8.9.dev20261120",))
    assert ask(ID, told(long, *[one(f"CVE-{n}") for n in range(120)])).grade == "severe"


def test_a_malicious_release_is_a_veto():
    finding = ask(ID, told(one(severity="low"), one("MAL-2026-1", kind=AdvisoryKind.MALICIOUS)))
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.MALICIOUS)
    assert "MAL-2026-1" in finding.because


@pytest.mark.parametrize(
    "claim",
    [
        told(undecided=("CVE-9",)),
        told(unread=(Unread("database", 1),)),
        told(unread=(Unread("malformed", 2),)),
    ],
)
def test_an_incomplete_look_is_no_answer(claim):
    assert ask(ID, claim).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, dataclasses.replace(claim, advisories=(one(),))).status is Status.OPPOSES


def test_records_left_out_for_good_reasons_cost_nothing():
    harmless = told(unread=(Unread("later", 3), Unread("withdrawn", 2)))
    assert ask(ID, harmless).status is Status.SUPPORTS


def test_the_index_alone_is_a_look():
    assert ask(ID, known()).status is Status.SUPPORTS
    assert ask(ID, known(listed(withdrawn=True, malicious=True))).status is Status.SUPPORTS
    assert ask(ID, known(listed(fixed=("1.2.4",)))).because == "open: X-1 (not rated, no date, fixed in 1.2.4)"
    assert ask(ID, known(listed(malicious=True))).veto is Veto.MALICIOUS


@pytest.mark.parametrize(
    ("severity", "grade"),
    [
        ("LOW", "low"),
        ("3.9", "low"),
        ("none", "low"),
        ("10.0", "severe"),
        ("CVSS:3.1/AV:N", ""),
        ("3.x", ""),
        ("6", ""),
    ],
)
def test_the_index_severity_by_word_or_number(severity, grade):
    assert ask(ID, known(listed(severity=severity))).grade == grade


def test_the_index_adds_what_the_databases_have_not():
    merged = told(one("CVE-1", "low"))
    assert ask(ID, merged, known(listed("PYSEC-1", aliases=("CVE-1",)))).grade == "low"
    assert ask(ID, merged, known(listed("PYSEC-2"))).grade == ""
    assert ask(ID, told(), known(listed("MAL-1", malicious=True))).veto is Veto.MALICIOUS
    assert ask(ID, told(undecided=("CVE-1",)), known(listed("CVE-1"))).reason is NotObservedReason.INCOMPLETE


def test_the_less_favourable_of_two_sources_counts():
    assert ask(ID, told(), saw(told(one()), source="other")).status is Status.OPPOSES


def test_another_version_says_nothing():
    assert ask(ID, told(one(kind=AdvisoryKind.MALICIOUS), version="1.2.2")).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, known(listed(malicious=True), version="1.2.2")).reason is NotObservedReason.INCOMPLETE


def test_nobody_asked_is_not_observed():
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, gap(KnownVulnerabilities, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    both = (gap(OpenAdvisories, NotObservedReason.UNREACHABLE), gap(KnownVulnerabilities, NotObservedReason.OFFLINE))
    assert ask(ID, *both).reason is NotObservedReason.UNREACHABLE


def test_ages_count_to_the_look_not_to_the_clock():
    look = saw(told(one(severity="high", age=60)), at=NOW)
    assert ask(ID, look, at=NOW + days(365)).grade == ""
