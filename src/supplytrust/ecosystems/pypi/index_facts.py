"""Claims from the JSON API's document: metadata, owners, advisories; each absent one with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.version import InvalidVersion, Version

from supplytrust.ecosystems.pypi import documents
from supplytrust.ecosystems.pypi.address import leads_to_index
from supplytrust.ecosystems.pypi.documents import Document, info, objects, part, text, texts
from supplytrust.ecosystems.pypi.files import moment
from supplytrust.errors import SourceError
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.release import (
    KnownVulnerabilities,
    KnownVulnerability,
    ProjectLink,
    ProjectMetadata,
    ReleaseOwners,
)
from supplytrust.model.evidence import NotObservedReason

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
        document = documents.project_document(name, world)
    except SourceError as error:
        for claim in (ProjectMetadata, ReleaseOwners, KnownVulnerabilities):
            out.miss(claim, error.reason, error.message)
        return out
    _owners(document, out)
    if described_version(document) != version:
        try:
            document = documents.release_document(name, str(version), world)
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
