"""Python packages (purl type `pypi`): Simple API and JSON API of the index the client is configured for."""

from __future__ import annotations

import hashlib
from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit

from packageurl import PackageURL
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from supplytrust.ecosystems.pypi import core_metadata, documents, simple, versions
from supplytrust.ecosystems.pypi.address import json_base, simple_base
from supplytrust.ecosystems.pypi.files import IndexFile, Project, select_for_install
from supplytrust.ecosystems.pypi.versions import Release
from supplytrust.ecosystems.values import PackageRequest, ProjectFacts
from supplytrust.errors import InvalidSubjectError, NotFoundError, RefusedError, SourceError
from supplytrust.evidence.attestations import statement
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.release import ProjectMetadata, ReleaseFiles
from supplytrust.model.subject import Artifact, Subject

TYPE = "pypi"
LARGEST = 512 * 2**20


def resolve(wanted: PackageRequest, world: CollectContext) -> Subject:
    """The newest non-yanked release (or the one named, even if yanked) and the file an install would take.

    Raises:
        InvalidSubjectError: name, version or specifier is not of the form that Python packages have.
        NotFoundError: no such project, version or file at the judged moment.
    """
    name = canonical_name(wanted.name)
    named = versions.exact(wanted.version) if wanted.version else None
    found = versions.releases(simple.visible(simple.project(name, world).files, world))
    release = _release(found, named) if named else versions.newest(found, wanted.specifier)
    if release is None:
        asked = wanted.version or wanted.specifier
        raise NotFoundError(
            f"the index has no release of {name}{' ' + asked if asked else ''} up to {world.at:%Y-%m-%d}"
        )
    return _subject(name, release, wanted.file_name)


def canonical_name(name: str) -> str:
    """The one spelling of a name (PEP 503). InvalidSubjectError."""
    try:
        return canonicalize_name(name, validate=True)
    except InvalidName as error:
        raise InvalidSubjectError(f"'{name}' is not the name of a Python package") from error


def _release(found: list[Release], version: Version) -> Release | None:
    return next((r for r in found if r.version == version), None)


def _subject(name: str, release: Release, file_name: str) -> Subject:
    version = str(release.version)
    if file_name:
        file = next((f for f in release.files if f.file_name == file_name), None)
        if file is None:
            raise NotFoundError(f"{name} {version} has no file {file_name}")
    else:
        file = select_for_install(release.files)
    qualifiers = {"file_name": file_name} if file_name else None
    purl = PackageURL(TYPE, None, name, version, qualifiers).to_string()
    others = tuple(f.artifact() for f in release.files if f is not file)
    return Subject(purl, TYPE, name, version, file.artifact() if file else None, others)


def facts(subject: Subject, world: CollectContext) -> ProjectFacts:
    """The index's documents about this release, nothing later than `world.at`."""
    project = simple.project(subject.name, world)
    found = versions.releases(simple.visible(project.files, world))
    version = versions.exact(subject.version)
    release = _release(found, version)
    if release is None:
        raise NotFoundError(f"the index does not list {subject.name} {subject.version}")
    reasons = sorted({f.yanked_reason for f in release.files if f.yanked_reason})
    told = documents.collect_index_claims(subject.name, version, world)
    metadata = told.metadata or _own_metadata(subject, world)
    return ProjectFacts(
        ReleaseFiles(
            str(version), tuple(f.as_claim() for f in release.files), release.yanked, "; ".join(reasons)[:300]
        ),
        versions.history(found, version),
        metadata,
        told.owners,
        told.vulnerabilities,
        tuple(told.missing),
        _method(project),
    )


def _own_metadata(subject: Subject, world: CollectContext) -> ProjectMetadata | None:
    """What the judged file says itself, for indexes that only describe the newest release."""
    from supplytrust.ecosystems import artifact_cache  # it fetches through this page

    if subject.artifact is None:
        return None
    try:
        return core_metadata.project_metadata(artifact_cache.of(subject, subject.artifact, world).contents)
    except SourceError:
        return None


def _method(project: Project) -> str:
    left_out = f"; {project.skipped} files without a readable version left out" if project.skipped else ""
    kept = f", as it was on {project.kept_at:%Y-%m-%d %H:%M} UTC" if project.kept_at else ""
    return f"simple index ({project.form}{kept}){left_out}"


def fetch(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The artifact's bytes, from the blob store when its digest is known there, else from the index.

    The digest is not judged here: bytes that differ from the listing are what `MeasuredDigest` is about.
    """
    kept = world.blobs.get(artifact.sha256)
    if kept is not None:
        return kept
    base = simple_base(world.settings, name=subject.name)
    listed = next((f for f in simple.project(subject.name, world).files if f.file_name == artifact.file_name), None)
    if listed is None:
        raise NotFoundError(f"the index does not list {artifact.file_name}")
    if not simple.same_scheme(base, listed.url):
        raise RefusedError(f"{artifact.file_name} is listed at a less protected address than the index itself")
    data = world.http.get(listed.url, raw=True, limit=LARGEST).body
    if hashlib.sha256(data).hexdigest() == artifact.sha256:
        world.blobs.put(data)
    return data


def index_address(name: str, world: CollectContext) -> str:
    """The base of the Simple API that is asked about a package."""
    return simple_base(world.settings, name=canonical_name(name))


def first_release(name: str, world: CollectContext) -> datetime | None:
    """When the first file of a project was uploaded; None when the index does not say for all of them."""
    times = [f.uploaded_at for f in simple.project(canonical_name(name), world).files]
    known = [t for t in times if t is not None]
    return min(known) if known and len(known) == len(times) else None


def index_files(name: str, world: CollectContext) -> tuple[IndexFile, ...]:
    """Every file of a project that was there at the judged moment, with upload times as far as known."""
    return tuple(simple.visible(simple.project(canonical_name(name), world).files, world))


# --- The provenance object of a file (PEP 740): at the address that the listing names, else at the conventional route.

ACCEPT_PROVENANCE = "application/vnd.pypi.integrity.v1+json"


def fetch_provenance(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The document that the index offers for a file.

    Raises:
        NotFoundError: the index does not list the file, offers nothing for it, or answers a page.
        RefusedError: the document lies at a less protected address than the index.
    """
    try:
        files = index_files(subject.name, world)
    except NotFoundError:
        files = ()
    listed = next((f for f in files if f.file_name == artifact.file_name), None)
    if listed is None:
        raise NotFoundError(f"the index does not list {artifact.file_name}")
    if listed.attested is False:
        raise NotFoundError(f"the index offers no attestation of {artifact.file_name}")
    base = simple_base(world.settings, name=subject.name)
    parts = (subject.name, subject.version, artifact.file_name)
    route = "/".join(quote(part, safe="") for part in parts)
    url = listed.provenance or urljoin(json_base(base), f"../integrity/{route}/provenance")
    if not simple.same_scheme(base, url):
        raise RefusedError("the attestation is listed at a less protected address than the index itself")
    body = world.http.get(url, accept=ACCEPT_PROVENANCE, limit=statement.PROVENANCE_LIMITS.size).body
    if body.lstrip()[:1] == b"<":
        raise NotFoundError("the index answers a page where the attestation would be")
    return body


def signed_predicates() -> frozenset[str]:
    """The publish predicate of the index."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    host = urlsplit(str(DEFINITIONS_BY_TYPE[TYPE].default_repository_url)).hostname
    return frozenset([f"https://docs.{host}/attestations/publish/v1"])
