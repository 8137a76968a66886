"""What others make of a release, beside the release itself: two candidates, or a project and a distribution's package.

The distribution's part is read from its source package, given as a `.dsc` or by a purl (`pkg:deb/debian/NAME@VERSION`),
which is fetched with the distribution's own client as this machine has it configured.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.assessment import appraise, collect, load_policy
from supplytrust.collection.options import CollectOptions, Observer, dependency_depth, load_settings, open_context
from supplytrust.errors import MalformedError, NotFoundError, OfflineError, SupplytrustError, UsageError
from supplytrust.evidence.repository import debian_source
from supplytrust.evidence.repository.debian_source import OriginalComparison, Packaging, SourceControl
from supplytrust.io.context import quiet
from supplytrust.io.processes.run import private_folder, run
from supplytrust.model.claims.advisory import OpenAdvisories
from supplytrust.model.evidence import Evidence
from supplytrust.model.record import TrustRecord
from supplytrust.model.subject import same_version
from supplytrust.records.statement import from_document

FORM = "pkg:deb/"
FETCH_SECONDS = 300


@dataclass(frozen=True, slots=True)
class DownstreamPackage:
    """A distribution's source package beside the release that it is compared with.

    `original` is None when there was no release to compare with, or `why_not` says why it could not be. `still_open`
    are advisories of the release that the changelog does not name for this upstream version, `repaired` those it does;
    both None when nobody looked for advisories of the release.
    """

    control: SourceControl
    packaging: Packaging | None
    original: OriginalComparison | None
    why_not: str
    is_same_version: bool | None
    repaired: tuple[str, ...] | None
    still_open: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One side: what was judged, or what a distribution makes of the other side."""

    name: str
    record: TrustRecord | None = None
    downstream: DownstreamPackage | None = None


def compare_candidates(
    first: str,
    second: str,
    *,
    policy: str | None = None,
    at: datetime | None = None,
    progress: Observer = quiet,
    looking: CollectOptions,
) -> tuple[Candidate, Candidate]:
    """Both sides, each a subject as `assess` takes it, a saved record, a `.dsc` or a purl of a Debian source package.

    Raises:
        supplytrust.errors.UsageError: an argument cannot be used, or both are a distribution's.
        supplytrust.errors.NothingToAssessError: there is no such package, version or artifact.
        supplytrust.errors.SourceError: a source package cannot be fetched or read.
    """
    named = (first, second)
    theirs = [is_downstream(one) for one in named]
    if all(theirs):
        raise UsageError("both are packages of a distribution", hint="name the release that one of them is made from")
    sides: list[Candidate] = []
    evidence: Evidence | None = None
    for one in (one for one, is_theirs in zip(named, theirs, strict=True) if not is_theirs):
        candidate, evidence = _judge(one, policy, at, progress, looking)
        sides.append(candidate)
    if any(theirs):
        place = theirs.index(True)
        upstream = sides[0].record
        made = _downstream(named[place], upstream, evidence, looking)
        sides.insert(place, Candidate(f"{made.control.source} {made.control.version} (Debian)", downstream=made))
    return sides[0], sides[1]


def is_downstream(text: str) -> bool:
    """Whether it names a source package of a distribution."""
    return text.startswith(FORM) or text.endswith(".dsc")


def _judge(
    text: str, policy: str | None, at: datetime | None, progress: Observer, looking: CollectOptions
) -> tuple[Candidate, Evidence | None]:
    if text.endswith(".json") and Path(text).is_file():
        record = from_document(_read(Path(text)))
        return Candidate(record.trustee.purl, record), None
    settings = load_settings(looking, text)
    evidence = collect(text, at=at, progress=progress, **looking)
    chosen = load_policy(policy or settings.policy or "baseline", settings.trustor)
    record = appraise(evidence, policy=chosen, at=at, alone=dependency_depth(looking) == 0)
    return Candidate(record.trustee.purl, record), evidence


