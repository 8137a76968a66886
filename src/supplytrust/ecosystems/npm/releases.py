"""Releases of a package: which one is meant, what the registry says of it, its bytes, what it needs."""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from packageurl import PackageURL

from supplytrust.ecosystems.npm import versions
from supplytrust.ecosystems.npm.manifest import check_name, describe, is_elsewhere, split_alias
from supplytrust.ecosystems.npm.packument import (
    LARGEST_TARBALL,
    TYPE,
    Packument,
    Release,
    history,
    packument,
    public_registry,
    registry_base,
    visible,
)
from supplytrust.ecosystems.values import PackageRequest, ProjectFacts, SignedListing, Wish
from supplytrust.errors import InvalidSubjectError, NotFoundError, RefusedError, SupplytrustError
from supplytrust.formats import json_reader
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import (
    KnownVulnerabilities,
    ProjectLink,
    ProjectMetadata,
    ReleaseFiles,
    ReleaseOwners,
)
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, Subject
from supplytrust.model.versions import parse_semantic
from supplytrust.model.vocabulary import EdgeKind

LATEST = "latest"
LARGEST_SEEDS = 4 * 2**20


def resolve(wanted: PackageRequest, world: CollectContext) -> Subject:
    """The release that the tag `latest` names (or the one named by version, tag or range).

    Raises:
        InvalidSubjectError: name or version is not of the form that packages have.
        NotFoundError: no such package or version at the judged moment.
    """
    name = check_name(f"{wanted.namespace}/{wanted.name}" if wanted.namespace else wanted.name)
    read = packument(name, world)
    seen = visible(read, world)
    found = _choose(read, seen, wanted)
    if found is None:
        asked = wanted.version or wanted.specifier
        gone = " (it was there, and was withdrawn)" if wanted.version in read.withdrawn else ""
        raise NotFoundError(
            f"the registry has no release of {name}{' ' + asked if asked else ''} up to {world.at:%Y-%m-%d}{gone}"
        )
    if wanted.file_name and wanted.file_name != found.file_name:
        raise NotFoundError(f"{name} {found.version} has no file {wanted.file_name[:80]}")
    qualifiers = {"file_name": wanted.file_name} if wanted.file_name else None
    return Subject(purl_of(name, found.version, qualifiers), TYPE, name, found.version, found.artifact())


def purl_of(name: str, version: str = "", qualifiers: dict[str, str] | None = None) -> str:
    """The canonical purl of a package; the scope is its namespace."""
    scope, _, short = name.rpartition("/")
    return PackageURL(TYPE, scope or None, short, version or None, qualifiers).to_string()


def _choose(read: Packument, seen: Sequence[Release], wanted: PackageRequest) -> Release | None:
    if wanted.version:
        if not versions.is_whole(wanted.version):
            raise InvalidSubjectError(f"'{wanted.version[:60]}' is not the version of a package")
        return next((one for one in seen if one.version == wanted.version), None)
    tagged = read.tags.get(wanted.specifier or LATEST, "")
    latest = next((one for one in seen if one.version == tagged), None)
    if not wanted.specifier:
        return latest or _highest([one for one in seen if not _is_pre(one)] or seen)
    if latest is not None:
        return latest
    try:
        fitting = [one for one in seen if versions.satisfies(wanted.specifier, one.version)]
    except ValueError as error:
        raise InvalidSubjectError(f"'{wanted.specifier[:60]}' is no range of versions") from error
    preferred = next((one for one in fitting if one.version == read.tags.get(LATEST)), None)
    return preferred or _highest(fitting)


def _highest(releases: Sequence[Release]) -> Release | None:
    """The highest that is not deprecated, else the highest, as the client chooses."""
    standing = [one for one in releases if not one.deprecated] or list(releases)
    return standing[-1] if standing else None


def _is_pre(release: Release) -> bool:
    return bool(parse_semantic(release.version).pre)


def facts(subject: Subject, world: CollectContext) -> ProjectFacts:
    """What the registry's document says of this release, nothing later than `world.at`."""
    read = packument(subject.name, world)
    seen = visible(read, world)
    release = next((one for one in seen if one.version == subject.version), None)
    if release is None:
        raise NotFoundError(f"the registry does not list {subject.name} {subject.version}")
    listed = history(seen)
    roles = tuple((account, "maintainer") for account in release.maintainers)
    missing = [(KnownVulnerabilities.__name__, str(NotObservedReason.NOT_PUBLISHED), "advisories are read elsewhere")]
    if not roles:
        missing.append(
            (ReleaseOwners.__name__, str(NotObservedReason.NOT_PUBLISHED), "the registry names no maintainer")
        )
    why = f"deprecated: {release.deprecated}" if release.deprecated else ""
    return ProjectFacts(
        ReleaseFiles(release.version, (release.as_claim(),), release.yanked, why),
        replace(listed, predecessor=versions.predecessor(listed, release.version)),
        _metadata(release),
        ReleaseOwners("", roles) if roles else None,
        None,
        tuple(missing),
        _method(read),
    )


def _method(read: Packument) -> str:
    left_out = f"; {read.skipped} versions that cannot be read left out" if read.skipped else ""
    times = "" if read.believable else "; times-implausible: out of the order of versions, none is believed"
    kept = f", as it was on {read.kept_at:%Y-%m-%d %H:%M} UTC" if read.kept_at else ""
    return f"document of the registry{kept}{left_out}{times}"


