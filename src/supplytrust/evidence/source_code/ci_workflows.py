"""Weaknesses of CI workflows (GitHub Actions and what took its form over): who besides its people can steer a run.

Read as YAML; nothing is run. Kinds of weakness:

    unpinned-action      a foreign action or workflow by a tag or branch, which its owner can move
    unpinned-image       a container by a tag, which its owner can move
    text-injection       text of strangers (a title, a branch name, a message) is written into a command
    stranger-checkout    a run that has the project's rights takes in the code of a stranger's change
    stranger-secrets     ... and has its secrets
    own-machine          strangers' changes run on a machine of the project
    write-all            the run's token may write everything
    secrets-inherited    a foreign workflow is handed all secrets
    unsafe-commands      output of programs may set the environment (switched off by default since 2020)

References: GitHub, "Security hardening for GitHub Actions"; GitHub Security Lab, "Keeping your GitHub Actions and
workflows secure", parts 1 to 4; OpenSSF Scorecard, Dangerous-Workflow, Pinned-Dependencies, Token-Permissions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from supplytrust.formats import yaml_reader
from supplytrust.formats.yaml_reader import Value
from supplytrust.model.claims.code import WorkflowWeakness

MOST_READ, LARGEST = 300, 512 * 1024
MOST_STEPS = 5000  # of one file; aliases can name the same steps again and again
_PATH = re.compile(r"\.(?:github|gitea|forgejo)/(?:workflows/[^/]+|actions/(?:[^/]+/){1,6}action)\.ya?ml")
_PINNED = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REVIEWS = ("pull_request_review", "pull_request_review_comment")
_ITEMS = ("issues", "issue_comment", "discussion", "discussion_comment")
_BY_STRANGERS = frozenset({"pull_request_target", "workflow_run", "watch", "fork", *_REVIEWS, *_ITEMS})
_WITH_RIGHTS = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
_EVENT = r"github\s*\.\s*event\s*\.\s*"
_TEXTS = re.compile(
    rf"{_EVENT}(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label|repo\.default_branch))"
    r"|(?:comment|review|review_comment)\.body|discussion\.(?:title|body)|pages\b|commits\b"
    r"|head_commit\.(?:message|author|committer)|workflow_run\.(?:head_branch|display_title"
    r"|head_commit\.(?:message|author)|pull_requests|head_repository\.description)|changes\b)|github\s*\.\s*head_ref\b|tojson\(\s*github(?:\s*\.\s*event)?\s*\)",
    re.IGNORECASE,
)
_TRUTH = re.compile(r"\s*!?\s*(?:contains|startsWith|endsWith)\s*\(|[^=!<>]*[=!<>]=", re.IGNORECASE)
_BRACKETS = re.compile(r"\[\s*'([\w-]+)'\s*\]")
_HEADS = re.compile(
    r"github\s*\.\s*(?:head_ref|event\s*\.\s*(?:pull_request\s*\.\s*(?:head|number|merge_commit_sha)|number"
    r"|workflow_run\s*\.\s*head|issue\s*\.\s*number))|refs/pull/",
    re.IGNORECASE,
)
_FETCHES = re.compile(
    r"\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull|checkout)\b[^\n]{0,300}(?:pull/|head_ref|HEAD_REF)"
)
_SECRET = re.compile(r"\bsecrets\s*\.\s*(?!github_token\b)\w+", re.IGNORECASE)
_ANALYSERS = tuple(
    (name, re.compile(rule, re.MULTILINE))
    for name, rule in (
        ("CodeQL", r"^github/codeql-action/analyze\b"),
        ("Semgrep", r"^(?:semgrep|returntocorp)/|\bsemgrep\s+(?:ci|scan)\b"),
        ("Bandit", r"^(?:PyCQA|mdegis)/bandit|(?:^|[\s;&|])bandit\s+-"),
        ("SonarQube", r"^[Ss]onar[Ss]ource/"),
        ("Coverity", r"\bcov-build\b|^vapier/coverity-scan-action"),
        ("Clippy", r"(?:^|[\s;&|])\w+\s+(?:\+\S+\s+)?clippy\b"),
        ("zizmor", r"^(?:zizmorcore|woodruffw)/zizmor|(?:^|[\s;&|])(?:uvx\s+|pipx run\s+)?zizmor\s"),
        ("clang-tidy", r"(?:^|[\s;&|])(?:run-)?clang-tidy\b"),
    )
)
_PUBLISHES = frozenset({"contents", "packages", "id-token", "attestations", "deployments", "pages"})


@dataclass(frozen=True, slots=True)
class WorkflowReading:
    """What the workflows of a tree show.

    `actions` are uses of foreign code, `publishers` files that may release, `analysers` programs that look for
    faults in the source without running it, by name.
    """

    files: int
    unread: int
    actions: int
    found: tuple[WorkflowWeakness, ...]
    publishers: tuple[str, ...]
    analysers: tuple[str, ...]


def candidates(paths: Iterable[str]) -> tuple[str, ...]:
    """The files that are workflows, or actions that the tree brings itself."""
    return tuple(sorted(path for path in paths if _PATH.fullmatch(path)))


def read_workflows(texts: Mapping[str, str], unread: int = 0) -> WorkflowReading:
    """All weaknesses, in order of paths; a file that is no YAML of this form counts as unread."""
    found: list[WorkflowWeakness] = []
    publishers: list[str] = []
    analysers: set[str] = set()
    actions = 0
    for path, text in sorted(texts.items()):
        try:
            document = yaml_reader.read(text)
        except ValueError:
            document = ""
        workflow = _Workflow(path, document if isinstance(document, dict) else {})
        if not 0 < workflow.steps <= MOST_STEPS:
            unread += 1
            continue
        found += list(workflow.weaknesses())
        actions += workflow.actions
        publishers += [path] if workflow.may_publish() else []
        analysers |= workflow.analysers()
    return WorkflowReading(
        len(texts), unread, actions, tuple(dict.fromkeys(found)), tuple(publishers), tuple(sorted(analysers))
    )


class _Workflow:
    """One file: its triggers, its jobs, and what is odd about them. `steps` counts jobs and steps, repeated too."""

    def __init__(self, path: str, document: dict[str, Value]) -> None:
        self.path, self.document = path, document
        self.actions = 0
        jobs = [*_mapping(document.get("jobs")).values(), document.get("runs")]
        self.steps = sum(1 + len(_list(_mapping(job).get("steps"))) for job in jobs if isinstance(job, dict))
        self.triggers = frozenset(_names(document.get("on")))
        self.jobs = {name: job for name, job in _mapping(document.get("jobs")).items() if isinstance(job, dict)}
        runs = _mapping(document.get("runs"))
        if runs:
            self.jobs["runs"] = runs

    def may_publish(self) -> bool:
        """Whether a run of it is given rights to write what others download, or is started by a release."""
        granted = [self.document.get("permissions"), *(job.get("permissions") for job in self.jobs.values())]
        writes = any(_MAY_WRITE & set(_list_rights(one)) for one in granted)
        return writes or "release" in self.triggers

    def analysers(self) -> set[str]:
        """Programs that a step uses or runs to look for faults in the source."""
        steps = [step for job in self.jobs.values() for step in _list(job.get("steps")) if isinstance(step, dict)]
        texts = [f"{step.get('uses') or ''}\n{step.get('run') or ''}" for step in steps]
        return {name for name, rule in _ANALYSERS for text in texts if rule.search(text)}

    def weaknesses(self) -> Iterator[WorkflowWeakness]:
        yield from self._rights("", self.document)
        for name, job in self.jobs.items():
            yield from self._rights(name, job)
            yield from self._machine(name, job)
            yield from self._foreign(name, job)
            steps = [step for step in _list(job.get("steps")) if isinstance(step, dict)]
            for number, step in enumerate(steps, 1):
                place = f"{name}, step {number}"
                yield from self._foreign(place, step)
                yield from self._commands(place, step)
            yield from self._strangers_code(name, job, steps)

    def _note(self, place: str, kind: str, what: str) -> WorkflowWeakness:
        return WorkflowWeakness(self.path, place[:80], kind, " ".join(what.split())[:100])

    def _rights(self, place: str, holder: Mapping[str, Value]) -> Iterator[WorkflowWeakness]:
        if str(holder.get("permissions")).strip().lower() == "write-all":
            yield self._note(place, "write-all", "permissions: write-all")
        environment = _mapping(holder.get("env"))
        if str(environment.get("ACTIONS_ALLOW_UNSECURE_COMMANDS", "")).strip().lower() in ("true", "1"):
            yield self._note(place, "unsafe-commands", "ACTIONS_ALLOW_UNSECURE_COMMANDS")

    def _machine(self, place: str, job: Mapping[str, Value]) -> Iterator[WorkflowWeakness]:
        runner = job.get("runs-on")
        named = _names(runner) if not isinstance(runner, dict) else _names(runner.get("labels"))
        if "self-hosted" in named and self.triggers & {"pull_request", *_BY_STRANGERS}:
            yield self._note(place, "own-machine", f"runs-on {', '.join(named)}")

    def _foreign(self, place: str, holder: Mapping[str, Value]) -> Iterator[WorkflowWeakness]:
        uses = str(holder.get("uses") or "").strip()
        image = holder.get("container")
        images = [str(image.get("image") or "") if isinstance(image, dict) else str(image or "")]
        images += [str(_mapping(one).get("image") or "") for one in _mapping(holder.get("services")).values()]
        images += [str(holder["image"])] if holder.get("using") == "docker" and "image" in holder else []
        if uses.startswith("docker://"):
            images.append(uses.removeprefix("docker://"))
        elif uses and not uses.startswith("./"):
            self.actions += 1
            if not _PINNED.fullmatch(uses.rpartition("@")[2] if "@" in uses else ""):
                yield self._note(place, "unpinned-action", uses)
            if str(holder.get("secrets")).strip() == "inherit":
                yield self._note(place, "secrets-inherited", uses)
        for one in (i.strip() for i in images if i.strip() and not i.startswith(("./", "Dockerfile"))):
            self.actions += 1
            if "@sha256:" not in one:
                yield self._note(place, "unpinned-image", one)

    def _commands(self, place: str, step: Mapping[str, Value]) -> Iterator[WorkflowWeakness]:
        texts = [step.get("run"), _mapping(step.get("with")).get("script")]
        for text in (str(one) for one in texts if one):
            for expression in _expressions(text):
                if _TEXTS.search(_with_dots(expression)) and not _gives_truth(expression):
                    yield self._note(place, "text-injection", expression)
        yield from self._rights(place, step)

    def _strangers_code(
        self, place: str, job: dict[str, Value], steps: list[dict[str, Value]]
    ) -> Iterator[WorkflowWeakness]:
        if not self.triggers & _WITH_RIGHTS:
            return
        taken = [what for step in steps if (what := _takes_heads(step))]
        if taken:
            started = ", ".join(sorted(self.triggers & _WITH_RIGHTS))
            yield self._note(place, "stranger-checkout", f"{started}: {taken[0]}")
            secrets = {
                m.group(0) for text in _texts_in([job, self.document.get("env")]) for m in _SECRET.finditer(text)
            }
            if secrets:
                yield self._note(place, "stranger-secrets", ", ".join(sorted(secrets)))


_MAY_WRITE = frozenset({f"{name}: write" for name in _PUBLISHES} | {"write-all"})


def _expressions(text: str) -> Iterator[str]:
    """What stands between `${{` and `}}`, in one pass."""
    start = text.find("${{")
    while start >= 0:
        end = text.find("}}", start)
        if end < 0:
            return
        yield text[start + 3 : end]
        start = text.find("${{", end)


def _gives_truth(expression: str) -> bool:
    """Whether it is true or false only, whatever a stranger wrote; `a == b && text || other` is not."""
    return "&&" not in expression and "||" not in expression and _TRUTH.match(expression) is not None


def _list_rights(permissions: Value | None) -> list[str]:
    if isinstance(permissions, dict):
        return [f"{name}: {str(right).strip()}" for name, right in permissions.items()]
    return [str(permissions).strip().lower()] if permissions else []


def _takes_heads(step: Mapping[str, Value]) -> str:
    """What a step takes in of a stranger's change; '' for nothing."""
    uses, given = str(step.get("uses") or ""), _mapping(step.get("with"))
    if "checkout" in uses.partition("@")[0].lower():
        asked = [str(given.get(name) or "") for name in ("ref", "repository")]
        return next((one for one in asked if _HEADS.search(_with_dots(one))), "")
    match = _FETCHES.search(str(step.get("run") or ""))
    return match.group(0) if match else ""


def _with_dots(expression: str) -> str:
    """`github['event']['issue']` as `github.event.issue`."""
    return _BRACKETS.sub(r".\1", expression.replace('"', "'"))


def _texts_in(values: Iterable[Value | None]) -> Iterator[str]:
    waiting: list[Value] = [one for one in values if one is not None]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif id(one) not in seen:  # aliases name the same value again
            seen.add(id(one))
            waiting += list(one.values()) if isinstance(one, dict) else one


def _mapping(value: Value | None) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def _list(value: Value | None) -> list[Value]:
    return value if isinstance(value, list) else []


def _names(value: Value | None) -> list[str]:
    """The words of a text, a list or a mapping's keys."""
    if isinstance(value, str):
        return [value.strip()]
    return [str(one).strip() for one in value or () if isinstance(one, str)]
