"""Pictures of a page as values: a treemap, a trend, the chain from the source commit to a record, and its time line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.advisory import AdvisoryHistory, PastAdvisory
from supplytrust.model.claims.history import CommitHistory
from supplytrust.model.claims.release import FirstSeenFacts, ReleaseHistory
from supplytrust.model.claims.source_tree import ReleaseTag
from supplytrust.model.evidence import Evidence, SubjectEvidence
from supplytrust.model.record import File, TrustRecord, WeighedFinding
from supplytrust.model.subject import same_version
from supplytrust.model.vocabulary import Outcome, Status

# --- Areas and columns of a picture: a treemap of sizes and a trend of counts, as plain rectangles.


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle (in pixels) with what it stands for; `css` is the class that gives it its look."""

    x: float
    y: float
    width: float
    height: float
    name: str
    css: str
    text: str = ""


def draw_treemap(
    sizes: Iterable[tuple[str, float, str]], width: float = 960, height: float = 320, *, most: int = 80
) -> tuple[Tile, ...]:
    """Areas in proportion to sizes, given as (name, size, class); the smallest beyond `most` are one area.

    Squarified: rows are laid along the shorter side as long as that makes their areas squarer (Bruls, Huizing and
    van Wijk, "Squarified Treemaps", 2000). Linear after sorting.
    """
    known = sorted((one for one in sizes if one[1] > 0), key=lambda one: (-one[1], one[0]))
    rest = known[most:]
    parts = known[:most] + ([(f"{len(rest)} smaller ones", sum(r[1] for r in rest), "none")] if rest else [])
    parts.sort(key=lambda one: -one[1])
    total = sum(size for _, size, _ in parts)
    if not total:
        return ()
    scale = width * height / total
    tiles: list[Tile] = []
    x = y = 0.0
    row: list[tuple[str, float, str]] = []
    for name, size, css in parts:
        short = min(width - x, height - y)
        if row and _worst([*(r[1] for r in row), size * scale], short) > _worst([r[1] for r in row], short):
            x, y = _lay(tiles, row, x, y, width, height)
            row = []
        row.append((name, size * scale, css))
    _lay(tiles, row, x, y, width, height)
    return tuple(tiles)


def _worst(areas: Sequence[float], side: float) -> float:
    """The largest ratio of the sides of these areas in one row along `side`."""
    total = sum(areas)
    return max(side * side * max(areas) / total**2, total**2 / (side * side * min(areas))) if side > 0 else 1.0


def _lay(
    tiles: list[Tile], row: Sequence[tuple[str, float, str]], x: float, y: float, width: float, height: float
) -> tuple[float, float]:
    """One row along the shorter side of what is left; where the rest begins."""
    total = sum(area for _, area, _ in row)
    upright = width - x >= height - y
    side = height - y if upright else width - x
    depth = total / side if side > 0 else 0.0
    along = 0.0
    for name, area, css in row:
        length = area / depth if depth else 0.0
        place = (x, y + along, depth, length) if upright else (x + along, y, length, depth)
        tiles.append(Tile(*place, name, css))
        along += length
    return (x + depth, y) if upright else (x, y + depth)


def draw_trend(
    runs: Sequence[tuple[str, Sequence[tuple[str, int]]]], width: float = 960, height: float = 180
) -> tuple[Tile, ...]:
    """A stacked column a run, given as (when, counts by class from the bottom up), the newest at the right."""
    highest = max((sum(number for _, number in counts) for _, counts in runs), default=0)
    if not highest:
        return ()
    step = width / len(runs)
    tiles = []
    for place, (when, counts) in enumerate(runs):
        top = height
        for css, number in counts:
            tall = height * number / highest
            top -= tall
            tiles.append(Tile(place * step, top, max(step - 2, 1), tall, when, css, str(number)))
    return tuple(tiles)


# --- From the source commit to this record, link by link: what shows that one came from the other, and what is missing.

SHOWN, PARTLY, OPEN, BROKEN = "shown", "partly", "open", "broken"
WORDS = {SHOWN: "shown", PARTLY: "partly shown", OPEN: "not shown", BROKEN: "contradicted"}


@dataclass(frozen=True, slots=True)
class Link:
    """Between two neighbours of the chain. `state` is one of SHOWN, PARTLY, OPEN, BROKEN."""

    title: str
    state: str
    proofs: tuple[WeighedFinding, ...]
    against: tuple[WeighedFinding, ...]
    missing: tuple[WeighedFinding, ...]

    @property
    def word(self) -> str:
        """The state in words."""
        return WORDS[self.state]


