"""A status list grows, is renewed and never takes anything back; a policy to begin with is one the gate reads."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as some

from simulators.keep import Keep
from supplytrust.cli.app import app
from supplytrust.errors import UsageError
from supplytrust.gate.drafts import KINDS, begin_list, next_list
from supplytrust.gate.freshness import read_status
from supplytrust.records.key_files import LocalSigner, generate_key, key_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEX = some.integers(0, 255).map(lambda n: f"{n:02x}" * 32)


def signer() -> LocalSigner:
    private = generate_key("ed25519")
    return LocalSigner(private, key_of(private.public_key()))


ONE, OTHER = signer(), signer()


@given(steps=some.lists(some.dictionaries(some.sampled_from(KINDS), some.frozensets(HEX, max_size=3)), max_size=6))
@settings(max_examples=40, deadline=None)
def test_it_only_grows(steps):
    made = begin_list("main", ONE, at=NOW, hours=1)
    seen = read_status(made, (ONE.public,))
    for number, revoked in enumerate(steps, 2):
        made = next_list(made, ONE, at=NOW + timedelta(minutes=number), hours=1, revoked=revoked)
        newer = read_status(made, (ONE.public,))
        assert (newer.sequence, newer.id) == (number, "main")
        for kind in KINDS:
            assert getattr(newer, kind) == getattr(seen, kind) | revoked.get(kind, frozenset())
        seen = newer


def test_only_of_a_list_of_the_same_key_and_not_into_the_past():
    made = begin_list("main", ONE, at=NOW, hours=1)
    with pytest.raises(UsageError, match="no status list of this key"):
        next_list(made, OTHER, at=NOW, hours=1)
    with pytest.raises(UsageError, match="later"):
        next_list(made, ONE, at=NOW - timedelta(seconds=1), hours=1)
    with pytest.raises(UsageError):
        begin_list("", ONE, at=NOW, hours=1)


def test_the_verbs(tmp_path, monkeypatch):
    """Records by their payload, workloads by their bytes, keys by what they are."""
    monkeypatch.chdir(tmp_path)
    keep = Keep()
    (tmp_path / "main.wasm").write_bytes(keep.workload)
    (tmp_path / "record.json").write_bytes(keep.envelope())
    run = CliRunner().invoke
    assert run(app, ["keys", "new", "lists"]).exit_code == 0
    assert run(app, ["status", "add", "list.json", "--key", "lists"]).exit_code == 0
    assert run(app, ["status", "add", "list.json", "--key", "lists"]).exit_code != 0
    assert run(app, ["status", "renew", "list.json", "--key", "lists"]).exit_code == 0
    asked = ["status", "revoke", "list.json", "--key", "lists", "--subject", "main.wasm", "--record", "record.json"]
    told = run(app, [*asked, "--revoked-key", "lists.pub", "--subject", "ab" * 32])
    assert told.exit_code == 0, told.output
    listed = json.loads(b64decode(json.loads((tmp_path / "list.json").read_bytes())["payload"]))
    assert listed["sequence"] == 3
    revoked = listed["revoked"]
    assert (len(revoked["records"]), len(revoked["subjects"]), len(revoked["keys"])) == (1, 2, 1)
    assert keep.admit().bound["record"] in revoked["records"]
    assert keep.admit().bound["wasm"] in revoked["subjects"]
