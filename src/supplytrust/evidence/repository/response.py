"""How a project answers, as far as its repository shows: fixes and their releases, older lines, disclosure policies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from supplytrust.evidence.repository import history, security_policy
from supplytrust.evidence.repository.file_kinds import is_policy
from supplytrust.evidence.repository.history import Tree, first_containing
from supplytrust.evidence.repository.people import DAY, People
from supplytrust.evidence.repository.tags import Release, moment_of
from supplytrust.io.git import log
from supplytrust.io.git.process import View
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.history import (
    DisclosurePolicy,
    DisclosurePromises,
    FixHistory,
    FixRelease,
    MaintainedLines,
    PolicyChange,
    ReleaseLine,
)
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.versions import OrderedVersion

YEARS, MAX_FIXES = 5, 40
_LINE_BRANCH = re.compile(r"\d+\.(?:\d+|x)|stable|maint|backport|lts", re.IGNORECASE)
_PRIVATE = re.compile(
    rb"private|confidential|security@|report a vulnerability|security/advisories|hackerone|bugcrowd|tidelift|pgp"
    rb"|encrypt"
    rb"|[\w.+-]@[\w-]{1,64}\.[\w.]|do not (?:open|file|report).{0,40}(?:issue|public)",
    re.IGNORECASE,
)
_SUPPORTED = re.compile(rb"supported versions?", re.IGNORECASE)


def fixes(people: People, moment: int, known_by: KnownBy) -> FixHistory:
    """Commits that name an advisory, with the first release after them that contains them."""
    log = people.log
    start = moment - YEARS * 365 * DAY
    named = [log.by_id[i] for i, e in log.extras.items() if e.advisories and start < log.by_id[i].committed <= moment]
    oldest = min((c.committed for c in named), default=moment)
    made = [r for r in people.releases if r.tag is not None and oldest <= r.at <= moment]
    first = first_containing(log.by_id, [r.commit.id for r in made], oldest)
    by_commit: dict[str, Release] = {}
    for release in made:
        by_commit.setdefault(release.commit.id, release)
    found = []
    for commit in sorted(named, key=lambda c: (-c.committed, c.id)):
        names = log.extras[commit.id].advisories
        fixed = by_commit.get(first.get(commit.id, ""))
        days = max(0.0, (fixed.at - commit.committed) / DAY) if fixed is not None else None
        told = fixed.name if fixed is not None else ""
        found.append(FixRelease(commit.id, names, moment_of(commit.committed), told, days))
    return FixHistory(known_by, YEARS, tuple(found[:MAX_FIXES]))


def lines(people: People, moment: int, known_by: KnownBy) -> MaintainedLines:
    """Release lines (major.minor), those that got a release after a higher one had started, and live branches."""
    finals = [r for r in people.releases if r.at <= moment and not r.version.is_prerelease and r.tag is not None]
    newest: dict[tuple[int, int], Release] = {}
    highest, behind = None, []
    for release in finals:
        major, minor, *_ = (*release.version.release, 0, 0)
        key = (major, minor)
        if key not in newest or newest[key].version <= release.version:
            newest[key] = release
        if highest is not None and key < highest and release.at > moment - 2 * 365 * DAY:
            behind.append(release.name)
        highest = key if highest is None else max(highest, key)
    ordered = sorted(newest.items(), reverse=True)[:6]
    told = tuple(ReleaseLine(f"{major}.{minor}", r.name, moment_of(r.at)) for (major, minor), r in ordered)
    return MaintainedLines(known_by, told, tuple(dict.fromkeys(behind))[-8:], _live(people, moment))


def _live(people: People, moment: int) -> tuple[str, ...]:
    log = people.log
    recent = [
        name
        for name, tip in log.branches
        if _LINE_BRANCH.search(name) and moment - 365 * DAY < log.by_id[tip].committed <= moment
    ]
    return tuple(sorted(recent)[:8])


def policy(
    people: People, tree: Tree, contents: Mapping[str, bytes], moment: int, known_by: KnownBy
) -> DisclosurePolicy:
    """The policy text in a released tree and who changed it since the release before."""
    paths = tuple(sorted(p for p in tree.leaves if is_policy(p)))[:8]
    texts = [contents[tree.leaves[p].id] for p in paths if tree.leaves[p].id in contents]
    readable = bool(texts) and len(texts) == len(paths)
    prior = people.before(moment)
    changes = [
        PolicyChange(
            one.commit.id,
            people.identities.name(one.author),
            int(people.tenure(one.author, one.at)),
            moment_of(one.at),
            removed=any(t.status == "D" and is_policy(t.path) for t in one.commit.touches),
        )
        for one in (people.span(prior[-1].at, moment) if prior else [])
        if any(is_policy(t.path) for t in one.commit.touches)
    ]
    return DisclosurePolicy(
        known_by,
        "present" if paths else "absent-in-tree",
        paths,
        any(_PRIVATE.search(t) for t in texts) if readable else None,
        any(_SUPPORTED.search(t) for t in texts) if readable else None,
        tuple(changes[-8:]),
    )


# The disclosure policy in a repository: the one the judged release carries, and what the main branch promises now.

OFFERS: tuple[type[Claim], ...] = (DisclosurePolicy, DisclosurePromises)
LONGEST_POLICY = 2**16
MOST_POLICIES = 8


def policy_claims(
    view: View, people: People, tip: str, moment: int, at: datetime, known_by: KnownBy, version: OrderedVersion | None
) -> list[Claim]:
    """The policy of the tree at `tip` (the release, at `moment`), and the text of the main branch at `at`, if any."""
    made: list[Claim] = []
    if tip:
        tree, texts = _read_policies(view, tip)
        made.append(policy(people, tree, texts, moment, known_by))
    now = log.main_tip(people.log, int(at.timestamp()))
    if now:
        made += _promises(view, people, now, known_by, version)
    return made


def _read_policies(view: View, commit: str) -> tuple[Tree, dict[str, bytes]]:
    tree = history.tree_of(view, commit)
    ids = [tree.leaves[path].id for path in tree.leaves if is_policy(path)]
    return tree, history.contents_of(view, ids[:MOST_POLICIES], LONGEST_POLICY)


def _promises(
    view: View, people: People, commit: str, known_by: KnownBy, version: OrderedVersion | None
) -> list[Claim]:
    """What the longest readable policy text says; several are told from each other by their paths."""
    tree, texts = _read_policies(view, commit)
    said = {path: texts[leaf.id] for path, leaf in tree.leaves.items() if is_policy(path) and leaf.id in texts}
    if not said:
        return []
    path = max(said, key=lambda p: (len(said[p]), p))
    as_of = datetime.fromtimestamp(people.log.by_id[commit].committed, UTC)
    text = said[path].decode("utf-8", "replace")
    return [security_policy.claim(text, known_by, path, version, as_of)]
