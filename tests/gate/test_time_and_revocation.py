"""Edges of time, revocation, and what a gate remembers."""

import hashlib
import json
from datetime import datetime, timedelta

import pytest

from simulators.keep import NOW, POLICY, Keep, Memory, dependency, time
from supplytrust.gate.freshness import RememberedEpochs, StateFile


def codes(decision):
    return {r.code for r in decision.reasons}


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW - SECOND, set()),
        (NOW, set()),  # the start is inclusive
        (NOW - timedelta(seconds=60), set()),  # within the skew
        (NOW - timedelta(seconds=61), {"not-yet-valid"}),
        (NOW + timedelta(hours=10) - SECOND, set()),
        (NOW + timedelta(hours=10), {"expired"}),  # the end is exclusive, without skew
    ],
)
def test_edges(at, expected):
    keep = Keep(predicate={"notBefore": time(NOW), "expires": time(NOW + timedelta(hours=10))})
    assert codes(keep.but(at=at).admit(status=keep.but(at=at).status())) == expected


def test_age_and_future():
    aged = Keep(predicate={"assessedAt": time(NOW - timedelta(hours=720))})
    assert codes(aged.admit()) == {"expired"}
    assert codes(Keep(predicate={"assessedAt": time(NOW + timedelta(seconds=61))}).admit()) == {"not-yet-valid"}


def test_valid_until_is_the_earliest_end():
    first = NOW + timedelta(hours=2)
    keep = Keep(predicate={"dependencies": [dependency(expires=time(first)), dependency(1)]})
    assert keep.admit().valid_until == first
    assert Keep().admit().valid_until == NOW + timedelta(days=1)  # the next status list
    assert Keep(predicate={"expires": time(NOW)}).admit().valid_until is None


@pytest.mark.parametrize("at", [datetime(2026, 11, 20, 12), None, "2026-11-20T12:00:00Z", 0])  # noqa: DTZ001
def test_a_time_without_zone_is_none(at):
    assert codes(Keep().admit(at=at)) == {"clock"}


def test_gate_policy_ends():
    keep = Keep(policy_text=POLICY.replace("epoch = 2\n", "epoch = 2\nexpires = 2026-11-20T12:00:00Z\n", 1))
    assert codes(keep.admit()) == {"expired"}


def revoked(**lists):
    return {"revoked": {"records": [], "subjects": [], "keys": [], **lists}}


def test_revoked_record_subject_key_and_dependency():
    keep = Keep()
    digest = hashlib.sha256(keep.payload()).hexdigest()
    workload = hashlib.sha256(keep.workload).hexdigest()
    dependent = dependency(1)["recordDigest"].removeprefix("sha256:")
    for lists in (
        {"records": [digest]},
        {"subjects": [workload]},
        {"keys": [keep.key.fingerprint]},
        {"records": [dependent]},
    ):
        assert codes(Keep(status_changes=revoked(**lists)).admit()) == {"revoked"}
    assert Keep(status_changes=revoked(records=["0" * 64])).admit().admit is True


def test_the_same_record_in_another_envelope_stays_revoked():
    keep = Keep()
    listed = Keep(status_changes=revoked(records=[hashlib.sha256(keep.payload()).hexdigest()]))
    spelled = json.dumps(json.loads(keep.envelope()), indent=3).encode()
    assert spelled != keep.envelope()
    assert codes(listed.admit(envelope=spelled)) == {"revoked"}


@pytest.mark.parametrize(
    "changes",
    [
        {"nextUpdate": time(NOW)},
        {"issued": time(NOW - timedelta(hours=48))},
        {"issued": time(NOW + timedelta(seconds=61))},
        {"id": "other"},
    ],
)
def test_stale_status(changes):
    assert codes(Keep(status_changes=changes).admit()) == {"status-stale"}


def test_status_is_not_required_only_when_the_policy_says_so():
    text = POLICY.replace("required = true", "required = false", 1)
    assert Keep(policy_text=text, with_status=False).admit().admit is True
    assert codes(Keep(with_status=False).admit()) == {"status-stale"}


