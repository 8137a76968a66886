"""METADATA, PKG-INFO and WHEEL of an artifact, and what a release says it needs.

https://packaging.python.org/specifications/core-metadata/; build requirements are those of PEP 518.
"""

from __future__ import annotations

from collections.abc import Mapping
from email import policy
from email.message import Message
from email.parser import HeaderParser

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from supplytrust.ecosystems.contents import Contents
from supplytrust.ecosystems.pypi.address import leads_to_index
from supplytrust.ecosystems.pypi.contents import dist_info
from supplytrust.ecosystems.values import PackageRequest, Wish
from supplytrust.errors import MalformedError, NotFoundError
from supplytrust.model.claims.artifact import BuildSystem, CoreMetadata
from supplytrust.model.claims.rebuild import RebuildInput, RebuildResult
from supplytrust.model.claims.release import ProjectLink, ProjectMetadata
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import EdgeKind


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


# --- what a release needs
# Markers are evaluated for the running interpreter; extras are not followed unless asked for. An edge of this kind is
# known by declaration only (`how = declared`). Where a rebuild gave the published file back, the tools that it used,
# version by version, take the place of the declared ones (`how = rebuilt with`).


def wishes(node: SubjectEvidence) -> tuple[Wish, ...]:
    """All declared dependencies of one package, each once a kind, in order of name."""
    found = [*_run_time(node), *_build_time(node)]
    unique = {(w.wanted, w.kind): w for w in found}
    return tuple(sorted(unique.values(), key=lambda w: (w.kind.value, w.wanted.name)))


def _run_time(node: SubjectEvidence) -> list[Wish]:
    return [w for text in _requires(node) if (w := _wish(text, EdgeKind.LINK, "Requires-Dist"))]


def _requires(node: SubjectEvidence) -> tuple[str, ...]:
    """The judged artifact's own word first; the index's document only when it is about this version."""
    judged = node.subject.artifact.file_name if node.subject.artifact else ""
    for seen in node.all(CoreMetadata):
        if seen.claim.file_name == judged:
            return seen.claim.requires_dist
    document = node.newest(ProjectMetadata)
    if document and document.claim.for_version == node.subject.version:
        return document.claim.requires_dist
    return ()


def _build_time(node: SubjectEvidence) -> list[Wish]:
    return _rebuilt_with(node) or _build_system(node)


def _rebuilt_with(node: SubjectEvidence) -> list[Wish]:
    """What was installed for a rebuild of the judged file that reproduced it."""
    judged = node.subject.artifact.file_name if node.subject.artifact else ""
    made = [seen.claim for seen in node.all(RebuildResult) if seen.claim.file_name == judged]
    shown = [claim for claim in made if claim.level.reproduced and claim.source is RebuildInput.SDIST]
    used = shown[0].requirements or () if shown else ()
    wanted = [PackageRequest("pypi", canonicalize_name(r.name), version=r.version) for r in used]
    return [Wish(w, EdgeKind.BUILD, "rebuilt with", f"rebuild of {judged}") for w in wanted]


def _build_system(node: SubjectEvidence) -> list[Wish]:
    seen = node.newest(BuildSystem)
    if seen is None:
        return []
    requires = seen.claim.requires if seen.claim.declared else ("setuptools",)
    return [w for text in requires if (w := _wish(text, EdgeKind.BUILD, "build-system.requires"))]


def _wish(text: str, kind: EdgeKind, via: str) -> Wish | None:
    """None when a marker says that the requirement does not apply here."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return Wish(PackageRequest("pypi", "unreadable-requirement"), kind, "declared", f"{via}: {text[:80]}")
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return None
    wanted = PackageRequest("pypi", canonicalize_name(requirement.name), specifier=str(requirement.specifier))
    return Wish(wanted, kind, "declared", via)
