"""Workflows: every way in for strangers is found in each of its spellings, and what only looks like one is not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulators.cost import within
from simulators.evidence import ask, saw
from simulators.index import serving
from simulators.repository import Repository, day
from simulators.world import world
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import git
from supplytrust.collection.sources import workflows as source
from supplytrust.errors import NotFoundError
from supplytrust.evidence.source_code.ci_workflows import MOST_STEPS, candidates, read_workflows
from supplytrust.formats import yaml_reader
from supplytrust.model.claims.code import WorkflowWeaknesses
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Status

PATH = ".github/workflows/a.yml"
SHA = "a" * 40


def kinds(text: str, path: str = PATH) -> list[str]:
    return [one.kind for one in read_workflows({path: text}).found]


def job(*steps: str, on: str = "push", more: str = "") -> str:
    listed = "\n".join(f"      - {step}" for step in steps)
    return f"on: {on}\njobs:\n  one:\n    runs-on: ubuntu-latest\n{more}    steps:\n{listed}\n"


STRANGER = f"{{uses: actions/checkout@{SHA}, with: {{ref: '${{{{ github.event.pull_request.head.sha }}}}'}}}}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (job("uses: actions/checkout@v4"), ["unpinned-action"]),
        (job("uses: owner/tool/sub/path@main"), ["unpinned-action"]),
        (job("uses: owner/tool"), ["unpinned-action"]),
        (job(f"uses: owner/tool@{SHA}"), []),
        (job(f"uses: owner/tool@{SHA[:12]}"), ["unpinned-action"]),  # a short one can be made to mean another commit
        (job("uses: ./.github/actions/mine"), []),
        (job("uses: docker://image:latest"), ["unpinned-image"]),
        (job(f"uses: docker://image@sha256:{'b' * 64}"), []),
        (job("run: make", more="    container: image:1\n"), ["unpinned-image"]),
        (job("run: make", more="    container: {image: 'image:1'}\n"), ["unpinned-image"]),
        (job("run: make", more="    services:\n      db: {image: db}\n"), ["unpinned-image"]),
        ("on: push\njobs:\n  a:\n    uses: owner/repo/.github/workflows/w.yml@v1\n    secrets: inherit\n",
         ["unpinned-action", "secrets-inherited"]),
        (job("run: echo ${{ github.event.issue.title }}"), ["text-injection"]),
        (job("run: echo ${{ github.event['pull_request']['title'] }}"), ["text-injection"]),
        (job("run: echo ${{ github.head_ref }}"), ["text-injection"]),
        (job("run: echo ${{ format('{0}', github.event.comment.body) }}"), ["text-injection"]),
        (job("run: echo ${{ toJSON(github.event) }}"), ["text-injection"]),
        (job("run: echo ${{ github.event.commits[0].message }}"), ["text-injection"]),
        (job(f"{{uses: actions/github-script@{SHA}, with: {{script: 'f(`${{{{ github.event.review.body }}}}`)'}}}}"),
         ["text-injection"]),
        (job("run: echo ${{ github.sha }} ${{ github.event.pull_request.number }}"), []),
        (job("{run: 'echo \"$TITLE\"', env: {TITLE: '${{ github.event.issue.title }}'}}"), []),  # the advised way
        (job("run: echo ${{ contains(github.event.issue.title, 'x') }}"), []),
        (job("run: echo ${{ github.event.issue.title == 'x' && github.event.issue.body || '' }}"), ["text-injection"]),
        (job(STRANGER, on="pull_request_target"), ["stranger-checkout"]),
        (job(STRANGER, on="[push, pull_request_target]"), ["stranger-checkout"]),
        (job(STRANGER, "run: ./deploy ${{ secrets.KEY }}", on="{pull_request_target: {types: [opened]}}"),
         ["stranger-checkout", "stranger-secrets"]),
        (job(STRANGER, "run: echo ${{ secrets.GITHUB_TOKEN }}", on="pull_request_target"), ["stranger-checkout"]),
        (job("run: gh pr checkout 1", on="issue_comment"), ["stranger-checkout"]),
        (job("run: git fetch origin pull/1/head", on="workflow_run"), ["stranger-checkout"]),
        (job(STRANGER, on="pull_request"), []),  # a run without rights may build what it likes
        (job(f"uses: actions/checkout@{SHA}", on="pull_request_target"), []),  # its own branch
        (job("run: make", on="pull_request").replace("ubuntu-latest", "[self-hosted, linux]"), ["own-machine"]),
        (job("run: make", on="push").replace("ubuntu-latest", "self-hosted"), []),
        ("permissions: write-all\n" + job("run: make"), ["write-all"]),
        (job("run: make", more="    permissions: write-all\n"), ["write-all"]),
        (job("run: make", more="    env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: true}\n"), ["unsafe-commands"]),
    ],
)  # fmt: skip
def test_each_way_in_is_found_and_nothing_else(text, found):
    assert kinds(text) == found


def test_an_action_of_the_tree_is_read_like_a_job():
    text = "name: x\nruns:\n  using: composite\n  steps:\n    - run: echo ${{ github.head_ref }}\n"
    assert kinds(text, ".github/actions/x/action.yml") == ["text-injection"]


def test_which_files_are_workflows():
    paths = [PATH, ".github/workflows/b.yaml", ".github/actions/x/action.yml", ".github/dependabot.yml", "a.yml",
             "x/.github/workflows/c.yml", ".github/workflows/deep/d.yml", ".forgejo/workflows/e.yml"]  # fmt: skip
    assert candidates(paths) == (
        ".forgejo/workflows/e.yml",
        ".github/actions/x/action.yml",
        PATH,
        ".github/workflows/b.yaml",
    )


def test_who_may_publish():
    texts = {
        "a": job("run: make", on="release"),
        "b": job("run: make", more="    permissions: {id-token: write}\n"),
        "c": job("run: make", more="    permissions: {contents: read}\n"),
        "d": "permissions: write-all\n" + job("run: make"),
    }
    assert read_workflows(texts).publishers == ("a", "b", "d")


def test_which_analysers_run():
    texts = {
        "a": job(f"uses: github/codeql-action/analyze@{SHA}", "run: cargo +nightly clippy -- -D warnings"),
        "b": job("run: echo bandit", "run: pip install bandit && bandit -r src"),
        "c": job("run: echo semgrep is not run", f"uses: github/codeql-action/init@{SHA}"),
    }
    assert read_workflows(texts).analysers == ("Bandit", "Clippy", "CodeQL")
    assert read_workflows({"c": texts["c"]}).analysers == ()


def test_what_is_offered_to_others_lets_nobody_in():
    root = Path(__file__).parents[4]
    action = (root / "action.yml").read_text("utf-8")
    assert (kinds(action), read_workflows({"action.yml": action}).unread) == ([], 0)
    hooks = yaml_reader.read((root / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [sorted(hook) for hook in hooks] == [
        ["description", "entry", "files", "id", "language", "name", "require_serial"]
    ]
    assert re.search(hooks[0]["files"], "a/requirements-dev.txt")
    assert not re.search(hooks[0]["files"], "a/setup.py")


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "on: push", "jobs: 3", "jobs: {a: 1}", "a: 1\na: 2", "\0"])
def test_what_is_no_workflow_is_not_read_and_says_so(text):
    assert read_workflows({PATH: text}).unread == 1


def test_steps_that_are_repeated_by_name_are_not_read_without_end():
    steps = "\n".join(f"  - run: echo {n}" for n in range(MOST_STEPS // 2))
    jobs = "\n".join(f"  j{n}: {{steps: *s}}" for n in range(3000))
    with_alias = f"x: &s\n{steps}\njobs:\n{jobs}\n"
    assert read_workflows({PATH: with_alias}).unread == 1
    odd = job("run: '" + "${{ " * 100_000 + "'")
    assert within(1, lambda: read_workflows({PATH: odd})).unread == 0


# --- the signal, and the source ---------------------------------------------------------------------------------------


def claim(*texts: str, unread: int = 0, known_by: KnownBy = KnownBy.CONFIRMED) -> WorkflowWeaknesses:
    read = read_workflows({f".github/workflows/{n}.yml": text for n, text in enumerate(texts)}, unread)
    return WorkflowWeaknesses("1.2.3", known_by, "v1.2.3", read.files, read.unread, read.actions, read.found,
                              len(read.found), read.publishers, read.analysers)  # fmt: skip


def test_weaknesses_hold_and_never_oppose():
    ask_about = lambda made: ask("build/workflows_keep_strangers_out", saw(made))  # noqa: E731
    pinned = ask_about(claim(job(f"uses: a/b@{SHA}")))
    assert (pinned.status, pinned.grade) == (Status.SUPPORTS, "pinned")
    movable = ask_about(claim(job("uses: a/b@v1")))
    assert (movable.status, movable.grade) == (Status.SUPPORTS, "")
    held = ask_about(claim(job("uses: a/b@v1"), job(STRANGER, on="pull_request_target")))
    assert (held.reason, "stranger-checkout in 1.yml" in held.because) == (NotObservedReason.INCONCLUSIVE, True)
    assert ask_about(claim(job("run: make"), unread=1)).reason is NotObservedReason.INCOMPLETE
    assert ask_about(replace(claim(job("uses: a/b@v1")), total=200)).reason is NotObservedReason.INCOMPLETE
    assert ask_about(claim(job("run: make"), known_by=KnownBy.DECLARED)).reason is NotObservedReason.DEPENDS


def test_they_are_read_from_the_tree_of_the_tag(tmp_path):
    repository = Repository()
    weak = {PATH: job(STRANGER, on="pull_request_target"), "demo/__init__.py": "x = 1\n"}
    repository.commit("Ann Maker <ann@example.org>", day(0), weak)
    repository.tag("v1.2.3")
    repository.commit("Ann Maker <ann@example.org>", day(9), {PATH: job(f"uses: a/b@{SHA}")})
    path = repository.build(tmp_path / "r")
    about = Subject("pkg:pypi/demo@1.2.3", "pypi", "demo", "1.2.3")
    with serving([]) as index, world(index, tmp_path / "w") as opened:
        opened = replace(opened, repository=str(path), at=datetime.now(UTC) + timedelta(days=1))
        known = collect_claims(about, opened, asked=[git, source])
        (seen,) = known.all(WorkflowWeaknesses)
        assert [one.kind for one in seen.claim.found] == ["stranger-checkout"]
        with pytest.raises(NotFoundError):
            source.observe(about, SubjectEvidence(about), opened)
