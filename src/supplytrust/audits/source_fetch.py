"""Bring what a set is judged by onto this machine: clones of its repositories, and a database of advisories.

A clone holds history and trees, and the contents of the listed releases only. Each is bounded in time and size; what
one fails in costs no other. A second run goes on where the first one stopped, and brings the clones up to date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack
from urllib.parse import urlsplit

from supplytrust import ecosystems
from supplytrust.audits.inventory import ListedPackage, at_configured
from supplytrust.audits.runner import Target, inventory_of
from supplytrust.collection import dependency_graph, resolve
from supplytrust.collection.options import CollectOptions, Observer, dependency_depth, load_settings, open_context
from supplytrust.collection.scheduler import all_sources, collect_claims
from supplytrust.errors import NotFoundError, SupplytrustError, UsageError
from supplytrust.evidence.advisories import database
from supplytrust.evidence.repository import addresses
from supplytrust.formats.atomic import write_atomically
from supplytrust.io.context import CollectContext, quiet
from supplytrust.io.git import repository
from supplytrust.io.git.process import Limits
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.subject import Subject, package_of

JOBS, SECONDS, MEGABYTES = 4, 600.0, 2048
MOST_CONTENTS = 20_000  # files of the listed releases of one repository
DUMP_BYTES = 512 * 2**20
PUBLIC = "osv"  # stands for the published dump of the list's own ecosystem
READ = (ProjectMetadata, CoreMetadata)  # what tells the declared repository


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Of one repository: seconds and megabytes on disk. `jobs` are how many are fetched at a time."""

    jobs: int = JOBS
    seconds: float = SECONDS
    megabytes: int = MEGABYTES


@dataclass(frozen=True, slots=True)
class Clone:
    """One repository and the packages (purls without version) that declare it.

    `state`: cloned, at-hand (a folder that was there), configured (the caller names one), none-declared or failed,
    with the reason in `text`. `folder` is empty for the last three.
    """

    address: str
    packages: tuple[str, ...]
    state: str
    folder: str = ""
    text: str = ""

    @property
    def lacks(self) -> bool:
        """Whether there is no repository to compare with."""
        return self.state in ("failed", "none-declared")


@dataclass(frozen=True, slots=True)
class AdvisoryCopy:
    """A database of advisories on this machine: file, readable records, and the day of the newest one."""

    path: str
    records: int
    newest: datetime | None


def fetch_repositories(
    targets: Iterable[Target] | Target,
    folder: str | Path,
    *,
    mirror: str = "",
    limits: FetchLimits | None = None,
    progress: Observer = quiet,
    **looking: Unpack[CollectOptions],
) -> tuple[Clone, ...]:
    """Clone the repositories that listed packages declare into `folder`, as host/owner/name.git.

    Args:
        targets: as of `audit`.
        folder: where clones are kept; those of an earlier run are brought up to date.
        mirror: where to ask in place of the declared address: a path or address with `{host}`, `{owner}`, `{name}`.
            A path is used as it lies there.
        limits: of each repository.
        progress: called with ("fetch", line) after each repository.
        **looking: see `CollectOptions`; `deps` other than "none" takes in the dependencies of each package.

    Raises:
        supplytrust.errors.InputError: a target cannot be read; names file and position.
        supplytrust.errors.UsageError: folder, mirror or configuration cannot be used.
        supplytrust.errors.NothingToAssessError: nothing is listed.
    """
    bounds, settings = limits or FetchLimits(), load_settings(looking)
    _check_mirror(mirror)
    listed = [one for one in at_configured(inventory_of(targets), settings).listed if one.wanted]
    root, now = _make_folder(Path(folder)), datetime.now(UTC).replace(microsecond=0)
    told: list[Clone] = []
    with open_context(looking, settings, now, now, progress=progress) as world, ThreadPoolExecutor(bounds.jobs) as pool:
        declared: dict[str, dict[str, str]] = {}
        depth = dependency_depth({**looking, "deps": looking.get("deps") or "none"})
        for found in pool.map(lambda one: find_declared(one, world, depth), listed):
            for package, version, address, why in found:
                if address:
                    declared.setdefault(address, {})[package] = version
                else:
                    told.append(Clone("", (package,), "configured" if not why else "none-declared", text=why))
        work = [pool.submit(_fetch, a, several, root, mirror, bounds, world) for a, several in declared.items()]
        for number, done in enumerate(as_completed(work), 1):
            one = done.result()
            told.append(one)
            progress("fetch", f"{number} of {len(work)}: {one.address} {one.state}")
    return tuple(sorted(set(told), key=lambda one: (one.packages, one.address)))


