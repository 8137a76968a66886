"""From a file that the relying party keeps to the outcome: what admits, holds and refuses, and what never helps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulators.evidence import SUBJECT, subject
from simulators.index import serving
from simulators.world import world
from supplytrust.appraisal.policies import loader
from supplytrust.assessment import appraise
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import audits, purpose
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Settings
from supplytrust.model.record import RequiredAssurance
from supplytrust.model.vocabulary import Outcome

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = """
schema = 1
id = "p"
owner = "o"
[expect.root]
expertise = 0.8
[sources]
audits = 0.9
"""
AUDIT = """
[[audit]]
project = "pkg:pypi/demo"
versions = ">=1.2,<1.3"
date = 2026-10-01
auditor = "Example Labs"
scope = "all of it"
tags = ["everything"]
report = "https://example.org/report.pdf"
findings = 1
open = {open}
"""
VIOLATION = """
[[violation]]
project = "pkg:pypi/demo"
versions = "==1.2.3"
date = 2026-10-01
reviewer = "Team"
criteria = ["fit for foreign input"]
"""


def open_questions(record):
    return {question.signal: question.reason for question in record.not_observed}


def judged(tmp_path, text, about=SUBJECT, later=timedelta(0), **settings):
    path = tmp_path / "list.toml"
    path.write_text(text)
    (tmp_path / "p.toml").write_text(POLICY)
    with serving([]) as index, world(index, tmp_path / "w", at=NOW) as opened:
        given = Settings(audits=(str(path),), **settings)
        seen = collect_claims(about, replace(opened, settings=given), [audits, purpose])
    evidence = Evidence(about.purl, NOW, (seen,))
    return appraise(evidence, policy=loader.load(tmp_path / "p.toml"), at=NOW + later, alone=True)


def listed(*parts, open_findings=0):
    return "schema = 1\n" + "".join(parts).replace("{open}", str(open_findings))


def test_an_audit_of_this_version_admits_until_it_is_old(tmp_path):
    text = listed(AUDIT)
    assert judged(tmp_path, text).outcome is Outcome.ADMIT
    assert judged(tmp_path, text, later=timedelta(days=700)).outcome is Outcome.REFER


def test_an_audit_of_other_versions_or_with_open_findings_does_not(tmp_path):
    newer = subject(version="2.0")
    record = judged(tmp_path, listed(AUDIT), about=newer)
    assert record.outcome is Outcome.REFER
    told = open_questions(record)["expertise/audited_externally"]
    assert told == "stale: audited >=1.2,<1.3 (2026-10-01), this is 2.0"
    assert judged(tmp_path, listed(AUDIT, open_findings=1)).outcome is Outcome.REFER


def test_a_violation_refuses_and_counts_beside_an_audit(tmp_path):
    assert judged(tmp_path, listed(VIOLATION)).outcome is Outcome.REFUSE
    assert judged(tmp_path, listed(AUDIT, VIOLATION)).outcome is not Outcome.ADMIT


@pytest.mark.parametrize("change", ["version = 3\n", "[[audit]\n", "[[audit]]\nproject = 3\n", "\x00"])
def test_a_broken_file_never_admits_what_it_would_have_refused(tmp_path, change):
    whole = listed(VIOLATION)
    assert judged(tmp_path, whole + change).outcome is not Outcome.ADMIT
    assert judged(tmp_path, change + whole).outcome is not Outcome.ADMIT


def test_a_violation_that_cannot_be_read_holds_the_review_back(tmp_path):
    review = (
        VIOLATION.replace("violation", "review").replace("criteria", "tags").replace("fit for foreign input", "parsing")
    )
    assert open_questions(judged(tmp_path, listed(review))).get("expertise/reviewed_by_second_party") is None
    garbled = VIOLATION.replace("==1.2.3", "one-two-three")
    told = open_questions(judged(tmp_path, listed(review, garbled)))["expertise/reviewed_by_second_party"]
    assert told == "incomplete: 1 entries about it could not be read: violation: bad-versions"


def test_a_purpose_asks_for_what_nobody_showed(tmp_path):
    text = listed(AUDIT)
    record = judged(tmp_path, text, purpose={"pkg:pypi/demo": "cryptography"})
    assert record.outcome is Outcome.REFER
    assert record.context.purpose == "cryptography"
    assert record.must_haves == (RequiredAssurance("expertise/evidence_fits_purpose", "not-observed"),)