def with_epoch(epoch):
    return Keep(predicate={"policy": {"id": "keep", "epoch": epoch, "digest": "sha256:" + "ab" * 32}})


def test_rollback_of_epoch_sequence_and_gate_policy(tmp_path):
    state = StateFile(tmp_path / "state.json")
    assert with_epoch(5).admit(state=state).admit is True
    assert codes(with_epoch(4).admit(state=state)) == {"policy-rollback"}
    older = Keep(predicate=with_epoch(5).predicate, status_changes={"sequence": 4})
    assert codes(older.admit(state=state)) == {"status-stale"}
    lower = Keep(predicate=with_epoch(5).predicate, policy_text=POLICY.replace("epoch = 2", "epoch = 1", 1))
    assert codes(lower.admit(state=state)) == {"policy-rollback"}
    assert with_epoch(5).admit(state=state).admit is True


def test_a_newer_list_is_remembered_even_when_it_denies(tmp_path):
    """Otherwise the list from before the revocation could be brought back."""
    state = StateFile(tmp_path / "state.json")
    keep = Keep()
    digest = hashlib.sha256(keep.payload()).hexdigest()
    assert codes(Keep(status_changes={"sequence": 6, **revoked(records=[digest])}).admit(state=state)) == {"revoked"}
    assert codes(keep.admit(state=state)) == {"status-stale"}


def test_an_unverified_list_teaches_nothing(tmp_path):
    state = StateFile(tmp_path / "state.json")
    forged = Keep(status_changes={"sequence": 99})
    forged.status_key = forged.key
    assert codes(Keep().admit(state=state, status=forged.status())) == {"signature"}
    assert Keep().admit(state=state).admit is True


def test_clock_that_went_back(tmp_path):
    state = StateFile(tmp_path / "state.json")
    assert Keep().admit(state=state).admit is True
    assert codes(Keep(at=NOW - timedelta(seconds=61)).admit(state=state)) == {"clock"}
    assert Keep(at=NOW - timedelta(seconds=60)).admit(state=state).admit is True


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[1]", b'{"schema":"supplytrust-gate-state/1","epochs":{"a":-1},"sequences":{},"last":null}']
)
def test_damaged_state(tmp_path, text):
    path = tmp_path / "state.json"
    path.write_bytes(text)
    assert codes(Keep().admit(state=StateFile(path))) == {"state"}
    assert path.read_bytes() == text


def test_state_that_cannot_be_written(tmp_path):
    assert codes(Keep().admit(state=StateFile(tmp_path / "no-such-folder" / "state.json"))) == {"state"}


def test_state_that_fails():
    def fail():
        raise RuntimeError("gone")

    assert codes(Keep().admit(state=Memory(fail))) == {"state"}


def test_required_state_must_be_handed_in(tmp_path):
    text = POLICY + "\n[state]\nrequired = true\n"
    assert codes(Keep(policy_text=text).admit()) == {"state"}
    assert Keep(policy_text=text).admit(state=StateFile(tmp_path / "s.json")).admit is True


def test_seen_joins_in_any_order():
    one = RememberedEpochs({"a": 3, "b": 1}, {"l": 2}, NOW)
    two = RememberedEpochs({"a": 1, "c": 9}, {"l": 5}, None)
    assert one.with_more(two) == two.with_more(one)
    assert one.with_more(one) == one
    assert one.with_more(two).epochs == {"a": 3, "b": 1, "c": 9}


def test_overtaken_while_judging(tmp_path):
    """Another gate on the same state saw a newer list between our reading and our answer."""

    class Racing(StateFile):
        def read(self):
            seen = super().read()
            if not self.__dict__.setdefault("raced", False):
                self.raced = True
                StateFile(self.path).advance(RememberedEpochs(sequences={"main": 9}))
            return seen

    assert codes(Keep().admit(state=Racing(tmp_path / "state.json"))) == {"policy-rollback"}
