"""Records of dependencies that the ledger holds, and when they cover one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from simulators.evidence import evidence, subject
from simulators.records import DAY, record
from supplytrust import appraise
from supplytrust.appraisal.policies import loader
from supplytrust.ledger import Ledger, book
from supplytrust.model.evidence import Edge, Evidence
from supplytrust.model.vocabulary import EdgeKind, Outcome
from supplytrust.records import statement

POLICY = loader.load("baseline")
ROOT, PART = subject(), subject(name="part")
FOUND = Evidence(
    ROOT.purl,
    DAY,
    (evidence(about=ROOT), evidence(about=PART)),
    (Edge(ROOT.purl, PART.purl, EdgeKind.LINK, "declared"),),
)


def own(**changes):
    """A record of the part, made under the policy an hour ago."""
    fields = {
        "subject": PART,
        "policy_id": POLICY.id,
        "policy_digest": POLICY.digest,
        "assessed_at": DAY - timedelta(hours=1),
        "not_before": DAY - timedelta(hours=1),
    }
    return record(**(fields | changes))


def covered(tmp_path, *records, at=DAY):
    with Ledger(tmp_path / "ledger") as ledger:
        for one in records:
            ledger.keep(one, statement.to_statement(one))
        return book.latest_admitting(ledger, FOUND, POLICY, at)


def test_a_record_that_holds_is_named_in_the_root_record(tmp_path):
    one = own()
    digest = statement.record_digest(one)
    found = covered(tmp_path, one)
    assert {purl: r.digest for purl, r in found.items()} == {PART.purl: digest}
    made = appraise(FOUND, policy=POLICY, at=DAY, records=found)
    assert [d.record_digest for d in made.dependencies] == [digest]
    assert statement.from_statement(statement.to_statement(made)) == made
    assert [d.record_digest for d in appraise(FOUND, policy=POLICY, at=DAY).dependencies] == [""]


OTHER_BYTES = replace(PART, artifact=replace(PART.artifact, sha256="00" * 32))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": OTHER_BYTES},
        {"policy_digest": "sha256:" + "00" * 32},
        {"outcome": Outcome.REFER},
        {"expires": DAY},
        {"assessed_at": DAY + timedelta(hours=1), "not_before": DAY + timedelta(hours=1)},
    ],
    ids=["other bytes", "other policy", "not admitted", "ended", "from the future"],
)
def test_what_does_not_cover_it(tmp_path, change):
    assert covered(tmp_path, own(**change)) == {}


def test_the_newest_word_counts(tmp_path):
    later = own(outcome=Outcome.REFER, assessed_at=DAY - timedelta(minutes=1))
    assert covered(tmp_path, own(), later) == {}


def test_no_ledger_and_no_artifact(tmp_path):
    assert book.latest_admitting(None, FOUND, POLICY, DAY) == {}
    bare = replace(FOUND, nodes=(FOUND.nodes[0], evidence(about=replace(PART, artifact=None))))
    with Ledger(tmp_path / "ledger") as ledger:
        one = own()
        ledger.keep(one, statement.to_statement(one))
        assert book.latest_admitting(ledger, bare, POLICY, DAY) == {}
