"""The OCI layout that a workload was taken from: the digests down to its bytes, and who signed the manifest."""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust.errors import NotApplicableError
from supplytrust.evidence.attestations.judge import judge_signature
from supplytrust.evidence.attestations.root import shipped_or_configured
from supplytrust.evidence.attestations.verdict import UnverifiedStatement
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.workload import ContainerChain, ContainerSignature, ContainerStep
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Subject
from supplytrust.wasm.oci import OciWorkload, read_named

NAME = "container"
OFFERS: tuple[type[Claim], ...] = (ContainerChain, ContainerSignature)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS: tuple[str, ...] = ("generic",)


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """The layout is walked again, and every signature beside the manifest judged offline under the pinned root."""
    artifact = subject.artifact
    place = world.layouts.get(artifact.sha256, "") if artifact else ""
    if artifact is None or not place:
        raise NotApplicableError("the workload was not taken from an OCI layout")
    found = read_named(place)
    steps = tuple(ContainerStep(*step) for step in found.steps)
    chain = ContainerChain(artifact.file_name, found.name, found.manifest, steps)
    claims: list[SourceClaim | NotObserved] = [SourceClaim(chain, "digests of an OCI layout", found.manifest)]
    return [*claims, *_signatures(artifact.file_name, found, world)]


def _signatures(file_name: str, found: OciWorkload, world: CollectContext) -> list[SourceClaim | NotObserved]:
    root = shipped_or_configured(world.settings.sigstore_root)
    made: list[SourceClaim | NotObserved] = [
        SourceClaim(ContainerSignature(file_name, found.manifest, "", reason=code, detail=detail), "layout")
        for code, detail in found.problems
    ]
    for one in found.signatures:
        verdict = judge_signature(one.form, one.data, one.annotations, found.manifest, root, world.now)
        if isinstance(verdict, UnverifiedStatement):
            claim = ContainerSignature(
                file_name, found.manifest, one.form, verdict.failed, verdict.reason, verdict.detail
            )
        elif verdict.signed_at > world.at:
            continue
        else:
            who = verdict.identity
            claim = ContainerSignature(
                file_name,
                found.manifest,
                one.form,
                says=verdict.says,
                issuer=who.issuer,
                identity=who.identity,
                repository=who.repository,
                signed_at=verdict.signed_at,
            )
        made.append(SourceClaim(claim, f"verified under trust root {root.sha256[:12]}", one.manifest))
    if not made:
        made.append(not_observed(ContainerSignature, NotObservedReason.NOT_PUBLISHED, "nothing here signs it"))
    return made
