"""What a record says about a package besides findings: size, who can ship it, where its source is.

Each is read from claims, and stays unknown (None, '' or an absent kind) where no claim tells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from supplytrust.algebra.footprint import PackageFacts
from supplytrust.model.claims.artifact import CodeComposition, MeasuredDigest
from supplytrust.model.claims.release import ReleaseOwners
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceRepository
from supplytrust.model.claims.source_tree import ReleaseTag, SourceRepository
from supplytrust.model.evidence import SubjectEvidence


def package_facts(node: SubjectEvidence) -> PackageFacts:
    """Size, native code and accounts of one package, for the footprint."""
    return PackageFacts(bytes=_size(node), native=_native(node), holders=_holders(node))


def _judged(node: SubjectEvidence) -> str:
    return node.subject.artifact.file_name if node.subject.artifact else ""


def _size(node: SubjectEvidence) -> int | None:
    for seen in node.all(MeasuredDigest):
        if seen.claim.file_name == _judged(node):
            return seen.claim.size
    return node.subject.artifact.size if node.subject.artifact else None


def _native(node: SubjectEvidence) -> bool | None:
    for seen in node.all(CodeComposition):
        if seen.claim.file_name == _judged(node):
            return seen.claim.native_members > 0
    return None


def _holders(node: SubjectEvidence) -> Mapping[str, tuple[str, ...]]:
    """An organization that lists nobody leaves the accounts unknown."""
    seen = node.newest(ReleaseOwners)
    if seen is None:
        return MappingProxyType({})
    found: dict[str, tuple[str, ...]] = {}
    if seen.claim.roles:
        found["account"] = tuple(sorted({account for account, _ in seen.claim.roles}))
    if seen.claim.organization:
        found["organization"] = (seen.claim.organization,)
    return MappingProxyType(found)


def source_repository(node: SubjectEvidence) -> str:
    """The repository the release was compared with; '' when none was."""
    seen = node.newest(SourceRepository)
    return seen.claim.address if seen is not None and node.newest(ReleaseTag) is not None else ""


def source_commit(node: SubjectEvidence) -> str:
    """The commit the release was traced to; '' when none was."""
    seen = node.newest(ReleaseTag)
    return seen.claim.commit if seen is not None else ""
