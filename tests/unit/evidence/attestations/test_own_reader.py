"""Bundles that sigstore's verifier does not take: entries of kind intoto 0.0.2, no inclusion proof, a registry's key."""

import base64
import copy
import json
import random
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulators.sigstore_world import EPOCH, INTOTO_ENTRY, REPOSITORY, Form, SigstoreWorld, statement
from supplytrust.errors import MalformedError, MalformedRecordError
from supplytrust.evidence.attestations import verdict as reasons
from supplytrust.evidence.attestations.judge import judge_bundle
from supplytrust.evidence.attestations.registry_keys import read_registry_keys
from supplytrust.evidence.attestations.root import Root
from supplytrust.evidence.attestations.statement import AttestedFile, bundles, read_statement
from supplytrust.evidence.attestations.verdict import KeyedStatement, UnverifiedStatement, VerifiedStatement

WORLD, OTHER = SigstoreWorld(), SigstoreWorld()
ROOT = Root(WORLD.trusted_root(), EPOCH)
PURL, SHA256, SHA512 = "pkg:example/%40scope/name@1.2.3", "ab" * 32, "cd" * 64
PUBLISH = "https://example.org/publish/v0.1"
FILE = AttestedFile("name-1.2.3.tgz", SHA256, lambda *_: False, frozenset({PUBLISH}), PURL, SHA512)
KEY, HINT = ec.generate_private_key(ec.SECP256R1()), "SHA256:demo"


def about(purl=PURL, digest=None, **more):
    return statement("x", SHA256, subject=[{"name": purl, "digest": digest or {"sha512": SHA512}}], **more)


def pinned(*, key=KEY, name=HINT, expires=None, **more):
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    document = {"keys": [{"keyid": name, "key": base64.b64encode(spki).decode(), "expires": expires, **more}]}
    return read_registry_keys(json.dumps(document).encode())


def judged(bundle, *, file=FILE, root=ROOT, keys=()):
    data = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    return judge_bundle(data, file, root, EPOCH, keys)


