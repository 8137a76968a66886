"""What a release says it needs: run-time requirements (core metadata) and build requirements (PEP 518).

Markers are evaluated for the running interpreter; extras are not followed unless asked for. An edge of this
kind is known by declaration only (`how = declared`). Where a rebuild gave the published file back, the tools that it
used, version by version, take the place of the declared ones (`how = rebuilt with`).
"""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from supplytrust.ecosystems.values import PackageRequest, Wish
from supplytrust.model.claims.artifact import BuildSystem, CoreMetadata
from supplytrust.model.claims.rebuild import RebuildInput, RebuildResult
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.vocabulary import EdgeKind


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
