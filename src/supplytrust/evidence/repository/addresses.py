"""Where a package's repository is: named by the caller, by the configuration, or declared by the release itself."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from supplytrust.errors import NotPublishedError
from supplytrust.io.context import CollectContext
from supplytrust.io.git import repository
from supplytrust.io.git.process import View
from supplytrust.io.http.url_rules import origin_of
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.policy import Clone, Settings
from supplytrust.model.subject import Subject

_LABELS = frozenset(
    ["source", "sourcecode", "repository", "code", "github", "gitlab", "sourcerepository", "git", "vcs"]
)
_FORGE = re.compile(r"(?:www\.)?(?:github\.com|gitlab\.[\w.-]+|bitbucket\.org|codeberg\.org|gitea\.com|opendev\.org)$")
_NO_OWNER = frozenset(["sponsors", "orgs", "users", "topics", "marketplace", "about", "features"])


def declared_address(links: Iterable[tuple[str, str]]) -> str:
    """The one address that (label, URL) links declare, those labelled as source first; '' when there is none."""
    found = []
    for label, url in links:
        known = re.sub(r"[\W_]", "", label.lower()) in _LABELS
        address = _address(url.strip(), labelled=known)
        if address:
            found.append((not known, address))
    return min(found, key=lambda pair: pair[0])[1] if found else ""


def _address(url: str, *, labelled: bool) -> str:
    try:
        parts = urlsplit(url.removeprefix("git+"))
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https", "git", "ssh") or not _public(host):
        return ""
    path = [p for p in parts.path.split("/-/")[0].split("/") if p]
    if _FORGE.match(host):
        if len(path) < 2 or path[0] in _NO_OWNER:
            return ""
        kept = path if host.startswith("gitlab.") else path[:2]
        return f"https://{host.removeprefix('www.')}/{'/'.join(kept).removesuffix('.git')}"
    return f"https://{host}/{'/'.join(path)}" if labelled and path else ""


def _public(host: str) -> bool:
    """A name with a dot that is no number: a declaration must not lead into the caller's own network."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))
    return False


def owner_of(address: str) -> str:
    """Who holds a repository, as the part of its address before its name says; '' for a local path."""
    if "://" not in address:
        return ""
    path = [p for p in urlsplit(address).path.split("/") if p]
    return path[-2] if len(path) > 1 else ""


def show_address(address: str) -> str:
    """An address as evidence may keep it: without login, query and fragment; a local path is only called so."""
    if "://" not in address:
        return "local path"
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def locate_repository(subject: Subject, known: SubjectEvidence, world: CollectContext) -> tuple[str, KnownBy]:
    """The repository's address and why it is believed; NotFoundError when nobody names one."""
    if world.repository:
        return world.repository, KnownBy.GIVEN
    configured = world.settings.repository.get(subject.package)
    if configured:
        return configured, KnownBy.CONFIGURED
    declared = _declared_by(known)
    if not declared:
        raise NotPublishedError("the release declares no repository", hint="name one with --repository")
    return declared, KnownBy.DECLARED


def _declared_by(known: SubjectEvidence) -> str:
    links = [(k.label, k.url) for o in known.all(ProjectMetadata) for k in o.claim.links]
    links += [pair for o in known.all(CoreMetadata) for pair in o.claim.project_urls]
    return declared_address(links)


def open_repository(address: str, subject: Subject, world: CollectContext) -> tuple[View, datetime]:
    """A view of the repository and the time it stands for. Raises SourceError kinds.

    A folder that the configuration names as a copy of this very address is read in its place.
    """
    offline, clone = world.http.offline, _copy_of(address, subject, world.settings)
    if clone is not None:
        view = repository.open_clone(Path(clone.folder).expanduser(), address, world.scratch, offline=offline)
    elif "://" in address:
        return repository.open_address(address, world.cache, world.scratch, world.now, offline=offline)
    else:
        view = repository.open_folder(Path(address).expanduser(), world.scratch)
    return view, datetime.fromtimestamp(view.touched or 0, UTC)


def local_repository(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Path | None:
    """The folder of the release's repository on this machine, if there is one."""
    try:
        address, _ = locate_repository(subject, known, world)
    except NotPublishedError:
        return None
    clone = _copy_of(address, subject, world.settings)
    place = clone.folder if clone else address
    return Path(place).expanduser() if "://" not in place and Path(place).expanduser().is_dir() else None


def _copy_of(address: str, subject: Subject, settings: Settings) -> Clone | None:
    """The folder that the configuration names as a copy of an address: for this package, or for all that declare it."""
    copies = (settings.clones.get(key) for key in (subject.package, *(k for k in settings.clones if "://" in k)))
    return next((c for c in copies if c is not None and origin_of(c.address) == origin_of(address)), None)


def share_repository(given: str, root: SubjectEvidence, settings: Settings) -> Settings:
    """The settings for what a release depends on, when the caller named a folder as the release's repository.

    It stands for the address that the release declares, and so for its siblings in one workspace, which declare it too.
    """
    declared = _declared_by(root)
    if not declared or not given or "://" in given:
        return settings
    return replace(settings, clones={declared: Clone(given, declared), **settings.clones})