def _downstream(
    text: str, upstream: TrustRecord | None, evidence: Evidence | None, looking: CollectOptions
) -> DownstreamPackage:
    with _source_package(text, looking) as (control, folder):
        packaging = _read_packaging(control, folder)
        same = same_version(control.upstream, upstream.trustee.version) if upstream else None
        original, why_not = _compare_original(control, folder, evidence, looking)
    repaired, still_open = _advisories(packaging, evidence)
    return DownstreamPackage(control, packaging, original, why_not, same, repaired, still_open)


def _read_packaging(control: SourceControl, folder: Path) -> Packaging | None:
    """What the distribution adds; None where its tarball is not at hand. MalformedError when it is another one."""
    path = folder / control.packaging
    if not control.packaging or not path.is_file():
        return None
    return debian_source.read_packaging(control, debian_source.check_file(control, control.packaging, _read(path)))


def _compare_original(
    control: SourceControl, folder: Path, evidence: Evidence | None, looking: CollectOptions
) -> tuple[OriginalComparison | None, str]:
    """The upstream tarball against the release's source archive, and why that could not be done."""
    if not control.original:
        return None, "it has no upstream tarball that stands alone"
    if evidence is None:
        return None, "a saved record has no files to compare with"
    subject = evidence.node(evidence.root).subject
    archives = [a for a in (subject.artifact, *subject.others) if a is not None and a.kind.is_source]
    if not archives:
        return None, "the release has no source archive"
    try:
        original = debian_source.check_file(control, control.original, _read(folder / control.original))
        now = datetime.now(UTC)
        with open_context(looking, load_settings(looking, subject.purl), now, now) as world:
            data = ecosystems.of(subject).fetch(subject, archives[0], world)
        return debian_source.compare_original(control, original, data, archives[0].file_name), ""
    except SupplytrustError as error:
        return None, error.message


def _advisories(
    packaging: Packaging | None, evidence: Evidence | None
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Advisories that are open for the release, by whether the distribution says that it repaired them."""
    seen = evidence.node(evidence.root).newest(OpenAdvisories) if evidence is not None else None
    if seen is None or packaging is None:
        return None, None
    said = set(packaging.repaired) | {one for patch in packaging.patches for one in patch.advisories}
    open_ = [(a.id, {a.id, *a.aliases}) for a in seen.claim.advisories]
    repaired = tuple(name for name, names in open_ if names & said)
    return repaired, tuple(name for name, _ in open_ if name not in repaired)


# --- where the source package is


@contextmanager
def _source_package(text: str, looking: CollectOptions) -> Iterator[tuple[SourceControl, Path]]:
    if not text.startswith(FORM):
        path = Path(text)
        yield debian_source.read_control(_read(path)), path.parent
        return
    if looking.get("offline"):
        raise OfflineError("a source package of a distribution is not in the cache", hint="name its .dsc file")
    with private_folder() as folder:
        yield _fetch(text, folder), folder


def _fetch(text: str, folder: Path) -> SourceControl:
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise UsageError(f"'{text[:100]}' is not a purl: {error}", hint="as pkg:deb/debian/NAME@VERSION") from None
    wanted = f"{purl.name}={purl.version}" if purl.version else purl.name
    asked = ["apt-get", "source", "--download-only", "--only-source", "--", wanted]
    done = run(asked, cwd=folder, timeout=FETCH_SECONDS)
    found = sorted(folder.glob("*.dsc"))
    if done.status or len(found) != 1:
        told = " ".join(done.err.decode("utf-8", "replace").split())[-200:]
        raise NotFoundError(f"the distribution's client has no {wanted}: {told}", hint="deb-src lines in its sources")
    return debian_source.read_control(_read(found[0]))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > debian_source.LIMITS.total:
            raise MalformedError(f"{path.name} is larger than it may be")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path.name}: {error.strerror}", hint="the .dsc and its files together") from None
