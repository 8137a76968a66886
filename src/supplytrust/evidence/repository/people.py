"""A log seen as people at work: who wrote, committed, released, since when, in which span of time.

Bots and merges do not count as work. Times: a commit falls into a span by its committer time; somebody is here
since the earlier of author and committer time of the first commit. Both are written by the judged project
itself, so a long tenure can be faked and a short one cannot.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.evidence.repository.identities import Identities, is_bot, is_web, of_log
from supplytrust.evidence.repository.sensitive_paths import is_sensitive
from supplytrust.evidence.repository.tags import Release, releases
from supplytrust.io.git.objects import Commit, Log
from supplytrust.model.claims.release import HORIZON
from supplytrust.model.version_scheme import VersionScheme

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
        self.identities: Identities = of_log(log)
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
