"""A release against its repository, end to end: honest, tampered, untagged, moved, foreign, unreachable."""

import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from simulators.evidence import moment
from simulators.index import File, sdist, serving, wheel
from simulators.repository import Repository
from simulators.world import world
from supplytrust.appraisal.signals import signal_named
from supplytrust.collection.claim_cache import ClaimCache
from supplytrust.collection.scheduler import collect_claims, observation
from supplytrust.collection.sources import git as source
from supplytrust.errors import NotFoundError
from supplytrust.evidence.repository import addresses
from supplytrust.io.context import NoClaims, SourceClaim
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.release import (
    ProjectLink,
    ProjectMetadata,
    ReleaseFile,
    ReleaseFiles,
    ReleaseHistory,
    ReleaseMoment,
)
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceComparison, SourceRepository
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import Status, Veto

VERSION = "1.4"
FIRST = datetime(2019, 1, 1, tzinfo=UTC)
UPLOAD = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCE = {
    "pyproject.toml": "[project]\nname = 'demo'\n",
    "README.md": "# demo\n",
    "demo/__init__.py": "from demo.core import add\n",
    "demo/core.py": "def add(a, b):\n    return a + b\n",
    "demo/more.py": "x = 1\n",
}
PACKAGE = {p: t for p, t in SOURCE.items() if p.startswith("demo/")}


def project(*, tag_last=True, late=True, days_after=1):
    sim = Repository()
    sim.commit("Ann Author", FIRST, SOURCE, "start")
    for n in range(40):
        who = ("Ann Author", "Bob Builder")[n % 2]
        sim.commit(who, FIRST + timedelta(days=60 * n), {"notes.txt": str(n)}, f"work {n}", committer="Ann Author")
        if n in (10, 18, 26, 34):
            sim.tag(f"v1.{(10, 18, 26, 34).index(n)}", "Ann Author", FIRST + timedelta(days=60 * n, hours=1))
    last = sim.commit("Ann Author", UPLOAD - timedelta(hours=2), {"notes.txt": "release"}, "ready")
    if tag_last:
        sim.tag(f"v{VERSION}", "Ann Author", UPLOAD - timedelta(hours=1), mark=last)
    if late:
        sim.commit("Bob Builder", UPLOAD + timedelta(days=days_after), {"notes.txt": "after"}, "after")
    return sim


def subject_of(judged: File, *others: File) -> Subject:
    def artifact(file):
        kind = ArtifactKind.WHEEL if file.name.endswith(".whl") else ArtifactKind.SDIST
        return Artifact(file.name, file.sha256, kind, len(file.data))

    purl = f"pkg:pypi/demo@{VERSION}"
    return Subject(purl, "pypi", "demo", VERSION, artifact(judged), tuple(artifact(o) for o in others))


class Memory:
    """First-seen facts in a dictionary."""

    def __init__(self):
        self.facts = {}

    def recall(self, key, fact):
        return self.facts.get((key, fact))

    def remember(self, key, fact, value, at):
        return self.facts.setdefault((key, fact), (value, at))


@contextmanager
def around(tmp_path, *files, **options):
    with serving([]) as index, world(index, tmp_path / "w", at=NOW) as opened:
        for file in files:
            opened.blobs.put(file.data)
        yield replace(opened, **options)


def known(subject, earlier=("1.0", "1.1", "1.2", "1.3"), link=""):
    listed = tuple(
        ReleaseFile(a.file_name, a.kind, a.sha256, a.size, UPLOAD) for a in (subject.artifact, *subject.others)
    )
    every = (*earlier, VERSION)
    days = [UPLOAD - timedelta(days=60) * (len(every) - 1 - n) for n in range(len(every))]
    moments = tuple(
        ReleaseMoment(v, at, yanked=False, prerelease=False, wheels=1, sdists=1)
        for v, at in zip(every, days, strict=True)
    )
    claims = [ReleaseFiles(VERSION, listed, yanked=False), ReleaseHistory(moments, earlier[-1] if earlier else "")]
    if link:
        links = (ProjectLink("Source", link),)
        claims.append(ProjectMetadata("demo", VERSION, "", "", "", (), links, "", ""))
    return SubjectEvidence(subject, tuple(observation("index", SourceClaim(c, "test"), NOW) for c in claims))


def seen(subject, facts, opened):
    parts = source.observe(subject, facts, opened)
    made = tuple(observation("git", p, NOW) for p in parts if isinstance(p, SourceClaim))
    from supplytrust.model.evidence import NotObserved

    gaps = tuple(NotObserved(p.claim, "git", p.reason, p.detail) for p in parts if isinstance(p, NotObserved))
    return SubjectEvidence(subject, facts.observations + made, gaps)


