"""Envelopes: only what a known key signed comes out, byte for byte; the rest is refused by name."""

import base64
import json
import os
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.errors import MalformedRecordError, RecordError, SupplytrustError, VerificationError
from supplytrust.records.envelope import pae, seal, unverified_payload, verify
from supplytrust.records.keys import HASH_OF_CURVE, SignatureForm, VerificationKey, key_of, read_key

TYPE = "application/vnd.in-toto+json"
PAYLOAD = b'{"outcome":"ADMIT"}'


class Held:
    """A private key in memory, as a signer."""

    def __init__(self, private, owner="", form=SignatureForm.DER):
        self.private, self.owner, self.form = private, owner, form

    @property
    def public(self):
        return key_of(self.private.public_key(), self.owner, self.form)

    @property
    def keyid(self):
        return self.public.fingerprint

    def sign(self, data):
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        signature = self.private.sign(data, ec.ECDSA(HASH_OF_CURVE[self.private.curve.name]))
        if self.form is SignatureForm.DER:
            return signature
        r, s = utils.decode_dss_signature(signature)
        width = self.private.curve.key_size // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")


ED, OTHER = Held(ed25519.Ed25519PrivateKey.generate(), "alice"), Held(ed25519.Ed25519PrivateKey.generate(), "bob")
P256, P384 = (Held(ec.generate_private_key(curve), "carol") for curve in (ec.SECP256R1(), ec.SECP384R1()))
SIDE_BY_SIDE = Held(P256.private, "carol", SignatureForm.P1363)
HELD = {"ed25519": ED, "p256": P256, "p384": P384, "p1363": SIDE_BY_SIDE}


def envelope(**changes):
    document = json.loads(seal(PAYLOAD, TYPE, ED))
    document.update(changes)
    return {name: value for name, value in document.items() if value is not KeyError}


def signature(held=ED, payload=PAYLOAD, **more):
    return {"sig": base64.b64encode(held.sign(pae(TYPE, payload))).decode(), **more}


def reason(document, keys=(ED.public,), **how):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises((RecordError, VerificationError)) as caught:
        verify(data, keys, TYPE, **how)
    return caught.value.reason


@pytest.mark.parametrize("name", HELD)
def test_each_algorithm_signs_and_verifies(name):
    held = HELD[name]
    verified = verify(seal(PAYLOAD, TYPE, held), [OTHER.public, held.public], TYPE)
    assert verified.payload == PAYLOAD
    assert verified.principals == {held.owner}
    assert reason(seal(PAYLOAD, TYPE, held), [OTHER.public]) == "signature"


@given(st.binary(max_size=200))
def test_the_very_bytes_come_back(payload):
    assert verify(seal(payload, TYPE, ED), [ED.public], TYPE).payload == payload


