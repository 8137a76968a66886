"""Signatures are named without keys, reviewers read from trailers, tags followed to their commit."""

import base64
import hashlib

import pytest

from simulators.repository import Repository, day, signature
from supplytrust.io.git import log, objects
from supplytrust.io.git.log import LogError, parse_log
from supplytrust.io.git.objects import NOTHING, Person
from supplytrust.io.git.repository import open_folder

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


# The log stream is read by counting fields, whatever bytes names, subjects and paths hold.


def record(subject=b"s", changes=b"", name=b"An \x01 Author", commit=b"a" * 40, parents=b""):
    header = [b"\x01" + commit, parents, name, b"a@example.org", b"100 +0000", name, b"a@example.org", b"200 +0000"]
    return b"\0".join([*header, subject]) + b"\0" + changes


CHANGE = b"\n:100644 100644 " + b"1" * 40 + b" " + b"2" * 40 + b" M\0path\0"


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_reads_the_same_whatever_the_chunks(size):
    raw = record(changes=CHANGE) + record(b"\x01" + b"f" * 40) + record(b":100644 looks like a change", CHANGE)
    found = list(parse_log(raw[i : i + size] for i in range(0, len(raw), size)))
    assert [c.subject for c in found] == ["s", "\x01" + "f" * 40, ":100644 looks like a change"]
    assert [len(c.touches) for c in found] == [1, 0, 1]
    assert found[0].touches[0] == ("path", b"\x22" * 20, "M")
    assert found[0].since == 100


@pytest.mark.parametrize(
    "raw",
    [
        record()[:-1],
        record(changes=CHANGE)[:-6],
        record(changes=b"\n:100644 M\0path\0"),
        b"no mark" + record(),
        record(changes=CHANGE).replace(b"2" * 40, b"z" * 40),
        record().replace(b"100 +0000", b"soon"),
    ],
)
def test_a_broken_stream_is_never_a_short_one(raw):
    with pytest.raises(LogError):
        list(parse_log([raw]))


def test_reads_what_git_prints(tmp_path):
    sim = Repository()
    sim.commit("Zoë Ü", day(0), {"a b\n.txt": "x", "na\udcefve.txt": "y"}, "first")
    sim.commit("Bob\x01", day(1), {"a b\n.txt": None}, "", committer="Zoë Ü")
    sim.commit("Bob\x01", day(2), {"side": "1"}, "side", branch="side", start="main")
    sim.commit("Bob\x01", day(3), {}, "merge", merge="side")
    view = open_folder(sim.build(tmp_path / "repo"), tmp_path)
    found = list(parse_log(view.log()))
    assert len(found) == 4
    first = found[-1]
    assert first.author.name == "Zoë Ü"
    assert {t.path for t in first.touches} == {"a b\n.txt", "na\\xefve.txt"}
    deleted = next(t for c in found for t in c.touches if t.status == "D")
    assert deleted == ("a b\n.txt", b"", "D")
    assert [c.merge for c in found].count(True) == 1


# Commits and tags that are made to cost: what is looked for is looked for once, and honest ones read as before.

N = 300_000


@pytest.mark.parametrize(
    "body",
    [
        b"h\n\nReviewed-by:" + b" " * N + b"x",
        b"h\n\nReviewed-by:" + b" a" * N,
        b"h\n\nReviewed-by: a" + b"<a " * N,
        b"h\ngpgsig x\n" + b" -----BEGIN PGP SIGNATURE-----\n" * (N // 30) + b"\nm",
        b"object 1\ntagger " + b"<" * N + b"\n\nm",
        b"object 1\ntagger " + b" " * N + b"\n\nm",
        b"object 1\ntagger A <a> " + b"1" * N + b"\n\nm",
        b"object 1\n\n" + b"-----BEGIN SSH SIGNATURE-----\n" * (N // 30),
    ],
)
def test_what_has_no_end_is_looked_for_once(body):
    objects.beyond(body)
    objects.tag("v1", body)


def test_honest_trailers_and_taggers_read_as_before():
    body = b"h\n\nm\n\nReviewed-by:  Ann B  <ann@example.org>\nAcked-by: <b@example.org>\nTested-by: none\n"
    assert objects.reviewers(body) == (Person("Ann B", "ann@example.org"), Person("", "b@example.org"))
    tag = objects.tag("v1", b"object 1\ntype commit\ntagger Ann B <ann@example.org> 12 +0000\n\nm")[2]
    assert (tag.tagger, tag.at) == (Person("Ann B", "ann@example.org"), 12)


def test_a_field_over_many_chunks_is_joined_once():
    fields = [b"\x01" + b"1" * 40, b"", b"A", b"a@x", b"1 +0000", b"A", b"a@x", b"1 +0000", b"s" * 1000]
    data = b"\0".join(fields) + b"\0"
    for size in (1, 3, 7, 100, len(data)):
        chunks = [data[i : i + size] for i in range(0, len(data), size)]
        assert [c.subject for c in log.parse_log(chunks)] == ["s" * 1000]
    with pytest.raises(log.LogError):
        list(log.parse_log([data[:-1]]))
