"""METADATA, PKG-INFO and WHEEL of an artifact (https://packaging.python.org/specifications/core-metadata/)."""

from __future__ import annotations

from collections.abc import Mapping
from email import policy
from email.message import Message
from email.parser import HeaderParser

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi.address import leads_to_index
from supplytrust.ecosystems.pypi.contents import dist_info
from supplytrust.errors import MalformedError, NotFoundError
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import ProjectLink, ProjectMetadata
from supplytrust.model.subject import ArtifactKind


def core_metadata(contents: Contents) -> CoreMetadata:
    """The artifact's own metadata. NotFoundError, MalformedError."""
    fields = _fields(contents)
    wheel = _headers(contents.text(dist_info(contents) + "WHEEL") or "") if dist_info(contents) else Message()
    pure = str(wheel.get("Root-Is-Purelib", "")).strip().lower()
    return CoreMetadata(
        contents.file_name,
        _one(fields, "Name"),
        _one(fields, "Version"),
        _one(fields, "Requires-Python"),
        _all(fields, "Requires-Dist"),
        _all(fields, "Provides-Extra"),
        _one(wheel, "Generator"),
        {"true": True, "false": False}.get(pure),
        _all(wheel, "Tag"),
        tuple((link.label, link.url) for link in _links(fields)),
    )


def project_metadata(contents: Contents) -> ProjectMetadata:
    """What the artifact says about its project, in the form of the index's document."""
    fields = _fields(contents)
    return ProjectMetadata(
        _one(fields, "Name"),
        _one(fields, "Version"),
        _one(fields, "Summary"),
        _one(fields, "License-Expression") or _one(fields, "License")[:200],
        _one(fields, "Requires-Python"),
        _all(fields, "Requires-Dist"),
        _links(fields),
        _one(fields, "Author") or _one(fields, "Author-email"),
        _one(fields, "Maintainer") or _one(fields, "Maintainer-email"),
        _all(fields, "Classifier"),
    )


def _fields(contents: Contents) -> Message:
    wheel = contents.kind is ArtifactKind.WHEEL
    where = dist_info(contents) + "METADATA" if wheel else "PKG-INFO"
    if wheel and not dist_info(contents):
        raise NotFoundError(f"{contents.file_name} has no METADATA")
    text = contents.text(where)
    if text is None:
        raise NotFoundError(f"{contents.file_name} has no readable {where}")
    fields = _headers(text)
    if not _one(fields, "Name"):
        raise MalformedError(f"{contents.file_name}: {where} names no package")
    if not _one(fields, "Version"):
        raise MalformedError(f"{contents.file_name}: {where} names no version")
    return fields


def _headers(text: str) -> Message:
    """Headers only: a body of parts within parts takes time by the square of their depth, and nobody reads it."""
    return HeaderParser(policy=policy.compat32).parsestr(text.removeprefix("\ufeff"))


def _one(fields: Message | Mapping[str, str], name: str) -> str:
    value = str(fields.get(name) or "").strip()
    return "" if value == "UNKNOWN" else value


def _all(fields: Message, name: str) -> tuple[str, ...]:
    values = (" ".join(str(value).split()) for value in fields.get_all(name) or [])
    return tuple(value for value in values if value and value != "UNKNOWN")


def _links(fields: Message) -> tuple[ProjectLink, ...]:
    found = {ProjectLink("Homepage", _one(fields, "Home-page"))} if _one(fields, "Home-page") else set()
    for value in _all(fields, "Project-URL"):
        label, comma, url = value.partition(",")
        if comma and url.strip():
            found.add(ProjectLink(label.strip(), url.strip()))
    own = (link for link in found if not leads_to_index(link.url))
    return tuple(sorted(own, key=lambda link: (link.label, link.url)))
