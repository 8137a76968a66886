"""Question
    Does the published wheel come out again when it is built from the published sdist?
Why it matters
    It shows that nothing was added between source and artifact: not by the builder's machine, not by
    whoever held the upload key. It is the one statement about a build that nobody has to be believed for.
Evidence used
    RebuildResult from the sdist: level, replay proof, normalizers, differing files, sandbox.
Supports when
    The level is bit-for-bit, container-only or normalized; this is the grade too. `container-only-replayed`
    when the rebuilt members, put into the published container, give the published bytes.
Opposes when
    Metadata, data or code differ; the first file is named.
Not observed when
    The judged file is an sdist (not applicable). Nothing was built (the reason is passed on), the wheel
    holds compiled members, or nobody looked.
Limits
    A hostile source rebuilds just as well: this says nothing about the source. Build tools are taken from
    the index as of the upload; a tool that was bad then makes the same bytes again. Honest builds differ
    too, from dirty trees, other line ends or switches in the environment.
References
    Benedetti et al., "An Empirical Study on Reproducible Packaging in Open-Source Ecosystems" (ICSE 2025);
    Lamb and Zacchiroli, "Reproducible Builds" (IEEE Software 2022); Thompson, "Reflections on Trusting
    Trust" (CACM 1984).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import (
    current,
    judged_file,
    least_favourable,
    made_from,
    nothing_about,
    show_text,
)
from supplytrust.model.claims.rebuild import RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/rebuilds_identically", claims=(RebuildResult,), trait="rebuild")
GRADES = ("bit-for-bit", "container-only-replayed", "container-only", "normalized")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Read the level of the judged wheel against its sdist."""
    name = judged_file(subject)
    if made_from(subject) is not RebuildInput.SDIST:
        told = "an sdist is made from the tagged tree: build/rebuilt_from_tag asks that"
        return META.not_observed(NotObservedReason.NOT_APPLICABLE, told)
    results = current(evidence, RebuildResult, lambda c: c.file_name == name and c.source is RebuildInput.SDIST)
    if not results:
        return nothing_about(META, evidence, RebuildResult, name or subject.purl)
    return least_favourable((_answer(seen, subject) for seen in results), grades=GRADES)


def _answer(seen: Observation[RebuildResult], subject: Subject) -> Finding:
    claim = seen.claim
    if subject.artifact is not None and subject.artifact.sha256 not in {"", claim.sha256}:
        return META.not_observed(NotObservedReason.INCOMPLETE, "the rebuild was of other bytes than listed", (seen,))
    if claim.level.reproduced:
        replayed = claim.level is RebuildLevel.CONTAINER_ONLY and claim.replayed
        grade = "container-only-replayed" if replayed else claim.level.value
        return META.supports(f"rebuilt {claim.level.value} from its sdist{_tool(claim)}", (seen,), grade=grade)
    if claim.level.differs:
        first = claim.differences[0] if claim.differences else None
        named = f": {show_text(first.path)} {first.how}" if first else ""
        return META.opposes(f"rebuilt, {claim.level.value}{named}", (seen,))
    if claim.level is RebuildLevel.NATIVE_UNVERIFIED:
        told = f"compiled members not reproduced; {show_text(claim.reason, 56)}"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, told, (seen,))
    said = show_text(claim.reason, 60)
    reason = NotObservedReason.TOOL_MISSING if claim.reason.startswith("no-sandbox") else NotObservedReason.INCONCLUSIVE
    return META.not_observed(reason, f"not rebuilt: {said}", (seen,))


def _tool(claim: RebuildResult) -> str:
    if not claim.requirements:
        return ""
    first = next((r for r in claim.requirements if r.name in _BACKENDS), claim.requirements[0])
    return f" with {show_text(first.name, 20)} {show_text(first.version, 14)}"


_BACKENDS = ("setuptools", "flit-core", "hatchling", "poetry-core", "pdm-backend", "uv-build")
