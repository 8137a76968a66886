"""Which tag is which version: prefixes and spellings taken off, then compared as versions (PEP 440).

Seen in the wild: `1.2`, `v1.2`, `v.1.2`, `jq-1.6`, `pcre2-10.42`, `R_2_5_0`, `tokio-1.0`, `debian/1.2-1`,
`2025.10.05` for 2025.10.5. Several tags of one version that name different commits leave the answer open.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from supplytrust.history.commits import Commit, Log, Tag
from supplytrust.model.naming import normal_name

_VERSION_MARK = re.compile(r"^[vVrR]?[-_.]?(?=\d)")
_REVISED = re.compile(r"[\d.]+-\d+$")  # a packager's revision, or the end of a name: `debian/1.2-1`, `pcre2-10`
_DOTTED = re.compile(r"\d\.\d")
_WHOLE = re.compile(r"^(?:release |bump (?:version )?(?:to )?|version )?v?(\d+\.\d+(?:\.\d+)*)$", re.IGNORECASE)


@functools.lru_cache(maxsize=65_536)
def as_version(text: str) -> Version | None:
    """A version, or None when the text is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


@functools.lru_cache(maxsize=65_536)
def split(tag: str) -> tuple[str, Version] | None:
    """(prefix, version) of a tag's name; None when it names no version."""
    for cut in _cuts(tag):
        rest = _VERSION_MARK.sub("", tag[cut:])
        if cut and (_REVISED.match(rest) or _DOTTED.search(tag[:cut])):
            continue
        for spelling in (rest, rest.replace("_", ".")):
            version = as_version(spelling)
            if version is not None:
                return tag[:cut].rstrip("-_/@."), version
    return None


def _cuts(tag: str) -> Iterable[int]:
    yield 0
    for found in re.finditer(r"(?<![\d.])(?=[vVrR]?[-_.]?\d)", tag):
        if found.start() > 0:
            yield found.start()


@dataclass(frozen=True, slots=True)
class Match:
    """The tag of a version. `state`: found, absent, ambiguous (then `names` lists the candidates)."""

    state: str
    tag: Tag | None = None
    names: tuple[str, ...] = ()


def match(tags: Iterable[Tag], version: str, project: str) -> Match:
    """The one tag of a version of a project: its own prefix first, then none, then any other."""
    wanted = as_version(version)
    ranked: dict[int, list[Tag]] = {}
    for tag in tags:
        parts = split(tag.name)
        if tag.name == version or (parts is not None and parts[1] == wanted):
            ranked.setdefault(_rank(parts[0] if parts else "", project), []).append(tag)
    if not ranked:
        return Match("absent")
    best = ranked[min(ranked)]
    if len({t.commit for t in best}) > 1:
        return Match("ambiguous", None, tuple(sorted(t.name for t in best))[:8])
    return Match("found", min(best, key=lambda t: (t.tagger is None, t.name)), (best[0].name,))


def _rank(prefix: str, project: str) -> int:
    if prefix and normal_name(prefix) == normal_name(project):
        return 0
    return 1 if prefix.lower() in ("", "release", "version", "ver", "rel") else 2


@dataclass(frozen=True, slots=True)
class Release:
    """A release as the repository shows it: a version-like tag, or an untagged commit that says it is one."""

    name: str
    version: Version
    commit: Commit
    at: int
    tag: Tag | None


def releases(log: Log) -> tuple[Release, ...]:
    """All releases, oldest first. Tags without a version, and tags of unknown commits, are none."""
    found, tagged = [], set()
    for tag in log.tags:
        parts, commit = split(tag.name), log.by_id.get(tag.commit)
        if parts is not None and commit is not None:
            at = tag.at if tag.tagger is not None else commit.committed
            found.append(Release(tag.name, parts[1], commit, at, tag))
            tagged.add(commit.id)
    for commit in log.commits:
        said = None if commit.merge or commit.id in tagged else _WHOLE.match(commit.subject)
        version = as_version(said.group(1)) if said else None
        if version is not None:
            found.append(Release(commit.subject[:80], version, commit, commit.committed, None))
    return tuple(sorted(found, key=lambda r: (r.at, r.version, r.name)))
