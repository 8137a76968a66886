"""Where a package's repository is: named by the caller, by the configuration, or declared by the release itself."""

from __future__ import annotations

from supplytrust.errors import NotFoundError
from supplytrust.evidence.repository import addresses
from supplytrust.io.context import CollectContext
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.subject import Subject


def repository(subject: Subject, known: SubjectEvidence, world: CollectContext) -> tuple[str, KnownBy]:
    """The repository's address and why it is believed; NotFoundError when nobody names one."""
    if world.repository:
        return world.repository, KnownBy.GIVEN
    configured = world.settings.repository.get(subject.package)
    if configured:
        return configured, KnownBy.CONFIGURED
    links = [(k.label, k.url) for o in known.all(ProjectMetadata) for k in o.claim.links]
    links += [pair for o in known.all(CoreMetadata) for pair in o.claim.project_urls]
    declared = addresses.declared_address(links)
    if not declared:
        raise NotFoundError("the release declares no repository", hint="name one with --repository")
    return declared, KnownBy.DECLARED
