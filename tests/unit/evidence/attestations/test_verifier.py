"""Our own reader of log entries: trees of every shape, managed keys, and each part wrong."""

import copy
import hashlib
import json
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulators.sigstore_world import EPOCH, ISSUER, Signer, SigstoreWorld, _b64, _key_id, statement
from supplytrust.errors import MalformedRecordError, SupplytrustError, VerificationError
from supplytrust.evidence.attestations import verifier
from supplytrust.evidence.attestations.statement import read_statement
from supplytrust.evidence.attestations.verifier import ExpectedSigner

WORLD, OTHER = SigstoreWorld(), SigstoreWorld()
DATA = b"anything at all"
SHA = hashlib.sha256(DATA).hexdigest()
KEY = ec.generate_private_key(ec.SECP256R1())
SHA256 = ec.ECDSA(hashes.SHA256())


def verified(data, sha256, expected, root):
    """As the public conformance set asks: over any bytes, or a statement about them."""
    proof = verifier.verify(verifier.read(data), sha256, expected, root)
    if proof.payload_type and read_statement(proof.payload).sha256 != sha256:
        raise VerificationError("about something else", reason="other-subject")
    return proof


def pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def tree(leaves):
    """Root and audit paths by the recursive definition of RFC 6962, 2.1."""
    if len(leaves) == 1:
        return leaves[0], [[]]
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    (left, before), (right, after) = tree(leaves[:cut]), tree(leaves[cut:])
    paths = [[*p, right] for p in before] + [[*p, left] for p in after]
    return hashlib.sha256(b"\1" + left + right).digest(), paths


def keyed(index=0, size=1, *, key=KEY, world=WORLD, at=EPOCH):
    signature = key.sign(DATA, SHA256)
    spec = {
        "data": {"hash": {"algorithm": "sha256", "value": SHA}},
        "signature": {"content": _b64(signature), "publicKey": {"content": _b64(pem(key))}},
    }
    body = rfc8785.dumps({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec})
    leaves = [leaf(body) if n == index else leaf(b"%d" % n) for n in range(size)]
    root, paths = tree(leaves)
    log_id, stamp = _key_id(world.log_key), int(at.timestamp())
    promised = {"body": _b64(body), "integratedTime": stamp, "logID": log_id.hex(), "logIndex": index + 500}
    note = f"log.example.org\n{size}\n{_b64(root)}\n"
    line = _b64(log_id[:4] + world.log_key.sign(note.encode(), SHA256))
    entry = {
        "logIndex": str(index + 500),
        "logId": {"keyId": _b64(log_id)},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
        "integratedTime": str(stamp),
        "inclusionPromise": {"signedEntryTimestamp": _b64(world.log_key.sign(rfc8785.dumps(promised), SHA256))},
        "inclusionProof": {
            "logIndex": str(index),
            "rootHash": _b64(root),
            "treeSize": str(size),
            "hashes": [_b64(h) for h in paths[index]],
            "checkpoint": {"envelope": f"{note}\n\u2014 log.example.org {line}\n"},
        },
        "canonicalizedBody": _b64(body),
    }
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": "x"}, "tlogEntries": [entry]},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _b64(bytes.fromhex(SHA))},
            "signature": _b64(signature),
        },
    }


