"""One commit as a repository of its own: tools that ask git for the commit and its files find these and nothing else.

It has no history, no configuration, no hooks and no remotes of the repository that it comes from; only the objects of
one tree, which git itself packed and checked.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from supplytrust.errors import NotFoundError, TooLargeError
from supplytrust.io.git.process import View, running

MOST_OBJECTS = 500_000
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfilemode = true\n\tlogallrefupdates = false\n"


def repository_files(view: View, commit: str) -> dict[str, bytes]:
    """The files of such a `.git` folder, without the work tree. Raises what reading git raises."""
    ids = _ids(view, commit)
    with tempfile.TemporaryDirectory(prefix="commit-", dir=view.path) as place:
        home = Path(place)
        for folder in ("objects/pack", "objects/info", "refs/heads", "refs/tags", "info"):
            (home / folder).mkdir(parents=True)
        (home / "config").write_text(_CONFIG, encoding="ascii")
        (home / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
        _pack(view, ids, home)
        (home / "shallow").write_text(f"{commit}\n", encoding="ascii")
        with running(home, view.limits, "read-tree", commit) as out:
            out.read()
        (home / "HEAD").write_text(f"{commit}\n", encoding="ascii")
        files = {p.relative_to(home).as_posix(): p.read_bytes() for p in sorted(home.rglob("*")) if p.is_file()}
    return {**files, "refs/heads/.keep": b""}


def _ids(view: View, commit: str) -> list[bytes]:
    args = ("rev-list", "--objects", "--no-object-names", "--missing=print", "--no-walk", commit)
    with running(view.path, view.limits, *args, objects=view.objects) as out:
        ids = out.read(MOST_OBJECTS * 65 + 1).split()
    if len(ids) > MOST_OBJECTS:
        raise TooLargeError(f"more than {MOST_OBJECTS} objects in a tree")
    missing = [one for one in ids if one.startswith(b"?")]
    if missing:
        raise NotFoundError(f"this copy of the repository lacks the contents of {len(missing)} files of the commit")
    return ids


def _pack(view: View, ids: list[bytes], home: Path) -> None:
    with tempfile.TemporaryFile(dir=home) as asked, tempfile.TemporaryFile(dir=home) as packed:
        asked.write(b"\n".join(ids) + b"\n")
        asked.seek(0)
        with running(
            view.path, view.limits, "pack-objects", "--stdout", "-q", objects=view.objects, stdin=asked
        ) as out:
            while block := out.read(1 << 20):
                packed.write(block)
        packed.seek(0)
        with running(home, view.limits, "index-pack", "--stdin", "--no-rev-index", stdin=packed) as out:
            out.read()