FORMS = {
    "intoto, v0.1, promise alone": Form(1, INTOTO_ENTRY, ("inclusionProof",)),
    "intoto, v0.1, with proof": Form(1, INTOTO_ENTRY),
    "intoto, v0.2": Form(2, INTOTO_ENTRY),
    "intoto, v0.3": Form(3, INTOTO_ENTRY),
    "dsse, v0.1, promise alone": Form(1, without=("inclusionProof",)),
    "dsse, v0.1, with proof": Form(1),
    "dsse, v0.3": Form(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_says_who_signed(form):
    verdict = judged(WORLD.bundle(about(), form=form))
    assert isinstance(verdict, VerifiedStatement), verdict
    assert verdict.identity.repository == REPOSITORY
    assert verdict.signed_at == EPOCH + timedelta(seconds=5)
    assert verdict.statement.digests == (("sha512", SHA512),)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", [INTOTO_ENTRY, ("dsse", "0.0.1")])
def test_later_versions_need_an_inclusion_proof(version, kind):
    verdict = judged(WORLD.bundle(about(), form=Form(version, kind, ("inclusionProof",))))
    assert verdict.reason == reasons.LOG_ENTRY


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_without_the_promise_there_is_no_time(form):
    bundle = WORLD.bundle(about(), form=form)
    del bundle["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"]
    assert judged(bundle).reason in {reasons.NO_TIME, reasons.LOG_ENTRY}


SUBJECTS = {
    "another version": ({"purl": "pkg:example/%40scope/name@1.2.4"}, reasons.SUBJECT),
    "another scope": ({"purl": "pkg:example/%40other/name@1.2.3"}, reasons.SUBJECT),
    "no scope": ({"purl": "pkg:example/name@1.2.3"}, reasons.SUBJECT),
    "another type": ({"purl": "pkg:other/%40scope/name@1.2.3"}, reasons.SUBJECT),
    "no version": ({"purl": "pkg:example/%40scope/name"}, reasons.SUBJECT),
    "qualified": ({"purl": PURL + "?vcs_url=x"}, reasons.SUBJECT),
    "no purl at all": ({"purl": "pkg:"}, reasons.SUBJECT),
    "another sha512": ({"digest": {"sha512": "ce" * 64}}, reasons.SUBJECT),
    "one of two differs": ({"digest": {"sha512": SHA512, "sha256": "ac" * 32}}, reasons.SUBJECT),
    "not measured": ({"digest": {"sha384": "ab" * 48}}, reasons.STATEMENT),
    "unknown algorithm": ({"digest": {"md5": "ab" * 16}}, reasons.STATEMENT),
    "upper case": ({"digest": {"sha512": "CD" * 64}}, reasons.STATEMENT),
    "too short": ({"digest": {"sha512": SHA256}}, reasons.STATEMENT),
}


@pytest.mark.parametrize(("wrong", "reason"), SUBJECTS.values(), ids=SUBJECTS)
def test_it_is_about_this_release_and_these_bytes(wrong, reason):
    verdict = judged(WORLD.bundle(about(**wrong), form=Form(2, INTOTO_ENTRY)))
    assert verdict.reason == reason
    assert not verdict.failed


def test_other_spellings_of_the_same_release_are_it():
    assert isinstance(judged(WORLD.bundle(about("pkg:example/@scope/name@1.2.3"))), VerifiedStatement)
    both = about(digest={"sha512": SHA512, "sha256": SHA256, "gitCommit": "x"})
    assert isinstance(judged(WORLD.bundle(both)), VerifiedStatement)


def test_a_file_without_a_release_is_not_named_by_a_purl():
    unnamed = AttestedFile("pkg:x", SHA256, lambda *_: False, sha512=SHA512)
    assert judged(WORLD.bundle(about("pkg:x")), file=unnamed).reason == reasons.SUBJECT


def test_certificate_and_its_promise_are_of_the_root():
    form = Form(1, INTOTO_ENTRY)
    without_promise = SigstoreWorld(ca_key=WORLD.ca_key, log_key=WORLD.log_key)
    assert judged(without_promise.bundle(about(), form=form)).reason == reasons.REFUSED
    issued_elsewhere = SigstoreWorld(ct_key=WORLD.ct_key, log_key=WORLD.log_key)
    assert judged(issued_elsewhere.bundle(about(), form=form)).reason == reasons.AUTHORITY
    assert judged(OTHER.bundle(about(), form=form)).reason == reasons.UNKNOWN_LOG
    for logged in (timedelta(hours=1), -timedelta(seconds=1)):
        assert judged(WORLD.bundle(about(), logged=logged, form=form)).reason == reasons.TIME
    own, foreign = (world.ca.public_bytes(Encoding.DER) for world in (WORLD, OTHER))
    assert isinstance(judged(WORLD.bundle(about(), form=Form(1, INTOTO_ENTRY, more=(own,)))), VerifiedStatement)
    mixed = judged(WORLD.bundle(about(), form=Form(1, INTOTO_ENTRY, more=(own, foreign))))
    assert mixed.reason == reasons.AUTHORITY


@pytest.mark.parametrize("form", [FORMS["intoto, v0.1, promise alone"], FORMS["intoto, v0.2"]])
def test_parts_of_another_bundle_do_not_fit(form):
    one, two = (WORLD.bundle(about(), form=form) for _ in range(2))
    for path, reason in (
        (("verificationMaterial", "tlogEntries"), reasons.LOG_ENTRY),
        (("verificationMaterial", "x509CertificateChain"), reasons.SIGNATURE),
        (("dsseEnvelope", "signatures"), reasons.SIGNATURE),
    ):
        mixed = copy.deepcopy(one)
        mixed[path[0]][path[1]] = two[path[0]][path[1]]
        assert judged(mixed).reason == reason


def test_a_registry_s_key_counts_when_it_is_pinned_and_in_its_term():
    bundle = WORLD.bundle(
        about(predicate_type=PUBLISH), form=Form(1, INTOTO_ENTRY, ("inclusionProof",), key=KEY, hint=HINT)
    )
    verdict = judged(bundle, keys=pinned())
    assert isinstance(verdict, KeyedStatement)
    assert (verdict.key, verdict.signed_at) == (HINT, EPOCH + timedelta(seconds=5))
    assert judged(bundle).reason == reasons.UNPINNED_KEY
    assert judged(bundle, keys=pinned(name="SHA256:other")).reason == reasons.UNPINNED_KEY
    other = ec.generate_private_key(ec.SECP256R1())
    assert judged(bundle, keys=pinned(key=other)).reason == reasons.SIGNATURE
    assert judged(bundle, keys=pinned(expires="2026-11-01T11:59:59Z")).reason == reasons.TIME
    assert isinstance(judged(bundle, keys=pinned(expires="2026-11-02T00:00:00.000Z")), KeyedStatement)


def test_keys_of_the_root_signing_repository_are_for_their_use():
    spki = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    bundle = WORLD.bundle(about(), form=Form(2, INTOTO_ENTRY, key=KEY, hint=HINT))
    for use, start, passes in (
        ("npm:attestations", "2025-01-13T00:00:00Z", True),
        ("npm:signatures", "2025-01-13T00:00:00Z", False),
        ("npm:attestations", "2026-12-01T00:00:00Z", False),
    ):
        key = {"keyId": HINT, "keyUsage": use, "publicKey": {"rawBytes": spki, "validFor": {"start": start}}}
        keys = read_registry_keys(json.dumps({"keys": [key]}).encode())
        assert isinstance(judged(bundle, keys=keys), KeyedStatement) == passes


@pytest.mark.parametrize(
    "document", [{}, {"keys": []}, {"keys": [{"keyid": "x", "key": "eA=="}]}, {"keys": [{"key": 1}]}]
)
def test_documents_without_keys_are_refused(document):
    with pytest.raises((MalformedError, MalformedRecordError, Exception)) as raised:
        read_registry_keys(json.dumps(document).encode())
    assert type(raised.value).__module__ == "supplytrust.errors"


def test_a_registry_s_document_becomes_its_bundles():
    one = WORLD.bundle(about(), form=Form(2, INTOTO_ENTRY))
    document = {"attestations": [{"predicateType": "anything", "bundle": one}]}
    found = bundles(json.dumps(document).encode())
    assert [isinstance(judged(each), VerifiedStatement) for each in found] == [True]
    for wrong in ({"attestations": []}, {"attestations": [{}]}, {"attestations": [{"bundle": one}] * 17}):
        with pytest.raises(MalformedRecordError):
            bundles(json.dumps(wrong).encode())


@pytest.mark.thorough
def test_a_thousand_changed_bundles_are_refused():
    """One character each, anywhere, of bundles that only our own reader verifies."""
    chance, own = random.Random(20261129), WORLD.ca.public_bytes(Encoding.DER)
    forms = [
        Form(1, INTOTO_ENTRY, ("inclusionProof",), more=(own,)),
        Form(2, INTOTO_ENTRY),
        Form(1, INTOTO_ENTRY, key=KEY, hint=HINT),
    ]
    texts = [json.dumps(WORLD.bundle(about(), form=form), ensure_ascii=False) for form in forms]
    keys, accepted, failed = pinned(), [], 0
    assert not any(isinstance(judged(text.encode(), keys=keys), UnverifiedStatement) for text in texts)
    for _ in range(1000):
        text = chance.choice(texts)
        at = chance.randrange(len(text))
        other = chance.choice([c for c in map(chr, range(33, 127)) if c != text[at]])
        verdict = judged((text[:at] + other + text[at + 1 :]).encode(), keys=keys)
        failed += isinstance(verdict, UnverifiedStatement) and verdict.failed
        if not isinstance(verdict, UnverifiedStatement):
            accepted.append((text[max(0, at - 40) : at + 20], other))
    assert accepted == []
    assert failed > 100


def test_statements_keep_the_digests_that_are_compared():
    read = read_statement(about(digest={"sha512": SHA512, "sha1": "x"}))
    assert (read.digests, read.sha256) == ((("sha512", SHA512),), "")