def _metadata(release: Release) -> ProjectMetadata:
    own = release.manifest
    links = [("repository", own.repository), ("homepage", own.homepage), ("issues", own.bugs)]
    return ProjectMetadata(
        release.name,
        release.version,
        own.description,
        own.license,
        "",
        describe(own),
        tuple(sorted((ProjectLink(label, url) for label, url in links if url), key=lambda k: (k.label, k.url))),
        "",
        "",
    )


# --- bytes


def fetch(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The tarball's bytes; no digest is judged here: bytes that differ are what `MeasuredDigest` is about."""
    kept = world.blobs.get(artifact.sha256) if artifact.sha256 else None
    if kept is not None:
        return kept
    data = world.http.get(tarball_address(subject, artifact, world), raw=True, limit=LARGEST_TARBALL).body
    if artifact.sha256 and hashlib.sha256(data).hexdigest() == artifact.sha256:
        world.blobs.put(data)
    return data


def tarball_address(subject: Subject, artifact: Artifact, world: CollectContext) -> str:
    """Where the release that has this file is downloaded from. NotFoundError, RefusedError."""
    listed = packument(subject.name, world).releases
    release = next((one for one in listed if one.file_name == artifact.file_name), None)
    if release is None:
        raise NotFoundError(f"the registry lists no file {artifact.file_name} of {subject.name}")
    base = registry_base(world.settings, name=subject.name)
    url = release.tarball or f"{base}{quote(subject.name, safe='@/')}/-/{quote(release.file_name, safe='@')}"
    if urlsplit(base).scheme == "https" and urlsplit(url).scheme != "https":
        raise RefusedError("the tarball is listed at a less protected address than the registry itself")
    return url


def fetch_attestations(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The document of attestations that the registry names for a file. NotFoundError when it names none."""
    release = next((r for r in packument(subject.name, world).releases if r.file_name == artifact.file_name), None)
    if release is None or not release.provenance:
        raise NotFoundError(f"the registry offers no attestation of {artifact.file_name}")
    base = registry_base(world.settings, name=subject.name)
    if urlsplit(base).scheme == "https" and urlsplit(release.provenance).scheme != "https":
        raise RefusedError("attestations are listed at a less protected address than the registry itself")
    return world.http.get(release.provenance, limit=4 * 2**20).body


def signed_listing(subject: Subject, artifact: Artifact, world: CollectContext) -> SignedListing:
    """Name, version and integrity, with the registry's signatures over them. NotFoundError when there are none.

    The text is the one of the client's `audit signatures`: `<name>@<version>:<integrity>`.
    """
    release = next((r for r in packument(subject.name, world).releases if r.file_name == artifact.file_name), None)
    if release is None or not release.signatures:
        raise NotFoundError(f"the registry's document has no signature over {artifact.file_name}")
    text = f"{release.name}@{release.version}:{release.integrity}"
    return SignedListing(text.encode(), release.sha512, release.signatures, release.published)


@functools.cache
def client_keys() -> bytes:
    """The registry's keys in the client's own embedded targets; nothing of it is run. Empty when it is not here."""
    client = shutil.which("npm")
    if client is None:
        return b""
    seeds = Path(client).resolve().parent.parent / "node_modules" / "@sigstore" / "tuf" / "seeds.json"
    try:
        if seeds.stat().st_size > LARGEST_SEEDS:
            return b""
        read = json_reader.read_object(seeds.read_bytes(), json_reader.Limits(size=LARGEST_SEEDS))
        targets = [one.get("targets") for one in read.values() if isinstance(one, dict)]
        host = quote(urlsplit(public_registry()).hostname or "", safe="")
        encoded = next((one.get(f"{host}%2Fkeys.json") for one in targets if isinstance(one, dict)), "")
        return json_reader.read_base64(encoded) if isinstance(encoded, str) else b""
    except (OSError, SupplytrustError):
        return b""


# --- dependencies


def wishes(node: SubjectEvidence) -> tuple[Wish, ...]:
    """What a plain installation takes in: dependencies and optional ones; of peers those that are not optional."""
    judged = node.subject.artifact.file_name if node.subject.artifact else ""
    own = next((seen.claim for seen in node.all(CoreMetadata) if seen.claim.file_name == judged), None)
    listed = node.newest(ProjectMetadata)
    needed = own.requires_dist if own else listed.claim.requires_dist if listed else ()
    found = {(w.wanted.name, w.how): w for w in _read_wishes(needed)}
    return tuple(sorted(found.values(), key=lambda w: (w.wanted.name, w.how)))


def _read_wishes(needed: Iterable[str]) -> Iterator[Wish]:
    for text in needed:
        head, _, tail = (
            text.rpartition("; ") if text.endswith(("; optional", "; peer", "; script", "; bin")) else (text, "", "")
        )
        if tail in ("script", "bin") or text.endswith("; peer, optional"):
            continue
        name, _, requirement = (head or text).partition(" ")
        package, bounds = split_alias(name, requirement.strip())
        specifier = "" if bounds in ("", "*", "latest") or is_elsewhere(bounds) else bounds
        scope, _, short = package.rpartition("/")
        wanted = PackageRequest(TYPE, short, namespace=scope, specifier=specifier)
        yield Wish(wanted, EdgeKind.LINK, "declared", "package.json")
