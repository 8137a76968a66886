"""Signatures are named without keys, reviewers read from trailers, tags followed to their commit."""

import base64
import hashlib

import pytest

from simulators.repository import signature
from supplytrust.io.git import objects
from supplytrust.io.git.objects import NOTHING, Person

KEY = "0123456789ABCDEF0123456789ABCDEF01234567"
HEAD = b"tree " + b"1" * 40 + b"\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000"


def signed(armor: bytes) -> bytes:
    folded = armor.rstrip(b"\n").replace(b"\n", b"\n ")
    return HEAD + b"\ngpgsig " + folded + b"\n\nmessage\n"


def packet(body: bytes) -> bytes:
    text = base64.b64encode(b"\x88" + bytes([len(body)]) + body)
    return b"-----BEGIN PGP SIGNATURE-----\nComment: x\n\n" + text + b"\n=abcd\n-----END PGP SIGNATURE-----\n"


def ssh(key: bytes) -> bytes:
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + len(key).to_bytes(4, "big") + key + b"\0" * 8
    return b"-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(blob) + b"\n-----END SSH SIGNATURE-----\n"


def test_openpgp_names_the_issuer_fingerprint():
    assert objects.beyond(signed(signature(KEY))).signature == ("openpgp", KEY)


def test_openpgp_version_three_and_unhashed_issuer():
    old = b"\x03\x05\x00" + b"\0" * 4 + bytes.fromhex("1122334455667788") + b"\0" * 6
    assert objects.beyond(signed(packet(old))).signature == ("openpgp", "1122334455667788")
    issuer = b"\x09\x10" + bytes.fromhex("1122334455667788")
    new = b"\x04\x00\x01\x08\x00\x00" + len(issuer).to_bytes(2, "big") + issuer + b"\0\0"
    assert objects.beyond(signed(packet(new))).signature == ("openpgp", "1122334455667788")


def test_ssh_names_the_key_as_ssh_keygen_does():
    digest = base64.b64encode(hashlib.sha256(b"a public key").digest()).rstrip(b"=").decode()
    assert objects.beyond(signed(ssh(b"a public key"))).signature == ("ssh", f"SHA256:{digest}")


@pytest.mark.parametrize("body", [b"", b"\x04", b"\x04\x00\x01\x08\xff\xff", b"\x63" * 30])
def test_a_mangled_packet_names_nobody(body):
    assert objects.beyond(signed(packet(body))).signature == ("openpgp", "")


def test_no_signature_no_trailer_is_nothing():
    assert objects.beyond(HEAD + b"\n\ngpgsig is only mentioned here\n") is NOTHING


def test_trailers_and_advisories():
    message = b"fix\n\nCVE-2024-3094 and ghsa-aaaa-bbbb-cccc\n\nReviewed-by: Bob B <bob@example.org>\nSigned-off-by: A <a@b>\n"
    found = objects.beyond(HEAD + b"\n\n" + message)
    assert found.reviewers == (Person("Bob B", "bob@example.org"),)
    assert found.advisories == ("CVE-2024-3094", "GHSA-AAAA-BBBB-CCCC")


def test_tag_object():
    body = (
        b"object "
        + b"a" * 40
        + b"\ntype commit\ntag v1\ntagger Bob B <bob@example.org> 77 +0200\n\nnote\n"
        + signature(KEY)
    )
    target, kind, tag = objects.tag("v1", body)
    assert (target, kind, tag.at, tag.tagger) == ("a" * 40, "commit", 77, Person("Bob B", "bob@example.org"))
    assert tag.signature == ("openpgp", KEY)