@dataclass(frozen=True, slots=True)
class Stage:
    """Something with a name and, if it is known, a digest; `link` leads to it from the stage before."""

    title: str
    name: str
    detail: str
    known: bool
    link: Link | None = None


# What a link rests on: findings that show it by themselves, and those that add to it.
COMMIT = (
    ("integrity/tag_exists_for_release", "integrity/attested_commit_matches_tag"),
    (
        *("integrity/source_commit_known", "integrity/tag_on_branch"),
        *("integrity/tag_unmoved", "integrity/tag_signed_by_known_key"),
    ),
)
TREE = (("integrity/artifact_matches_source_tree", "build/rebuilt_from_tag"), ())
FILES = (
    ("build/rebuilds_identically", "integrity/wheel_files_come_from_sdist"),
    ("integrity/no_unexplained_phantom_files", "build/second_interpreter_agrees"),
)
TAKEN = (
    ("integrity/digest_matches_index",),
    ("build/provenance_verified", "integrity/publisher_unchanged", "integrity/digest_unchanged_since_first_seen",
     "integrity/record_matches_contents", "integrity/archive_container_clean", "integrity/offered_attestations_fit"),
)  # fmt: skip
WORKLOAD = (("build/provenance_verified", "build/rebuilds_identically"), ("build/toolchain_claims_recorded",))


def trace_chain(record: TrustRecord) -> tuple[Stage, ...]:
    """The stages in order; what the release does not have (no archive of sources) is left out."""
    found = {w.signal: w for area in record.areas.values() for w in area.findings}
    trustee, judged = record.trustee, record.trustee.artifact
    commit, repository = trustee.source_commit, trustee.source_repository
    source = Stage("Source commit", commit[:12] or "not known", repository or "no repository was read", bool(commit))
    if record.workload is not None:
        return (source, *_judged_file(judged, _link("source to workload", WORKLOAD, found)), _record(record, found))
    tagged = _supports(found, "integrity/tag_exists_for_release")
    tag_name = trustee.version if tagged else "not known"
    stages = [
        source,
        Stage("Release tag", tag_name, "the tree of the tag", tagged, _link("commit to tag", COMMIT, found)),
    ]
    archive = next((f for f in trustee.others if f.kind.is_source), None)
    tree, last = _link("tag to source archive", TREE, found), "source archive to judged file"
    if archive and judged and judged.kind.is_built:
        stages.append(_file("Source archive", archive, tree))
        return (*stages, *_judged_file(judged, _link(last, FILES, found)), _record(record, found))
    return (*stages, *_judged_file(judged, _link("tag to judged file", TREE, found)), _record(record, found))


def _judged_file(file: File | None, link: Link) -> tuple[Stage, ...]:
    if file is None:
        return (Stage("Judged file", "none", "no file of it was read", known=False, link=link),)
    return (_file("Judged file", file, link),)


def _file(title: str, file: File, link: Link) -> Stage:
    digest = f"sha256 {file.sha256[:12]}…" if file.sha256 else "digest not known"
    return Stage(title, file.file_name, digest, bool(file.sha256), link)


def _record(record: TrustRecord, found: dict[str, WeighedFinding]) -> Stage:
    return Stage(
        "This record",
        f"{record.outcome.name}, policy {record.policy.id}",
        f"{record.assessed_at:%Y-%m-%d}",
        known=True,
        link=_link("judged file to record", TAKEN, found),
    )


def _supports(found: dict[str, WeighedFinding], signal: str) -> bool:
    return signal in found and found[signal].status is Status.SUPPORTS


def _link(title: str, rests_on: tuple[tuple[str, ...], tuple[str, ...]], found: dict[str, WeighedFinding]) -> Link:
    decisive, more = ([found[signal] for signal in part if signal in found] for part in rests_on)
    proofs = _of(Status.SUPPORTS, (*decisive, *more))
    against = _of(Status.OPPOSES, (*decisive, *more))
    if against:
        state = BROKEN
    elif _of(Status.SUPPORTS, decisive):
        state = SHOWN
    else:
        state = PARTLY if proofs else OPEN
    return Link(title, state, proofs, against, _of(Status.NOT_OBSERVED, (*decisive, *more)))


def _of(status: Status, findings: Iterable[WeighedFinding]) -> tuple[WeighedFinding, ...]:
    return tuple(w for w in findings if w.status is status)


