"""People of a log at work: who is who, who wrote, committed and released, since when.

Joined are: equal addresses; the numbered and plain form of a forge's hidden address (`12+login@users.noreply.…`
and `login@…`); a full name (two words, seven characters) with all its addresses; a one-word name that looks like
a login with that login's hidden address. A borrowed name therefore inherits its owner's past: merged names are
shown as evidence, and no tenure is ever proof.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.evidence.repository.file_kinds import is_sensitive
from supplytrust.evidence.repository.history import is_web
from supplytrust.evidence.repository.tags import Release, releases
from supplytrust.io.git.objects import Commit, Log, Person
from supplytrust.model.claims.release import HORIZON
from supplytrust.model.versions import VersionScheme

_HIDDEN = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.[a-z0-9.-]+$")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9_.-]{3,}$")
_BOT = re.compile(
    r"\[bot\]|dependabot|renovate|github-actions|greenkeeper|pyup|-bot\b|\bbors\b|\bhomu\b|copybara|weblate|snyk|imgbot"
    r"|allcontributors|mergify|codecov|autofix|pre-commit-ci",
    re.IGNORECASE,
)
_NOBODY = frozenset({"", "none", "unknown", "root@localhost", "(no author)"})


@functools.lru_cache(maxsize=65_536)
def is_bot(person: Person) -> bool:
    """An automatic account by its name or address."""
    return _BOT.search(person.name) is not None or _BOT.search(person.email) is not None


class Identities:
    """Maps every person of a log to a number; `names(i)` shows what was merged into it."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._parent: list[int] = []
        self._node: dict[str, int] = {}
        self._of: dict[Person, int] = {}
        self._seen: Counter[Person] = Counter(people)
        for person in self._seen:
            self._of[person] = self._join(person)
        self._names: dict[int, Counter[Person]] = {}
        for person, count in self._seen.items():
            self._names.setdefault(self.of(person), Counter())[person] += count

    def of(self, person: Person) -> int:
        """The identity of a person of this log; KeyError for a stranger."""
        return self._root(self._of[person])

    def find(self, person: Person) -> int | None:
        """The identity of a person, None for a stranger."""
        return self.of(person) if person in self._of else None

    def name(self, identity: int) -> str:
        """Its most frequent name."""
        names: Counter[str] = Counter()
        for person, count in self._names[identity].items():
            names[person.name] += count
        return min(names, key=lambda n: (-names[n], n))

    def names(self, identity: int) -> tuple[Person, ...]:
        """Everything merged into it, most frequent first."""
        found = self._names[identity]
        return tuple(sorted(found, key=lambda p: (-found[p], p)))

    def _join(self, person: Person) -> int:
        keys = list(_keys(person))
        nodes = [self._number(key) for key in keys]
        for node in nodes[1:]:
            one, other = self._root(nodes[0]), self._root(node)
            self._parent[max(one, other)] = min(one, other)
        return nodes[0]

    def _number(self, key: str) -> int:
        if key not in self._node:
            self._node[key] = len(self._parent)
            self._parent.append(len(self._parent))
        return self._node[key]

    def _root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node


def _keys(person: Person) -> Iterable[str]:
    email, name = person.email.strip().lower(), " ".join(person.name.split()).casefold()
    hidden = _HIDDEN.match(email)
    if hidden:
        yield f"login:{hidden.group(1)}"
    elif email not in _NOBODY:
        yield f"mail:{email}"
    if is_web(person):
        return
    if " " in name and len(name) >= 7:
        yield f"name:{name}"
    elif _HANDLE.match(name):
        yield f"login:{name}"
    elif hidden or email not in _NOBODY:
        return
    else:
        yield f"word:{name}"


def identities_of(log: Log) -> Identities:
    """Identities over authors, committers and taggers."""
    return Identities(
        person
        for group in (
            (c.author for c in log.commits),
            (c.committer for c in log.commits),
            (t.tagger for t in log.tags if t.tagger is not None),
        )
        for person in group
    )


# A log seen as people at work: who wrote, committed, released, since when, in which span of time.
#
# Bots and merges do not count as work. Times: a commit falls into a span by its committer time; somebody is here
# since the earlier of author and committer time of the first commit. Both are written by the judged project
# itself, so a long tenure can be faked and a short one cannot.

DAY = 86_400
WINDOW_DAYS = 365
NEWCOMER_DAYS = 3 * 365


@dataclass(frozen=True, slots=True)
class Work:
    """One commit that counts: its author's and committer's identity and its touches of sensitive paths."""

    commit: Commit
    author: int
    committer: int
    web: bool
    sensitive: int

    @property
    def at(self) -> int:
        """Committer time, seconds since 1970."""
        return self.commit.committed


class People:
    """All of a log's work, oldest first, with everybody's first appearance. Built once, asked for any moment."""

    def __init__(self, log: Log, scheme: VersionScheme) -> None:
        self.log = log
        self.identities: Identities = identities_of(log)
        self.since: dict[int, int] = {}
        self.work: list[Work] = []
        for commit in log.commits:
            if not is_bot(commit.author):
                self._count(commit)
        self.work.sort(key=lambda w: (w.commit.committed, w.commit.id))
        self._times = [w.commit.committed for w in self.work]
        self.by_author: dict[int, list[Work]] = {}
        for one in self.work:
            self.by_author.setdefault(one.author, []).append(one)
        self.releases: tuple[Release, ...] = releases(log, scheme)
        self._released = [r.at for r in self.releases]

    def _count(self, commit: Commit) -> None:
        author, committer = self.identities.of(commit.author), self.identities.of(commit.committer)
        self.since[author] = min(self.since.get(author, commit.since), commit.since)
        if not is_web(commit.committer):
            self.since[committer] = min(self.since.get(committer, commit.committed), commit.committed)
        if not commit.merge:
            sensitive = sum(is_sensitive(t.path) for t in commit.touches)
            self.work.append(Work(commit, author, committer, is_web(commit.committer), sensitive))

    def span(self, start: int, end: int) -> list[Work]:
        """Work with start < committer time <= end."""
        return self.work[bisect_right(self._times, start) : bisect_right(self._times, end)]

    def window(self, moment: int) -> list[Work]:
        """The year of work before a moment."""
        return self.span(moment - WINDOW_DAYS * DAY, moment)

    def tenure(self, identity: int, moment: int) -> float:
        """Days since somebody's first commit here; 0 for one without any."""
        return max(0.0, (moment - self.since.get(identity, moment)) / DAY)

    def releaser(self, release: Release) -> int | None:
        """Tagger, else committer; None when a web interface or a bot stands in for somebody."""
        person = release.tag.tagger if release.tag is not None and release.tag.tagger else release.commit.committer
        if is_web(person) or is_bot(person):
            return None
        return self.identities.of(person)

    def before(self, moment: int) -> list[Release]:
        """Releases that had been there for a while (`HORIZON`) at a moment: the last ones may be one stranger's."""
        return list(self.releases[: bisect_left(self._released, moment - int(HORIZON.total_seconds()))])


def shares(work: Iterable[Work]) -> Counter[int]:
    """Commits by author."""
    return Counter(w.author for w in work)


def absence_factor(work: Iterable[Work]) -> int:
    """The fewest people who wrote half of the commits; 0 when there is no work. Says impact, not doubt."""
    counts = sorted(shares(work).values(), reverse=True)
    half, reached = sum(counts) / 2, 0
    for number, count in enumerate(counts, 1):
        reached += count
        if reached >= half:
            return number
    return 0
