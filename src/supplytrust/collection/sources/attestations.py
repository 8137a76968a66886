"""Attestations that the index offers for the judged file, verified here, offline, under a pinned root.

Documents that the relying party keeps come first; then, where the index names one, it is asked there, and where its
listing does not say, at the conventional route beside the Simple API. The expected publisher comes from the
configuration, else from the first verified one that the ledger kept of this index (of a file given by path: of its
folder).
"""

from __future__ import annotations

from collections.abc import Sequence

from supplytrust import ecosystems
from supplytrust.ecosystems import IndexedFile
from supplytrust.errors import MalformedRecordError, NotApplicableError, NotFoundError, SourceError
from supplytrust.evidence.attestations import statement
from supplytrust.evidence.attestations.judge import judge_bundle
from supplytrust.evidence.attestations.registry_keys import pinned_keys
from supplytrust.evidence.attestations.root import shipped_or_configured
from supplytrust.evidence.attestations.statement import AttestedFile
from supplytrust.evidence.attestations.verdict import (
    STALE_ROOT,
    Identity,
    KeyedStatement,
    UnverifiedStatement,
    Verdict,
    VerifiedStatement,
    against_configured,
    against_first_seen,
)
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.io.http.url_rules import fact_key
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.attestation import (
    AttestationPresence,
    KnownPublisher,
    PublisherComparison,
    RegistrySignature,
    UnverifiedAttestation,
    VerifiedAttestation,
)
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ReleaseHistory
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import Artifact, Subject

NAME = "attestations"
OFFERS: tuple[type[Claim], ...] = (
    VerifiedAttestation,
    UnverifiedAttestation,
    AttestationPresence,
    PublisherComparison,
)  # and `RegistrySignature` of keyed statements: why there is none is told by the source of that name
NEEDS: tuple[type[Claim], ...] = (MeasuredDigest, ReleaseHistory)
ECOSYSTEMS = ecosystems.known_types()
_SIGNED = (VerifiedAttestation, UnverifiedAttestation, PublisherComparison)


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:
    """What the attestations of the judged file say, and whether it has any when those before had."""
    artifact = subject.artifact
    if artifact is None:
        raise NotFoundError(f"{subject.name} has no file to judge")
    listed = _file_of_index(subject, artifact, world)
    presence = _presence(artifact, listed, known, subject)
    try:
        document = _document(subject, artifact, world)
        found = statement.bundles(document)
    except SourceError as error:
        return [*presence, *_all_missing(NotObservedReason(error.reason), error.message)]
    except MalformedRecordError as error:
        return [*presence, *_all_missing(NotObservedReason.MALFORMED, error.message)]
    return [*presence, *_judge_bundles(subject, artifact, _digests(artifact, known), found, world)]


def _all_missing(reason: NotObservedReason, text: str) -> list[NotObserved]:
    return [not_observed(kind, reason, text) for kind in _SIGNED]


def _file_of_index(subject: Subject, artifact: Artifact, world: CollectContext) -> IndexedFile | None:
    try:
        files = ecosystems.of(subject).index_files(subject.name, world)
    except (NotFoundError, NotApplicableError):
        return None
    return next((f for f in files if f.file_name == artifact.file_name), None)


def _presence(
    artifact: Artifact, listed: IndexedFile | None, known: SubjectEvidence, subject: Subject
) -> list[SourceClaim | NotObserved]:
    history = known.newest(ReleaseHistory)
    if listed is None or history is None:
        return [
            not_observed(
                AttestationPresence, NotObservedReason.DEPENDS, "the index does not list the file or its history"
            )
        ]
    earlier = history.claim.before(subject.version)
    before = tuple((r.version, r.attested) for r in earlier.counted)
    undated, recent = (tuple(r.version for r in group) for group in (earlier.undated, earlier.recent))
    claim = AttestationPresence(artifact.file_name, listed.attested, before, undated, recent)
    return [SourceClaim(claim, "provenance keys of the index's listing")]


