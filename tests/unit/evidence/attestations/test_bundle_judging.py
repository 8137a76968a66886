"""Bundles of a sigstore world of our own: each wrong part is told, and nothing that was changed passes."""

import base64
import copy
import json
import os
import random
import stat
from datetime import UTC, datetime, timedelta

import pytest

from simulators.sigstore_world import COMMIT, EPOCH, ISSUER, REPOSITORY, Signer, SigstoreWorld, provenance, statement
from supplytrust.ecosystems.pypi.ecosystem import ECOSYSTEM
from supplytrust.errors import MalformedError, MalformedRecordError
from supplytrust.evidence.attestations import root as roots
from supplytrust.evidence.attestations import statement as documents
from supplytrust.evidence.attestations import verdict as reasons
from supplytrust.evidence.attestations.judge import judge_bundle
from supplytrust.evidence.attestations.root import LONGEST, Root, configured_root, shipped_root
from supplytrust.evidence.attestations.statement import AttestedFile
from supplytrust.evidence.attestations.verdict import UnverifiedStatement, VerifiedStatement

FILE, SHA = "demo-1.0.tar.gz", "ab" * 32
WORLD, OTHER = SigstoreWorld(), SigstoreWorld()
ROOT = Root(WORLD.trusted_root(), EPOCH)
GOOD = WORLD.bundle(statement(FILE, SHA))


def judged(bundle, *, file_name=FILE, sha256=SHA, root=ROOT, now=EPOCH):
    data = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    return judge_bundle(
        data, AttestedFile(file_name, sha256, ECOSYSTEM.same_file, ECOSYSTEM.signed_predicates()), root, now
    )


def changed(path, value):
    bundle = copy.deepcopy(GOOD)
    place = bundle
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return bundle


ENTRY = ("verificationMaterial", "tlogEntries", 0)


def test_a_good_bundle_says_who_and_what():
    verdict = judged(GOOD)
    assert isinstance(verdict, VerifiedStatement)
    assert (verdict.identity.issuer, verdict.identity.repository) == (ISSUER, REPOSITORY)
    assert (verdict.identity.repository_id, verdict.identity.owner_id, verdict.identity.commit) == ("1001", "7", COMMIT)
    assert verdict.signed_at == EPOCH + timedelta(seconds=5)
    assert verdict.statement.sha256 == SHA


def payload(**changes):
    return base64.b64encode(statement(FILE, SHA, **changes)).decode()


WRONG = {
    "swapped payload": (changed(("dsseEnvelope", "payload"), payload(extra=1)), reasons.SIGNATURE),
    "signature of another bundle": (
        changed(("dsseEnvelope", "signatures"), WORLD.bundle(statement(FILE, SHA))["dsseEnvelope"]["signatures"]),
        reasons.SIGNATURE,
    ),
    "log entry of another bundle": (
        changed(ENTRY[:2], WORLD.bundle(statement(FILE, SHA))["verificationMaterial"]["tlogEntries"]),
        reasons.LOG_ENTRY,
    ),
    "logged after the certificate": (WORLD.bundle(statement(FILE, SHA), logged=timedelta(hours=1)), reasons.TIME),
    "logged before the certificate": (WORLD.bundle(statement(FILE, SHA), logged=-timedelta(hours=1)), reasons.TIME),
    "time changed": (changed((*ENTRY, "integratedTime"), str(int(EPOCH.timestamp()) + 9)), reasons.LOG_ENTRY),
    "another world": (OTHER.bundle(statement(FILE, SHA)), reasons.UNKNOWN_LOG),
    "old entry kind": (changed((*ENTRY, "kindVersion"), {"kind": "intoto", "version": "0.0.1"}), reasons.ENTRY_KIND),
    "another kind than was logged": (
        changed((*ENTRY, "kindVersion"), {"kind": "intoto", "version": "0.0.2"}),
        reasons.LOG_ENTRY,
    ),
    "a managed key": (changed(("verificationMaterial", "publicKey"), {"hint": "x"}), reasons.UNPINNED_KEY),
    "another digest": (WORLD.bundle(statement(FILE, "cd" * 32)), reasons.SUBJECT),
    "another file": (WORLD.bundle(statement("demo-1.1.tar.gz", SHA)), reasons.SUBJECT),
    "no issuer": (WORLD.bundle(statement(FILE, SHA), identity=False), reasons.IDENTITY),
    "another commit": (WORLD.bundle(statement(FILE, SHA, commit="d1" * 20)), reasons.COMMIT),
    "unknown predicate": (
        WORLD.bundle(statement(FILE, SHA, predicate_type="https://example.org/x")),
        reasons.STATEMENT,
    ),
    "two subjects": (WORLD.bundle(statement(FILE, SHA, subject=[{}, {}])), reasons.STATEMENT),
    "two log entries": (changed(ENTRY[:2], GOOD["verificationMaterial"]["tlogEntries"] * 2), reasons.MALFORMED),
    "two signatures": (
        changed(("dsseEnvelope", "signatures"), GOOD["dsseEnvelope"]["signatures"] * 2),
        reasons.MALFORMED,
    ),
    "no promise, so no time": (changed((*ENTRY, "inclusionPromise"), None), reasons.NO_TIME),
    "duplicate name": (json.dumps(GOOD).encode()[:-1] + b', "dsseEnvelope": {}}', reasons.MALFORMED),
}