def ask(signal, evidence):
    return signal_named(signal).ask(evidence.subject, evidence, moment(NOW))


def claim(evidence, kind):
    found = evidence.newest(kind)
    assert found is not None, evidence.gaps
    return found.claim


def test_an_honest_release(tmp_path):
    repo = project().build(tmp_path / "repo")
    w, s = wheel("demo", VERSION, PACKAGE), sdist("demo", VERSION, SOURCE)
    subject = subject_of(w, s)
    with around(tmp_path, w, s, repository=str(repo)) as opened:
        evidence = seen(subject, known(subject), opened)
    assert claim(evidence, SourceRepository).known_by is KnownBy.GIVEN
    assert claim(evidence, ReleaseTag).name == "v1.4"
    assert {c.claim.kind for c in evidence.all(SourceComparison)} == {ArtifactKind.WHEEL, ArtifactKind.SDIST}
    for signal in (
        "integrity/source_commit_known",
        "integrity/tag_exists_for_release",
        "integrity/tag_on_branch",
        "integrity/artifact_matches_source_tree",
        "provenance/control_held_by_known_people",
        "provenance/releaser_known",
        "provenance/active_before_release",
    ):
        assert ask(signal, evidence).status is Status.SUPPORTS, (signal, ask(signal, evidence))
    assert [(g.claim, g.reason) for g in evidence.gaps] == [("DisclosurePromises", NotObservedReason.NOT_PUBLISHED)]


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("demo/evil.py", Status.OPPOSES),
        ("demo/core.py", Status.OPPOSES),
        ("demo_init.pth", Status.NOT_OBSERVED),  # opposes when the predecessor is seen not to have it
    ],
)
def test_one_changed_or_added_file_does_not_support(tmp_path, path, status):
    repo = project().build(tmp_path / "repo")
    w = wheel("demo", VERSION, PACKAGE | {path: "import os\n"})
    subject = subject_of(w)
    with around(tmp_path, w, repository=str(repo)) as opened:
        evidence = seen(subject, known(subject), opened)
    finding = ask("integrity/artifact_matches_source_tree", evidence)
    assert finding.status is status
    assert path in finding.because


def test_the_comparison_of_another_file_does_not_count(tmp_path):
    repo = project().build(tmp_path / "repo")
    w, s = wheel("demo", VERSION, PACKAGE), sdist("demo", VERSION, SOURCE | {"evil.py": "x"})
    subject = subject_of(w, s)
    with around(tmp_path, w, s, repository=str(repo)) as opened:
        evidence = seen(subject, known(subject), opened)
    assert ask("integrity/artifact_matches_source_tree", evidence).status is Status.SUPPORTS


def untagged(tmp_path, sim, earlier=("1.0", "1.1", "1.2", "1.3")):
    repo = sim.build(tmp_path / "repo")
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    with around(tmp_path, w, repository=str(repo)) as opened:
        return seen(subject, known(subject, earlier), opened), repo


def test_untagged_where_predecessors_are_tagged_opposes(tmp_path):
    evidence, _ = untagged(tmp_path, project(tag_last=False))
    assert ask("integrity/tag_exists_for_release", evidence).status is Status.OPPOSES
    assert evidence.gap(SourceComparison).reason is NotObservedReason.NOT_FOUND
    assert ask("integrity/artifact_matches_source_tree", evidence).status is Status.NOT_OBSERVED


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ["other==1.4", "other-v1.4", "libs/other/1.4", "demo-extra@1.4", "debian/1.4"])
def test_a_tag_of_another_package_is_no_tag_of_this_one(tmp_path, name):
    sim = project(tag_last=False)
    sim.tag(name, "Ann Author", UPLOAD - timedelta(hours=1))
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    with around(tmp_path, w, repository=str(sim.build(tmp_path / "repo"))) as opened:
        evidence = seen(subject, known(subject), opened)
    assert claim(evidence, ReleaseTag).foreign == (name,)
    found = ask("integrity/tag_exists_for_release", evidence)
    assert (found.status, name in found.because) == (Status.OPPOSES, True)
    assert ask("integrity/artifact_matches_source_tree", evidence).status is Status.NOT_OBSERVED


def test_untagged_without_the_habit_only_holds(tmp_path):
    evidence, _ = untagged(tmp_path, project(tag_last=False), earlier=("0.7", "0.8", "0.9", "1.3"))
    assert ask("integrity/tag_exists_for_release", evidence).status is Status.NOT_OBSERVED


