"""Question
    Does the workload say which tools, at which version, made it?
Why it matters
    Whoever wants to build it again, or to know whether a bad compiler release is in it, has to start
    somewhere. A binary that says nothing leaves both to guessing.
Evidence used
    WorkloadToolchain of the judged file: `producers` sections of its parts and declared crates.
Supports when
    A tool is named with its version, and every known custom section could be read.
Opposes when
    Never: these sections are stripped for size every day.
Not observed when
    The file was not read; no tool is named with a version (not-published); a section cannot be read
    (malformed).
Limits
    Anyone can write these sections; they are claims of whoever made the file, not evidence of a build.
    Only a rebuild or a signed provenance shows more.
References
    WebAssembly tool-conventions, ProducersSection.md; cargo-auditable, PARSING.md; SLSA v1.0, provenance.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import first_of, judge_file
from supplytrust.model.claims.workload import WorkloadToolchain
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/toolchain_claims_recorded", claims=(WorkloadToolchain,), trait="workload")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at what the custom sections claim."""
    return judge_file(META, subject, evidence, WorkloadToolchain, _answer)


def _answer(seen: Observation[WorkloadToolchain]) -> Finding:
    claim = seen.claim
    if claim.unread:
        return META.not_observed(NotObservedReason.MALFORMED, f"cannot be read: {first_of(claim.unread)}", (seen,))
    tools = [f"{t.name} {t.version}" for t in claim.tools if t.version]
    if not tools:
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, "no section names a tool with its version", (seen,))
    return META.supports(f"says it was made with {first_of(tools)}", (seen,))
