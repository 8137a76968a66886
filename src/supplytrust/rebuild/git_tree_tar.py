"""A commit's tree as a tar, read object by object from a repository that is not trusted.

No attribute of the repository takes part: nothing is substituted or left out, as in a plain checkout.
"""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from typing import Final

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.io.git.process import View

LINK, COMMIT, EXECUTABLE = "120000", "160000", "100755"
MOST: Final = 512 * 2**20


@dataclass(frozen=True, slots=True)
class _File:
    mode: str
    id: str
    path: str


def tree_tar(view: View, commit: str, stamp: int, root: str = "source") -> bytes:
    """All files of the commit below `root`, every one dated `stamp` (seconds since 1970).

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
