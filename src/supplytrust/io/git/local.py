"""A repository on disk, opened without believing anything but its objects and the names of its references.

Git runs programs that a repository's own `config` names. So git never enters the foreign folder: we make an
empty git directory of our own, write the references into it, and let it borrow the object store. It has no
hooks, no configuration, no attributes, no remotes, no replacement objects and no grafts.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from supplytrust.errors import MalformedError, NotFoundError, TooLargeError
from supplytrust.io.git.process import Limits, View

MAX_REFERENCES = 50_000
MAX_PACKED = 16 * 2**20
_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_UNFIT = re.compile(rb"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|[/.]$")
_VIEW_CONFIG = """[core]
\trepositoryformatversion = {version}
\tbare = true
\thooksPath = /dev/null
\tattributesFile = /dev/null
\tcommitGraph = false
\tmultiPackIndex = false
\tfsmonitor = false
[log]
\tshowSignature = false
[diff]
\trenames = false
[protocol]
\tallow = never
{extensions}"""


def open_folder(path: Path, scratch: Path, limits: Limits | None = None) -> View:
    """A view of the repository at a folder: bare, with a work tree, or a linked work tree.

    Raises NotFoundError when there is none, MalformedError when its parts cannot be read.
    """
    home = _git_folder(path)
    objects = home / "objects"
    if not objects.is_dir():
        raise NotFoundError("no git repository at the given path", hint="give the folder that holds .git or a bare one")
    if (home / "reftable").exists():
        raise MalformedError("references kept as a reftable cannot be read", hint="clone it with --ref-format=files")
    algorithm, partial = _format(home)
    view = Path(tempfile.mkdtemp(prefix="view-", dir=scratch))
    for folder in ("refs/heads", "refs/tags", "objects/info", "objects/pack"):
        (view / folder).mkdir(parents=True)
    sha256 = algorithm == "sha256"
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    (view / "config").write_text(_VIEW_CONFIG.format(version=1 if sha256 else 0, extensions=extensions))
    (view / "HEAD").write_text("ref: refs/heads/none\n")
    (view / "packed-refs").write_bytes(_pack_references(_references_by_name(home)))
    cut = home / "shallow"
    shallow = cut.is_file() and cut.stat().st_size > 0
    if shallow:
        (view / "shallow").write_bytes(_small(cut))
    return View(view, objects.resolve(), shallow, partial, algorithm, limits or Limits(), _last_write(home))


def _last_write(home: Path) -> float | None:
    """When references were last written here: a fetch, a clone or a commit. Packed references do not tell."""
    times = [p.lstat().st_mtime for p in (home / "FETCH_HEAD", *(home / "refs").rglob("*")) if p.is_file()]
    return max(times, default=None)


def _git_folder(path: Path) -> Path:
    """The common git directory: `.git` may be a folder or a file that names one (gitrepository-layout(5))."""
    inner = path / ".git"
    if inner.is_file():
        text = _small(inner).decode("utf-8", "replace").strip()
        inner = (path / text.removeprefix("gitdir:").strip()).resolve()
    home = inner if inner.is_dir() else path
    common = home / "commondir"
    if common.is_file():
        home = (home / _small(common).decode("utf-8", "replace").strip()).resolve()
    return home


def _format(home: Path) -> tuple[str, bool]:
    """Hash algorithm and whether file contents may be missing, read as text: git does not see this file."""
    config = home / "config"
    text = _small(config).decode("utf-8", "replace").lower() if config.is_file() else ""
    algorithm = "sha256" if re.search(r"^\s*objectformat\s*=\s*sha256\s*$", text, re.MULTILINE) else "sha1"
    return algorithm, re.search(r"^\s*(promisor\s*=\s*true|partialclone\s*=)", text, re.MULTILINE) is not None


def _references_by_name(home: Path) -> dict[bytes, bytes]:
    """References by full name. Loose ones win over packed ones; remote branches stand in where no local one is."""
    found: dict[bytes, bytes] = {}
    packed = home / "packed-refs"
    if packed.is_file():
        for line in _small(packed, MAX_PACKED).splitlines():
            target, _, name = line.partition(b" ")
            if _ID.fullmatch(target) and not name.endswith(b"^{}"):
                found[name] = target
    found.update(_loose(home))
    remote = {_local(name): target for name, target in found.items() if name.startswith(b"refs/remotes/")}
    local = {n: t for n, t in found.items() if n.startswith((b"refs/heads/", b"refs/tags/"))}
    return {n: t for n, t in {**remote, **local}.items() if n and not _UNFIT.search(n)}


def _local(name: bytes) -> bytes:
    """`refs/remotes/origin/main` as `refs/heads/main`; other remotes keep their name in front."""
    remote, _, branch = name.removeprefix(b"refs/remotes/").partition(b"/")
    if not branch or branch == b"HEAD":
        return b""
    return b"refs/heads/" + (branch if remote == b"origin" else remote + b"/" + branch)


def _loose(home: Path) -> Iterator[tuple[bytes, bytes]]:
    root, count = os.fsencode(home), 0
    for folder, _, files in os.walk(root + b"/refs", followlinks=False):
        for file in files:
            count += 1
            if count > MAX_REFERENCES:
                raise TooLargeError(f"more than {MAX_REFERENCES} references")
            full = folder + b"/" + file
            text = _small(Path(os.fsdecode(full)), 200).strip()
            if _ID.fullmatch(text):
                yield os.path.relpath(full, root), text


def _pack_references(named: dict[bytes, bytes]) -> bytes:
    if len(named) > MAX_REFERENCES:
        raise TooLargeError(f"more than {MAX_REFERENCES} references")
    return b"# pack-refs with: sorted \n" + b"".join(b"%s %s\n" % (t, n) for n, t in sorted(named.items()))


def _small(path: Path, most: int = 2**20) -> bytes:
    """A regular file's bytes; links, devices and large files are refused."""
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode):
            return b""
        if facts.st_size > most:
            raise TooLargeError(f"{path.name} has {facts.st_size} bytes")
        return path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path.name} of the repository cannot be read") from error
