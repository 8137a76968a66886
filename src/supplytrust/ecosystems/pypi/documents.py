"""The JSON API of Python package indexes: read defensively, every wrong type is an absent value.

Some indexes have it for projects only, not for single versions, and some answer HTML for what they lack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supplytrust.ecosystems.pypi.address import json_base, leads_to_index, simple_base
from supplytrust.ecosystems.pypi.files import digest, length, moment
from supplytrust.errors import MalformedError, MalformedRecordError, SourceError
from supplytrust.formats.json_reader import FOREIGN, read_foreign_json
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.release import (
    KnownVulnerabilities,
    KnownVulnerability,
    ProjectLink,
    ProjectMetadata,
    ReleaseOwners,
)
from supplytrust.model.evidence import NotObservedReason

LIMIT = FOREIGN.size
Document = Mapping[str, object]
_OF_A_FILE = frozenset(
    {"filename", "digests", "size", "upload_time", "upload_time_iso_8601", "yanked", "yanked_reason"}
)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the document says about one file."""

    sha256: str
    size: int | None
    uploaded_at: datetime | None
    yanked: bool
    yanked_reason: str


def project_document(name: str, world: CollectContext) -> Document:
    """The project's document; its `info` describes the newest release."""
    return _fetch(f"{canonicalize_name(name)}/json", world)


def release_document(name: str, version: str, world: CollectContext) -> Document:
    """The document of one release. NotFoundError on indexes that have none."""
    return _fetch(f"{canonicalize_name(name)}/{version}/json", world)


def _fetch(path: str, world: CollectContext) -> Document:
    name = path.partition("/")[0]
    url = json_base(simple_base(world.settings, name=name)) + path
    return world.once.get(
        ("document", url), lambda: _parse(world.http.get(url, accept="application/json", limit=LIMIT).body, name)
    )


