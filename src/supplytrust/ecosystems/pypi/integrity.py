"""The provenance object of a file (PEP 740): at the address that the listing names, else at the conventional route."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from supplytrust.ecosystems import pypi
from supplytrust.ecosystems.pypi.address import json_base, simple_base
from supplytrust.ecosystems.pypi.simple import same_scheme
from supplytrust.errors import NotFoundError, RefusedError
from supplytrust.evidence.attestations import statement
from supplytrust.io.context import CollectContext
from supplytrust.model.subject import Artifact, Subject

ACCEPT = "application/vnd.pypi.integrity.v1+json"


def fetch_provenance(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The document that the index offers for a file.

    Raises:
        NotFoundError: the index does not list the file, offers nothing for it, or answers a page.
        RefusedError: the document lies at a less protected address than the index.
    """
    try:
        files = pypi.index_files(subject.name, world)
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
    if not same_scheme(base, url):
        raise RefusedError("the attestation is listed at a less protected address than the index itself")
    body = world.http.get(url, accept=ACCEPT, limit=statement.PROVENANCE_LIMITS.size).body
    if body.lstrip()[:1] == b"<":
        raise NotFoundError("the index answers a page where the attestation would be")
    return body


def signed_predicates() -> frozenset[str]:
    """The publish predicate of the index."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    host = urlsplit(str(DEFINITIONS_BY_TYPE[pypi.TYPE].default_repository_url)).hostname
    return frozenset([f"https://docs.{host}/attestations/publish/v1"])
