"""Endorsements: signed by their author, within a term, readable only when the signature holds."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from supplytrust.errors import MalformedRecordError, UsageError, VerificationError
from supplytrust.records import envelope
from supplytrust.records.endorsement import PAYLOAD_TYPE, endorse, read_endorsement
from supplytrust.records.keys import VerificationKey
from supplytrust.records.signers import new_key, open_key

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CLAIM = "provenance/control_held_by_known_people"


@pytest.fixture
def signer(tmp_path):
    new_key(tmp_path / "alice")
    return open_key(tmp_path / "alice")


def key(signer, owner="alice"):
    return VerificationKey(signer.public.spki, owner)


def made(signer, **change):
    fields = {
        "subject": "pkg:pypi/demo",
        "area": "provenance",
        "claim": CLAIM,
        "reason": "known in person",
        "expires": NOW + timedelta(days=90),
        "author": "alice",
        "issued": NOW,
    } | change
    return endorse(signer=signer, **fields)


def test_there_and_back(signer):
    found = read_endorsement(made(signer), [key(signer)])
    assert (found.author, found.claim, found.issued, found.expires - found.issued) == (
        "alice",
        CLAIM,
        NOW,
        timedelta(days=90),
    )
    assert found.key == signer.public.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"area": "luck"},
        {"area": "integrity"},
        {"claim": "provenance"},
        {"reason": " "},
        {"reason": "a\x1b[2J"},
        {"reason": "x" * 501},
        {"subject": "demo"},
        {"subject": "pkg:pypi/demo?file_name=x"},
        {"expires": NOW},
        {"expires": NOW + timedelta(days=367)},
        {"author": ""},
    ],
)
def test_what_could_not_be_read_is_not_made(signer, change):
    with pytest.raises(UsageError):
        made(signer, **change)


def test_only_the_authors_own_key_counts(signer, tmp_path):
    data = made(signer)
    new_key(tmp_path / "eve")
    with pytest.raises(VerificationError) as caught:
        read_endorsement(data, [key(open_key(tmp_path / "eve"))])
    assert caught.value.reason == "signature"
    with pytest.raises(VerificationError) as caught:
        read_endorsement(data, [key(signer, "bob")])
    assert caught.value.reason == "signer-scope"
    with pytest.raises(VerificationError):
        read_endorsement(data, [])


def test_another_payload_is_no_endorsement(signer):
    other = envelope.seal(b"{}", "application/json", signer)
    with pytest.raises(VerificationError):
        read_endorsement(other, [key(signer)])
    for payload in (b"{}", b"[]", b'{"subject":1}'):
        with pytest.raises(MalformedRecordError):
            read_endorsement(envelope.seal(payload, PAYLOAD_TYPE, signer), [key(signer)])


def test_a_changed_byte_is_noticed(signer):
    document = json.loads(made(signer))
    payload = base64.b64decode(document["payload"]).replace(b"pkg:pypi/demo", b"pkg:pypi/dema")
    document["payload"] = base64.b64encode(payload).decode()
    with pytest.raises(VerificationError):
        read_endorsement(json.dumps(document).encode(), [key(signer)])
