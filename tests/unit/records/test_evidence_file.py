"""Evidence files: the same bytes whatever the order, process or hash seed; equal evidence back."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.evidence import NOW, SUBJECT, files, gap, history
from simulators.records import record
from supplytrust.errors import MalformedRecordError, RecordError
from supplytrust.model.claims.advisory import MaintenanceNotices
from supplytrust.model.claims.artifact import MeasuredDigest, StartupHooks
from supplytrust.model.claims.attestation import LayoutFollowed
from supplytrust.model.claims.release import ReleaseHistory, ReleaseOwners
from supplytrust.model.evidence import Edge, Evidence, NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.vocabulary import EdgeKind
from supplytrust.records import evidence_file
from supplytrust.records.evidence_file import from_bytes, observation_id, to_bytes
from supplytrust.records.statement import from_statement, to_statement

CLAIMS = [
    files(),
    history(("1.0", 400), ("1.1", None), ("1.2.3", 30), predecessor="1.1"),
    ReleaseOwners("", (("zoë", "Owner"), ("bob", "Maintainer"))),
    ReleaseOwners("org", ()),
]


def observation(number):
    claim = CLAIMS[number]
    return Observation(observation_id("index", claim), "index", NOW, "read", "sha256:" + "0" * 64, claim)


def evidence(order=(0, 1, 2, 3), edges=(0, 1)):
    gaps = [
        gap(ReleaseHistory, NotObservedReason.OFFLINE),
        gap(ReleaseOwners, NotObservedReason.REFUSED, "nö", source="b"),
    ]
    node = SubjectEvidence(SUBJECT, tuple(observation(i) for i in order), tuple(gaps[i % 2] for i in order))
    child = SubjectEvidence(
        replace(SUBJECT, purl="pkg:pypi/child@1", name="child", version="1", artifact=None, others=())
    )
    both = [
        Edge(SUBJECT.purl, "pkg:pypi/child@1", EdgeKind.LINK),
        Edge(SUBJECT.purl, "pkg:pypi/child@1", EdgeKind.BUILD),
    ]
    nodes = (node, child) if order[0] % 2 else (child, node)
    return Evidence(SUBJECT.purl, NOW, nodes, tuple(both[i] for i in edges))


def test_equal_evidence_comes_back_with_equal_bytes():
    data = to_bytes(evidence())
    assert from_bytes(data) == evidence()
    assert to_bytes(from_bytes(data)) == data
    assert from_bytes(data + b"\n") == evidence()


@given(st.permutations(range(4)), st.permutations(range(2)))
def test_order_leaves_no_trace(order, edges):
    assert to_bytes(evidence(order, edges)) == to_bytes(evidence())


def test_the_same_statement_told_twice_leaves_no_trace_of_the_order():
    one = observation(0)
    two = replace(one, method="another way", digest="sha256:" + "1" * 64)
    assert SubjectEvidence(SUBJECT, (one, two)) == SubjectEvidence(SUBJECT, (two, one))


@pytest.mark.thorough
def test_neither_process_nor_hash_seed_leaves_a_trace():
    here = Path(__file__)
    code = (
        "import importlib.util as u, sys\n"
        f"s = u.spec_from_file_location('m', {str(here)!r}); m = u.module_from_spec(s); s.loader.exec_module(m)\n"
        "sys.stdout.buffer.write(m.to_bytes(m.evidence((3, 1, 0, 2))))"
    )
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(here.parents[2])}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
        assert done.stdout == to_bytes(evidence())


def test_an_id_depends_on_source_and_claim_only():
    one = observation(0)
    assert one.id == observation_id("index", CLAIMS[0])
    assert len(one.id) == 16
    assert one.id != observation_id("mirror", CLAIMS[0])
    assert len({observation_id("index", claim) for claim in CLAIMS}) == len(CLAIMS)


def test_not_looked_and_none_are_told_apart():
    assert b'"edges":null' in to_bytes(replace(evidence(), edges=None))
    assert b'"edges":[]' in to_bytes(replace(evidence(), edges=()))
    assert from_bytes(to_bytes(replace(evidence(), edges=None))).edges is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.replace(b"/evidence/v1", b"/evidence/v2"), "format"),
        (lambda d: b"{}", "format"),
        (lambda d: b"[]", "type"),
        (lambda d: d[:-1], "syntax"),
        (lambda d: d[:-1] + b',"more":1}', "unknown-field"),
        (lambda d: d[:-1] + b',"edges":[]}', "duplicate-key"),
        (lambda d: d.replace(b'"edges"', b'"edge"'), "unknown-field"),
        (lambda d: d.replace(b'"tool":"supplytrust",', b"").replace(b',"tool":"supplytrust"', b""), "missing-field"),
        (lambda d: d.replace(b'"size":1000', b'"size":1000.0'), "number"),
        (lambda d: d.replace(b"ReleaseOwners", b"ReleaseOwner"), "claim-kind"),
        (lambda d: b"\xef\xbb\xbf" + d, "encoding"),
    ],
)
def test_other_bytes_are_refused_with_their_reason(change, reason):
    with pytest.raises(MalformedRecordError) as caught:
        from_bytes(change(to_bytes(evidence())))
    assert caught.value.reason == reason


def test_random_damage_is_a_typed_error_or_other_evidence():
    data, luck, refused = to_bytes(evidence()), random.Random(7), 0
    for _ in range(300):
        spot = luck.randrange(len(data))
        hurt = data[:spot] + bytes([luck.randrange(256)]) + data[spot + 1 :]
        try:
            assert to_bytes(from_bytes(hurt))
        except MalformedRecordError:
            refused += 1
    assert refused >= 100


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "evidence.json"
    evidence_file.save_evidence(evidence(), target)
    assert evidence_file.load_evidence(target) == evidence()
    bad = replace(evidence(), collected_at=NOW.replace(tzinfo=None))
    with pytest.raises(MalformedRecordError):
        evidence_file.save_evidence(bad, target)
    later = replace(evidence(), collected_at=NOW + timedelta(days=1))
    evidence_file.save_evidence(later, target)
    assert evidence_file.load_evidence(target) == later
    assert [p.name for p in tmp_path.iterdir()] == ["evidence.json"]
    with pytest.raises(RecordError):
        evidence_file.save_evidence(evidence(), tmp_path / "none" / "x.json")
    with pytest.raises(RecordError):
        evidence_file.load_evidence(tmp_path / "none.json")


# --- files of earlier versions ---------------------------------------------------------------------


def without(claim, *fields):
    """Evidence with one claim, as a version wrote it that did not know these fields yet."""
    made = Observation(observation_id("s", claim), "s", NOW, "read", "", claim)
    document = json.loads(to_bytes(Evidence(SUBJECT.purl, NOW, (SubjectEvidence(SUBJECT, (made,)),))))
    value = document["nodes"][0]["observations"][0]["claim"]["value"]
    for field in fields:
        del value[field]
    return json.dumps(document).encode(), claim


@pytest.mark.parametrize(
    ("claim", "fields"),
    [
        (MaintenanceNotices("1.2.3", (), (), archived=True, inactive=False), ["inactive"]),
        (MaintenanceNotices("1.2.3", (), (), archived=True, inactive=False), ["archived", "inactive"]),
        (MeasuredDigest("d.whl", "aa", "aa", 3, 3), ["listed_size"]),
    ],
)
def test_what_an_earlier_version_did_not_write_is_not_known(claim, fields):
    data, claim = without(claim, *fields)
    (back,) = from_bytes(data).nodes[0].observations
    assert back.claim == replace(claim, **dict.fromkeys(fields))


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        (MeasuredDigest("d.whl", "aa", "aa", 3, 3, whole=False), "whole"),  # its default is the good answer
        (MeasuredDigest("d.whl", "aa", "aa", 3), "measured"),
        (StartupHooks("d.whl", (), unclear=("x",)), "unclear"),
        (LayoutFollowed("d.whl", "l", 1, None, reason="x"), "reason"),
    ],
)
def test_no_other_default_stands_for_what_nobody_looked_at(claim, field):
    with pytest.raises(MalformedRecordError) as caught:
        from_bytes(without(claim, field)[0])
    assert caught.value.reason == "missing-field"
    assert field in caught.value.message


def test_edges_that_an_earlier_version_did_not_write_were_not_looked_at():
    document = json.loads(to_bytes(evidence()))
    del document["edges"]
    assert from_bytes(json.dumps(document).encode()).edges is None


def test_a_signed_record_lacks_nothing():
    document = json.loads(to_statement(record()))
    for name in ("heldBackAt", "risk", "workload", "supersedes", "vetoes"):
        spoiled = {**document, "predicate": {k: v for k, v in document["predicate"].items() if k != name}}
        with pytest.raises(MalformedRecordError) as caught:
            from_statement(json.dumps(spoiled).encode())
        assert caught.value.reason == "missing-field"