def _document(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The document that the relying party keeps; else the one of the index."""
    kept = statement.local_document(artifact.file_name, world.settings.attestations)
    return ecosystems.of(subject).fetch_attestations(subject, artifact, world) if kept is None else kept


def _digests(artifact: Artifact, known: SubjectEvidence) -> tuple[str, str]:
    """SHA-256 and SHA-512 of the bytes that were read; the listed ones only when they were not. '' for unknown."""
    measured = [m.claim for m in known.all(MeasuredDigest) if m.claim.file_name == artifact.file_name]
    if measured:
        return measured[0].measured, measured[0].measured_sha512
    return artifact.sha256, artifact.sha512


def _judge_bundles(
    subject: Subject, artifact: Artifact, digests: tuple[str, str], found: Sequence[bytes], world: CollectContext
) -> Sequence[SourceClaim | NotObserved]:
    root = shipped_or_configured(world.settings.sigstore_root)
    own = ecosystems.for_type(subject.type)
    file = AttestedFile(
        artifact.file_name, digests[0], own.same_file, own.signed_predicates(), subject.release, digests[1]
    )
    keys = pinned_keys(world.settings.registry_keys, own.client_keys)
    verdicts = [judge_bundle(one, file, root, world.now, keys) for one in found]
    if any(isinstance(v, UnverifiedStatement) and v.reason == STALE_ROOT for v in verdicts):
        return _all_missing(
            NotObservedReason.STALE, f"the trust root is of {root.taken:%Y-%m-%d}: nothing is verified with it"
        )
    in_time = [v for v in verdicts if isinstance(v, UnverifiedStatement) or v.signed_at <= world.at]
    method = f"verified under trust root {root.sha256[:12]}"
    seen: list[SourceClaim | NotObserved] = [SourceClaim(_claim(v, file), method) for v in in_time]
    identities = [v.identity for v in in_time if isinstance(v, VerifiedStatement)]
    compared = [c for one in identities for c in _compare_publishers(subject, artifact, one, world)]
    seen += [SourceClaim(c, f"{c.known_by.value} publisher") for c in dict.fromkeys(compared)]
    return [*seen, *_silent(in_time, compared)]


def _silent(verdicts: Sequence[Verdict], compared: Sequence[PublisherComparison]) -> list[NotObserved]:
    """Reasons for the kinds of claim that these verdicts do not make."""
    verified = any(isinstance(v, VerifiedStatement) for v in verdicts)
    refused = [v.detail for v in verdicts if isinstance(v, UnverifiedStatement)]
    missed = []
    if not verified:
        text = refused[0] if refused else "signed after the judged moment"
        missed.append(not_observed(VerifiedAttestation, NotObservedReason.INCONCLUSIVE, text))
    if not refused:
        missed.append(
            not_observed(UnverifiedAttestation, NotObservedReason.NOT_APPLICABLE, "every attestation was verified")
        )
    if not compared:
        text = "no publisher is configured and no ledger is kept" if verified else "no verified attestation"
        missed.append(not_observed(PublisherComparison, NotObservedReason.DEPENDS, text))
    return missed


def _claim(verdict: Verdict, file: AttestedFile) -> Claim:
    if isinstance(verdict, UnverifiedStatement):
        return UnverifiedAttestation(file.name, verdict.failed, verdict.reason, verdict.detail)
    says = verdict.statement
    if isinstance(verdict, KeyedStatement):
        return RegistrySignature(file.name, verdict.key, says.predicate_type, verdict.signed_at)
    who = verdict.identity
    return VerifiedAttestation(
        file.name,
        file.sha256,
        says.predicate_type,
        who.issuer,
        who.identity,
        verdict.signed_at,
        repository=who.repository,
        repository_id=who.repository_id,
        owner_id=who.owner_id,
        workflow=who.workflow,
        signer=who.signer,
        commit=who.commit,
        ref=who.ref,
        runner=who.runner,
        builder=says.builder,
    )


def _compare_publishers(
    subject: Subject, artifact: Artifact, who: Identity, world: CollectContext
) -> list[PublisherComparison]:
    """Against the configured publisher, and against the first one seen; a configured one that differs is not kept."""
    key, seen, made = f"pkg:{subject.type}/{subject.name}", who.publisher, []
    wanted = world.settings.publisher.get(key)
    if wanted is not None:
        told = " ".join(part for part in (wanted.issuer, wanted.repository, wanted.workflow) if part)
        differs = against_configured(wanted, who)
        made.append(PublisherComparison(artifact.file_name, KnownPublisher.CONFIGURED, told, seen, differs))
        if differs:
            return made
    if world.ledger is not None:
        where = world.folder_of(subject) or ecosystems.for_type(subject.type).index_address(subject.name, world)
        first, at = world.ledger.remember(fact_key(subject, where), "publisher", seen, world.now)
        differs = against_first_seen(first, who)
        made.append(PublisherComparison(artifact.file_name, KnownPublisher.FIRST_SEEN, first, seen, differs, at))
    return made
