"""A `.crate`, read: an archive of sources below one folder `name-version`, with what it says of itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from supplytrust.ecosystems.cargo.manifest import ORIGINAL, PUBLISHED, Manifest, describe_dependencies, read_manifest
from supplytrust.ecosystems.contents import Contents
from supplytrust.errors import MalformedError, MalformedRecordError, NotFoundError
from supplytrust.formats import json_reader
from supplytrust.io.archives.artifact_tree import ArtifactTree, read_tree
from supplytrust.io.archives.collector import Keep, Limits, Spool
from supplytrust.io.archives.reader import textual
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.subject import Artifact

VCS_INFO = ".cargo_vcs_info.json"
LOCK = "Cargo.lock"
SUFFIX = ".crate"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAMED = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]{0,63}?)-(?P<version>\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?)\.crate", re.ASCII
)
_OTHER_FILES = ("second-archive", "path-escape", "name-mismatch", "device", "extra-root")


@dataclass(frozen=True, slots=True)
class VcsInfo:
    """What a crate says of its source: the commit, the package's folder in it, whether the tree had other changes."""

    commit: str
    folder: str = ""
    dirty: bool = False


def read(
    artifact: Artifact,
    data: bytes,
    *,
    keep: Keep = textual,
    spool: Spool | None = None,
    limits: Limits | None = None,
) -> Contents:
    """Read a crate's bytes. MalformedError, TooLargeError."""
    tree = read_tree(data, artifact.file_name, rooted=True, keep=keep, spool=spool, limits=limits)
    problems = {*tree.problems, *_odd_root(tree, artifact.file_name)}
    return Contents(
        artifact.file_name,
        artifact.kind,
        hashlib.sha256(data).hexdigest(),
        tree.readable,
        tuple(sorted(problems)),
        tree.folder_links,
        tree.unresolved,
        (*tree.unclear, *(p for p in tree.problems if p.partition(":")[0] in _OTHER_FILES)),
    )


def _odd_root(tree: ArtifactTree, file_name: str) -> Iterator[str]:
    """Cargo unpacks members below `name-version` only."""
    if not tree.root:
        yield "odd-root: there is no one top folder"
    elif f"{tree.root}{SUFFIX}" != file_name:
        yield f"odd-root: {tree.root[:80]!r} is not the name and version of {file_name[:80]}"


def release_named(file_name: str) -> tuple[str, str] | None:
    """Name and version of a crate's file name; None when it is none."""
    found = _NAMED.fullmatch(file_name)
    return (found["name"], found["version"]) if found else None


def manifest(contents: Contents) -> Manifest:
    """The manifest that cargo reads. NotFoundError, MalformedError."""
    text = contents.file(PUBLISHED)
    if text is None or text.data is None:
        raise NotFoundError(f"{contents.file_name} has no {PUBLISHED} that can be read")
    return read_manifest(text.data, {f.path for f in contents.files})


def original_manifest(contents: Contents) -> bytes | None:
    """The manifest as its author wrote it; older clients kept none."""
    found = contents.file(ORIGINAL)
    return found.data if found else None


def read_vcs_info(data: bytes | None) -> VcsInfo | None:
    """What `.cargo_vcs_info.json` says; None when it is absent. MalformedError for what names no commit and folder."""
    if data is None:
        return None
    try:
        told = json_reader.read_json(data, json_reader.Limits(size=2**16, depth=8, values=100))
    except MalformedRecordError as error:
        raise MalformedError(f"{VCS_INFO} cannot be read: {error.message}"[:160]) from error
    fields = told if isinstance(told, dict) else {}
    git = fields.get("git")
    commit = git.get("sha1") if isinstance(git, dict) else None
    folder = fields.get("path_in_vcs", "")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise MalformedError(f"{VCS_INFO} names no commit")
    if not isinstance(folder, str) or not is_inside(folder):
        raise MalformedError(f"{VCS_INFO} names a folder outside of the repository")
    return VcsInfo(commit, folder.strip("/"), isinstance(git, dict) and git.get("dirty") not in (None, False))


def is_inside(path: str) -> bool:
    """Whether a path names something below the repository's root: relative, forward slashes, no `..`."""
    parts = path.split("/")
    return not path.startswith("/") and "\\" not in path and "\0" not in path and ".." not in parts


def core_metadata(contents: Contents) -> CoreMetadata:
    """The manifest as a claim; requirements in the words of `describe_dependencies`."""
    found = manifest(contents)
    links = [("Repository", found.repository), ("Homepage", found.homepage)]
    return CoreMetadata(
        contents.file_name,
        found.name,
        found.version,
        "",
        describe_dependencies(found.dependencies, found.features),
        tuple(sorted(found.features)),
        generator="",
        project_urls=tuple(pair for pair in links if pair[1]),
    )
