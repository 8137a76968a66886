"""A repository opened for reading: one on disk, or a remote one by its copy in the cache.

On disk nothing is believed but the objects and the names of references. Git runs programs that a repository's own
`config` names, so git never enters the foreign folder: we make an empty git directory of our own, write the references
into it, and let it borrow the object store. It has no hooks, no configuration, no attributes, no remotes, no
replacement objects and no grafts.

A remote one is a bare clone without file contents, brought up to date. Only https is spoken (http to this machine
itself), with our own configuration: no credentials, no hooks, no submodules, no tags beyond the two reference patterns
asked for, redirects on the first request only. What is fetched is indexed by git, which computes every object's id.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from supplytrust.errors import (
    MalformedError,
    NotFoundError,
    OfflineError,
    RefusedError,
    SourceError,
    TooLargeError,
    UnreachableError,
)
from supplytrust.io.git.process import Limits, View, running
from supplytrust.io.http.url_rules import Target, allowed_target

# --- A repository on disk, opened without believing anything but its objects and the names of its references

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


# --- A remote repository's commits and trees in the cache: a bare clone without file contents, brought up to date

FRESH_SECONDS = 15 * 60
_REFILL = 2_000
_CLONE_CONFIG = """[core]
\trepositoryformatversion = 1
\tbare = true
\thooksPath = /dev/null
\tattributesFile = /dev/null
\tcommitGraph = false
\tfsmonitor = false
[extensions]
\tpartialClone = origin
[remote "origin"]
\turl = {url}
\tpromisor = true
\tpartialclonefilter = blob:none
[credential]
\thelper =
[http]
\tfollowRedirects = initial
\tlowSpeedLimit = 1000
\tlowSpeedTime = 30
[gc]
\tauto = 0
[maintenance]
\tauto = false
[submodule]
\trecurse = false
[fetch]
\trecurseSubmodules = false
"""
_PATTERNS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_WORDS: tuple[tuple[str, type[SourceError]], ...] = (
    ("not found", NotFoundError),
    ("could not read username", NotFoundError),
    ("not exist", NotFoundError),
    ("error: 404", NotFoundError),
    ("error: 403", RefusedError),
    ("not allowed", RefusedError),
    ("unable to access", UnreachableError),
    ("could not resolve", UnreachableError),
    ("timed out", UnreachableError),
    ("hung up", UnreachableError),
)


def open_address(
    url: str, cache: Path, scratch: Path, now: datetime, *, offline: bool, limits: Limits | None = None
) -> tuple[View, datetime]:
    """A view of a remote repository, and when it was fetched last.

    Raises UnreachableError, NotFoundError, RefusedError, TooLargeError or OfflineError. A copy that is a
    quarter of an hour old is not fetched again; offline, any copy will do.
    """
    target, bounds = _askable(url), limits or Limits()
    home = cache / "git" / hashlib.sha256(target.url.encode()).hexdigest()[:32]
    fetched = _last_fetch(home) if offline else update_clone(url, home, now, bounds)
    if fetched is None:
        raise OfflineError("this repository is not in the cache", hint="run once without --offline")
    with _lock(home):
        view = open_folder(home, scratch, bounds)
    refill = None if offline else _refiller(home, target.scheme, bounds)
    return dataclasses.replace(view, partial=True, touched=fetched.timestamp(), refill=refill), fetched


def open_clone(folder: Path, url: str, scratch: Path, *, offline: bool, limits: Limits | None = None) -> View:
    """A view of a folder that is a clone of `url`; contents that it lacks are asked of `url`, if the network may be.

    Git does not enter the folder for that either: it asks from a directory of our own that borrows the objects.
    """
    view = open_folder(folder, scratch, limits)
    fetched = _last_fetch(folder)
    view = dataclasses.replace(view, touched=fetched.timestamp() if fetched else view.touched)
    if offline or not view.partial:
        return view
    target = _askable(url)
    asking = Path(tempfile.mkdtemp(prefix="asking-", dir=scratch))
    _prepare(asking, target.url)
    return dataclasses.replace(view, refill=_refiller(asking, target.scheme, view.limits, view.objects))


def update_clone(url: str, home: Path, now: datetime, limits: Limits | None = None) -> datetime:
    """Make a bare clone without file contents, or bring it up to date; when it was fetched.

    One that is a quarter of an hour old is left as it is. What was interrupted is begun again, and costs nothing that
    was fetched before. Raises like `open_address`.
    """
    target, bounds = _askable(url), limits or Limits()
    with _lock(home):
        fetched = _last_fetch(home)
        if fetched is None or (now - fetched).total_seconds() >= FRESH_SECONDS:
            _prepare(home, target.url)
            _fetch(home, target.scheme, bounds, "--prune", "origin", *_PATTERNS)
            fetched = now
            (home / "fetched").write_text(now.isoformat())
    return fetched


def fetch_contents(url: str, home: Path, ids: list[str], limits: Limits | None = None) -> None:
    """Bring contents by id into a clone that `update_clone` made. Raises like `open_address`."""
    target, bounds = _askable(url), limits or Limits()
    with _lock(home):
        for start in range(0, len(ids), _REFILL):
            _fetch(home, target.scheme, bounds, "origin", *ids[start : start + _REFILL])


def _askable(url: str) -> Target:
    target = allowed_target(url)
    if any(c in target.url for c in '"\\\n\t '):
        raise RefusedError("a repository address with quotes or blanks is not asked")
    return target


def _refiller(home: Path, scheme: str, limits: Limits, objects: Path | None = None) -> Callable[[list[str]], bool]:
    """Asks the remote for contents by id: one request, whatever their number."""

    def refill(ids: list[str]) -> bool:
        try:
            with _lock(home):
                _fetch(home, scheme, limits, "origin", *ids[:_REFILL], objects=objects)
        except SourceError:
            return False
        return True

    return refill


def _prepare(home: Path, url: str) -> None:
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "HEAD").write_text("ref: refs/heads/none\n")
    (home / "config").write_text(_CLONE_CONFIG.format(url=url))


def _fetch(home: Path, scheme: str, limits: Limits, *what: str, objects: Path | None = None) -> None:
    quiet = ("--quiet", "--no-tags", "--no-auto-maintenance", "--no-recurse-submodules", "--no-write-fetch-head")
    arguments = ("fetch", *quiet, "--filter=blob:none", *what)
    try:
        with running(
            home,
            limits,
            *arguments,
            objects=objects,
            protocols=scheme,
            alive=lambda: _size(objects or home / "objects") <= limits.disk,
        ) as out:
            out.read()
    except MalformedError as error:
        said = error.message.lower()
        kind = next((k for words, k in _WORDS if words in said), None)
        if kind is not None:
            cause = error.message.rpartition(": ")[2].strip()
            raise kind(f"the declared repository did not answer: {cause}", hint="name one with --repository") from error
        raise


def _size(objects: Path) -> int:
    total = 0
    for file in objects.rglob("*"):
        with contextlib.suppress(OSError):
            total += file.lstat().st_size
    return total


def _last_fetch(home: Path) -> datetime | None:
    try:
        return datetime.fromisoformat((home / "fetched").read_text())
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    """One process and thread at a time in a repository of the cache."""
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
