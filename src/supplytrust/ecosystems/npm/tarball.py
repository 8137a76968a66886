"""A package's tarball, read: files below one top folder of any name, and the manifest that an installer goes by."""

from __future__ import annotations

import hashlib
import re

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.npm.manifest import MANIFEST, Manifest, describe, read_manifest
from supplytrust.errors import NotFoundError
from supplytrust.io.archives.artifact_tree import read_tree
from supplytrust.io.archives.collector import Keep, Limits, Spool
from supplytrust.io.archives.reader import textual
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.subject import Artifact

_NAMED = re.compile(r"(?P<name>[A-Za-z0-9@._~-]+?)-(?P<version>\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?)\.tgz", re.ASCII)
_OTHER_FILES = ("second-archive", "path-escape", "name-mismatch", "device", "extra-root", "case-collision")


def read(
    artifact: Artifact,
    data: bytes,
    *,
    keep: Keep = textual,
    spool: Spool | None = None,
    limits: Limits | None = None,
) -> Contents:
    """Read a tarball's bytes. MalformedError, TooLargeError."""
    tree = read_tree(data, artifact.file_name, rooted=True, keep=keep, spool=spool, limits=limits)
    problems = {*tree.problems, *([] if tree.root else ["odd-root: there is no one top folder"])}
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


def release_named(file_name: str) -> tuple[str, str] | None:
    """Name (without scope) and version of a tarball's file name; None when it is none."""
    found = _NAMED.fullmatch(file_name)
    return (found["name"], found["version"]) if found else None


def manifest(contents: Contents) -> Manifest:
    """The manifest that an installer reads. NotFoundError, MalformedError."""
    found = contents.file(MANIFEST)
    if found is None or found.data is None:
        raise NotFoundError(f"{contents.file_name} has no {MANIFEST} that can be read")
    return read_manifest(found.data)


def core_metadata(contents: Contents) -> CoreMetadata:
    """The manifest as a claim; requirements and what runs in the words of `describe`."""
    found = manifest(contents)
    links = [("Repository", found.repository), ("Homepage", found.homepage), ("Issues", found.bugs)]
    return CoreMetadata(
        contents.file_name,
        found.name,
        found.version,
        "",
        describe(found),
        (),
        project_urls=tuple(pair for pair in links if pair[1]),
    )
