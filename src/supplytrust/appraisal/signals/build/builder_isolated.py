"""Question
    Was the file built on a hosted runner, by the builder that signed its build provenance?
Why it matters
    On a machine of the maintainers, whoever has that machine has every later build. A hosted runner starts
    clean and is out of reach of the project between builds.
Evidence used
    VerifiedAttestation: the runner's environment from the certificate, builder and predicate of the statement.
Supports when
    Verified SLSA provenance names as its builder the workflow that signed it, and the issuer of the
    certificate says that it ran on a hosted runner.
Opposes when
    Never: to build at home is no fault. It is an assurance that is missing.
Not observed when
    There is no verified attestation (its source's reason); the provenance does not describe the build
    (not-published); the runner is self-hosted or not named, or statement and certificate name different
    builders (inconclusive).
Limits
    The level is the platform's own statement; whether the platform deserves it is not looked at here.
    Caches and dependencies that the build loads can still reach it.
References
    SLSA v1.0, "Build levels", L2 and L3; Fulcio extension 1.3.6.1.4.1.57264.1.11.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import of_judged_file, show_text
from supplytrust.model.claims.attestation import VerifiedAttestation
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/builder_isolated", claims=(VerifiedAttestation,), trait="attestations")
_SLSA = "https://slsa.dev/provenance/"


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """The build provenance counts; other attestations do not speak of a build."""
    found = of_judged_file(META, subject, evidence, VerifiedAttestation)
    if isinstance(found, Finding):
        return found
    builds = [seen for seen in found if seen.claim.predicate_type.startswith(_SLSA)]
    if not builds:
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, "the attestation does not describe a build", found)
    claim = builds[0].claim
    if _self_hosted(claim.runner):
        text = f"runner is {show_text(claim.runner, 30)}" if claim.runner else "the runner is not named"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, builds)
    if claim.builder.partition("@")[0] not in {w.partition("@")[0] for w in (claim.signer, claim.workflow) if w}:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, "statement and certificate name two builders", builds)
    return META.supports(f"built on a {show_text(claim.runner, 30)} runner", builds)


def _self_hosted(runner: str) -> bool:
    return not runner.endswith("-hosted") or runner.startswith("self")
