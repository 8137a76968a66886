"""Which names and addresses of a log are one person. Everything here is what people wrote about themselves.

Joined are: equal addresses; the numbered and plain form of a forge's hidden address (`12+login@users.noreply.…`
and `login@…`); a full name (two words, seven characters) with all its addresses; a one-word name that looks like
a login with that login's hidden address. A borrowed name therefore inherits its owner's past: merged names are
shown as evidence, and no tenure is ever proof.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable

from supplytrust.io.git.objects import Log, Person

_HIDDEN = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.[a-z0-9.-]+$")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9_.-]{3,}$")
_BOT = re.compile(
    r"\[bot\]|dependabot|renovate|github-actions|greenkeeper|pyup|-bot\b|\bbors\b|\bhomu\b|copybara|weblate|snyk|imgbot"
    r"|allcontributors|mergify|codecov|autofix|pre-commit-ci",
    re.IGNORECASE,
)
_NOBODY = frozenset({"", "none", "unknown", "root@localhost", "(no author)"})
_WEB = frozenset({"noreply@github.com"})


@functools.lru_cache(maxsize=65_536)
def is_bot(person: Person) -> bool:
    """An automatic account by its name or address."""
    return _BOT.search(person.name) is not None or _BOT.search(person.email) is not None


def is_web(person: Person) -> bool:
    """The forge's own web interface as committer: it says that somebody pressed a button, not who."""
    return person.email.lower() in _WEB


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


def of_log(log: Log) -> Identities:
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