def test_a_repository_older_than_the_release_is_stale(tmp_path, monkeypatch):
    sim = project(tag_last=False, late=False)
    repo = sim.build(tmp_path / "repo")
    import os

    for file in (repo / "refs").rglob("*"):
        os.utime(file, (UPLOAD.timestamp() - 9e5,) * 2)
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    with around(tmp_path, w, repository=str(repo)) as opened:
        evidence = seen(subject, known(subject), opened)
    finding = ask("integrity/tag_exists_for_release", evidence)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.STALE)


def test_a_moved_tag_is_a_veto_and_the_first_look_is_none(tmp_path):
    w = wheel("demo", VERSION, PACKAGE)
    subject, memory = subject_of(w), Memory()
    first = project().build(tmp_path / "one")
    with around(tmp_path / "a", w, repository=str(first), ledger=memory) as opened:
        evidence = seen(subject, known(subject), opened)
        assert ask("integrity/tag_unmoved", evidence).reason is NotObservedReason.FIRST_SIGHT
    later = NOW + timedelta(days=1)
    with around(tmp_path / "b", w, repository=str(first), ledger=memory, now=later, at=later) as opened:
        parts = source.observe(subject, known(subject), opened)
        again = SubjectEvidence(
            subject, tuple(observation("git", p, later) for p in parts if isinstance(p, SourceClaim))
        )
        assert ask("integrity/tag_unmoved", again).status is Status.SUPPORTS
    sim = project(tag_last=False)
    sim.tag(f"v{VERSION}", "Ann Author", UPLOAD)
    elsewhere = sim.build(tmp_path / "two")
    with around(tmp_path / "c", w, repository=str(elsewhere), ledger=memory) as opened:
        finding = ask("integrity/tag_unmoved", seen(subject, known(subject), opened))
        assert finding.status is not Status.OPPOSES  # a fork or clone does not speak for the repository
    shutil.rmtree(first)
    elsewhere.rename(first)
    with around(tmp_path / "d", w, repository=f"{first}/", ledger=memory) as opened:
        finding = ask("integrity/tag_unmoved", seen(subject, known(subject), opened))
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.TAMPERED)


def test_a_repository_of_another_project_says_nothing(tmp_path):
    sim = Repository()
    for n in range(5):
        sim.commit("Eve", FIRST + timedelta(days=n), {"other/x.py": f"{n}"}, "x")
    sim.tag(f"v{VERSION}", "Eve", FIRST + timedelta(days=9))
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    with around(tmp_path, w, repository=str(sim.build(tmp_path / "repo"))) as opened:
        evidence = seen(subject, known(subject), opened)
    for kind in (ReleaseTag, SourceComparison, CommitHistory):
        assert evidence.newest(kind) is None
        assert evidence.gap(kind).reason is NotObservedReason.INCONCLUSIVE


def test_at_hides_later_commits_and_tags(tmp_path):
    repo = project().build(tmp_path / "repo")
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    with around(tmp_path, w, repository=str(repo), at=UPLOAD - timedelta(days=30)) as opened:
        evidence = seen(subject, known(subject), opened)
    assert claim(evidence, ReleaseTag).state == "absent"
    assert claim(evidence, SourceRepository).newest < UPLOAD - timedelta(days=30)
    found = ask("integrity/tag_exists_for_release", evidence)
    assert (found.status, found.reason) == (Status.NOT_OBSERVED, NotObservedReason.STALE)


def test_where_the_repository_comes_from(tmp_path):
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    configured = Settings(repository=MappingProxyType({"pkg:pypi/demo": "/configured"}))
    facts = known(subject, link="https://github.com/example/demo/tree/main")
    with around(tmp_path, w) as opened:
        assert addresses.locate_repository(
            subject, facts, replace(opened, repository="/given", settings=configured)
        ) == (
            "/given",
            KnownBy.GIVEN,
        )
        assert addresses.locate_repository(subject, facts, replace(opened, settings=configured)) == (
            "/configured",
            KnownBy.CONFIGURED,
        )
        assert addresses.locate_repository(subject, facts, opened) == (
            "https://github.com/example/demo",
            KnownBy.DECLARED,
        )
        for link in ("", "https://10.0.0.1/x", "https://localhost/x", "https://intranet/x"):
            with pytest.raises(NotFoundError):
                addresses.locate_repository(subject, known(subject, link=link), opened)


