"""Forty projects whose truth is known, on each kind of forge: what is claimed is that truth, in four requests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from simulators.commands import Shell
from simulators.effort import THOROUGH
from simulators.forge import BOT, CONTRIBUTOR, GHOST, MAINTAINER, OUTSIDER, WORKFLOW, Account, Forge, Item, Project
from simulators.world import NOW, PATIENT
from supplytrust.collection.sources import forge as source
from supplytrust.errors import NotAskedError, NotFoundError, OfflineError, RateLimitedError, SourceError
from supplytrust.evidence.forge import activity, answers, hosts
from supplytrust.io.context import CollectContext, SourceClaim
from supplytrust.io.http.client import Client
from supplytrust.model.claims.forge import (
    AnswerKind,
    AnswerTimes,
    BranchRules,
    ForgeAnswers,
    ForgeRepository,
    ForgeReviews,
    WorkflowReleases,
)
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.policy import ForgeHost, ForgeSettings, Settings
from supplytrust.model.subject import Subject

KINDS = ("github", "gitlab", "gitea")
SUBJECT = Subject("pkg:pypi/demo@1.0", "pypi", "demo", "1.0")
NEWCOMER = Account("nina", "CONTRIBUTOR", since=NOW - timedelta(days=30))
TOKEN = "t0ken"


def days(count: float) -> timedelta:
    return timedelta(seconds=round(count * 86400))


@contextmanager
def asking(
    forge: Forge, project: Project, folder: Path, *, at: datetime = NOW, offline: bool = False, token: bool = True
) -> Iterator[CollectContext]:
    """A world whose subject lies in this project of this forge."""
    settings = Settings(
        forge=ForgeSettings("always", (), {forge.host: ForgeHost(forge.kind, "FORGE_TOKEN" if token else "")})
    )
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    bearers = hosts.bearers(settings.forge.hosts)
    with closing(Client(folder / "http", offline=offline, limits=PATIENT, bearers=bearers)) as door:
        yield CollectContext(
            door, settings, at=at, now=NOW, scratch=scratch, cache=folder / "cache", repository=forge.address(project)
        )


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORGE_TOKEN", TOKEN)


def claims(world: CollectContext) -> dict[type, object]:
    seen = source.observe(SUBJECT, SubjectEvidence(SUBJECT), world)
    return {type(s.claim): s.claim for s in seen if isinstance(s, SourceClaim)}


@dataclass
class Truth:
    """Waits as (days, answered), and ways in of merged changes."""

    issues: list[tuple[float, bool]]
    changes: list[tuple[float, bool]]
    withdrawn: int = 0
    approved: int = 0
    newcomers: int = 0
    second: int = 0
    own: int = 0
    unknown: int = 0


def quantile(waits: list[tuple[float, bool]], share: Fraction) -> float | None:
    """Kaplan and Meier by the book: at each day with answers, those answered out of those still waiting."""
    still = Fraction(1)
    for day in sorted({d for d, answered in waits if answered}):
        at_risk = sum(d >= day for d, _ in waits)
        still *= 1 - Fraction(sum(d == day and answered for d, answered in waits), at_risk)
        if still <= share:
            return round(day, 4)
    return None


def invent(seed: int, kind: str) -> tuple[Project, Truth]:
    """A project whose issues and changes each have a known fate."""
    rng = random.Random(seed)
    truth, items = Truth([], []), []
    for number in range(1, rng.randint(4, 20 if kind == "gitea" else 45)):
        age, wait = rng.randint(20, 360), rng.randint(1, 15) + rng.choice([0, 0.5])
        at = NOW - days(age)
        fate = rng.choice(["answered", "answered", "answered", "bot", "ghost", "withdrawn", "stale", "silent", "own"])
        item = Item(number, OUTSIDER, at)
        told: tuple[float, bool] | None = (float(age), False)
        if fate == "answered":
            item, told = item.comment(BOT, at + days(0.1)).comment(MAINTAINER, at + days(wait)), (wait, True)
        elif fate == "bot":
            item = item.comment(BOT, at + days(wait))
        elif fate == "ghost":
            item = item.comment(GHOST, at + days(wait))
        elif fate == "stale":
            item = item.comment(BOT, at + days(wait)).close(BOT, at + days(wait))
        elif fate == "withdrawn":
            item = item.comment(CONTRIBUTOR, at + days(0.5)).close(OUTSIDER, at + days(wait))
            if kind != "gitea":  # which does not tell who closed
                told, truth.withdrawn = (wait, False), truth.withdrawn + 1
        elif fate == "own":
            item, told = replace(item, by=MAINTAINER).comment(MAINTAINER, at + days(wait)), None
        items.append(item)
        if told:
            truth.issues.append(told)
    items.append(Item(900, OUTSIDER, NOW - days(19), change=True).merge(MAINTAINER, NOW - days(18)))  # shows her right
    truth.changes.append((1.0, True))
    truth.second += 1
    for number in range(1000, 1000 + rng.randint(0, 30)):
        age, wait = rng.randint(20, 360), rng.randint(1, 15)
        at = NOW - days(age)
        change = Item(number, CONTRIBUTOR, at, change=True)
        fate = rng.choice(["approved", "newcomer", "self-approved", "late", "second", "self", "bot", "open"])
        answered = (float(wait), True)
        if fate == "approved":
            change = change.review(MAINTAINER, at + days(wait)).merge(BOT, at + days(wait + 1))
            truth.approved += 1
        elif fate == "newcomer":
            change = change.review(NEWCOMER, at + days(0.5)).merge(MAINTAINER, at + days(wait))
            truth.newcomers += 1
        elif fate == "self-approved":
            change = change.review(CONTRIBUTOR, at + days(0.5)).merge(MAINTAINER, at + days(wait))
            truth.second += 1
        elif fate == "late":
            change = change.merge(MAINTAINER, at + days(wait)).review(MAINTAINER, at + days(wait + 1))
            truth.second += 1
        elif fate == "second":
            change = change.merge(MAINTAINER, at + days(wait))
            truth.second += 1
        elif fate == "self":
            change, answered = replace(change, by=MAINTAINER).merge(MAINTAINER, at + days(wait)), (-1, False)
            truth.own += 1
        elif fate == "bot":
            change, answered = change.merge(BOT, at + days(wait)), (float(age), False)
            truth.unknown += 1
        else:
            answered = (float(age), False)
        items.append(change)
        if answered[0] >= 0:
            truth.changes.append(answered)
    archived = NOW - days(3) if rng.random() < 0.3 else None
    approvals = rng.choice([None, 0, 1, 2])
    releases = [(f"v{n}", NOW - days(10 * n), rng.choice([WORKFLOW, MAINTAINER])) for n in range(1, rng.randint(2, 8))]
    checks = ("build", "test") if approvals else ()
    renamed = f"acme/renamed-{seed}" if kind != "gitlab" and rng.random() < 0.2 else ""
    return Project(f"acme/p{seed}", tuple(items), archived, renamed, approvals, checks, tuple(releases)), truth


def check_times(times: AnswerTimes | None, waits: list[tuple[float, bool]], withdrawn: int) -> None:
    assert times is not None
    answered = sum(a for _, a in waits)
    counts = (times.asked, times.answered, times.waiting, times.withdrawn)
    assert counts == (len(waits), answered, len(waits) - answered - withdrawn, withdrawn)
    assert times.median_days == quantile(waits, Fraction(1, 2))
    assert times.ninety_days == quantile(waits, Fraction(1, 10))


@pytest.mark.parametrize("kind", KINDS)
def test_forty_projects_of_which_the_truth_is_known(kind: str, tmp_path: Path) -> None:
    invented = [invent(seed, kind) for seed in range(40 if THOROUGH else 8)]
    with Forge(kind, [project for project, _ in invented]) as forge:
        with asking(forge, invented[0][0], tmp_path) as world:
            seen = [claims(replace(world, repository=forge.address(project))) for project, _ in invented]
        for (project, truth), made in zip(invented, seen, strict=True):
            assert forge.requests[project.path] <= activity.MOST_REQUESTS
            check_claims(kind, project, truth, made)
    assert {h.get("Authorization") for h in forge.headers_seen} == {f"Bearer {TOKEN}"}


def check_claims(kind: str, project: Project, truth: Truth, made: dict[type, object]) -> None:
    state, told = made[ForgeRepository], made[ForgeAnswers]
    assert isinstance(state, ForgeRepository)
    assert isinstance(told, ForgeAnswers)
    assert (state.archived, state.archived_at) == (
        project.archived is not None,
        project.archived if kind != "gitlab" else None,
    )
    assert bool(state.moved_to) == bool(project.renamed)
    if kind == "gitea":  # she is known to be a maintainer, and reviews are not told
        assert ForgeReviews not in made
    else:
        reviewed = made[ForgeReviews]
        assert isinstance(reviewed, ForgeReviews)
        ways = (
            reviewed.approved,
            reviewed.approved_by_newcomers,
            reviewed.second_merged,
            reviewed.self_merged,
            reviewed.unknown,
        )
        assert ways == (truth.approved, truth.newcomers, truth.second, truth.own, truth.unknown)
        check_times(told.of(AnswerKind.CHANGES), truth.changes, 0)
        releases = made[WorkflowReleases]
        assert isinstance(releases, WorkflowReleases)
        assert (releases.releases, releases.by_workflow) == (
            len(project.releases),
            sum(by is WORKFLOW for _, _, by in project.releases),
        )
    check_times(told.of(AnswerKind.ISSUES), truth.issues, truth.withdrawn)
    rules = made.get(BranchRules)
    assert (rules is None) == (project.approvals is None)
    if isinstance(rules, BranchRules):
        assert (rules.approvals, rules.checks) == (project.approvals, project.checks)


def simple(*items: Item, **more: object) -> Project:
    return Project("acme/demo", items, **more)  # type: ignore[arg-type]


def issue(number: int, age: float) -> Item:
    return Item(number, OUTSIDER, NOW - days(age))


def issue_times(made: dict[type, object]) -> AnswerTimes:
    told = made[ForgeAnswers]
    assert isinstance(told, ForgeAnswers)
    times = told.of(AnswerKind.ISSUES)
    assert times is not None
    return times


@pytest.mark.parametrize("kind", KINDS)
def test_a_year_that_does_not_fit_is_read_as_far_as_it_goes_and_counted_from_there(kind: str, tmp_path: Path) -> None:
    project = simple(
        *(
            issue(n, n).comment(OUTSIDER, NOW - days(n - 0.1)).comment(MAINTAINER, NOW - days(n - 0.5))
            for n in range(1, 300)
        )
    )
    change = Item(900, OUTSIDER, NOW - days(0.4), change=True).merge(MAINTAINER, NOW - days(0.3))
    project = replace(project, items=(*project.items, change))
    with Forge(kind, [project], page=10 if kind == "github" else 0) as forge, asking(forge, project, tmp_path) as world:
        made = claims(world)
        told = made[ForgeAnswers]
        assert isinstance(told, ForgeAnswers)
        assert NOW - timedelta(days=365) < told.since < told.until
        assert forge.requests[project.path] <= activity.MOST_REQUESTS
        times = issue_times(made)
        assert 0 < times.asked < 299
        if kind == "gitea":  # comments are listed from the oldest on: what came after the first fifty is censored
            assert times.answered < times.asked
        else:
            assert (times.answered, times.median_days) == (times.asked, 0.5)


def test_forty_closed_in_one_stroke_are_no_answers_and_nine_are(tmp_path: Path) -> None:
    def closed(count: int) -> Project:
        return simple(
            *(issue(n, 100 + n).close(MAINTAINER, NOW - days(5) + timedelta(minutes=n)) for n in range(count))
        )

    for count, answered, folder in ((40, 0, "a"), (9, 9, "b")):
        project = closed(count)
        with Forge("github", [project]) as forge, asking(forge, project, tmp_path / folder) as world:
            assert issue_times(claims(world)).answered == answered


def test_a_reached_limit_says_until_when_and_is_not_tried_again_before(tmp_path: Path) -> None:
    project = simple(issue(1, 5))
    end = int((NOW + timedelta(hours=1)).timestamp())
    with Forge("github", [project]) as forge:
        forge.refuse(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(end)})
        for _again in range(2):
            with (
                asking(forge, project, tmp_path) as world,
                pytest.raises(RateLimitedError, match="limit reached until"),
            ):
                claims(world)
        assert forge.requests.total() == 1
        later = NOW + timedelta(days=8)
        with asking(forge, project, tmp_path) as world:
            assert issue_times(claims(replace(world, now=later, at=later))).asked == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("status", "headers", "reason"), [
    (429, {"Retry-After": "3600"}, "rate-limited"), (403, {"Retry-After": "60"}, "rate-limited"),
    (403, {}, "refused"), (401, {}, "refused"), (502, {}, "unreachable"), (404, {}, "not-found"),
])  # fmt: skip
def test_a_refusal_has_its_reason(kind: str, status: int, headers: dict[str, str], reason: str, tmp_path: Path) -> None:
    project = simple(issue(1, 5))
    with Forge(kind, [project]) as forge, asking(forge, project, tmp_path) as world:
        forge.refuse(status, headers, times=9)
        with pytest.raises(SourceError) as caught:
            claims(world)
        assert caught.value.reason == reason


def test_what_is_a_day_old_is_used_again_and_offline_whatever_there_is(tmp_path: Path) -> None:
    project = simple(issue(1, 5).comment(MAINTAINER, NOW - days(4)))
    with Forge("github", [project]) as forge:
        with asking(forge, project, tmp_path, offline=True) as world, pytest.raises(OfflineError):
            claims(world)
        with asking(forge, project, tmp_path) as world:
            first = claims(world)
        asked = forge.requests.total()
        for offline, later in ((False, timedelta(hours=23)), (True, timedelta(days=300))):
            with asking(forge, project, tmp_path, offline=offline) as world:
                assert issue_times(claims(replace(world, now=NOW + later, at=NOW + later))) == issue_times(first)
        assert forge.requests.total() == asked
        with asking(forge, project, tmp_path) as world:
            claims(replace(world, now=NOW + days(1), at=NOW + days(1)))
        assert forge.requests.total() > asked


def test_documents_are_asked_for_again_only_when_they_changed(tmp_path: Path) -> None:
    project = simple(issue(1, 5))
    with Forge("gitea", [project]) as forge:
        for day in (0, 2):
            with asking(forge, project, tmp_path) as world:
                claims(replace(world, now=NOW + days(day), at=NOW + days(day)))
        assert forge.not_modified >= 3


def test_without_a_token_the_public_parts_are_read(tmp_path: Path) -> None:
    items = (issue(1, 9).comment(MAINTAINER, NOW - days(8)), issue(2, 9).comment(CONTRIBUTOR, NOW - days(8)))
    project = simple(*items, Item(3, OUTSIDER, NOW - days(9), change=True), archived=NOW - days(2))
    with Forge("github", [project]) as forge, asking(forge, project, tmp_path, token=False) as world:
        made = claims(world)
        times = issue_times(made)
        assert (times.asked, times.answered, times.median_days) == (2, 1, 1.0)
        assert ForgeReviews not in made
        assert BranchRules not in made
        assert not any("Authorization" in headers for headers in forge.headers_seen)
        assert forge.requests[project.path] == activity.MOST_REQUESTS


def test_nobody_is_asked_without_a_token_unless_the_configuration_says_so(tmp_path: Path) -> None:
    project = simple(issue(1, 5))
    with Forge("github", [project]) as forge, asking(forge, project, tmp_path, token=False) as world:
        for ask in ("token", "never"):
            settings = replace(world.settings, forge=replace(world.settings.forge, ask=ask))
            with pytest.raises(NotAskedError):
                claims(replace(world, settings=settings))
        assert forge.requests.total() == 0


def test_a_past_day_is_judged_by_what_had_happened_then(tmp_path: Path) -> None:
    late = issue(1, 100).comment(MAINTAINER, NOW - days(10))
    change = Item(2, CONTRIBUTOR, NOW - days(90), change=True).merge(MAINTAINER, NOW - days(20))
    project = simple(late, issue(3, 5), change, archived=NOW - days(3), approvals=1)
    with Forge("github", [project]) as forge, asking(forge, project, tmp_path, at=NOW - days(50)) as world:
        made = claims(world)
        times = issue_times(made)
        assert (times.asked, times.answered) == (1, 0)
        state, reviews = made[ForgeRepository], made[ForgeReviews]
        assert isinstance(state, ForgeRepository)
        assert isinstance(reviews, ForgeReviews)
        assert (state.archived, reviews.merged, BranchRules in made) == (False, 0, False)


def test_an_export_is_read_on_a_machine_that_reaches_no_forge(tmp_path: Path) -> None:
    project = simple(issue(1, 9).comment(MAINTAINER, NOW - days(8)))
    with Forge("github", [project]) as forge:
        with asking(forge, project, tmp_path) as world:
            here = claims(world)
            seen, _, _ = source.look(forge.address(project), world)
        exported = tmp_path / "forge.json"
        exported.write_bytes(activity.write_activities([seen]))
        with asking(forge, project, tmp_path / "other", offline=True) as world:
            settings = replace(world.settings, forge=ForgeSettings(exports=(str(exported),)))
            assert claims(replace(world, settings=settings)) == here
    exported.write_bytes(exported.read_bytes().replace(b"acme", b"a\x00me"))
    with asking(forge, project, tmp_path / "third", offline=True) as world, pytest.raises(SourceError) as caught:
        claims(replace(world, settings=settings))
    assert caught.value.reason == "malformed"


def test_a_project_that_is_not_there_and_a_host_that_is_no_forge(tmp_path: Path) -> None:
    project = simple()
    for kind in KINDS:
        with Forge(kind, []) as forge, asking(forge, project, tmp_path / kind) as world, pytest.raises(NotFoundError):
            claims(world)
    for address in ("https://git.example.org/a/b", "https://github.com/a", str(tmp_path)):
        with pytest.raises(SourceError) as caught:
            hosts.locate(address, {})
        assert caught.value.reason == "not-applicable"
    assert hosts.locate("git@gitlab.com:group/sub/name.git", {}).path == "group/sub/name"


def test_a_token_goes_to_its_own_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "one")
    monkeypatch.setenv("GITEA_TOKEN", "two\n")
    told = hosts.bearers({"git.example.org": ForgeHost("github")})
    assert {address: token for address, token in told.items() if "github" in address} == {
        "https://api.github.com/": "one", "https://api.github.com/graphql": "one"
    }  # fmt: skip
    assert not any("example.org" in address for address in told)
    assert not hosts.locate("https://git.example.org/a/b", {"git.example.org": ForgeHost("github")}).token


def test_every_answer_waits_for_a_person_who_may_decide() -> None:
    def person(name: str, role: activity.Role) -> activity.Person:
        return activity.Person(name, role)

    names = ("dependabot[bot]", "stale-bot", "renovate", "codecov-commenter", "k8s-ci-robot", "abbott", "robin", "mara")
    assert [activity.is_bot(name) for name in names] == [True] * 5 + [False] * 3
    assert not person("", activity.Role.OUTSIDER).is_same(person("", activity.Role.OUTSIDER))
    assert answers.falls_to([], 0.5) is None
    assert answers.falls_to([answers.Wait(1.0, answered=True), answers.Wait(1.0, answered=False)], 0.5) == 1.0


def test_the_verb_writes_a_file_that_another_machine_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, other = simple(issue(1, 9)), replace(simple(), path="acme/none")
    with Forge("github", [project]) as forge:
        config = tmp_path / "supplytrust.toml"
        config.write_text(f'[forge.hosts]\n"{forge.host}" = {{ kind = "github", token = "FORGE_TOKEN" }}\n')
        targets = (forge.address(project), forge.address(other))
        done = Shell(tmp_path).run(
            "forge", "export", *targets, "-o", str(tmp_path / "forge.json"), "--config", str(config)
        )
        assert (done.code, "acme/none" in done.err, TOKEN in done.err) == (10, True, False)
        (seen,) = activity.read_activities((tmp_path / "forge.json").read_bytes())
        assert (seen.address, len(seen.issues or ())) == (forge.address(project), 1)
        assert TOKEN.encode() not in (tmp_path / "forge.json").read_bytes()