def test_the_encoding_that_is_signed():
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_the_vector_of_the_protocol_is_side_by_side_and_not_der():
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, test vectors
    numbers = ec.EllipticCurvePublicNumbers(
        46950820868899156662930047687818585632848591499744589407958293238635476079160,
        5640078356564379163099075877009565129882514886557779369047442380624545832820,
        ec.SECP256R1(),
    )
    data = json.dumps(
        {
            "payload": "aGVsbG8gd29ybGQ=",
            "payloadType": "http://example.com/HelloWorld",
            "signatures": [
                {"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}
            ],
        }
    ).encode()
    side_by_side = key_of(numbers.public_key(), form=SignatureForm.P1363)
    assert verify(data, [side_by_side], "http://example.com/HelloWorld").payload == b"hello world"
    with pytest.raises(VerificationError):
        verify(data, [key_of(numbers.public_key())], "http://example.com/HelloWorld")


BENT = {
    "no payload": (envelope(payload=KeyError), "envelope"),
    "no signatures": (envelope(signatures=[]), "envelope"),
    "more fields": (envelope(more=1), "envelope"),
    "snake case": (envelope(payloadType=KeyError, payload_type=TYPE), "envelope"),
    "two signatures": (envelope(signatures=[signature(), signature()]), "envelope"),
    "signature with more": (envelope(signatures=[signature(cert="x")]), "envelope"),
    "signature as text": (envelope(signatures=["x"]), "envelope"),
    "key id as number": (envelope(signatures=[signature(keyid=1)]), "envelope"),
    "payload as object": (envelope(payload={}), "envelope"),
    "url-safe base64": (envelope(payload=base64.urlsafe_b64encode(b"\xff\xfe" * 3).decode()), "base64"),
    "unpadded": (envelope(payload="aGk"), "base64"),
    "idle bits": (envelope(payload="aGl="), "base64"),
    "line break": (envelope(payload="aGk=\n"), "base64"),
    "junk in the signature": (envelope(signatures=[{"sig": "!" + signature()["sig"]}]), "base64"),
    "other type": (envelope(payloadType="application/json"), "payload-type"),
    "other payload": (envelope(payload=base64.b64encode(b'{"outcome":"ADMIT" }').decode()), "signature"),
    "other key's signature": (envelope(signatures=[signature(OTHER)]), "signature"),
    "empty signature": (envelope(signatures=[{"sig": ""}]), "signature"),
    "signature of the payload alone": (
        envelope(signatures=[{"sig": base64.b64encode(ED.private.sign(PAYLOAD)).decode()}]),
        "signature",
    ),
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_envelope_is_refused_with_its_reason(name):
    document, expected = BENT[name]
    assert reason(document) == expected


def test_bytes_with_two_readings_are_refused_before_the_signature():
    data = seal(PAYLOAD, TYPE, ED)
    assert reason(data[:-1] + b',"payload":"aGk="}') == "duplicate-key"
    assert reason(data + b"{}") == "trailing-data"
    assert reason(b"\xef\xbb\xbf" + data) == "encoding"
    assert reason(data + b" " * (8 << 20)) == "size"


def test_the_key_id_is_a_hint():
    for hint in ("", "wrong", OTHER.public.fingerprint):
        data = json.dumps(envelope(signatures=[signature(keyid=hint)])).encode()
        assert verify(data, [OTHER.public, ED.public], TYPE).keys == (ED.public,)


def test_thresholds_count_owners_and_each_key_once():
    two = envelope(signatures=[signature(ED), signature(OTHER)])
    same = envelope(signatures=[signature(ED, keyid="a"), signature(ED, keyid="b")])
    keys = [ED.public, OTHER.public]
    how = {"threshold": 2, "max_signatures": 16}
    assert verify(json.dumps(two).encode(), keys, TYPE, **how).principals == {"alice", "bob"}
    assert reason(same, keys, **how) == "signature"
    both_of_alice = [ED.public, key_of(OTHER.private.public_key(), "alice")]
    assert reason(two, both_of_alice, **how) == "signature"
    nobody = [key_of(h.private.public_key()) for h in (ED, OTHER)]
    assert reason(two, nobody, **how) == "signature"
    assert reason(envelope(signatures=[signature()] * 17), keys, **how) == "envelope"


def test_settings_that_would_let_anything_pass_are_refused():
    assert reason(envelope(), threshold=0) == "threshold"
    assert reason(envelope(), []) == "keys"
    assert reason(envelope(), [ED.public, key_of(ED.private.public_key(), "bob")]) == "keys"
    assert reason(seal(PAYLOAD, TYPE, P256), [P256.public, SIDE_BY_SIDE.public]) == "keys"


def test_no_single_changed_byte_verifies():
    data, luck, seen = seal(PAYLOAD, TYPE, ED), random.Random(11), set()
    spots = [data.index(b'"sig":"') + 7, data.index(b'"payload":"') + 11]
    for spot in [*range(spots[0], spots[0] + 88), *range(spots[1], spots[1] + 28), *luck.sample(range(len(data)), 150)]:
        hurt = data[:spot] + bytes([data[spot] ^ (1 << luck.randrange(7))]) + data[spot + 1 :]
        try:
            verified = verify(hurt, [ED.public], TYPE)
        except SupplytrustError as error:
            seen.add(error.reason)
        else:
            assert verified.payload == PAYLOAD
            assert data.index(b'"keyid":"') < spot < data.index(b'","sig"'), "only the hint may change"
    assert {"signature", "base64"} <= seen


def test_a_signer_that_is_not_its_key_is_noticed():
    class Wrong(Held):
        def sign(self, data):
            return OTHER.private.sign(data)

    with pytest.raises(VerificationError):
        seal(PAYLOAD, TYPE, Wrong(ED.private))


def test_a_payload_can_be_shown_without_being_vouched_for():
    assert unverified_payload(seal(PAYLOAD, TYPE, ED)) == PAYLOAD
    with pytest.raises(MalformedRecordError):
        unverified_payload(b"{}")


def test_keys_are_read_from_pem_and_der():
    public = ED.private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert read_key(pem, "alice") == read_key(ED.public.spki, "alice") == ED.public
    assert len(ED.public.fingerprint) == 64
    private = ED.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    small = rsa.generate_private_key(65537, 1024).public_key()
    foreign = ec.generate_private_key(ec.SECP521R1()).public_key()
    for wrong in (b"", b"x", b"-----BEGIN PUBLIC KEY-----\n", private):
        with pytest.raises(VerificationError) as caught:
            read_key(wrong)
        assert caught.value.reason == "key"
    for wrong in (small, foreign, "key"):
        with pytest.raises(VerificationError):
            key_of(wrong)


WYCHEPROOF = os.environ.get("SUPPLYTRUST_WYCHEPROOF", "")
SETS = {
    "ed25519_test.json": SignatureForm.DER,
    "ecdsa_secp256r1_sha256_test.json": SignatureForm.DER,
    "ecdsa_secp256r1_sha256_p1363_test.json": SignatureForm.P1363,
    "ecdsa_secp384r1_sha384_test.json": SignatureForm.DER,
    "ecdsa_secp384r1_sha384_p1363_test.json": SignatureForm.P1363,
}


@pytest.mark.skipif(not WYCHEPROOF, reason="SUPPLYTRUST_WYCHEPROOF names no folder with its testvectors_v1")
@pytest.mark.parametrize("name", SETS)
def test_the_public_signature_vectors(name):
    groups = json.loads((Path(WYCHEPROOF) / "testvectors_v1" / name).read_text())["testGroups"]
    judged = 0
    for group in groups:
        key = VerificationKey(bytes.fromhex(group["publicKeyDer"]), form=SETS[name])
        for case in group["tests"]:
            verdict = key.verifies(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            assert verdict == (case["result"] == "valid"), (name, case["tcId"], case["comment"])
            judged += 1
    assert judged >= 100


def test_hashes_belong_to_their_curve():
    assert isinstance(HASH_OF_CURVE["secp384r1"], hashes.SHA384)
    assert isinstance(HASH_OF_CURVE["secp256r1"], hashes.SHA256)
