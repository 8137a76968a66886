"""In a summary of many packages, a reason names the fact that is missing before it names numbers."""

from simulators.evidence import evidence, gap, subject
from simulators.records import DAY
from supplytrust.appraisal import judge
from supplytrust.appraisal.policies import loader
from supplytrust.audits.result import judged_from_record
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.evidence import Evidence, NotObservedReason


def summary(*items):
    root = subject()
    found = Evidence(root.purl, DAY, (evidence(*items, about=root),), None)
    record = judge.judge(found, loader.load("baseline"), DAY, alone=True)
    return record, judged_from_record(root.purl, record, "sha256:" + "00" * 32)


def test_the_missing_fact_comes_first():
    record, one = summary(gap(RebuildResult, NotObservedReason.NOT_LOOKED, "rebuilding is switched off"))
    (build,) = [r for r in one.reasons if r.text.startswith("build:")]
    assert (
        build.text == "build: rebuilds_identically missing (rebuilding is switched off); nothing that counts is known"
    )
    assert build.code == "area-unknown"
    assert len(one.reasons) == len(record.reasons)


def test_reasons_of_other_kinds_stay_as_they_are():
    record, one = summary()
    kept = [r for r in record.reasons if r.code not in ("area-below", "area-unknown")]
    assert kept
    assert [r for r in one.reasons if r.code not in ("area-below", "area-unknown")] == kept
