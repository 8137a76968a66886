"""Where a package's repository is: named by the caller, by the configuration, or declared by the release itself."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
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


# Where a package's repository is: named by the caller, by the configuration, or declared by the release itself.


def locate_repository(subject: Subject, known: SubjectEvidence, world: CollectContext) -> tuple[str, KnownBy]:
    """The repository's address and why it is believed; NotFoundError when nobody names one."""
    if world.repository:
        return world.repository, KnownBy.GIVEN
    configured = world.settings.repository.get(subject.package)
    if configured:
        return configured, KnownBy.CONFIGURED
    links = [(k.label, k.url) for o in known.all(ProjectMetadata) for k in o.claim.links]
    links += [pair for o in known.all(CoreMetadata) for pair in o.claim.project_urls]
    declared = declared_address(links)
    if not declared:
        raise NotPublishedError("the release declares no repository", hint="name one with --repository")
    return declared, KnownBy.DECLARED


def open_repository(address: str, subject: Subject, world: CollectContext) -> tuple[View, datetime]:
    """A view of the repository and the time it stands for. Raises SourceError kinds.

    A folder that the configuration names as a copy of this very address is read in its place.
    """
    offline, clone = world.http.offline, world.settings.clones.get(subject.package)
    if clone is not None and origin_of(clone.address) == origin_of(address):
        view = repository.open_clone(Path(clone.folder).expanduser(), address, world.scratch, offline=offline)
    elif "://" in address:
        return repository.open_address(address, world.cache, world.scratch, world.now, offline=offline)
    else:
        view = repository.open_folder(Path(address).expanduser(), world.scratch)
    return view, datetime.fromtimestamp(view.touched or 0, UTC)
