"""From the source commit to this record, link by link: what shows that one came from the other, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supplytrust.model.record import File, TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Status

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