@pytest.mark.parametrize(("bundle", "reason"), WRONG.values(), ids=WRONG.keys())
def test_each_wrong_part_is_told(bundle, reason):
    verdict = judged(bundle)
    assert isinstance(verdict, UnverifiedStatement)
    assert verdict.reason == reason, verdict
    assert verdict.failed == (reason in {reasons.SIGNATURE, reasons.LOG_ENTRY, reasons.TIME})


def test_authority_of_another_world_is_unknown_even_with_a_known_log():
    mixed = SigstoreWorld(ct_key=WORLD.ct_key, log_key=WORLD.log_key)
    assert judged(mixed.bundle(statement(FILE, SHA))).reason == reasons.AUTHORITY


def test_certificate_log_of_another_world_does_not_pass():
    mixed = SigstoreWorld(ca_key=WORLD.ca_key, log_key=WORLD.log_key)
    verdict = judged(mixed.bundle(statement(FILE, SHA)))
    assert isinstance(verdict, UnverifiedStatement)
    assert not verdict.failed


@pytest.mark.thorough
def test_one_character_mutants_never_pass_and_never_raise():
    text, chance = json.dumps(GOOD), random.Random(20261120)
    name = text.index("\\u2014 log.example.org") + len("\\u2014 ")
    unauthenticated = range(name, name + len("log.example.org"))  # the signer's name in the checkpoint's signature line
    accepted, failed = [], 0
    for _ in range(600):
        at = chance.randrange(len(text))
        other = chance.choice([c for c in map(chr, range(33, 127)) if c != text[at]])
        verdict = judged((text[:at] + other + text[at + 1 :]).encode())
        assert isinstance(verdict, VerifiedStatement | UnverifiedStatement)
        failed += isinstance(verdict, UnverifiedStatement) and verdict.failed
        if isinstance(verdict, VerifiedStatement) and at not in unauthenticated:
            accepted.append((at, text[max(0, at - 20) : at + 20], other))
    assert accepted == []
    assert failed > 20


def test_a_stale_root_says_nothing():
    late = EPOCH + LONGEST + timedelta(days=1)
    assert judged(GOOD, now=late).reason == reasons.STALE_ROOT
    assert judged(GOOD, now=EPOCH - timedelta(days=2)).reason == reasons.STALE_ROOT


def test_the_shipped_root_is_the_pinned_one_and_knows_no_other_world():
    assert shipped_root().sha256 == roots.SHIPPED_SHA256
    assert judged(GOOD, root=shipped_root(), now=datetime(2026, 11, 21, tzinfo=UTC)).reason == reasons.UNKNOWN_LOG


def test_a_replaced_cache_and_an_unwritable_home_change_nothing(tmp_path, monkeypatch):
    home = tmp_path / "home"
    for folder in (home / ".cache" / "sigstore-python", home / ".local" / "share" / "sigstore-python"):
        folder.mkdir(parents=True)
        (folder / "trusted_root.json").write_bytes(OTHER.trusted_root())
    os.chmod(home, stat.S_IRUSR | stat.S_IXUSR)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    roots.material.cache_clear()
    assert isinstance(judged(GOOD), VerifiedStatement)
    assert judged(OTHER.bundle(statement(FILE, SHA))).reason == reasons.UNKNOWN_LOG
    os.chmod(home, stat.S_IRWXU)


def test_a_configured_root_is_as_old_as_its_file(tmp_path):
    path = tmp_path / "trusted_root.json"
    path.write_bytes(WORLD.trusted_root())
    os.utime(path, (EPOCH.timestamp(), EPOCH.timestamp()))
    root = configured_root(path)
    assert root.taken == EPOCH
    assert isinstance(judged(GOOD, root=root), VerifiedStatement)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"mediaType": 1, "mediaType": 2}'])
def test_a_root_that_is_none_is_refused(tmp_path, data):
    path = tmp_path / "trusted_root.json"
    path.write_bytes(data)
    with pytest.raises(MalformedError):
        configured_root(path)
    assert judged(GOOD, root=Root(data, EPOCH)).reason == reasons.REFUSED


def test_provenance_documents_become_bundles():
    found = documents.bundles(json.dumps(provenance(GOOD, GOOD)).encode())
    assert len(found) == 2
    assert all(isinstance(judged(one), VerifiedStatement) for one in found)


@pytest.mark.parametrize(
    "document",
    [
        {"version": 2, "attestation_bundles": []},
        {"version": True, "attestation_bundles": [{"attestations": [{}]}]},
        {"version": 1, "attestation_bundles": []},
        {"version": 1, "attestation_bundles": [{"attestations": [{"version": 1}]}]},
        {
            "version": 1,
            "attestation_bundles": [
                {"attestations": [provenance(GOOD)["attestation_bundles"][0]["attestations"][0]] * 17}
            ],
        },
        {},
    ],
)
def test_other_documents_are_refused(document):
    with pytest.raises(MalformedRecordError):
        documents.bundles(json.dumps(document).encode())


def test_signer_of_another_repository_is_named():
    other = Signer(repository="https://forge.example.org/mallory/demo", repository_id="9", owner_id="8")
    verdict = judged(WORLD.bundle(statement(FILE, SHA), other))
    assert isinstance(verdict, VerifiedStatement)
    assert verdict.identity.repository.endswith("/mallory/demo")