def test_an_unreachable_declared_repository_leaves_gaps_with_the_reason(tmp_path):
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    with around(tmp_path, w, repository="http://127.0.0.1:1/demo.git") as opened:
        evidence = collect_claims(subject, opened, [source])
    assert {g.reason for g in evidence.gaps} == {NotObservedReason.UNREACHABLE}
    assert {g.claim for g in evidence.gaps} == {k.__name__ for k in source.OFFERS}
    assert not evidence.observations


def test_what_a_merely_declared_repository_says_is_not_observed(tmp_path):
    repo = project().build(tmp_path / "repo")
    w = wheel("demo", VERSION, PACKAGE)
    subject = subject_of(w)
    with around(tmp_path, w, repository=str(repo)) as opened:
        evidence = seen(subject, known(subject), opened)
    weak = tuple(
        replace(o, claim=replace(o.claim, known_by=KnownBy.DECLARED)) if hasattr(o.claim, "known_by") else o
        for o in evidence.observations
    )
    only = SubjectEvidence(subject, weak)
    for signal in (
        "provenance/releaser_known",
        "integrity/tag_exists_for_release",
        "integrity/artifact_matches_source_tree",
    ):
        finding = ask(signal, only)
        assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.DEPENDS)


def test_a_repository_that_stands_where_it_stood_is_not_read_again(tmp_path, monkeypatch):
    place, (w, s) = tmp_path / "repo", (wheel("demo", VERSION, PACKAGE), sdist("demo", VERSION, SOURCE))
    sim, subject, read = project(), subject_of(w, s), []
    whole = source.history.read_log
    monkeypatch.setattr(source.history, "read_log", lambda *given: read.append(1) or whole(*given))

    def look(opened, facts=None):
        """The same as without memory, and how often the log was read for it."""
        facts = facts or known(subject)
        plain = seen(subject, facts, replace(opened, claims=NoClaims()))
        read.clear()
        assert seen(subject, facts, opened) == plain
        return len(read)

    with around(tmp_path, w, s, repository=str(sim.build(place)), ledger=Memory()) as opened:
        opened = replace(opened, claims=ClaimCache(tmp_path / "claims"))
        assert [look(opened), look(opened)] == [1, 0]
        later = replace(opened, at=NOW + timedelta(days=30), now=NOW + timedelta(days=30))
        assert look(later) == 0
        early = replace(opened, at=UPLOAD + timedelta(hours=1))  # a commit is hidden on that day
        assert [look(early), look(early)] == [1, 1]
        assert look(opened, known(subject, earlier=("1.0", "1.1"))) == 1  # the index lists other releases
        sim.commit("Ann Author", UPLOAD + timedelta(days=3), {"SECURITY.md": "Write to us."}, "policy")
        shutil.rmtree(place)
        sim.build(place)
        assert [look(opened), look(opened)] == [1, 0]


def test_a_tag_of_tomorrow_is_seen_tomorrow(tmp_path):
    w = wheel("demo", VERSION, PACKAGE)
    sim, subject = project(tag_last=False, late=False), subject_of(w)
    sim.tag(f"v{VERSION}", "Ann Author", NOW + timedelta(hours=5))
    with around(tmp_path, w, repository=str(sim.build(tmp_path / "repo"))) as opened:
        opened = replace(opened, claims=ClaimCache(tmp_path / "claims"))
        assert claim(seen(subject, known(subject), opened), ReleaseTag).state == "absent"
        tomorrow = replace(opened, at=NOW + timedelta(days=1), now=NOW + timedelta(days=1))
        assert claim(seen(subject, known(subject), tomorrow), ReleaseTag).state == "found"


def test_what_a_remote_did_not_give_is_asked_again(tmp_path, monkeypatch):
    w = wheel("demo", VERSION, PACKAGE)
    subject, gives = subject_of(w), [False, True]
    whole = addresses.open_repository

    def open_partly(*given):
        view, current = whole(*given)
        return replace(view, refill=lambda _ids: gives.pop(0)), current

    monkeypatch.setattr(source.addresses, "open_repository", open_partly)
    monkeypatch.setattr(source.history, "opaque_of", lambda view, _candidates: {} if view.refill(["1"]) else None)
    with around(tmp_path, w, repository=str(project().build(tmp_path / "repo"))) as opened:
        opened = replace(opened, claims=ClaimCache(tmp_path / "claims"))
        first, second, third = (seen(subject, known(subject), opened) for _ in range(3))
    assert claim(first, CommitHistory) != claim(second, CommitHistory) == claim(third, CommitHistory)
    assert not gives  # the third did not ask