def _lean(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object without the fields that nobody asks for: of a large project they are most of the document."""
    fields = dict(pairs)
    if "filename" in fields:
        return {key: value for key, value in pairs if key in _OF_A_FILE}
    return {"sha256": fields["sha256"]} if "sha256" in fields else fields


def _parse(body: bytes, name: str) -> Document:
    try:
        document = read_foreign_json(body, hook=_lean)
    except MalformedRecordError as error:
        raise MalformedError("the JSON API answered something that is not JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("info"), dict):
        raise MalformedError("the JSON API answered a document without project information")
    named = text(info(document), "name")
    if named and canonicalize_name(named) != name:
        raise MalformedError("the JSON API answered a document about another project")
    return MappingProxyType(document)


def info(document: Document) -> Mapping[str, object]:
    """The `info` part."""
    return part(document, "info")


def part(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    """An object inside the document; empty when it is not one."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def text(fields: Mapping[str, object], key: str) -> str:
    """A string field; '' when it is anything else."""
    found = fields.get(key)
    return found if isinstance(found, str) else ""


def texts(fields: Mapping[str, object], key: str) -> tuple[str, ...]:
    """A list of strings; others in it are dropped."""
    found = fields.get(key)
    return tuple(t for t in found if isinstance(t, str)) if isinstance(found, list) else ()


def objects(fields: Mapping[str, object], key: str) -> tuple[Mapping[str, object], ...]:
    """A list of objects; others in it are dropped."""
    found = fields.get(key)
    return tuple(o for o in found if isinstance(o, dict)) if isinstance(found, list) else ()


def releases(document: Document) -> dict[str, IndexEntry]:
    """File name to what `releases` (or, failing that, `urls`) says about it."""
    every = part(document, "releases")
    entries = [entry for version in every for entry in objects(every, version)] or objects(document, "urls")
    return {text(entry, "filename"): _index_entry(entry) for entry in entries if text(entry, "filename")}


def _index_entry(entry: Mapping[str, object]) -> IndexEntry:
    return IndexEntry(
        digest(part(entry, "digests").get("sha256")),
        length(entry.get("size")),
        moment(entry.get("upload_time_iso_8601")) or moment(entry.get("upload_time")),
        entry.get("yanked") is True,
        text(entry, "yanked_reason"),
    )


# --- claims: metadata, owners, advisories; each absent one with its reason

Missing = tuple[str, str, str]


@dataclass(slots=True)
class IndexClaims:
    """What the documents gave, and what they did not."""

    metadata: ProjectMetadata | None = None
    owners: ReleaseOwners | None = None
    vulnerabilities: KnownVulnerabilities | None = None
    missing: list[Missing] = field(default_factory=list)

    def miss(self, claim: type, reason: NotObservedReason | str, detail: str) -> None:
        """Note why a claim was not made."""
        self.missing.append((claim.__name__, str(reason), detail))


def collect_index_claims(name: str, version: Version, world: CollectContext) -> IndexClaims:
    """Ask for the project's document, and for the version's own when that describes another release."""
    out = IndexClaims()
    try:
        document = project_document(name, world)
    except SourceError as error:
        for claim in (ProjectMetadata, ReleaseOwners, KnownVulnerabilities):
            out.miss(claim, error.reason, error.message)
        return out
    _owners(document, out)
    if described_version(document) != version:
        try:
            document = release_document(name, str(version), world)
        except SourceError as error:
            shown = text(info(document), "version") or "no version"
            detail = f"the index's document is of {shown}; the one of {version}: {error.reason}"
            out.miss(ProjectMetadata, NotObservedReason.INCOMPLETE, detail)
            out.miss(KnownVulnerabilities, NotObservedReason.INCOMPLETE, detail)
            return out
    if described_version(document) == version:
        out.metadata = metadata(document)
        _vulnerabilities(document, version, world, out)
    else:
        for claim in (ProjectMetadata, KnownVulnerabilities):
            out.miss(claim, NotObservedReason.MALFORMED, f"the document of {version} describes another version")
    return out


def described_version(document: Document) -> Version | None:
    """The version that a document is about."""
    try:
        return Version(text(info(document), "version"))
    except InvalidVersion:
        return None


def metadata(document: Document) -> ProjectMetadata:
    """The metadata claim of a document, for the version it says it describes."""
    fields = info(document)
    urls = part(fields, "project_urls")
    links = [ProjectLink(label, url) for label, url in urls.items() if isinstance(url, str)]
    links += [ProjectLink("Homepage", text(fields, "home_page"))] if text(fields, "home_page") else []
    status = text(part(document, "project-status"), "status")
    return ProjectMetadata(
        text(fields, "name"),
        text(fields, "version"),
        text(fields, "summary"),
        text(fields, "license_expression") or text(fields, "license"),
        text(fields, "requires_python"),
        texts(fields, "requires_dist"),
        tuple(sorted({k for k in links if not leads_to_index(k.url)}, key=lambda link: (link.label, link.url))),
        text(fields, "author") or text(fields, "author_email"),
        text(fields, "maintainer") or text(fields, "maintainer_email"),
        texts(fields, "classifiers"),
        status == "archived" if status else None,
    )


def _owners(document: Document, out: IndexClaims) -> None:
    ownership = document.get("ownership")
    if not isinstance(ownership, dict):
        out.miss(ReleaseOwners, NotObservedReason.NOT_PUBLISHED, "the index does not say who may release")
        return
    pairs = [(text(role, "user"), text(role, "role")) for role in objects(ownership, "roles")]
    out.owners = ReleaseOwners(_organization(ownership), tuple(sorted({p for p in pairs if p[0]})))
    if not out.owners.organization and not out.owners.roles:
        out.owners = None
        out.miss(ReleaseOwners, NotObservedReason.NOT_PUBLISHED, "the index names neither accounts nor an organization")


def _organization(ownership: Mapping[str, object]) -> str:
    return text(ownership, "organization") or text(part(ownership, "organization"), "name")


def _vulnerabilities(document: Document, version: Version, world: CollectContext, out: IndexClaims) -> None:
    if not isinstance(document.get("vulnerabilities"), list):
        out.miss(KnownVulnerabilities, NotObservedReason.NOT_PUBLISHED, "the index publishes no advisories")
        return
    found = [_vulnerability(entry) for entry in objects(document, "vulnerabilities")]
    seen = [v for v in found if v.id and (v.published is None or v.published <= world.at)]
    out.vulnerabilities = KnownVulnerabilities(str(version), tuple(sorted(seen, key=lambda v: v.id)))


def _vulnerability(entry: Mapping[str, object]) -> KnownVulnerability:
    identity = text(entry, "id")
    return KnownVulnerability(
        identity,
        texts(entry, "aliases"),
        texts(entry, "fixed_in"),
        withdrawn=bool(text(entry, "withdrawn")),
        published=moment(entry.get("published")),
        malicious=identity.startswith("MAL-") or any(a.startswith("MAL-") for a in texts(entry, "aliases")),
    )
