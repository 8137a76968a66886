"""Signers: a key's text picks who signs; whatever signs, the same verification accepts it."""

import base64
import json
import stat
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulators.records import DAY, record
from supplytrust.errors import MalformedRecordError, SupplytrustError, UsageError, VerificationError
from supplytrust.model.vocabulary import Outcome
from supplytrust.records.keys import read_key
from supplytrust.records.signers import algorithms, new_key, open_key, schemes, seal, sign
from supplytrust.records.statement import record_digest, verify


@pytest.fixture(params=["ed25519", "ecdsa-p256", "ecdsa-p384"])
def key(request, tmp_path):
    path = tmp_path / request.param
    new_key(path, request.param)
    return path


def test_a_signed_record_is_verified_with_the_public_file(key):
    verified = verify(sign(record(), key), [f"{key}.pub"], at=DAY, trustor="example.org")
    assert verified.record == record()
    assert verified.digest == record_digest(record())
    assert verified.principal.startswith("sha256:")
    assert sign(record(), str(key)) == sign(record(), key) or key.name != "ed25519"


def test_key_files_are_private_and_never_replaced(key):
    public = key.with_name(f"{key.name}.pub")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(public.stat().st_mode) == 0o644
    assert open_key(key).public == read_key(public.read_bytes())
    before = key.read_bytes()
    with pytest.raises(UsageError):
        new_key(key)
    assert key.read_bytes() == before
    assert sorted(p.name for p in key.parent.iterdir()) == sorted([key.name, public.name])


def test_a_key_others_can_read_is_not_used(key):
    key.chmod(0o640)
    with pytest.raises(UsageError, match="can be read by others"):
        open_key(key)


def test_keys_of_other_kinds_are_refused(tmp_path):
    weak = rsa.generate_private_key(65537, 2048)
    locked = serialization.BestAvailableEncryption(b"x")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    new_key(tmp_path / "k")
    contents = {
        "rsa": weak.private_bytes(pem, pkcs8, serialization.NoEncryption()),
        "locked": open_key(tmp_path / "k").private.private_bytes(pem, pkcs8, locked),
        "public": (tmp_path / "k.pub").read_bytes(),
        "junk": b"junk",
    }
    for name, data in contents.items():
        path = tmp_path / name
        path.write_bytes(data)
        path.chmod(0o600)
        with pytest.raises(UsageError) as caught:
            sign(record(), path)
        assert caught.value.hint
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UsageError):
            sign(record(), path)
    with pytest.raises(UsageError):
        new_key(tmp_path / "x", "rsa")
    with pytest.raises(UsageError):
        new_key(tmp_path / "absent" / "x")


def test_what_can_be_made_and_named():
    assert algorithms() == ("ecdsa-p256", "ecdsa-p384", "ed25519")
    assert {"awskms", "azurekms", "gcpkms", "hsm", "hv", "sigstore"} <= set(schemes())


def test_any_object_that_signs_is_a_signer(tmp_path):
    new_key(tmp_path / "k")
    inner = open_key(tmp_path / "k")

    @dataclass
    class Counting:
        calls: int = 0
        keyid: str = "mine"
        public: object = inner.public

        def sign(self, data):
            self.calls += 1
            return inner.sign(data)

    mine = Counting()
    assert verify(sign(record(), mine), [inner.public]).record == record()
    assert mine.calls == 1


def test_a_key_behind_a_uri_signs_too(key):
    uri = f"file2:{key}#{key}.pub"
    assert verify(sign(record(), uri), [f"{key}.pub"]).record == record()


def test_a_uri_that_leads_nowhere_is_a_usage_error(tmp_path):
    new_key(tmp_path / "a")
    new_key(tmp_path / "b")
    uris = [
        f"file2:{tmp_path}/a",
        f"file2:{tmp_path}/absent#{tmp_path}/a.pub",
        f"file2:{tmp_path}/a#{tmp_path}/b.pub",
        f"file2:{tmp_path}/a#{tmp_path}/absent.pub",
        f"hsm:1?label=x#{tmp_path}/a.pub",
        f"awskms:alias/x#{tmp_path}/a.pub",
        "unknown:x",
    ]
    for uri in uris:
        with pytest.raises(UsageError) as caught:
            sign(record(), uri)
        assert caught.value.hint, uri


def test_keyless_signing_wants_a_pinned_configuration_and_an_identity(tmp_path, monkeypatch):
    for name in ("GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL", "GITLAB_CI", "CIRCLECI", "BUILDKITE"):
        monkeypatch.delenv(name, raising=False)
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    for uri in ("sigstore:", f"sigstore:{tmp_path}/absent.json", f"sigstore:{bad}"):
        with pytest.raises(UsageError) as caught:
            sign(record(), uri)
        assert caught.value.exit_code == 2
    with pytest.raises(UsageError):
        seal(b"{}", "application/json", f"sigstore:{bad}")


def signed(tmp_path, name, owner, **changes):
    path = tmp_path / name
    if not path.exists():
        new_key(path)
    public = replace(open_key(path).public, owner=owner)
    return verify(sign(record(**changes), path), [public])


def test_time_and_trustor_are_checked_when_asked_for(key):
    data, keys = sign(record(), key), [f"{key}.pub"]
    assert verify(data, keys, at=DAY + timedelta(days=30) - timedelta(microseconds=1))
    for at, reason in ((DAY - timedelta(seconds=1), "not-yet-valid"), (DAY + timedelta(days=30), "expired")):
        with pytest.raises(VerificationError) as caught:
            verify(data, keys, at=at)
        assert caught.value.reason == reason
    with pytest.raises(VerificationError) as caught:
        verify(data, keys, trustor="example.net")
    assert caught.value.reason == "signer-scope"


def test_nothing_is_read_before_the_signature_held(tmp_path):
    new_key(tmp_path / "k")
    new_key(tmp_path / "other")
    keys = [tmp_path / "k.pub"]
    junk = seal(b"not json", "application/vnd.in-toto+json", tmp_path / "other")
    with pytest.raises(VerificationError):
        verify(junk, keys)
    with pytest.raises(MalformedRecordError):
        verify(seal(b"not json", "application/vnd.in-toto+json", tmp_path / "k"), keys)
    with pytest.raises(VerificationError) as caught:
        verify(seal(b"{}", "application/json", tmp_path / "k"), keys)
    assert caught.value.reason == "payload-type"
    with pytest.raises(UsageError):
        verify(junk, [tmp_path / "absent.pub"])


def test_a_swapped_payload_is_refused(key):
    document = json.loads(sign(record(Outcome.REFUSE), key))
    admitting = json.loads(sign(record(Outcome.ADMIT), key))
    document["payload"] = admitting["payload"]
    document["signatures"][0]["sig"] = base64.b64encode(base64.b64decode(document["signatures"][0]["sig"])).decode()
    with pytest.raises(SupplytrustError) as caught:
        verify(json.dumps(document).encode(), [f"{key}.pub"])
    assert caught.value.reason == "signature"
