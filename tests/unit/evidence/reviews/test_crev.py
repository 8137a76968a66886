"""crev proofs: signatures, both envelopes, what is skipped, and that two readers cannot see two statements."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from supplytrust.errors import MalformedError
from supplytrust.evidence.reviews import crev
from supplytrust.evidence.reviews.reading import SkippedEntryError

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def identity(key=KEY):
    return b64(key.public_key().public_bytes_raw())


def body(**change):
    parts = {
        "kind": "package review",
        "version": "-1",
        "date": '"2026-01-02T03:04:05.123456789+01:00"',
        "from": f'\n  id-type: crev\n  id: {identity()}\n  url: "https://example.org/proofs"',
        "package": '\n  source: "https://registry.example.org"\n  name: demo\n  version: 1.2.3\n  digest: abc',
        "review": "\n  thoroughness: high\n  understanding: medium\n  rating: positive",
        "comment": "|-\n  Reads well:\n    rating: strong\n\n  - so far",
    } | change
    return "".join(
        f"{key}:{value if value.startswith(chr(10)) else ' ' + value}\n" for key, value in parts.items() if value
    )


def proof(text=None, key=KEY, signature=None):
    text = body() if text is None else text
    signed = signature if signature is not None else b64(key.sign(text.encode()))
    return f"----- BEGIN CREV PROOF -----\n{text}----- SIGN CREV PROOF -----\n{signed}\n----- END CREV PROOF -----\n"


def read(text):
    return crev.read(text.encode(), "demo.proof.crev")


def test_a_signed_review():
    (one,) = read(f"\n{proof()}\n").proofs
    assert (one.id, one.name, one.version, one.base) == (identity(), "demo", "1.2.3", "")
    assert (one.rating, one.thoroughness, one.understanding, one.issues) == ("positive", "high", "medium", 0)
    assert one.verified
    assert one.at.isoformat() == "2026-01-02T02:04:05.123456+00:00"


def test_the_older_envelope():
    text = body(kind="")
    old = (
        f"-----BEGIN CREV PACKAGE REVIEW-----\n{text}-----BEGIN CREV PACKAGE REVIEW SIGNATURE-----\n"
        f"{b64(KEY.sign(text.encode()))}\n-----END CREV PACKAGE REVIEW-----\n"
    )
    assert read(old).proofs[0].verified
    trust = old.replace("PACKAGE REVIEW", "TRUST")
    assert (read(trust).proofs, read(trust).others) == ((), 1)


def test_a_text_without_signature_is_a_claim():
    text = f"----- BEGIN CREV PROOF -----\n{body()}----- END CREV PROOF -----\n"
    assert not read(text).proofs[0].verified


def test_lists_and_the_base_of_a_change():
    listed = '\n- id: "one"\n  severity: high\n- id: "two"'
    text = body(issues=listed, alternatives='\n  - source: "https://x.example.org"\n    name: other') + (
        "package-diff-base:\n  name: demo\n  version: 1.2.0\n"
    )
    (one,) = read(proof(text)).proofs
    assert (one.issues, one.base) == (2, "1.2.0")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (proof(key=OTHER), "bad-signature"),
        (proof(signature="AAAA"), "bad-signature"),
        (proof(signature="?"), "bad-signature"),
        (proof().replace("rating: positive", "rating: strong"), "bad-signature"),
        (proof().replace("name: demo", "name: dem0"), "bad-signature"),
        (proof(body(review="\n  rating: great")), "bad-review"),
        (proof(body(review="\n  rating: positive\n  thoroughness: total")), "bad-review"),
        (proof(body(date="yesterday")), "bad-date"),
        (proof(body(date='"2026-01-02T03:04:05"')), "bad-date"),
        (proof(body(package="\n  name: demo")), "no-package"),
        (proof(body(**{"from": "\n  id: short"})), "bad-id"),
        (proof(body(**{"from": f"\n  id-type: other\n  id: {identity()}"})), "bad-id"),
        (proof(body() + "kind: package review\n"), "bad-body"),
        (proof(body() + "review:\n  rating: strong\n"), "bad-body"),
        (proof(body(comment="x" * 40_000)), "too-long"),
    ],
)
def test_unusable_proofs_are_counted_by_name(text, reason):
    file = read(text + proof())
    assert len(file.proofs) == 1
    assert [(s.reason, s.count) for s in file.skips.counts("f", "demo")] == [(reason, 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello\n", "demo.proof.crev:1: not a crev proof"),
        (proof()[:-40], "has no end"),
        ("----- BEGIN CREV PROOF -----\n" + proof(), "demo.proof.crev:2: a proof begins inside"),
    ],
)
def test_files_that_are_not_made_of_proofs(text, told):
    with pytest.raises(MalformedError) as caught:
        read(text)
    assert told in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a:\n  b: 1\n  b: 2\n",
        "a:\n b: 1\n",
        "  a: 1\n",
        "a:\n    b: 1\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: !tag 1\n",
        "a: {b: 1}\n",
        "a: [1, 2]\n",
        "a: 1 # and more\n",
        "a: b: c\n",
        'a: "open\n',
        "a: 'it''s'\n",
        "a:\tb\n",
        "a\n",
        "? a\n",
        "a: 1\n- b\n",
        "a: x\u2028b: y\n",
    ],
)
def test_whatever_is_outside_the_small_part_is_refused(text):
    with pytest.raises(SkippedEntryError):
        crev.parse_body(text)


def test_blocks_hide_nothing():
    read_body = crev.parse_body(
        "comment: |-\n  review: none\n  rating: strong\nreview:\n  rating: negative\nflags: {}\n"
    )
    assert read_body.texts == {"review.rating": "negative"}
