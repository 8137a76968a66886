"""What a policy file means once it is read."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from supplytrust.appraisal.policies import loader, tables
from supplytrust.errors import PolicyError
from supplytrust.model.policy import Context
from supplytrust.model.vocabulary import Area, EdgeKind, Veto

SMALL = """\
schema = 1
id = "ours"
owner = "team@example.org"

[expect.root]
build = 0.5
integrity = 0.8
expertise = 0.4

[require]
root = ["integrity/digest_matches_index"]

[sources]
index = 1
"""

FULL = """\
schema = 1
id = "prod.eu-1"
owner = "sec@example.org"
trustor = "https://example.org/trust"
written = 2026-11-20
epoch = 7
max_age = "2w"
cooldown = "4d"
review = "60d"

[context]
purpose = "cryptography"
role = "workload"
sensitivity = "high"
impact = 2.5
budget = 40
data_class = "confidential"
tee = ["sev-snp", "tdx"]
cpu.deny = ["SNP<1.55", "microcode<0x0a20102b"]

[expect]
root = { build = 0.8, integrity = 0.9 }
link.integrity = 0.7
test = {}

[require]
root = ["integrity/digest_matches_index", "build/rebuilds_identically"]
service-remote = ["responsiveness/past_cooldown"]

[veto]
also = ["yanked"]

[sources]
index = 0.5
"rebuilder.example" = 0.9

[kappa]
test = 0.5

[[exception]]
subject = "pkg:pypi/x@1.2"
covers = ["expertise", "provenance"]
reason = "no reviewer yet"
owner = "sec@example.org"
expires = 2027-01-31

[[exception]]
subject = "pkg:npm/%40scope/y@3.0.0"
covers = ["build"]
reason = "native"
owner = "sec@example.org"
expires = 2026-12-31T12:00:00+02:00
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "p.toml"
    path.write_text(text)
    return loader.load(path)


def test_every_key_arrives(tmp_path):
    policy = read(tmp_path, FULL)
    assert (policy.id, policy.owner, policy.trustor, policy.epoch) == (
        "prod.eu-1",
        "sec@example.org",
        "https://example.org/trust",
        7,
    )
    assert (policy.max_age_days, policy.cooldown_hours, policy.review_days) == (14, 96, 60)
    assert policy.context == Context(
        purpose="cryptography",
        role="workload",
        sensitivity="high",
        impact=2.5,
        budget=40.0,
        data_class="confidential",
        tee=("sev-snp", "tdx"),
        cpu_deny=("SNP<1.55", "microcode<0x0a20102b"),
    )
    assert policy.expect["root"] == {Area.BUILD: 0.8, Area.INTEGRITY: 0.9}
    assert policy.expect["link"] == {Area.INTEGRITY: 0.7}
    assert policy.require["root"] == ("integrity/digest_matches_index", "build/rebuilds_identically")
    assert policy.require["service-remote"] == ("responsiveness/past_cooldown",)
    assert policy.veto_also == (Veto.YANKED,)
    assert set(policy.veto_always) == {Veto.MALICIOUS, Veto.TAMPERED, Veto.BAD_SIGNATURE, Veto.REVOKED}
    assert policy.reliability == {"index": 0.5, "rebuilder.example": 0.9}
    assert policy.reliability_of("git") == 0.0
    assert policy.kappa[EdgeKind.TEST] == 0.5
    assert policy.kappa[EdgeKind.LINK] == 1.0
    native, reviewerless = policy.exemptions
    assert native.expires == datetime(2026, 12, 31, 10, tzinfo=UTC)
    assert reviewerless.covers == (Area.EXPERTISE, Area.PROVENANCE)
    assert reviewerless.expires == datetime(2027, 1, 31, tzinfo=UTC)
    assert policy.weights is tables.shipped_weights()


def test_a_profile_left_out_is_not_switched_off(tmp_path):
    policy = read(tmp_path, SMALL)
    assert policy.expect["link"] == policy.expect["root"]
    assert policy.expect["build"] == {Area.BUILD: 0.5, Area.INTEGRITY: 0.8}
    assert policy.expect["service-remote"] == {Area.INTEGRITY: 0.8}
    assert policy.expect["test"] == {Area.INTEGRITY: 0.8}
    for kind in ("link", "build", "test"):
        assert policy.require[kind] == policy.require["root"]
    assert policy.require["service-local"] == ()


def test_an_empty_profile_asks_nothing_on_purpose(tmp_path):
    policy = read(tmp_path, FULL)
    assert policy.expect["test"] == {}
    assert policy.expect["link"] == {Area.INTEGRITY: 0.7}


def test_digest_is_of_policy_and_weights(tmp_path):
    policy = read(tmp_path, SMALL)
    files = (SMALL.encode(), tables.weights_bytes(), tables.purposes_bytes())
    parts = b"".join(hashlib.sha256(f).digest() for f in files)
    assert policy.digest == f"sha256:{hashlib.sha256(parts).hexdigest()}"
    assert read(tmp_path, SMALL + "# a comment\n").digest != policy.digest


def test_term_of_exceptions_counts_from_the_day_written_else_from_today():
    without = FULL.replace("written = 2026-11-20\n", "")
    assert loader.check(FULL, today=date(2020, 1, 1)) == ()
    assert loader.check(without, today=date(2026, 11, 20)) == ()
    early = loader.check(without, today=date(2026, 1, 1))
    assert [p.text.partition(" is ")[0] for p in early] == ["'expires'", "'expires'"]


def test_the_180th_day_is_allowed_and_the_181st_is_not():
    last = FULL.replace("expires = 2027-01-31", "expires = 2027-05-19")
    assert loader.check(last) == ()
    assert len(loader.check(last.replace("2027-05-19", "2027-05-20"))) == 1


def test_an_expired_exception_still_loads(tmp_path):
    assert loader.check(FULL.replace("2027-01-31", "2026-11-21")) == ()


def test_line_ends_of_other_systems():
    assert loader.check(FULL.replace("\n", "\r\n")) == ()
    problems = loader.check(SMALL.replace("build = 0.5", "build = 5").replace("\n", "\r\n").encode(), "w.toml")
    assert [p.where for p in problems] == ["w.toml:6"]


@pytest.mark.parametrize("base", loader.names())
def test_template_is_a_policy_under_an_own_name(tmp_path, base):
    policy = read(
        tmp_path, loader.template(base, policy_id="own", owner='A "B" \\ Ünal', trustor="https://example.org")
    )
    assert (policy.id, policy.owner, policy.trustor) == ("own", 'A "B" \\ Ünal', "https://example.org")
    shipped = loader.load(base)
    assert (policy.expect, policy.require, policy.reliability) == (shipped.expect, shipped.require, shipped.reliability)
    assert read(tmp_path, loader.template(base)).id == f"my-{base}"


def test_template_is_dated_so_that_the_term_of_exceptions_is_fixed(tmp_path):
    text = loader.template(written=date(2026, 1, 1)) + (
        '[[exception]]\nsubject = "pkg:pypi/a@1"\ncovers = ["build"]\nreason = "r"\nowner = "o"\nexpires = 2026-07-01\n'
    )
    with pytest.raises(PolicyError, match="180 days after 2026-01-01"):
        read(tmp_path, text)


def test_template_of_an_unknown_policy():
    with pytest.raises(PolicyError, match="did you mean 'keep'"):
        loader.template("kep")


def test_a_shipped_name_wins_over_a_file_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("baseline").write_text(SMALL)
    assert loader.load("baseline").id == "baseline"
    assert loader.load(Path("baseline")).id == "ours"
