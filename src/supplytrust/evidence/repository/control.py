"""How much of the control over a project lies with people who are new to it.

For everybody who wrote in the year before a release, and for the releaser, five shares are added and aged by
tenure; the highest sum is the score:

    U = max_i 2^(-tenure_i / 730 d) * (0.30 c/(n+5) + 0.20 s/(S+5) + 0.25 new_releaser + 0.15 b/(b+3) + 0.10 m/(M+5))

c of n commits, s of S touches of sensitive paths, b opaque binaries added or changed, m of M commits of others
that this one committed. The weights were fixed before they were tried. It measures that control moved to
somebody recent, not why: honest hand-overs score as high as the takeover of xz (PCRE2 .49-.51, xz .33).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from supplytrust.evidence.repository.people import DAY, People, Work
from supplytrust.evidence.repository.tags import Release

HALF_LIFE_DAYS = 730.0
NEW_RELEASER_DAYS = 540
PRIOR_RELEASES = 3
_DAMPING, _BINARY_DAMPING = 5, 3
_COMMITS, _SENSITIVE, _RELEASER, _BINARIES, _LANDED = 0.30, 0.20, 0.25, 0.15, 0.10


@dataclass(frozen=True, slots=True)
class Hold:
    """One person's hold on a project at a moment; `score` is U_i, `room` what unread binaries could add to it."""

    identity: int
    tenure: float
    commits: int
    sensitive: int
    new_releaser: bool
    binaries: int
    landed: int
    score: float
    room: float = 0.0


def is_new_releaser(people: People, releaser: int | None, moment: int, days: int = NEW_RELEASER_DAYS) -> bool | None:
    """At least three releases came before, some more than `days` ago, and none of those by this person.

    None when the releaser is unknown or there are too few releases to compare with.
    """
    prior = people.before(moment)
    old = [r for r in prior if r.at < moment - days * DAY]
    if releaser is None or len(prior) < PRIOR_RELEASES or not old:
        return None
    return all(people.releaser(r) != releaser for r in old)


def holds(
    people: People, window: list[Work], moment: int, releaser: int | None, binaries: Mapping[int, int] | None
) -> list[Hold]:
    """Everybody's hold, strongest first. `binaries` counts opaque ones by author; None: contents were not readable."""
    commits = Counter(w.author for w in window)
    sensitive: Counter[int] = Counter()
    landed: Counter[int] = Counter()
    for one in window:
        sensitive[one.author] += one.sensitive
        if one.committer != one.author and not one.web:
            landed[one.committer] += 1
    totals = (len(window), sum(sensitive.values()), sum(landed.values()))
    new = is_new_releaser(people, releaser, moment) is True
    asked = set(commits) | ({releaser} if releaser is not None else set())
    found = []
    for who in asked:
        opaque = (binaries or {}).get(who, 0)
        parts = (commits[who], sensitive[who], new and who == releaser, opaque, landed[who])
        found.append(_hold(who, people.tenure(who, moment), parts, totals, known=binaries is not None))
    return sorted(found, key=lambda h: (-h.score, h.identity))


def _hold(
    who: int, tenure: float, parts: tuple[int, int, bool, int, int], totals: tuple[int, int, int], *, known: bool
) -> Hold:
    commits, sensitive, new, opaque, landed = parts
    ageing = 2.0 ** (-tenure / HALF_LIFE_DAYS)
    score = ageing * (
        _COMMITS * commits / (totals[0] + _DAMPING)
        + _SENSITIVE * sensitive / (totals[1] + _DAMPING)
        + _RELEASER * new
        + _BINARIES * opaque / (opaque + _BINARY_DAMPING)
        + _LANDED * landed / (totals[2] + _DAMPING)
    )
    room = 0.0 if known else ageing * _BINARIES
    return Hold(who, tenure, commits, sensitive, new, opaque, landed, score, room)


def release_at(people: People, commit: str, name: str) -> Release | None:
    """The release of this commit, by tag name if one fits; None when the commit is no release."""
    fitting = [r for r in people.releases if r.commit.id == commit]
    return next((r for r in fitting if r.name == name), fitting[0] if fitting else None)
