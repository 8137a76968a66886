"""Question
    Was the file built by a builder that the policy names as trusted, under the conditions that it sets for that?
Why it matters
    Where a build cannot be repeated here, as of compiled code without its compiler, what is left is the word of the
    machine that made it. Whose word counts, for how much and under what is the relying party's choice; here it is
    written down, so that the record can name it.
Evidence used
    VerifiedAttestation, UnverifiedAttestation and PublisherComparison of the judged file; ReleaseTag, SourceRepository
    and the SourceComparison of the release's sdist; links of ProjectMetadata and CoreMetadata.
Supports when
    A verified attestation is by a builder of the policy's `[builders]` (issuer, and identity and runner as given), and
    each of its conditions holds. The grade is the builder's name, and the policy says what that weighs.
Opposes when
    Never: a builder that nobody named is no fault.
Not observed when
    The policy names no builder (not-looked); there is no verified attestation (its source's reason); the builder is
    none of them, or a condition does not hold (inconclusive, the first one named).
Limits
    A named builder is believed, not examined: who controls it, a cache or a tool that its run loads, controls the
    compiled code. An attestation of publishing tells which run handed the file in, not where in it the file was made;
    `build-described` asks for that. A repository that the release itself declares can be an intruder's fork.
References
    SLSA v1.0, "Verifying artifacts" (roots of trust, pairs of builder and signer) and "Build levels"; RFC 9334,
    section 4; Fulcio extensions 1.3.6.1.4.1.57264.1.9 to .14; Thompson, "Reflections on Trusting Trust".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from supplytrust.appraisal.signals.support.select import current, files_of, of_judged_file, show_text
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.attestation import PublisherComparison, UnverifiedAttestation, VerifiedAttestation
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.claims.source_tree import KnownBy, ReleaseTag, SourceComparison, SourceRepository
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.policy import BuilderCondition, TrustedBuilder
from supplytrust.model.subject import ArtifactKind, Subject
from supplytrust.model.vocabulary import Status

META = SignalMeta(
    id="build/built_by_trusted_builder",
    claims=(
        VerifiedAttestation,
        UnverifiedAttestation,
        PublisherComparison,
        ReleaseTag,
        SourceRepository,
        SourceComparison,
        ProjectMetadata,
        CoreMetadata,
    ),
    trait="attestations",
)
Attested = Observation[VerifiedAttestation]
Cited = Sequence[Observation[Claim]]


@dataclass(frozen=True, slots=True)
class _Case:
    """One file with all of its verified attestations; `mine` are those of the builder in question."""

    subject: Subject
    evidence: SubjectEvidence
    moment: AppraisalContext
    attested: Sequence[Attested]
    mine: Sequence[Attested]

    def support_of(self, signal_id: str, subject: Subject | None = None) -> Cited | None:
        """What another signal's support rests on; None when it does not support."""
        signal = self.moment.other(signal_id)
        found = signal.ask(subject or self.subject, self.evidence, self.moment) if signal else None
        if found is None or found.status is not Status.SUPPORTS:
            return None
        return [seen for seen in self.evidence.observations if seen.id in found.evidence]


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """The first builder, by weight, whose conditions all hold."""
    if not moment.builders:
        return META.not_observed(NotObservedReason.NOT_LOOKED, "the policy takes no builder at its word")
    attested = of_judged_file(META, subject, evidence, VerifiedAttestation)
    if isinstance(attested, Finding):
        return attested
    lacking = ""
    for builder in moment.builders:
        mine = [seen for seen in attested if _is_of(builder, seen.claim)]
        if not mine:
            continue
        case = _Case(subject, evidence, moment, attested, mine)
        answers = {condition: _HOLDS[condition](case) for condition in builder.takes}
        open_ones = [condition.value for condition, cited in answers.items() if cited is None]
        if not open_ones:
            cited = {seen.id: seen for found in answers.values() for seen in found or ()}
            text = f"built by {builder.name}, which the policy trusts: {len(answers)} conditions hold"
            return META.supports(text, {**cited, **{seen.id: seen for seen in mine}}.values(), grade=builder.name)
        lacking = lacking or f"built by {builder.name}; lacks {', '.join(open_ones)}"
    text = (
        show_text(lacking, 90) or f"built by {show_text(_spell(attested[0].claim), 40)}, which the policy does not name"
    )
    return META.not_observed(NotObservedReason.INCONCLUSIVE, text, attested)


