"""Whether anything feeds the code generated inputs: read from the sdist, the tagged tree and OSS-Fuzz' projects.

The tree is that of the release's tag, in the repository that the git source found; `[assurances] oss-fuzz` names a
checkout of OSS-Fuzz, whose project counts when its `main_repo` is the package's repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from supplytrust import ecosystems
from supplytrust.ecosystems import artifact_cache
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import NotFoundError, SourceError
from supplytrust.evidence.repository import addresses, history
from supplytrust.evidence.source_code import fuzz_setup
from supplytrust.io.context import BytesAnswer, CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.artifact import CoreMetadata, MeasuredDigest
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.code import FuzzingSetup, FuzzPart, FuzzPlace
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceRepository
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject, normal_name

NAME = "fuzzing"
OFFERS: tuple[type[Claim], ...] = (FuzzingSetup,)
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest, ReleaseTag, SourceRepository, ProjectMetadata, CoreMetadata)
ECOSYSTEMS = ecosystems.known_types()

_MAIN = re.compile(r"^main_repo:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
_DISABLED = re.compile(r"^disabled:\s*(?:true|yes|on)\b", re.MULTILINE | re.IGNORECASE)
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_.+-]{0,80}")
_LARGEST_PROJECT, _MOST_FILES = 64 * 1024, 500


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """One claim a place that could be read; when none could, the reason of the one that tells most."""
    seen: list[SourceClaim | NotObserved] = []
    for look in (_sdist, _tree, _oss_fuzz):
        try:
            seen.append(look(subject, known, world))
        except SourceError as error:
            seen.append(not_observed(FuzzingSetup, NotObservedReason(error.reason), error.message))
    made = [part for part in seen if isinstance(part, SourceClaim)]
    return made or seen


def _sdist(subject: Subject, known: SubjectEvidence, world: CollectContext) -> SourceClaim:  # noqa: ARG001
    files = [a for a in (subject.artifact, *subject.others) if a is not None and a.kind.is_source]
    if not files:
        raise NotFoundError("the release has no sdist")
    wanted, options = (subject, files[:1]), (subject.version,)
    said = artifact_cache.ask(
        "fuzzing of a sdist", BytesAnswer, wanted, world, lambda made: _of_sdist(subject, made[0].contents), options
    )
    return said.claims[0]


def _of_sdist(subject: Subject, read: Contents) -> BytesAnswer:
    paths = [f.path for f in read.files]
    wanted = fuzz_setup.candidates(paths)[: fuzz_setup.MOST_READ]
    texts = {path: text for path in wanted if (text := read.text(path)) is not None}
    claim = _claim(subject, FuzzPlace.SDIST, read.file_name, None, paths, texts)
    return BytesAnswer((SourceClaim(claim, "files of the sdist", f"sha256:{read.digest}"),))


def _tree(subject: Subject, known: SubjectEvidence, world: CollectContext) -> SourceClaim:
    tag = known.newest(ReleaseTag)
    if tag is None or not tag.claim.commit:
        raise NotFoundError("no tag of this version was read", hint="name its repository with --repository")
    address, _ = addresses.locate_repository(subject, known, world)
    view, _ = addresses.open_repository(address, subject, world)
    leaves = history.tree_of(view, tag.claim.commit).leaves
    wanted = fuzz_setup.candidates(leaves)[: fuzz_setup.MOST_READ]
    read = history.contents_of(view, [leaves[p].id for p in wanted], fuzz_setup.LARGEST)
    texts = {p: read[leaves[p].id].decode("utf-8", "replace") for p in wanted if leaves[p].id in read}
    claim = _claim(subject, FuzzPlace.TREE, tag.claim.name, tag.claim.known_by, leaves, texts)
    return SourceClaim(claim, f"tree of tag {tag.claim.name}")


def _claim(
    subject: Subject,
    place: FuzzPlace,
    name: str,
    known_by: KnownBy | None,
    paths: Iterable[str],
    texts: Mapping[str, str],
) -> FuzzingSetup:
    listed = list(paths)
    setup, most = fuzz_setup.judge(texts, listed), fuzz_setup.SHOWN
    return FuzzingSetup(
        version=subject.version,
        place=place,
        name=name,
        known_by=known_by,
        runs=setup.runs[:most],
        targets=setup.targets[:most],
        properties=setup.properties[:most],
        sanitizers=setup.sanitizers[:most],
        targets_total=len(setup.targets),
        properties_total=len(setup.properties),
        read=len(texts),
        unread=len(fuzz_setup.candidates(listed)) - len(texts),
    )


# --- OSS-Fuzz -----------------------------------------------------------------------------------------------------


def _oss_fuzz(subject: Subject, known: SubjectEvidence, world: CollectContext) -> SourceClaim:
    if not world.settings.oss_fuzz:
        raise NotFoundError("no checkout of OSS-Fuzz is configured", hint="[assurances] oss-fuzz")
    projects = Path(world.settings.oss_fuzz) / "projects"
    if not projects.is_dir():
        raise NotFoundError("the configured checkout of OSS-Fuzz has no folder 'projects'")
    homes = _homes(subject, known, world)
    for name in _names(subject, homes):
        folder = projects / name
        config = _read(folder / "project.yaml")
        main = _MAIN.search(config)
        if main and _plain(main.group(1)) in homes:
            return SourceClaim(
                _project(subject, name, folder, config, homes[_plain(main.group(1))]), "its project.yaml"
            )
    raise NotFoundError("OSS-Fuzz has no project for this repository")


def _homes(subject: Subject, known: SubjectEvidence, world: CollectContext) -> dict[str, KnownBy]:
    """Addresses of the repository; one that is merely declared is only as good as that."""
    homes: dict[str, KnownBy] = {}
    try:
        address, known_by = addresses.locate_repository(subject, known, world)
        homes[_plain(addresses.show_address(address))] = known_by
    except NotFoundError:
        pass
    seen = known.newest(SourceRepository)
    if seen is not None:
        homes[_plain(seen.claim.address)] = seen.claim.known_by
    links = [(k.label, k.url) for o in known.all(ProjectMetadata) for k in o.claim.links]
    declared = addresses.declared_address(links)
    if declared:
        homes.setdefault(_plain(declared), KnownBy.DECLARED)
    return homes


def _plain(address: str) -> str:
    return re.sub(r"^[a-z+]+://(?:www\.)?", "", address.strip().lower()).rstrip("/").removesuffix(".git")


def _names(subject: Subject, homes: Iterable[str]) -> list[str]:
    """Folders it could have: after the package, with or without `python`, or after the repository."""
    own = normal_name(subject.name)
    stems = [own, own.removeprefix("python-"), f"python-{own}", *(home.rpartition("/")[2] for home in homes)]
    spelled = [form for stem in stems for form in (stem, stem.replace("-", "_"), stem.replace("-", ""))]
    return [name for name in dict.fromkeys(spelled) if _PROJECT.fullmatch(name) and ".." not in name]


def _project(subject: Subject, name: str, folder: Path, config: str, known_by: KnownBy) -> FuzzingSetup:
    files = sorted(p.name for p in list(folder.iterdir())[:_MOST_FILES] if p.is_file())
    build = "build.sh" in files or "Dockerfile" in files
    runs = (FuzzPart(f"projects/{name}/project.yaml", "OSS-Fuzz"),) if build and not _DISABLED.search(config) else ()
    targets = tuple(FuzzPart(f"projects/{name}/{f}", "OSS-Fuzz") for f in files if "fuzz" in f.lower())
    shown = targets[: fuzz_setup.SHOWN]
    place, total = FuzzPlace.OSS_FUZZ, len(targets)
    return FuzzingSetup(subject.version, place, name, known_by, runs, shown, (), (), total, 0, len(files), 0)


def _read(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_PROJECT:
            return ""
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
