"""A package with a past, and what happened on one day: registry and repository as they looked then.

A `Story` is told in the words of the attack vocabulary (`observables`): each word changes what the index serves
or what the repository holds. All payloads are inert text. Every ecosystem is told as a package of the simulated
index, because what matters is the relation between release, predecessor and repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulators import attested
from simulators.index import File, Index, Project, Release, sdist, serving, wheel
from simulators.repository import Repository, git

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST, PACE = 14, 90  # releases 1.0.0 to 1.14.0, one every ninety days: an established project
PEOPLE = ("Alice Archer", "Bob Baker", "Carol Carver", "Bob Baker", "Alice Archer", "Carol Carver")
Files = dict[str, str | bytes]


@dataclass(frozen=True)
class Story:
    """`observables` say what is odd about the release of `day`; none: a healthy release like those before."""

    id: str
    day: datetime
    observables: frozenset[str] = frozenset()
    with_sdist: bool = True
    generated: bool = False  # a version file that only the artifacts have
    organization: str | None = None
    owners: Sequence[str] | None = ("alice", "bob")
    newcomer: str = ""  # who makes the last commits and the release
    lines: int = 1  # release lines that get a release on the day
    rehearsals: int = 0  # releases of the same kind just before, a quarter of an hour apart
    quiet_days: int = 30  # from the release before
    attested: str = ""  # always | since (the day only) | moved (by another workflow of the project on the day)

    def has(self, *words: str) -> bool:
        """Whether any of the words is part of the story."""
        return bool(self.observables & set(words))

    @property
    def attested_before(self) -> bool:
        """Whether the releases before the day carry attestations."""
        words = ("attestation_valid", "attestation_dropped", "attestation_of_other_bytes", "new_release_signer")
        return self.attested in ("always", "moved") or self.has(*words)


@dataclass
class Told:
    """The world of a story: `bad` is the purl of the release of the day, `before` of the one before it."""

    index: Index
    repository: Path
    config: Path
    before: str
    bad: str
    day: datetime
    turn: object = field(repr=False, default=None)  # calls the day: changes index and repository in place

    def strike(self) -> None:
        """Let the day come."""
        self.turn()  # type: ignore[operator]


def name_of(story: Story) -> str:
    """A name of its own, or one edit away from a popular one."""
    return "requestz" if story.has("name_confusable") else "quietlake"


@contextmanager
def told(story: Story, folder: Path) -> Iterator[Told]:
    """The world on the eve of the day; `strike` brings the day itself."""
    name, past = name_of(story), _past(story)
    before, bad = past[-1][0] if past else "", _version(story, past)
    repo = _repository(story, past)
    path = repo.build(folder / "eve.git")
    honest = [_with_provenance(story, _release(name, version, at, story), path, day=False) for version, at in past]
    eve = Project(name, honest, owners=story.owners, organization=story.organization)
    with serving([eve, *_helpers(story)]) as index:
        world = Told(
            index,
            path,
            attested.configure(folder),
            f"pkg:pypi/{name}@{before}" if before else "",
            f"pkg:pypi/{name}@{bad}",
            story.day,
        )

        def turn() -> None:
            world.repository = _struck(story, repo, past, bad, folder)
            told_today = _projects(story, name, honest, past, bad)
            index.projects = {p.name: _attested_today(story, p, bad, world.repository) for p in told_today}

        world.turn = turn
        yield world


# --- the past --------------------------------------------------------------------------------------


def _past(story: Story) -> list[tuple[str, datetime]]:
    if story.has("package_young"):
        return []
    quiet = timedelta(days=1800 if story.has("dormant_wakeup") else story.quiet_days)
    last = story.day - quiet
    return [(f"1.{n}.0", last - (LAST - n) * PACE * DAY) for n in range(LAST + 1)]


def _version(story: Story, past: list[tuple[str, datetime]]) -> str:
    if not past:
        return "0.1.0"
    if story.has("ref_moved"):
        return past[-1][0]
    return "5.0.0" if story.has("version_jump") else f"1.{LAST}.1"


def _tree(name: str, version: str) -> Files:
    lines = "\n\n".join(f"def step_{n}(value):\n    return value + {n}" for n in range(12))
    return {
        f"{name}/__init__.py": f'"""{name}"""\n__version__ = "{version}"\n',
        f"{name}/core.py": lines + "\n",
        "tests/test_core.py": f"from {name}.core import step_1\n\n\ndef test_step():\n    assert step_1(1) == 2\n",
        "README.md": f"# {name}\n",
        "pyproject.toml": (
            '[build-system]\nrequires = ["flit_core >=3.9,<4"]\nbuild-backend = "flit_core.buildapi"\n'
            f'[project]\nname = "{name}"\ndynamic = ["version", "description"]\n'
        ),
    }


def _artifacts(name: str, version: str, tree: Files, at: datetime, story: Story) -> list[File]:
    extra: Files = {f"{name}/_version.py": f'version = "{version}"\n'} if story.generated else {}
    links = {"Source": f"https://code.example.org/{name}/{name}"}
    requires = ["youngling"] if story.has("new_dependency") and at >= story.day else []
    inside = {p: t for p, t in {**tree, **extra}.items() if p.startswith(f"{name}/") or p.endswith(".pth")}
    files = [wheel(name, version, inside, requires=requires, links=links, at=at)]
    if story.with_sdist:
        files.append(sdist(name, version, {**tree, **extra}, requires=requires, links=links, at=at))
    return files


def _release(name: str, version: str, at: datetime, story: Story) -> Release:
    return Release(version, _artifacts(name, version, _tree(name, version), at, story), at)


def _repository(story: Story, past: list[tuple[str, datetime]]) -> Repository:
    repo, name = Repository(), name_of(story)
    for version, at in past:
        for n, who in enumerate(PEOPLE):
            note = {f"docs/{version}-{n}.md": f"note {n}\n"}
            repo.commit(who, at - (10 - n) * DAY, note, "work", committer=PEOPLE[(n + 1) % 3] if n % 2 == 0 else "")
        repo.commit("Alice Archer", at - HOUR, _tree(name, version), f"release {version}")
        repo.tag(f"v{version}", "Alice Archer", at - HOUR)
    if not past:
        repo.commit("Quentin Quick", story.day - 2 * DAY, {"README.md": f"# {name}\n"}, "start")
    return repo


def _helpers(story: Story) -> list[Project]:
    """A dependency that is two days old on the day, when the story needs one."""
    if not story.has("new_dependency"):
        return []
    return [Project("youngling", [Release("0.1", [wheel("youngling", "0.1")], story.day - 2 * DAY)])]


# --- attestations ----------------------------------------------------------------------------------


def _with_provenance(story: Story, release: Release, repository: Path, *, day: bool) -> Release:
    """The release with an attestation for each file, where the story has one."""
    wanted = (story.attested_before and not story.has("attestation_dropped")) or story.attested == "since"
    if not (wanted if day else story.attested_before):
        return release
    known = git(repository, "tag", "--list", f"v{release.version}").strip()
    commit = git(repository, "rev-parse", f"v{release.version}^{{commit}}" if known else "main").decode().strip()
    given = [
        attested.attest(
            file,
            name_of(story),
            commit,
            release.at - HOUR / 2,
            owner="mallory" if day and story.has("new_release_signer") else "",
            workflow="publish.yml" if day and story.attested == "moved" else "release.yml",
            other_bytes=day and story.has("attestation_of_other_bytes"),
        )
        for file in release.files
    ]
    return Release(release.version, given, release.at)


def _attested_today(story: Story, project: Project, bad: str, repository: Path) -> Project:
    if project.name != name_of(story):
        return project
    releases = [_with_provenance(story, r, repository, day=True) if r.version == bad else r for r in project.releases]
    return replace(project, releases=releases)


# --- the day ---------------------------------------------------------------------------------------


def _payload(story: Story, name: str) -> Files:
    """What the release has besides an honest one. Inert: no line of it does anything."""
    found: Files = {}
    lines = []
    if story.has("exec_at_import"):
        lines.append("import subprocess  # inert: nothing is started\n")
    if story.has("network_new"):
        lines.append('COLLECTOR = "https://collector.invalid/"\n')
    if story.has("obfuscated"):
        lines.append(f'PART = "{"aW5lcnQg" * 400}"\n')
    visible = story.has("binary_blob_new", "new_install_hook")
    if lines or (story.has("artifact_ne_source", "hash_mismatch") and not visible):
        found[f"{name}/extra.py"] = "".join(lines) or 'NOTE = "inert"\n'
    if story.has("new_install_hook"):
        found[f"{name}-init.pth"] = f"import {name}  # inert\n"
        found["setup.py"] = "from setuptools import setup\nprint('inert')\nsetup()\n"
    if story.has("binary_blob_new"):
        found[f"{name}/helper.bin"] = b"\x7fELF\x02\x01\x01" + b"\0" * 57 + b"inert" * 100
    if story.has("size_jump"):
        found[f"{name}/bundle.txt"] = "inert " * 250_000
    return found


def _projects(
    story: Story, name: str, honest: list[Release], past: list[tuple[str, datetime]], bad: str
) -> list[Project]:
    tree = {**_tree(name, bad), **_payload(story, name)}
    if story.has("ref_moved"):
        tree[f"{name}/core.py"] = str(tree[f"{name}/core.py"]) + '\nNOTE = "inert"\n'
    files = _artifacts(name, bad, tree, story.day, story)
    if story.has("hash_mismatch"):
        honest_digest = _artifacts(name, bad, _tree(name, bad), story.day, story)[0].sha256
        files = [File(files[0].name, files[0].data, files[0].at, listed_sha256=honest_digest), *files[1:]]
    earlier = [r for r in honest if r.version != bad]
    burst = _burst(story, name) if story.has("release_burst") else []
    burst += [
        Release(v, _artifacts(name, v, {**_tree(name, v), **_payload(story, name)}, at, story), at)
        for n in range(story.rehearsals, 0, -1)
        for v, at in [(f"1.{LAST}.0.{story.rehearsals - n + 1}", story.day - n * HOUR / 4)]
    ]
    lines = [_release(name, f"1.{LAST - 1 - n}.9", story.day - n * HOUR / 4, story) for n in range(story.lines - 1)]
    changed = story.has("new_publisher", "maintainer_handover", "publisher_contact_changed")
    owners = ("mallory",) if changed else ("alice",) if story.has("single_maintainer") else story.owners
    releases = [*earlier, *lines, *burst, Release(bad, files, story.day)]
    return [Project(name, releases, owners=owners, organization=story.organization), *_helpers(story)]


def _burst(story: Story, name: str) -> list[Release]:
    return [_release(name, f"1.{LAST}.1.dev{n}", story.day - n * HOUR / 2, story) for n in (2, 1)]


def _struck(story: Story, repo: Repository, past: list[tuple[str, datetime]], bad: str, folder: Path) -> Path:
    """The repository on the day: the release's own commits and tag, as far as the story has them."""
    name = name_of(story)
    if not past:
        return repo.build(folder / "day.git")
    who = story.newcomer or ("Nora Newcomer" if story.has("newcomer_dominates") else "Alice Archer")
    if who != "Alice Archer":
        for n in range(14):
            lander = "Bob Baker" if story.newcomer else ""
            repo.commit(who, story.day - (15 - n) * DAY, {f"docs/n{n}.md": "n\n"}, "work", committer=lander)
    for n in range(1, story.lines):
        repo.tag(f"v1.{LAST - n}.9", "Alice Archer", story.day - HOUR)
    tree: Mapping[str, str | bytes] = _tree(name, bad)
    if not story.has("artifact_ne_source"):
        tree = {**tree, **_payload(story, name)}
    if story.has("tag_not_on_branch", "ref_moved"):
        return _orphaned(
            story, repo, bad, {**tree, f"{name}/core.py": str(tree[f"{name}/core.py"]) + '\nNOTE = "inert"\n'}, folder
        )
    repo.commit(who, story.day - HOUR, dict(tree), f"release {bad}")
    if not story.has("no_matching_tag"):
        repo.tag(f"v{bad}", who, story.day - HOUR)
    return repo.build(folder / "day.git")


def _orphaned(story: Story, repo: Repository, bad: str, tree: Mapping[str, str | bytes], folder: Path) -> Path:
    """The tag points to a commit that no branch contains."""
    repo.commit("Alice Archer", story.day - HOUR, dict(tree), "work", branch="aside", start="main")
    path = repo.build(folder / "day.git")
    git(path, "update-ref", f"refs/tags/v{bad}", "refs/heads/aside")
    git(path, "update-ref", "-d", "refs/heads/aside")
    return path


def dated(text: str) -> datetime:
    """Noon of an ISO date, UTC."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)
