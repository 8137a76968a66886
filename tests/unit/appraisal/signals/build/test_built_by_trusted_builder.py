"""Trust in a builder: who it is, what it takes, and that each condition that fails takes the support away."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.evidence import NOW, SDIST, WHEEL, WHEEL_SHA, ask, days, evidence, subject
from supplytrust.appraisal.judge import judge
from supplytrust.appraisal.policies import loader
from supplytrust.model.claims.attestation import (
    KnownPublisher,
    PublisherComparison,
    UnverifiedAttestation,
    VerifiedAttestation,
)
from supplytrust.model.claims.release import ProjectLink, ProjectMetadata
from supplytrust.model.claims.source_tree import (
    FileClass,
    KnownBy,
    OddFile,
    ReleaseTag,
    SourceComparison,
    SourceRepository,
)
from supplytrust.model.evidence import Evidence, NotObservedReason
from supplytrust.model.policy import BuilderCondition, TrustedBuilder
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Area, Status

ID = "build/built_by_trusted_builder"
REPOSITORY = "https://forge.example.org/owner/demo"
FLOW = f"{REPOSITORY}/.forge/workflows/release.yml"
ISSUER = "https://token.example.org"
COMMIT = "c0" * 20
ATTESTED = VerifiedAttestation(
    WHEEL,
    WHEEL_SHA,
    "https://slsa.dev/provenance/v1",
    ISSUER,
    f"{FLOW}@refs/tags/v1.2.3",
    NOW - days(9),
    repository=REPOSITORY,
    workflow=f"{FLOW}@refs/tags/v1.2.3",
    signer=f"{FLOW}@refs/tags/v1.2.3",
    commit=COMMIT,
    ref="refs/tags/v1.2.3",
    runner="forge-hosted",
    builder=f"{FLOW}@refs/tags/v1.2.3",
)
PUBLISHER = PublisherComparison(WHEEL, KnownPublisher.CONFIGURED, "issuer owner/demo", "seen", ())
TAG = ReleaseTag("1.2.3", KnownBy.CONFIRMED, "found", name="v1.2.3", commit=COMMIT)
READ = SourceRepository(REPOSITORY, KnownBy.CONFIRMED, 10, NOW, NOW, 9, 10)
TREE = SourceComparison(
    SDIST, ArtifactKind.SDIST, KnownBy.CONFIRMED, "v1.2.3", COMMIT, 4, ((FileClass.MATCH, 4),), (), 0
)
ALL = (ATTESTED, PUBLISHER, TAG, READ, TREE)
HOSTED = TrustedBuilder("forge", ISSUER, 5.0, tuple(BuilderCondition), runner="forge-hosted")


def because(*claims, builders=(HOSTED,)):
    found = ask(ID, *claims, builders=builders)
    return found.status, found.because


def test_supports_under_the_name_of_the_policy():
    found = ask(ID, *ALL, builders=(HOSTED,))
    assert (found.status, found.grade) == (Status.SUPPORTS, "forge")
    assert len(found.evidence) == len(ALL)


def lacking(claim, **changes):
    return tuple(replace(one, **changes) if one is claim else one for one in ALL)


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ((*ALL, UnverifiedAttestation(WHEEL, failed=True, reason="time", detail="x")), "verified-provenance"),
        (lacking(PUBLISHER, differs=("issuer",)), "verified-provenance, expected-publisher"),
        (tuple(c for c in ALL if c is not PUBLISHER), "expected-publisher"),
        (lacking(PUBLISHER, known_by=KnownPublisher.FIRST_SEEN, since=NOW - days(2)), "expected-publisher"),
        (lacking(READ, address="https://forge.example.org/mallory/demo"), "own-repository"),
        (lacking(READ, known_by=KnownBy.DECLARED), "own-repository"),
        (lacking(READ, address="local path"), "own-repository"),
        (lacking(ATTESTED, repository=""), "own-repository"),
        (lacking(ATTESTED, builder="https://elsewhere.example.org"), "build-described"),
        (lacking(ATTESTED, predicate_type="https://example.org/publish/v1"), "build-described"),
        (lacking(TAG, commit="d0" * 20, name="v1.2"), "commit-is-tag"),
        (tuple(c for c in ALL if c is not TAG), "commit-is-tag"),
        (tuple(c for c in ALL if c is not TREE), "sdist-is-tree"),
        (lacking(TREE, odd=(OddFile("a.c", FileClass.MODIFIED),), odd_total=1), "sdist-is-tree"),
    ],
)
def test_a_condition_that_does_not_hold_is_named(claims, word):
    status, text = because(*claims)
    assert status is Status.NOT_OBSERVED
    assert text.startswith("built by forge; lacks ")
    assert word in text


def test_a_run_on_a_machine_of_their_own_is_not_isolated():
    own = replace(HOSTED, runner="self-hosted")
    status, text = because(*lacking(ATTESTED, runner="self-hosted"), builders=(own,))
    assert status is Status.NOT_OBSERVED
    assert "isolated" in text


@pytest.mark.parametrize(
    "change",
    [{"issuer": "https://token.example.org/"}, {"runner": "other-hosted"}, {"identity": REPOSITORY}],
)
def test_another_builder_is_none_that_the_policy_names(change):
    status, text = because(*ALL, builders=(replace(HOSTED, **change),))
    assert status is Status.NOT_OBSERVED
    assert "does not name" in text


def test_a_builder_of_ones_own_is_named_by_identity_with_or_without_its_ref():
    for identity in (FLOW, f"{FLOW}@refs/tags/v1.2.3"):
        assert because(*ALL, builders=(replace(HOSTED, runner="", identity=identity),))[0] is Status.SUPPORTS


def test_the_statements_own_word_names_no_builder():
    """Anybody can write any builder into a statement; the certificate has to say it."""
    elsewhere = lacking(ATTESTED, builder="https://ci.example.org/ours")
    named = replace(HOSTED, runner="", identity="https://ci.example.org/ours")
    assert because(*elsewhere, builders=(named,))[0] is Status.NOT_OBSERVED


def test_a_copy_on_disk_is_the_declared_repository_only():
    links = ProjectMetadata(
        "demo", "1.2.3", "", "", "", (), (ProjectLink("Source", f"{REPOSITORY}/tree/main"),), "", ""
    )
    local = lacking(READ, address="local path", known_by=KnownBy.GIVEN)
    assert because(*local, links)[0] is Status.SUPPORTS
    other = replace(links, links=(ProjectLink("Source", f"{REPOSITORY}-fork"),))
    assert because(*local, other)[0] is Status.NOT_OBSERVED


def test_nobody_is_trusted_without_being_named():
    assert ask(ID, *ALL).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, builders=(HOSTED,)).reason is NotObservedReason.NOT_LOOKED


@given(st.sets(st.sampled_from(range(len(ALL))), max_size=len(ALL) - 1))
def test_a_part_of_the_evidence_is_never_enough(kept):
    assert because(*(ALL[n] for n in kept))[0] is Status.NOT_OBSERVED


@given(st.sets(st.sampled_from(tuple(BuilderCondition))), st.sets(st.sampled_from(range(len(ALL)))))
def test_a_builder_that_takes_less_is_never_harder_to_meet(fewer, kept):
    claims = [ALL[n] for n in sorted(kept)]
    easier = replace(HOSTED, takes=tuple(c for c in BuilderCondition if c in fewer))
    if because(*claims)[0] is Status.SUPPORTS:
        assert because(*claims, builders=(easier,))[0] is Status.SUPPORTS


POLICY = f"""\
schema = 1
id = "ours"
owner = "team@example.org"
[expect.root]
build = 0.75
[builders.forge]
issuer = "{ISSUER}"
runner = "forge-hosted"
weight = 6
takes = ["verified-provenance", "own-repository", "isolated", "commit-is-tag", "sdist-is-tree"]
[sources]
index = 1
"""


def record(text, tmp_path, *claims):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    node = evidence(*claims, about=subject())
    return judge(Evidence(node.subject.purl, NOW, (node,)), loader.load(path), NOW, alone=True)


def test_the_record_names_it_among_assurances_and_single_points(tmp_path):
    held = record(POLICY, tmp_path, *ALL)
    area = held.areas[Area.BUILD]
    (own,) = (f for f in area.findings if f.signal == ID)
    assert own.because == "built by forge, which the policy trusts: 5 conditions hold"
    assert (own.weight.favourable, own.weight.basis) == (6.0, "policy")
    assert [p.name for p in held.footprint.single_points if p.kind == "builder"] == ["forge"]
    other = record(POLICY.replace("forge-hosted", "another-hosted"), tmp_path, *ALL)
    assert [p.name for p in other.footprint.single_points if p.kind == "builder"] == [ATTESTED.builder]
    assert other.areas[Area.BUILD].belief < area.belief


def weight_of(belief):
    """The favourable weight behind a belief with nothing against it: b = r / (r + 2)."""
    return 2 * float(belief) / (1 - float(belief))


def test_its_word_counts_once_with_all_that_was_attested(tmp_path):
    """An attestation that is verified and a builder that is believed are one origin: the stronger counts."""
    held, little = (
        record(POLICY.replace("weight = 6", f"weight = {weight}"), tmp_path, *ALL).areas[Area.BUILD]
        for weight in (6, 0.1)
    )
    assert weight_of(held.belief) == pytest.approx(6)
    assert weight_of(little.belief) == pytest.approx(2)