def _check_mirror(mirror: str) -> None:
    try:
        mirror.format(host="h", owner="o", name="n")
    except (KeyError, IndexError, ValueError) as error:
        raise UsageError(
            f"the mirror '{mirror}' cannot be filled in: {error}", hint="{host}, {owner}, {name}"
        ) from None


def _make_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", hint="name a folder that can be written") from None
    return folder.absolute()


# --- which repository a package declares --------------------------------------------------------------


def find_declared(one: ListedPackage, world: CollectContext, depth: int | None) -> list[tuple[str, str, str, str]]:
    """(package, version, declared address, why there is none) of a package and, to that depth, of its dependencies."""
    try:
        if one.wanted is None or one.path:
            return []
        root = _look(resolve.release(one.wanted, world, one.sha256), world)
        nodes = dependency_graph.expand(root, world, depth=depth, look=_look).nodes
        return [_declaration(node, world) for node in nodes if node.subject.type in ecosystems.known_types()]
    except SupplytrustError as error:
        return [(package_of(one.purl), "", "", error.message)]
    except Exception as error:  # noqa: BLE001 - one package that breaks us must not cost the others
        return [(package_of(one.purl), "", "", f"{type(error).__name__}: {error}"[:200])]


def _look(subject: Subject, world: CollectContext) -> SubjectEvidence:
    """What tells the declared repository and the dependencies, and nothing else."""
    return collect_claims(subject, world, asked=[s for s in all_sources() if set(s.OFFERS) & set(READ)])


def _declaration(node: SubjectEvidence, world: CollectContext) -> tuple[str, str, str, str]:
    subject = node.subject
    if subject.package in world.settings.repository:
        return subject.package, subject.version, "", ""
    try:
        return subject.package, subject.version, addresses.locate_repository(subject, node, world)[0], ""
    except NotFoundError as error:
        return subject.package, subject.version, "", error.message


# --- one repository -----------------------------------------------------------------------------------


def _fetch(
    address: str, releases: dict[str, str], root: Path, mirror: str, bounds: FetchLimits, world: CollectContext
) -> Clone:
    packages = tuple(sorted(releases))
    try:
        source = _source(address, mirror)
        if "://" not in source:
            repository.open_folder(Path(source), world.scratch)
            return Clone(address, packages, "at-hand", source)
        if world.http.offline:
            return Clone(address, packages, "failed", text="not asked: offline")
        home = root.joinpath(*_parts(address))
        limits = Limits(seconds=bounds.seconds, disk=bounds.megabytes * 2**20)
        repository.update_clone(source, home, world.now, limits)
        _fetch_releases(source, home, releases.values(), limits, world)
        return Clone(address, packages, "cloned", str(home))
    except SupplytrustError as error:
        return Clone(address, packages, "failed", text=error.message)
    except Exception as error:  # noqa: BLE001 - one repository that breaks us must not cost the others
        return Clone(address, packages, "failed", text=f"{type(error).__name__}: {error}"[:200])


def _parts(address: str) -> list[str]:
    """The folders of a clone below the root: host, owner(s), name.git; none that leads elsewhere."""
    parts = urlsplit(address)
    names = [parts.hostname or "", *(name for name in parts.path.split("/") if name)]
    plain = [re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".") or "_" for name in names]
    return [*plain[:-1], f"{plain[-1].removesuffix('.git')}.git"]


