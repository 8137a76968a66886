"""Lists that the relying party keeps, end to end: claims, skipped entries, files that cannot be read, the clock."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from packageurl.validate import DEFINITIONS_BY_TYPE

from simulators.evidence import SUBJECT
from simulators.index import serving
from simulators.world import world
from supplytrust.collection.scheduler import observation
from supplytrust.collection.sources import audits as source
from supplytrust.collection.sources import purpose
from supplytrust.errors import NotFoundError
from supplytrust.io.context import SourceClaim
from supplytrust.model.claims.review import Basis, ExternalAudits, SecondPartyReviews, Standing
from supplytrust.model.evidence import Evidence, NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Subject
from supplytrust.records.evidence_file import from_bytes, to_bytes

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CRATE = Subject("pkg:cargo/demo@1.1.0", "cargo", "demo", "1.1.0")
LIST = """
schema = 1
[[audit]]
project = "pkg:pypi/demo"
versions = ">=1.2,<1.3"
date = 2026-03-01
auditor = "Example Labs"
scope = "all of it"
tags = ["everything"]
report = "https://example.org/report.pdf"
findings = 2
open = 0
[[audit]]
project = "pkg:pypi/demo"
versions = ">=2"
date = 2026-12-24
auditor = "From Tomorrow"
scope = "x"
tags = ["parsing"]
[[review]]
project = "pkg:pypi/demo"
versions = "==1.2.3"
date = 2026-04-01
reviewer = "Team"
tags = ["parsing"]
[[review]]
project = "pkg:pypi/demo"
versions = "==1.0"
date = 2026-04-01
reviewer = "Team"
tags = ["parsing"]
[[violation]]
project = "pkg:pypi/other"
versions = "*"
date = 2026-04-01
reviewer = "Team"
criteria = ["fit for foreign input"]
"""
VET = """
[[audits.demo]]
who = "Ann Example <ann@example.org>"
criteria = "safe-to-deploy"
version = "1.0.0"
[[audits.demo]]
who = "<bob@example.org>"
criteria = "safe-to-deploy"
delta = "1.0.0 -> 1.1.0"
"""
AGAINST = """
[[audits.demo]]
who = "Cy"
criteria = ["safe-to-deploy", "does-not-implement-crypto"]
violation = "1"
[[audits.demo]]
criteria = "does-not-implement-crypto"
violation = "*"
"""
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


ID = b64(KEY.public_key().public_bytes_raw())


def proof(rating="positive", version="1.1.0", base="", date="2026-01-02T03:04:05Z", home=None):
    place = home if home is not None else DEFINITIONS_BY_TYPE["cargo"].default_repository_url
    body = (
        f'kind: package review\nversion: -1\ndate: "{date}"\nfrom:\n  id-type: crev\n  id: {ID}\n'
        f'package:\n  source: "{place}"\n  name: demo\n  version: {version}\n'
        f"review:\n  thoroughness: high\n  understanding: high\n  rating: {rating}\n"
    ) + (f"package-diff-base:\n  name: demo\n  version: {base}\n" if base else "")
    return f"----- BEGIN CREV PROOF -----\n{body}----- SIGN CREV PROOF -----\n{b64(KEY.sign(body.encode()))}\n----- END CREV PROOF -----\n"


def observe(tmp_path, about=SUBJECT, *, at=NOW, which=source, **settings):
    with serving([]) as index, world(index, tmp_path / "w", at=at) as opened:
        return which.observe(about, SubjectEvidence(about), replace(opened, settings=Settings(**settings)))


def one(seen, kind):
    (claim,) = [p.claim for p in seen if isinstance(p, SourceClaim) and isinstance(p.claim, kind)]
    return claim


def written(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return (str(path),)


def test_a_list_says_what_bears_on_this_package(tmp_path):
    seen = observe(tmp_path, audits=written(tmp_path, "list.toml", LIST))
    (audit,) = one(seen, ExternalAudits).audits
    assert (audit.auditor, audit.covers, audit.findings, audit.open_findings) == ("Example Labs", True, 2, 0)
    assert audit.file == "list.toml"
    assert audit.file_digest.startswith("sha256:")
    reviews = one(seen, SecondPartyReviews)
    assert [(r.reviewers, r.standing) for r in reviews.reviews] == [(("Team",), Standing.KEPT)]
    assert reviews.elsewhere == ("==1.0",)
    assert reviews.violations == ()
    later = observe(tmp_path / "later", at=datetime(2027, 1, 1, tzinfo=UTC), audits=(str(tmp_path / "list.toml"),))
    assert [a.auditor for a in one(later, ExternalAudits).audits] == ["From Tomorrow", "Example Labs"]
    early = observe(tmp_path / "early", at=datetime(2026, 2, 1, tzinfo=UTC), audits=(str(tmp_path / "list.toml"),))
    assert {p.reason for p in early} == {NotObservedReason.NOT_FOUND}


def test_nothing_configured_and_nothing_about_it(tmp_path):
    with pytest.raises(NotFoundError):
        observe(tmp_path)
    seen = observe(tmp_path, CRATE, audits=written(tmp_path, "list.toml", LIST))
    assert {(p.claim, p.reason) for p in seen} == {(k.__name__, NotObservedReason.NOT_FOUND) for k in source.OFFERS}


def test_a_file_that_cannot_be_read_is_missed_and_stands_as_skipped(tmp_path):
    given = (
        *written(tmp_path, "list.toml", LIST),
        *written(tmp_path, "broken.toml", "schema = \n"),
        str(tmp_path / "gone.toml"),
    )
    seen = observe(tmp_path, audits=given)
    missed = [p for p in seen if isinstance(p, NotObserved)]
    assert {p.reason for p in missed} == {NotObservedReason.MALFORMED, NotObservedReason.NOT_FOUND}
    assert any(p.detail.startswith("broken.toml:1:10: not TOML") for p in missed)
    skipped = one(seen, SecondPartyReviews).skipped
    assert [(s.file, s.reason, s.here) for s in skipped] == [
        ("broken.toml", "unreadable: malformed", 1),
        ("gone.toml", "unreadable: not-found", 1),
    ]


def test_an_unusable_entry_about_it_is_told_even_alone(tmp_path):
    text = 'schema = 1\n[[audit]]\nproject = "pkg:pypi/demo"\nversions = "newest"\n'
    seen = observe(tmp_path, audits=written(tmp_path, "list.toml", text))
    assert [(s.reason, s.here) for s in one(seen, ExternalAudits).skipped] == [("audit: bad-versions", 1)]


def test_cargo_vet_files_are_one_set(tmp_path):
    given = (*written(tmp_path, "mine/audits.toml", VET), *written(tmp_path, "theirs/audits.toml", AGAINST))
    claim = one(observe(tmp_path, CRATE, cargo_vet=given), SecondPartyReviews)
    (review,) = claim.reviews
    assert review.reviewers == ("Ann Example", "bob@example.org")
    assert (review.basis, review.steps, review.file) == (Basis.CHAIN, ("1.0.0", "1.1.0"), "mine/audits.toml")
    (violation,) = claim.violations
    assert (violation.criteria, violation.versions, violation.file) == (("safe-to-deploy",), "1", "theirs/audits.toml")
    assert violation.file_digest != review.file_digest


def test_cargo_vet_files_say_nothing_of_other_types(tmp_path):
    seen = observe(tmp_path, SUBJECT, cargo_vet=written(tmp_path, "audits.toml", VET))
    assert all(isinstance(p, NotObserved) for p in seen)


@pytest.mark.parametrize(("ids", "standing"), [((ID,), Standing.VERIFIED), ((), Standing.CLAIMED)])
def test_crev_proofs_count_by_whose_they_are(tmp_path, ids, standing):
    files = written(tmp_path, "a.proof.crev", proof() + proof(version="1.0.0") + proof(version="1.1.0", base="1.0.0"))
    claim = one(observe(tmp_path, CRATE, crev=files, crev_ids=ids), SecondPartyReviews)
    (review,) = claim.reviews
    assert (review.standing, review.at) == (standing, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert claim.elsewhere == ("1.0.0", "1.0.0 -> 1.1.0")


def test_the_newest_word_of_an_id_counts(tmp_path):
    text = (
        proof("strong") + proof("negative", date="2026-02-02T00:00:00Z") + proof("strong", date="2026-12-12T00:00:00Z")
    )
    claim = one(observe(tmp_path, CRATE, crev=written(tmp_path, "a.crev", text), crev_ids=(ID,)), SecondPartyReviews)
    assert claim.reviews == ()
    assert [(v.criteria, v.standing) for v in claim.violations] == [(("rated negative",), Standing.VERIFIED)]


def test_no_unsigned_text_takes_back_a_signed_one(tmp_path):
    later = proof("strong", date="2026-03-03T00:00:00Z")
    forged = later.partition("----- SIGN")[0] + "----- END CREV PROOF -----\n"
    files = written(tmp_path, "a.crev", proof("negative") + forged)
    claim = one(observe(tmp_path, CRATE, crev=files, crev_ids=(ID,)), SecondPartyReviews)
    assert [v.standing for v in claim.violations] == [Standing.VERIFIED]
    assert [r.standing for r in claim.reviews] == [Standing.CLAIMED]


@pytest.mark.parametrize("order", [1, -1])
def test_of_one_moment_the_less_favourable_word_counts(tmp_path, order):
    files = written(tmp_path, "a.crev", "".join([proof("strong"), proof("negative")][::order]))
    claim = one(observe(tmp_path, CRATE, crev=files, crev_ids=(ID,)), SecondPartyReviews)
    assert (len(claim.reviews), len(claim.violations)) == (0, 1)


def test_a_version_without_order_is_not_outside_a_violation(tmp_path):
    odd = replace(SUBJECT, purl="pkg:pypi/demo@nightly", version="nightly")
    rows = LIST.replace('"pkg:pypi/other"\nversions = "*"', '"pkg:pypi/demo"\nversions = "<2"')
    claim = one(observe(tmp_path, odd, audits=written(tmp_path, "list.toml", rows)), SecondPartyReviews)
    assert [v.versions for v in claim.violations] == ["<2"]
    assert claim.reviews == ()


def test_proofs_of_another_registry_are_about_another_package(tmp_path):
    files = written(tmp_path, "a.crev", proof(home="https://registry.example.org"))
    assert all(isinstance(p, NotObserved) for p in observe(tmp_path, CRATE, crev=files, crev_ids=(ID,)))


def test_claims_are_written_and_read(tmp_path):
    files = written(tmp_path, "list.toml", LIST)
    seen = [observation("audits", p, NOW) for p in observe(tmp_path, audits=files) if isinstance(p, SourceClaim)]
    whole = Evidence(SUBJECT.purl, NOW, (SubjectEvidence(SUBJECT, tuple(seen)),))
    assert from_bytes(to_bytes(whole)) == whole


def test_a_stated_purpose(tmp_path):
    (stated,) = observe(tmp_path, which=purpose, purpose={"pkg:pypi/demo": "parser"})
    assert stated.claim.purpose == "parser"
    with pytest.raises(NotFoundError):
        observe(tmp_path, which=purpose, purpose={"pkg:pypi/other": "parser"})