def _spell(claim: VerifiedAttestation) -> str:
    return claim.builder or claim.signer or claim.runner or claim.identity


def _is_of(builder: TrustedBuilder, claim: VerifiedAttestation) -> bool:
    """By the certificate alone; the statement's builder counts only where the certificate's signer says the same."""
    names = {claim.identity, claim.identity.partition("@")[0], claim.signer, claim.signer.partition("@")[0]} - {""}
    return (
        claim.issuer == builder.issuer
        and (not builder.identity or builder.identity in names)
        and (not builder.runner or builder.runner == claim.runner)
    )


# --- conditions: the evidence for each, None when it does not hold ---------------------------------------------


def _find_provenance(case: _Case) -> Cited | None:
    return case.support_of("build/provenance_verified")


def _find_publisher(case: _Case) -> Cited | None:
    return case.support_of("build/built_by_expected_workflow") or case.support_of("integrity/publisher_unchanged")


def _find_hosted_run(case: _Case) -> Cited | None:
    hosted = all(s.claim.runner.endswith("-hosted") and not s.claim.runner.startswith("self") for s in case.mine)
    return case.mine if hosted else None


def _find_described_build(case: _Case) -> Cited | None:
    return case.support_of("build/builder_isolated")


def _find_tag_commit(case: _Case) -> Cited | None:
    return case.support_of("integrity/attested_commit_matches_tag")


def _find_sdist_in_tree(case: _Case) -> Cited | None:
    """The question about the judged artifact, asked about every sdist of the release."""
    sdists = [a for a in (case.subject.artifact, *case.subject.others) if a and a.kind is ArtifactKind.SDIST]
    answers = [
        case.support_of("integrity/artifact_matches_source_tree", replace(case.subject, artifact=sdist))
        for sdist in sdists
    ]
    return [seen for found in answers for seen in found or ()] if answers and all(answers) else None


def _find_own_repository(case: _Case) -> Cited | None:
    """Every attested run is one of the repository that was read.

    A copy on disk has no address of its own: there the attested one has to be one that the release declares.
    """
    read = [o for o in current(case.evidence, SourceRepository) if o.claim.known_by is not KnownBy.DECLARED]
    attested = {_plain(seen.claim.repository) for seen in case.attested}
    if not read or "" in attested:
        return None
    remote = [o for o in read if "://" in o.claim.address and not o.claim.address.startswith("file:")]
    if remote:
        return remote if attested <= {_plain(o.claim.address) for o in remote} else None
    files = files_of(case.subject)
    index = current(case.evidence, ProjectMetadata)
    own = current(case.evidence, CoreMetadata, lambda claim: claim.file_name in files)
    links = [link.url for seen in index for link in seen.claim.links]
    links += [url for seen in own for _, url in seen.claim.project_urls]
    declared = {_plain(link) for link in links}
    held = all(any(link == one or link.startswith(f"{one}/") for link in declared) for one in attested)
    return [*read, *index, *own] if held else None


def _plain(address: str) -> str:
    return address.partition("://")[2].rstrip("/").removesuffix(".git").removeprefix("www.").lower()


_HOLDS: MappingProxyType[BuilderCondition, Callable[[_Case], Cited | None]] = MappingProxyType(
    {
        BuilderCondition.VERIFIED_PROVENANCE: _find_provenance,
        BuilderCondition.EXPECTED_PUBLISHER: _find_publisher,
        BuilderCondition.OWN_REPOSITORY: _find_own_repository,
        BuilderCondition.ISOLATED: _find_hosted_run,
        BuilderCondition.BUILD_DESCRIBED: _find_described_build,
        BuilderCondition.COMMIT_IS_TAG: _find_tag_commit,
        BuilderCondition.SDIST_IS_TREE: _find_sdist_in_tree,
    }
)
