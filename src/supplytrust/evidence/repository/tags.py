"""Which tag is which release of which package, and what is to say about the tag of one release.

A tag's name is read as `[folder/]*[words][the package's name][words][separator]version[-suffix]`. The words and the
suffixes are closed lists (`v`, `release`, `final` ...). Any other word before the version is somebody else's: in a
repository of several packages `other==1.0` is no tag of `demo` 1.0, however well the number fits. Versions are
compared by the scheme of the package's ecosystem where it reads them, else as text.

Seen in the wild: `1.2`, `v1.2`, `v.1.2`, `rel_2_5_0`, `R_2_5_0`, `jq-1.6`, `pcre2-10.42`, `name==1.2`,
`name@1.2`, `@scope/name@1.2`, `libs/name/v1.2`, `name_1.2`, `release/name-1.2`, `2025.10.05` for 2025.10.5, and in
repositories of several packages the end of a name alone (`pool-3.2` of psycopg-pool, `providers-amazon/9.1.0`).
Several tags of one version that name different commits leave the answer open.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from supplytrust.evidence.repository.history import is_web, reachable
from supplytrust.io.git.objects import Commit, Log, Signature, Tag
from supplytrust.model.claims.release import ReleaseHistory
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag
from supplytrust.model.versions import OrderedVersion, VersionScheme

LONGEST = 200  # characters of a tag's name that is read; longer ones name no release
# Words that say "here comes a version" and nothing about whose it is.
_VERSION_WORDS = ("v", "ver", "vers", "version", "versions", "r", "rel", "release", "releases", "released")
WORDS = frozenset([*_VERSION_WORDS, "t", "tag", "tags", "b", "build", "final", "stable"])
_SUFFIX = re.compile(r"(?<=[0-9a-z])[-_.+]?(?:final|releases?|rel|stable|ga)$", re.IGNORECASE)
_CUT = re.compile(r"(?<!\d)(?<!\d\.)(?=\d)")
_WORD = re.compile(r"[^\W_]+")
_DASHED = re.compile(r"\d+(?:-\d+)+(?![.\d])")
_REVISED = re.compile(r"[\d.]+-\d+$")  # a packager's revision (`debian/1.2-1`), or the end of a name (`pcre2-10`)
_WHOLE = re.compile(r"^(?:release |bump (?:version )?(?:to )?|version )?v?(\d+\.\d+(?:\.\d+)*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take a tag's name apart: what stands before the version, its text, and the versions it can mean."""

    prefix: str
    text: str
    versions: tuple[OrderedVersion, ...]


@functools.lru_cache(maxsize=65_536)
def readings(tag: str, scheme: VersionScheme) -> tuple[Reading, ...]:
    """Every way to read a version at the end of a tag's name, the longest text first."""
    if len(tag) > LONGEST:
        return ()
    cuts = [found.start() for found in _CUT.finditer(tag)]
    return tuple(
        Reading(tag[:cut], text, _versions(text, scheme)) for cut in cuts if (text := _SUFFIX.sub("", tag[cut:]))
    )


def _versions(text: str, scheme: VersionScheme) -> tuple[OrderedVersion, ...]:
    dashed = _DASHED.match(text)
    spellings = [text[: dashed.end()].replace("-", ".") + text[dashed.end() :]] if dashed else []
    made = (scheme.read(spelling) for spelling in (*spellings, text, text.replace("_", ".")))
    return tuple(dict.fromkeys(version for version in made if version is not None))


def version_of(tag: str, scheme: VersionScheme) -> OrderedVersion | None:
    """The version in a tag's name, whosever it is; None when it names none."""
    for reading in readings(tag, scheme):
        revised = _REVISED.match(reading.text) or re.search(r"\d\.\d", reading.prefix)
        if reading.versions and not (revised and set(_words(reading.prefix)[0]) - WORDS):
            return reading.versions[0]
    return None


