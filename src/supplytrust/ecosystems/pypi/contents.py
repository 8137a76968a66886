"""A wheel or source distribution, read: where its metadata lies, and whether its top folder is as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from supplytrust.ecosystems.contents import Contents, ReadingOptions, read_contents
from supplytrust.ecosystems.pypi.files import names_release, parse_filename
from supplytrust.io.archives.artifact_tree import ArtifactTree
from supplytrust.model.subject import Artifact, ArtifactKind

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


def read(artifact: Artifact, data: bytes, **how: Unpack[ReadingOptions]) -> Contents:
    """Read an artifact's bytes. MalformedError, TooLargeError."""
    return read_contents(artifact, data, _odd_root if artifact.kind is ArtifactKind.SDIST else None, **how)


def _odd_root(tree: ArtifactTree, file_name: str) -> Iterator[str]:
    """A sdist has one top folder, `{name}-{version}` (PEP 625; before it in other spellings of the two)."""
    if not tree.root:
        yield "odd-root: there is no one top folder"
    elif not names_release(tree.root, file_name):
        yield f"odd-root: {tree.root[:80]!r} is not the name and version of {file_name[:80]}"
