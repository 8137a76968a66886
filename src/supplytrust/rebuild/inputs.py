"""Which files of a release are rebuilt from which: published files, a commit's tree, and verdicts from before."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from supplytrust import ecosystems
from supplytrust.errors import MalformedError, NotFoundError, RecordError, SourceError, TooLargeError
from supplytrust.formats import codec
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import read_json
from supplytrust.io.context import CollectContext
from supplytrust.io.git.process import View
from supplytrust.model.claims.rebuild import BuildRequirement, RebuildLevel, RebuildResult
from supplytrust.model.subject import Artifact, Subject
from supplytrust.rebuild import engine
from supplytrust.rebuild.judge import PublishedFile

# --- Which files of a release are rebuilt from which, and what was found before about them.


@dataclass(frozen=True, slots=True)
class Pair:
    """A wheel and the sdist of the same release, fetched."""

    wheel: PublishedFile
    sdist: PublishedFile


def pair(subject: Subject, world: CollectContext) -> Pair:
    """The judged wheel (or the release's first pure one) with the release's sdist.

    Raises NotFoundError when the release lacks one of them, and whatever fetching raises.
    """
    files = [a for a in (subject.artifact, *subject.others) if a is not None]
    wheels = [a for a in files if a.kind.is_built]
    rules_for = ecosystems.of(subject).rebuild_backend().rules_for
    wheels.sort(key=lambda a: (a != subject.artifact, not rules_for(a.file_name).PURE))
    sdists = [a for a in files if a.kind.is_source]
    if not wheels or not sdists:
        raise NotFoundError(f"the release has no {'wheel' if not wheels else 'sdist'}")
    times = {f.file_name: f.uploaded_at for f in ecosystems.of(subject).index_files(subject.name, world)}
    return Pair(_fetch(subject, wheels[0], times, world), _fetch(subject, sdists[0], times, world))


def lone_artifact(subject: Subject) -> Artifact | None:
    """The file of a release that can only be made again from a tree; None where a source archive is beside a built one.

    Where installable files are packed of a tree, the judged one is such a file too.
    """
    files = [a for a in (subject.artifact, *subject.others) if a is not None]
    sdists = [a for a in files if a.kind.is_source]
    if not sdists:
        return subject.artifact if ecosystems.of(subject).rebuild_backend().packs_trees else None
    return None if any(a.kind.is_built for a in files) else sdists[0]


def lone_sdist(subject: Subject, world: CollectContext) -> PublishedFile | None:
    """That file, fetched (`lone_artifact`). Raises what fetching raises."""
    alone = lone_artifact(subject)
    if alone is None:
        return None
    times = {f.file_name: f.uploaded_at for f in ecosystems.of(subject).index_files(subject.name, world)}
    return _fetch(subject, alone, times, world)


def _fetch(
    subject: Subject, artifact: Artifact, times: dict[str, datetime | None], world: CollectContext
) -> PublishedFile:
    data = ecosystems.for_type(subject.type).fetch(subject, artifact, world)
    return PublishedFile(artifact.file_name, data, artifact.sha256, times.get(artifact.file_name))


def from_sdist(subject: Subject, found: Pair, world: CollectContext) -> RebuildResult:
    """The kept verdict on the wheel from its sdist, or a new one. Raises UnreachableError or OfflineError."""
    return _known_or_new(subject, found.wheel, _inputs(found), world)


def with_index_status(subject: Subject, made: RebuildResult, world: CollectContext) -> RebuildResult:
    """The result, each build requirement with what the index says of that very file now (a day's truth, not kept)."""
    if not made.requirements or made.recipe is None or made.recipe.cut_off is None:
        return made  # without a day that they are held against nothing asks for it
    return replace(made, requirements=tuple(_standing(subject, r, world) for r in made.requirements))


def _standing(subject: Subject, requirement: BuildRequirement, world: CollectContext) -> BuildRequirement:
    try:
        files = ecosystems.of(subject).index_files(requirement.name, world)
    except SourceError:
        return requirement
    listed = next((f for f in files if f.sha256 == requirement.sha256), None)
    if listed is None:
        return requirement
    return replace(requirement, uploaded_at=listed.uploaded_at or requirement.uploaded_at, yanked=listed.yanked)


def rebuild_uncached(subject: Subject, found: Pair, world: CollectContext) -> RebuildResult:
    """A new verdict on the wheel from its sdist, neither taken from nor put with the kept ones."""
    return engine.rebuild(subject, found.wheel, _inputs(found), world)


def _inputs(found: Pair) -> engine.Inputs:
    return engine.sdist_inputs(found.sdist.file_name, found.sdist.data, found.sdist.sha256)


def from_tree(
    subject: Subject, published: PublishedFile, tar: bytes, commit: str, world: CollectContext
) -> RebuildResult:
    """The kept verdict on a wheel or sdist from a tree, or a new one. Raises UnreachableError or OfflineError."""
    return _known_or_new(subject, published, engine.tree_inputs(tar, commit), world)


def _known_or_new(
    subject: Subject, published: PublishedFile, inputs: engine.Inputs, world: CollectContext
) -> RebuildResult:
    verdicts = Verdicts(world.cache / "rebuilds")
    known = verdicts.get(published.digest, inputs.digest, engine.ENGINE, world.now)
    if known is not None and known.file_name == published.file_name and not world.options.get("keep"):
        return known
    made = engine.rebuild(subject, published, inputs, world)
    verdicts.put(made)
    return made


# --- Verdicts that are kept: published files are immutable, so what was once shown stays shown.

FRESH: Final = timedelta(days=1)
MACHINE: Final = ("no-sandbox", "no-installer", "no-interpreter")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A folder of verdicts; safe to share between threads and processes."""

    folder: Path

    def get(self, sha256: str, source_digest: str, engine: str, now: datetime) -> RebuildResult | None:
        """The kept verdict, or None: there is none, it cannot be read, or it is of another question."""
        path = self._path(sha256, source_digest, engine)
        try:
            at = datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo)
            found = codec.decode(RebuildResult, read_json(path.read_bytes()))
        except (OSError, RecordError):
            return None
        if (found.sha256, found.source_digest, found.engine) != (sha256, source_digest, engine):
            return None
        stale = found.level is RebuildLevel.NOT_REBUILT and now - at > FRESH
        return None if stale else found

    def put(self, result: RebuildResult) -> None:
        """Keep a verdict, unless this machine's lack of tools made it. A full disk costs a rebuild."""
        if result.reason.startswith(MACHINE) or result.sandbox == "none":
            return
        path = self._path(result.sha256, result.source_digest, result.engine)
        text = json.dumps(codec.encode(result), sort_keys=True).encode("utf-8")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text, mode=0o600, durable=False)

    def _path(self, sha256: str, source_digest: str, engine: str) -> Path:
        key = hashlib.sha256("\n".join((sha256, source_digest, engine)).encode("utf-8")).hexdigest()
        return self.folder / key[:2] / f"{key}.json"


# --- A commit's tree as a tar, read object by object from a repository that is not trusted.

LINK, COMMIT, EXECUTABLE = "120000", "160000", "100755"
MOST: Final = 512 * 2**20


@dataclass(frozen=True, slots=True)
class _File:
    mode: str
    id: str
    path: str


def tree_tar(
    view: View, commit: str, stamp: int, root: str = "source", git: Mapping[str, bytes] | None = None
) -> bytes:
    """All files of the commit below `root`, every one dated `stamp` (seconds since 1970); `git` as its `.git` folder.

    Submodules are left out, as in an archive of the tree. Raises MalformedError when a file's contents are
    missing or the listing cannot be read, TooLargeError beyond 512 MiB, and what reading git raises.
    """
    files = [f for f in _list_tree(b"".join(view.tree(commit))) if f.mode != COMMIT]
    out, total = io.BytesIO(), 0
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file, found in zip(files, view.objects_of(f.id for f in files), strict=True):
            if found.body is None or found.kind != "blob":
                raise MalformedError(f"the contents of {file.path[:80]!r} are not in the repository")
            total += len(found.body)
            if total > MOST:
                raise TooLargeError("the tree is too large to be built")
            _add(tar, file, found.body, stamp, root)
        for path, body in (git or {}).items():
            _add(tar, _File("100644", "", f".git/{path}"), body, stamp, root)
    return out.getvalue()


def _add(tar: tarfile.TarFile, file: _File, body: bytes, stamp: int, root: str) -> None:
    info = tarfile.TarInfo(f"{root}/{file.path}")
    info.mtime = stamp
    info.mode = 0o755 if file.mode == EXECUTABLE else 0o644
    if file.mode == LINK:
        info.type, info.linkname = tarfile.SYMTYPE, body.decode("utf-8", "surrogateescape")
        tar.addfile(info)
    else:
        info.size = len(body)
        tar.addfile(info, io.BytesIO(body))


def _list_tree(listing: bytes) -> list[_File]:
    files = []
    for line in filter(None, listing.split(b"\0")):
        head, _, path = line.partition(b"\t")
        parts = head.decode("ascii", "replace").split()
        if len(parts) != 3 or not path:
            raise MalformedError("the tree's listing cannot be read")
        files.append(_File(parts[0], parts[2], path.decode("utf-8", "surrogateescape")))
    return files