@dataclass(frozen=True, slots=True)
class Package:
    """What a tag may call a package: by its name, with the repository's owner before it, by its language.

    `versions` says how its versions are read; `languages` are the words that repositories of several languages put
    before a version (`python-v1.0`).
    """

    name: str
    versions: VersionScheme
    owner: str = ""
    languages: frozenset[str] = frozenset()

    def rank(self, reading: Reading) -> int | None:
        """How surely a reading is this package's tag, 0 best; None when its words name somebody else.

        0: the whole name, after any folder; 1: the end of the name (`pool-3.2` of psycopg-pool), or the owner and
        the name without `py`; 2: the language; 3: nothing, or words of the closed list.
        """
        words, starts = _words(reading.prefix)
        glued = bool(words) and reading.prefix[-1].isalnum() and words[-1] not in WORDS
        if glued and _REVISED.match(reading.text):
            return None
        ranks = [self._rank(words, starts)]
        if glued and words[-1][-1] in "vr":
            ranks.append(self._rank((*words[:-1], words[-1][:-1]), starts))
        return min((rank for rank in ranks if rank is not None), default=None)

    def _rank(self, words: tuple[str, ...], starts: frozenset[int]) -> int | None:
        end, candidates = len(words), [words]
        while end and words[end - 1] in WORDS | self.languages:
            end -= 1
            candidates.append(words[:end])
        if any(self._is_whole_name(each, starts) for each in candidates):
            return 0
        if any(self._is_part_of_name(each) for each in candidates):
            return 1
        if end:
            return None
        return 2 if self.languages & set(words) else 3

    def _is_whole_name(self, words: tuple[str, ...], starts: frozenset[int]) -> bool:
        own, _ = _words(self.name)
        before = words[: -len(own)]
        below = len(before) in starts and not WORDS.issuperset(own)  # a package called `v` owns no `libs/v1.0`
        return words[-len(own) :] == own and (below or self._leading(before) in ((), self._owner))

    def _is_part_of_name(self, words: tuple[str, ...]) -> bool:
        own, _ = _words(self.name)
        said = self._leading(words)
        if said and said == own[-len(said) :]:
            return True
        without = (own[0].removeprefix("py"), *own[1:]) if own else own
        return bool(self._owner) and said in {(*self._owner, *own[n:]) for n in range(len(own))} | {
            (*self._owner, *without)
        }

    def _leading(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The words after those that say nothing."""
        free = WORDS | self.languages
        return next((words[n:] for n, word in enumerate(words) if word not in free), ())

    @property
    def _owner(self) -> tuple[str, ...]:
        return _words(self.owner)[0]


def _words(text: str) -> tuple[tuple[str, ...], frozenset[int]]:
    """The words of a text in lower case, and at which of them a folder begins."""
    words: list[str] = []
    starts = set()
    for folder in text.lower().split("/"):
        starts.add(len(words))
        words += _WORD.findall(folder)
    return tuple(words), frozenset(starts)


@dataclass(frozen=True, slots=True)
class Match:
    """The tag of a version. `state`: found, absent, ambiguous.

    `names` lists the candidates; of an absent tag, those of the same version that name somebody else.
    """

    state: str
    tag: Tag | None = None
    names: tuple[str, ...] = ()


def match(tags: Iterable[Tag], version: str, package: Package) -> Match:
    """The one tag of a version of a package, among those that name it best."""
    wanted = package.versions.read(version)
    ranked: dict[int, list[Tag]] = {}
    foreign = []
    for tag in tags:
        fitting = [r for r in readings(tag.name, package.versions) if wanted in r.versions or r.text == version]
        rank = min((n for r in fitting if (n := package.rank(r)) is not None), default=None)
        if rank is not None:
            ranked.setdefault(rank, []).append(tag)
        elif fitting and version_of(tag.name, package.versions) == wanted:
            foreign.append(tag.name)
    if not ranked:
        return Match("absent", None, tuple(sorted(foreign))[:8])
    best = ranked[min(ranked)]
    if len({t.commit for t in best}) > 1:
        return Match("ambiguous", None, tuple(sorted(t.name for t in best))[:8])
    return Match("found", min(best, key=lambda t: (t.tagger is None, t.name)), (best[0].name,))


@dataclass(frozen=True, slots=True)
class Release:
    """A release as the repository shows it: a version-like tag, or an untagged commit that says it is one."""

    name: str
    version: OrderedVersion
    commit: Commit
    at: int
    tag: Tag | None


def releases(log: Log, scheme: VersionScheme) -> tuple[Release, ...]:
    """All releases, oldest first. Tags without a version, and tags of unknown commits, are none."""
    found, tagged = [], set()
    for tag in log.tags:
        version, commit = version_of(tag.name, scheme), log.by_id.get(tag.commit)
        if version is not None and commit is not None:
            at = tag.at if tag.tagger is not None else commit.committed
            found.append(Release(tag.name, version, commit, at, tag))
            tagged.add(commit.id)
    for commit in log.commits:
        said = None if commit.merge or commit.id in tagged else _WHOLE.match(commit.subject)
        version = scheme.read(said.group(1)) if said else None
        if version is not None:
            found.append(Release(commit.subject[:80], version, commit, commit.committed, None))
    return tuple(sorted(found, key=lambda r: (r.at, r.version, r.name)))


# The tag of one release: found or not, signed by whom, on which branch, and whether its predecessors had one.

PREDECESSORS = 15
KNOWN_DAYS = 540  # a key or releaser first seen later than this before a release is new


@dataclass(frozen=True, slots=True)
class Earlier:
    """Final releases of the index below a version, newest first, and those too `recent` to count among them."""

    finals: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()


def moment_of(seconds: int) -> datetime:
    """Git's seconds as an aware time, clamped to what a date can hold."""
    return datetime.fromtimestamp(max(0, min(seconds, 253_402_300_799)), UTC)


def match_stated(log: Log, version: str, package: Package, stated: str) -> Match:
    """The tag of a version whose artifact names a commit: one that stands there, else one that names the package.

    A commit that carries the version of another package of the same repository counts: workspaces are released so. A
    bare number elsewhere may be another package's; of a commit that the repository does not have nothing is believed.
    """
    plain = match(log.tags, version, package)
    if not stated or stated not in log.by_id:
        return plain
    here = [tag for tag in log.tags if tag.commit == stated]
    own = match(here, version, package)
    if own.state == "found":
        return own
    sibling = next((tag for tag in sorted(here) if version_of(tag.name, package.versions) is not None), None)
    if sibling is not None:
        return Match("found", sibling, (sibling.name,))
    named = package.name.lower() in plain.tag.name.lower() if plain.tag is not None else True
    return plain if named else Match("absent")


def claim_tag(
    log: Log, package: Package, version: str, known_by: KnownBy, earlier: Earlier, *, late: bool, stated: str = ""
) -> tuple[ReleaseTag, Tag | None]:
    """The claim and the tag it is about; `stated` is the commit that the artifact names, if it names one."""
    found = match_stated(log, version, package, stated)
    anew = found.state == "absent" and match(log.later_tags, version, package).state != "absent"
    shown = earlier.finals[:PREDECESSORS]
    without = tuple(v for v in shown if match(log.tags, v, package).state == "absent")
    plain = ReleaseTag(
        version,
        known_by,
        found.state,
        candidates=found.names if found.state == "ambiguous" else (),
        foreign=found.names if found.state == "absent" else (),
        predecessors=len(shown),
        tagged=len(shown) - len(without),
        untagged=without,
        newest_before=shown[:3],
        recent=earlier.recent,
        final=not _is_prerelease(version, package.versions),
        late=late or anew,
    )
    return (plain if found.tag is None else _describe_tag(log, found.tag, plain, package.versions)), found.tag


def _is_prerelease(version: str, scheme: VersionScheme) -> bool:
    parsed = scheme.read(version)
    return parsed is not None and parsed.is_prerelease


def _describe_tag(log: Log, tag: Tag, plain: ReleaseTag, scheme: VersionScheme) -> ReleaseTag:
    signed, old = tag.signature, tag.at - KNOWN_DAYS * 86_400
    keys = [s for r in releases(log, scheme) if r.at < old and (s := signature_of(r, log)) is not None]
    return replace(
        plain,
        name=tag.name,
        commit=tag.commit,
        at=moment_of(tag.at),
        annotated=tag.tagger is not None,
        signed=signed.kind if signed else "",
        key=signed.key if signed else "",
        key_before=sum(same_key(k, signed) for k in keys) if signed else 0,
        signed_before=len(keys),
        on_branch=on_branch(log, tag.commit) if log.branches else None,
    )


def on_branch(log: Log, commit: str) -> bool:
    """Whether a branch contains a commit."""
    return commit in reachable(log.by_id, (tip for _, tip in log.branches))


def signature_of(release: Release, log: Log) -> Signature | None:
    """The signature of a release: its tag's, else its commit's. A forge's own key on a web commit signs for nobody."""
    if release.tag is not None and release.tag.tagger is not None:
        return release.tag.signature
    extra = log.extras.get(release.commit.id)
    return None if extra is None or is_web(release.commit.committer) else extra.signature


def same_key(one: Signature, other: Signature) -> bool:
    """Whether two signatures name one key; an OpenPGP key id is the end of its fingerprint (RFC 9580, 5.5.4.2)."""
    if one.kind != other.kind or not one.key or not other.key:
        return False
    return one.key[-16:] == other.key[-16:] if one.kind == "openpgp" else one.key == other.key


def releases_before(history: ReleaseHistory | None, version: str) -> Earlier:
    """What an index lists below a version."""
    if history is None:
        return Earlier()
    before = history.before(version)
    finals = [r.version for r in before.counted if not r.prerelease]
    return Earlier(tuple(finals[::-1]), tuple(r.version for r in before.recent if not r.prerelease))
