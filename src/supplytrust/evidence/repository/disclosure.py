"""The disclosure policy in a repository: the one the judged release carries, and what the main branch promises now."""

from __future__ import annotations

from datetime import UTC, datetime

from supplytrust.evidence.repository import read_log, response, security_policy
from supplytrust.evidence.repository.artifact_diff import Tree
from supplytrust.evidence.repository.people import People
from supplytrust.evidence.repository.sensitive_paths import is_policy
from supplytrust.io.git import log
from supplytrust.io.git.process import View
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.disclosure import DisclosurePromises
from supplytrust.model.claims.history import DisclosurePolicy
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.version_scheme import OrderedVersion

OFFERS: tuple[type[Claim], ...] = (DisclosurePolicy, DisclosurePromises)
LONGEST = 2**16
MOST = 8


def claims(
    view: View, people: People, tip: str, moment: int, at: datetime, known_by: KnownBy, version: OrderedVersion | None
) -> list[Claim]:
    """The policy of the tree at `tip` (the release, at `moment`), and the text of the main branch at `at`, if any."""
    made: list[Claim] = []
    if tip:
        tree, texts = _read(view, tip)
        made.append(response.policy(people, tree, texts, moment, known_by))
    now = log.main_tip(people.log, int(at.timestamp()))
    if now:
        made += _promises(view, people, now, known_by, version)
    return made


def _read(view: View, commit: str) -> tuple[Tree, dict[str, bytes]]:
    tree = read_log.tree(view, commit)
    ids = [tree.leaves[path].id for path in tree.leaves if is_policy(path)]
    return tree, read_log.contents(view, ids[:MOST], LONGEST)


def _promises(
    view: View, people: People, commit: str, known_by: KnownBy, version: OrderedVersion | None
) -> list[Claim]:
    """What the longest readable policy text says; several are told from each other by their paths."""
    tree, texts = _read(view, commit)
    said = {path: texts[leaf.id] for path, leaf in tree.leaves.items() if is_policy(path) and leaf.id in texts}
    if not said:
        return []
    path = max(said, key=lambda p: (len(said[p]), p))
    as_of = datetime.fromtimestamp(people.log.by_id[commit].committed, UTC)
    text = said[path].decode("utf-8", "replace")
    return [security_policy.claim(text, known_by, path, version, as_of)]
