"""A remote repository's commits and trees in the cache: a bare clone without file contents, brought up to date.

Only https is spoken (http to this machine itself), with our own configuration: no credentials, no hooks, no
submodules, no tags beyond the two reference patterns asked for, redirects on the first request only. What is
fetched is indexed by git itself, which computes every object's id.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from supplytrust.errors import MalformedError, NotFoundError, OfflineError, RefusedError, SourceError, UnreachableError
from supplytrust.io.git.local import open_folder
from supplytrust.io.git.process import Limits, View, running
from supplytrust.io.http.url_rules import allowed_target

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
    target, bounds = allowed_target(url), limits or Limits()
    if any(c in target.url for c in '"\\\n\t '):
        raise RefusedError("a repository address with quotes or blanks is not asked")
    home = cache / "git" / hashlib.sha256(target.url.encode()).hexdigest()[:32]
    with _lock(home):
        fetched = _last_fetch(home)
        fresh = fetched is not None and (now - fetched).total_seconds() < FRESH_SECONDS
        if not fresh and not offline:
            _prepare(home, target.url)
            _fetch(home, target.scheme, bounds, "--prune", "origin", *_PATTERNS)
            fetched = now
            (home / "fetched").write_text(now.isoformat())
        if fetched is None:
            raise OfflineError("this repository is not in the cache", hint="run once without --offline")
        view = open_folder(home, scratch, bounds)
    refill = None if offline else _refiller(home, target.scheme, bounds)
    return dataclasses.replace(view, partial=True, touched=fetched.timestamp(), refill=refill), fetched


def _refiller(home: Path, scheme: str, limits: Limits) -> Callable[[list[str]], bool]:
    """Asks the remote for contents by id: one request, whatever their number."""

    def refill(ids: list[str]) -> bool:
        try:
            with _lock(home):
                _fetch(home, scheme, limits, "origin", *ids[:_REFILL])
        except SourceError:
            return False
        return True

    return refill


def _prepare(home: Path, url: str) -> None:
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "HEAD").write_text("ref: refs/heads/none\n")
    (home / "config").write_text(_CLONE_CONFIG.format(url=url))


def _fetch(home: Path, scheme: str, limits: Limits, *what: str) -> None:
    quiet = ("--quiet", "--no-tags", "--no-auto-maintenance", "--no-recurse-submodules", "--no-write-fetch-head")
    arguments = ("fetch", *quiet, "--filter=blob:none", *what)
    try:
        with running(home, limits, *arguments, protocols=scheme, alive=lambda: _size(home) <= limits.disk) as out:
            out.read()
    except MalformedError as error:
        said = error.message.lower()
        kind = next((k for words, k in _WORDS if words in said), None)
        if kind is not None:
            cause = error.message.rpartition(": ")[2].strip()
            raise kind(f"the declared repository did not answer: {cause}", hint="name one with --repository") from error
        raise


def _size(home: Path) -> int:
    total = 0
    for file in (home / "objects").rglob("*"):
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
