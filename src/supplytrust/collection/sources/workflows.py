"""What lets strangers steer the project's CI: its workflows, read from the tree of the release's tag."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust.errors import NotFoundError, NotPublishedError
from supplytrust.evidence.repository import addresses, history
from supplytrust.evidence.source_code import ci_workflows
from supplytrust.io.context import CollectContext, SourceClaim
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.code import WorkflowWeaknesses
from supplytrust.model.claims.source_tree import ReleaseTag, SourceRepository
from supplytrust.model.evidence import NotObserved, SubjectEvidence
from supplytrust.model.subject import Subject

NAME = "workflows"
OFFERS: tuple[type[Claim], ...] = (WorkflowWeaknesses,)
NEEDS: tuple[type[Claim], ...] = (ReleaseTag, SourceRepository)
ECOSYSTEMS: tuple[str, ...] = ()
MOST_TOLD = 100


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """One claim about all workflows of the tagged tree."""
    tag = known.newest(ReleaseTag)
    if tag is None or not tag.claim.commit:
        raise NotFoundError("no tag of this version was read", hint="name its repository with --repository")
    address, _ = addresses.locate_repository(subject, known, world)
    view, _ = addresses.open_repository(address, subject, world)
    leaves = history.tree_of(view, tag.claim.commit).leaves
    listed = ci_workflows.candidates(leaves)
    if not listed:
        raise NotPublishedError("the tagged tree has no workflows of a kind that is read here")
    wanted = listed[: ci_workflows.MOST_READ]
    read = history.contents_of(view, [leaves[p].id for p in wanted], ci_workflows.LARGEST)
    texts = {p: read[leaves[p].id].decode("utf-8", "replace") for p in wanted if leaves[p].id in read}
    seen = ci_workflows.read_workflows(texts, len(listed) - len(texts))
    claim = WorkflowWeaknesses(
        version=subject.version,
        known_by=tag.claim.known_by,
        tag=tag.claim.name,
        files=len(listed),
        unread=seen.unread,
        actions=seen.actions,
        found=seen.found[:MOST_TOLD],
        total=len(seen.found),
        publishers=seen.publishers[:MOST_TOLD],
        analysers=seen.analysers,
    )
    return [SourceClaim(claim, f"tree of tag {tag.claim.name}")]