def _source(address: str, mirror: str) -> str:
    """Where the repository is asked for."""
    if not mirror:
        return address
    host, *owner, name = _parts(address)
    return mirror.format(host=host, owner="/".join(owner), name=name.removesuffix(".git"))


def _fetch_releases(source: str, home: Path, versions: Iterable[str], limits: Limits, world: CollectContext) -> None:
    """The contents of the tags that end with a listed version: texts are read of the judged release only."""
    view = repository.open_folder(home, world.scratch, limits)
    ends = [re.compile(rf"(?:^|[^0-9.])(?:v\.?)?{re.escape(v)}$", re.IGNORECASE) for v in versions if v]
    wanted: dict[str, None] = {}
    for reference in view.references():
        if reference.kind in ("tag", "commit") and any(end.search(reference.name) for end in ends):
            wanted.update(dict.fromkeys(_blobs(b"".join(view.tree(reference.target)))))
    if wanted and len(wanted) <= MOST_CONTENTS:
        here = {one.id for one in view.objects_of(wanted, keep=0) if one.kind != "missing"}
        repository.fetch_contents(source, home, [one for one in wanted if one not in here], limits)


def _blobs(listing: bytes) -> Iterator[str]:
    for entry in listing.split(b"\0"):
        words = entry.partition(b"\t")[0].split()
        if len(words) == 3 and words[1] == b"blob":
            yield words[2].decode("ascii")


# --- advisories ---------------------------------------------------------------------------------------


def fetch_advisories(
    source: str, folder: str | Path, *, progress: Observer = quiet, **looking: Unpack[CollectOptions]
) -> AdvisoryCopy:
    """A database of advisories from an address, copied into `folder`, or from a path, used where it lies.

    `source` "osv" is the published dump of the ecosystem whose packages have bare names. A new copy replaces an
    older one only when it can be read. Raises UsageError or SourceError kinds.
    """
    settings, now = load_settings(looking), datetime.now(UTC).replace(microsecond=0)
    kind = ecosystems.default_type()
    address = ecosystems.for_type(kind).ADVISORY_DUMP if source == PUBLIC else source
    with open_context(looking, settings, now, now, progress=progress) as world:
        if "://" not in address:
            return _extent(Path(address).absolute(), kind, world)
        target = _make_folder(Path(folder)) / f"{kind}-advisories{Path(urlsplit(address).path).suffix or '.zip'}"
        data = world.http.get(address, limit=DUMP_BYTES, raw=True).body
        draft = world.scratch / target.name
        draft.write_bytes(data)
        copy = _extent(draft, kind, world)
        write_atomically(target, data)
        return AdvisoryCopy(str(target), copy.records, copy.newest)


def _extent(path: Path, kind: str, world: CollectContext) -> AdvisoryCopy:
    with database.open_database(path, world.cache, ecosystems.package_key) as base:
        extent = base.extent(kind)
    if extent is None:
        raise NotFoundError(f"{path.name} holds no advisory about {kind} packages", hint="name another database")
    return AdvisoryCopy(str(path), extent.records, extent.newest)


# --- lines of the configuration -----------------------------------------------------------------------


def repository_lines(clones: Iterable[Clone], base: Path) -> dict[str, str]:
    """Keys and values of `[repository]` for what is at hand; paths relative to `base` where they lie below it."""
    return {
        json.dumps(package): f"{{ clone = {_relative(one.folder, base)}, of = {json.dumps(one.address)} }}"
        for one in clones
        if one.folder
        for package in one.packages
    }


def advisory_lines(copy: AdvisoryCopy, base: Path) -> dict[str, str]:
    """The line of `[advisories]`, with the extent as a comment."""
    day = f"{copy.newest:%Y-%m-%d}" if copy.newest else "an unknown day"
    return {"osv": f"{_relative(copy.path, base)} # {copy.records} advisories, the newest of {day}"}


def _relative(path: str, base: Path) -> str:
    absolute = Path(path).absolute()
    inside = absolute.is_relative_to(base.absolute())
    return json.dumps(str(absolute.relative_to(base.absolute()) if inside else absolute), ensure_ascii=False)
