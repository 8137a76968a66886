"""The tag of one release: found or not, signed by whom, on which branch, and whether its predecessors had one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from supplytrust.evidence.repository.history_graph import reachable
from supplytrust.evidence.repository.identities import is_web
from supplytrust.evidence.repository.tags import Package, Release, match, releases
from supplytrust.io.git.objects import Log, Signature, Tag
from supplytrust.model.claims.release import ReleaseHistory
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag
from supplytrust.model.version_scheme import VersionScheme

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


def claim(
    log: Log, package: Package, version: str, known_by: KnownBy, earlier: Earlier, *, late: bool
) -> tuple[ReleaseTag, Tag | None]:
    """The claim and the tag it is about."""
    found = match(log.tags, version, package)
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
    return (plain if found.tag is None else _about(log, found.tag, plain, package.versions)), found.tag


def _is_prerelease(version: str, scheme: VersionScheme) -> bool:
    parsed = scheme.read(version)
    return parsed is not None and parsed.is_prerelease


def _about(log: Log, tag: Tag, plain: ReleaseTag, scheme: VersionScheme) -> ReleaseTag:
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


def earlier(history: ReleaseHistory | None, version: str) -> Earlier:
    """What an index lists below a version."""
    if history is None:
        return Earlier()
    before = history.before(version)
    finals = [r.version for r in before.counted if not r.prerelease]
    return Earlier(tuple(finals[::-1]), tuple(r.version for r in before.recent if not r.prerelease))
