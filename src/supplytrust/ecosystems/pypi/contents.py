"""A wheel or source distribution, read: where its metadata lies, and whether its top folder is as it should be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi.files import names_release, parse_filename
from supplytrust.io.archives.artifact_tree import ArtifactTree, read_tree
from supplytrust.io.archives.collector import Keep, Limits, Spool
from supplytrust.io.archives.reader import textual
from supplytrust.model.subject import Artifact, ArtifactKind

_OTHER_FILES = ("second-archive", "path-escape", "name-mismatch", "device")  # other readers may see other files
_DIST_INFO_FILES = frozenset({"METADATA", "RECORD", "WHEEL"})


def dist_info(contents: Contents) -> str:
    """A wheel's metadata folder with a slash at its end; '' when there is none at the top.

    Of several the one that the file is named by; of those the one with METADATA.
    """
    files = contents.files
    known = (f"{top}/" for top, _, name in (f.path.partition("/") for f in files) if name in _DIST_INFO_FILES)
    folders = list(dict.fromkeys(folder for folder in known if folder.endswith(".dist-info/")))
    paths = {f.path for f in files}
    own = contents.file_name
    return max(folders, key=lambda f: (_names_same_release(f, own), f + "METADATA" in paths), default="")


def _names_same_release(folder: str, file_name: str) -> bool:
    parsed, named = parse_filename(file_name), parse_filename(folder.removesuffix(".dist-info/") + ".tar.gz")
    return parsed is not None and named is not None and (parsed.name, parsed.version) == (named.name, named.version)


def read(
    artifact: Artifact,
    data: bytes,
    *,
    keep: Keep = textual,
    spool: Spool | None = None,
    limits: Limits | None = None,
) -> Contents:
    """Read an artifact's bytes. MalformedError, TooLargeError."""
    sdist = artifact.kind is ArtifactKind.SDIST
    tree = read_tree(data, artifact.file_name, rooted=sdist, keep=keep, spool=spool, limits=limits)
    problems = {*tree.problems, *(_odd_root(tree, artifact.file_name) if sdist else ())}
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
    """A sdist has one top folder, `{name}-{version}` (PEP 625; before it in other spellings of the two)."""
    if not tree.root:
        yield "odd-root: there is no one top folder"
    elif not names_release(tree.root, file_name):
        yield f"odd-root: {tree.root[:80]!r} is not the name and version of {file_name[:80]}"
