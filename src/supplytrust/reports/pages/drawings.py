"""Pictures of a page as values: a treemap, a trend, and the chain from the source commit to a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supplytrust.model.record import File, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Status

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