# --- When what happened: releases, source, people and advisories as the evidence tells them, and what the record says.

LANES = ("releases", "source", "people", "advisories", "this answer")
FEW_EVENTS = 400


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happened or will; `css` is for, against, none, or now for the judged release and the answer."""

    at: datetime
    lane: str
    text: str
    css: str = "none"


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Events, the newest first, each with its place; `years` are the ticks. Positions are in pixels."""

    events: tuple[tuple[float, int, Event], ...]
    years: tuple[tuple[float, str], ...]
    left_out: int = 0

    @property
    def dated(self) -> frozenset[int]:
        """The lanes on which there is anything."""
        return frozenset(lane for _, lane, _ in self.events)


def draw_timeline(record: TrustRecord, evidence: Evidence | None = None, width: float = 860) -> TimeLine:
    """What the record dates, and the evidence that it was made of; of very many events the oldest are left out."""
    node = next((n for n in evidence.nodes if n.subject.purl == evidence.root), None) if evidence else None
    told = sorted({*_answer_events(record), *(_evidence_events(node) if node else ())}, reverse=True)
    shown = told[:FEW_EVENTS]
    first, last = shown[-1].at, shown[0].at
    span = max((last - first).total_seconds(), 1.0)
    placed = tuple(((e.at - first).total_seconds() / span * width, LANES.index(e.lane), e) for e in shown)
    starts = (datetime(year, 1, 1, tzinfo=first.tzinfo) for year in range(first.year + 1, last.year + 1))
    ticks = [((start - first).total_seconds() / span * width, str(start.year)) for start in starts]
    return TimeLine(placed, tuple(ticks[:: max(1, len(ticks) // 12)]), len(told) - len(shown))


def _answer_events(record: TrustRecord) -> Iterator[Event]:
    lane = "this answer"
    yield Event(record.assessed_at, lane, f"judged: {record.outcome.name}", "now")
    if record.outcome is Outcome.ADMIT:
        yield Event(record.expires, lane, "it holds no longer than this")
        if record.held_back_at:
            yield Event(record.held_back_at, lane, "on this evidence it would no longer be admitted", "against")
    yield Event(record.review_by, lane, "to be looked at again")
    for one in record.exceptions:
        yield Event(one.expires, lane, f"the exception of {one.owner} ends", "against")
    for change in record.would_change:
        if change.until:
            yield Event(
                change.until, lane, f"waiting ends: {change.area.value}" if change.area else "waiting ends", "for"
            )


def _evidence_events(node: SubjectEvidence) -> Iterator[Event]:
    history, tag = node.newest(ReleaseHistory), node.newest(ReleaseTag)
    for one in history.claim.releases if history else ():
        own = same_version(one.version, node.subject.version)
        if one.uploaded_at:
            css = "now" if own else "against" if one.yanked else "none"
            yield Event(one.uploaded_at, "releases", f"{one.version}{', withdrawn' if one.yanked else ''}", css)
    if tag and tag.claim.at:
        yield Event(tag.claim.at, "source", f"commit of the tag {tag.claim.name}", "now")
    commits, facts, past = node.newest(CommitHistory), node.newest(FirstSeenFacts), node.newest(AdvisoryHistory)
    if commits:
        yield Event(commits.claim.first_commit_at, "source", "first commit")
        yield from _people_events(commits.claim)
    for fact in facts.claim.facts if facts else ():
        if fact.fact == "owners" and fact.first != fact.now:
            yield Event(fact.first_at, "people", f"release owners seen first: {fact.first}")
            yield Event(
                facts.observed_at if facts else fact.first_at, "people", f"release owners now: {fact.now}", "against"
            )
    for one_past in past.claim.advisories if past else ():
        yield from _advisory_events(one_past)


def _people_events(history: CommitHistory) -> Iterator[Event]:
    if history.incumbent:
        led = f"{history.incumbent_now:.0%} of the commits, before {history.incumbent_before:.0%}"
        yield Event(history.at, "people", f"{history.incumbent} made {led}")


def _advisory_events(past: PastAdvisory) -> Iterator[Event]:
    known = past.advisory
    if known.published:
        yield Event(known.published, "advisories", f"{known.id} {known.severity}".strip(), "against")
    if past.fixed_at:
        yield Event(past.fixed_at, "advisories", f"{known.id} fixed in {past.fixed_version}", "for")