def check(bundle, *, key=KEY, sha256=SHA, root=None):
    verified(json.dumps(bundle).encode(), sha256, ExpectedSigner(key=pem(key)), root or WORLD.trusted_root())


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 11])
def test_every_leaf_of_a_tree_is_found_and_no_other(size):
    for index in range(size):
        good = keyed(index, size)
        check(good)
        proof = good["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
        wrong = [{**proof, "logIndex": str((index + 1) % size)}] if size > 1 else []
        wrong += [{**proof, "hashes": [*proof["hashes"], _b64(b"\0" * 32)]}, {**proof, "treeSize": "0"}]
        wrong += [{**proof, "hashes": proof["hashes"][:-1]}] if proof["hashes"] else []
        for other in wrong:
            bad = copy.deepcopy(good)
            bad["verificationMaterial"]["tlogEntries"][0]["inclusionProof"] = other
            with pytest.raises(VerificationError) as told:
                check(bad)
            assert told.value.reason == "log-entry"


def reason_of(call):
    with pytest.raises(SupplytrustError) as told:
        call()
    return told.value.reason


def entry_with(**changes):
    bundle = keyed(2, 5)
    bundle["verificationMaterial"]["tlogEntries"][0].update(changes)
    return bundle


def test_each_wrong_part_has_its_reason():
    another = ec.generate_private_key(ec.SECP256R1())
    good, foreign = keyed(2, 5), keyed(2, 5, key=another)
    assert reason_of(lambda: check(good, key=another)) == "signature"
    assert reason_of(lambda: check(good, sha256="00" * 32)) == "other-subject"
    assert reason_of(lambda: check(good, root=OTHER.trusted_root())) == "unknown-log"
    assert reason_of(lambda: check(entry_with(integratedTime=str(int(EPOCH.timestamp()) + 1)))) == "log-entry"
    assert reason_of(lambda: check(entry_with(logIndex="7"))) == "log-entry"
    assert reason_of(lambda: check(entry_with(inclusionPromise={}))) == "no-trusted-time"
    assert reason_of(lambda: check(entry_with(inclusionPromise={"signedEntryTimestamp": 1}))) == "malformed"
    assert reason_of(lambda: check(entry_with(inclusionProof=None))) == "log-entry"
    assert reason_of(lambda: check(entry_with(kindVersion={"kind": "intoto", "version": "0.0.2"}))) == "log-entry"
    swapped = {**good, "verificationMaterial": foreign["verificationMaterial"]}
    assert reason_of(lambda: check(swapped)) == "log-entry"
    assert reason_of(lambda: check(keyed(at=EPOCH.replace(year=2009)))) == "log-entry"


def test_a_key_bundle_needs_an_expected_key():
    data = json.dumps(keyed()).encode()
    assert reason_of(lambda: verified(data, SHA, ExpectedSigner("x", ISSUER), WORLD.trusted_root())) == "identity"
    assert reason_of(lambda: verified(data, SHA, ExpectedSigner(key=b"no key"), WORLD.trusted_root())) == "key"


def test_identity_and_issuer_are_both_required():
    sha = "ab" * 32
    data, root = json.dumps(WORLD.bundle(statement("demo-1.0.tar.gz", sha))).encode(), WORLD.trusted_root()
    verified(data, sha, ExpectedSigner(Signer().uri, ISSUER), root)
    for expected in (
        ExpectedSigner(Signer().uri, ""),
        ExpectedSigner("", ISSUER),
        ExpectedSigner(Signer().uri, "https://other.example.org"),
    ):
        assert reason_of(lambda expected=expected: verified(data, sha, expected, root)) == "identity"
    assert reason_of(lambda: verified(data, "cd" * 32, ExpectedSigner(Signer().uri, ISSUER), root)) == "other-subject"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"verificationMaterial": {}}'])
def test_what_is_no_bundle_is_refused_with_a_typed_error(data):
    for expected in (ExpectedSigner("x", ISSUER), ExpectedSigner(key=pem(KEY))):
        with pytest.raises((MalformedRecordError, VerificationError)):
            verified(data, SHA, expected, WORLD.trusted_root())


def test_what_sigstore_says_of_a_refusal_is_what_this_version_says():
    """Its errors differ by text only: if a text goes, its refusal has no reason any more, and this says so."""
    import sigstore

    folder = Path(sigstore.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    missing = [text for text, _ in verifier.SAID_BY_SIGSTORE if f'"{text}' not in code and f'"{text}' not in code]
    assert missing == []
    assert "class InvalidBundle(" in code


@pytest.mark.parametrize("text", ["something new", "", "Invalid log entry"])
def test_a_refusal_of_an_unknown_text_is_not_held_against_the_file(text):
    assert verifier.reason_of(ValueError(text)) == "refused"


def test_an_envelope_without_a_type_is_no_signature_over_bytes():
    bundle = WORLD.bundle(statement("demo-1.0.tar.gz", SHA))
    bundle["dsseEnvelope"]["payloadType"] = ""
    assert reason_of(lambda: verifier.read(json.dumps(bundle).encode())) == "malformed"


def test_anybody_s_signature_counts_as_theirs_only_where_nobody_is_expected():
    sha = "ab" * 32
    data, root = json.dumps(WORLD.bundle(statement("demo-1.0.tar.gz", sha))).encode(), WORLD.trusted_root()
    proof = verifier.verify(verifier.read(data), sha, ExpectedSigner(), root)
    assert (proof.identity.identity, proof.payload_type) == (Signer().uri, "application/vnd.in-toto+json")
    assert reason_of(lambda: verifier.verify(verifier.read(json.dumps(keyed()).encode()), SHA, ExpectedSigner(), root))
