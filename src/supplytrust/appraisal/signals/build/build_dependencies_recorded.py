"""Question
    Is it recorded, by digest, which tools really took part in a build that gives this wheel?
Why it matters
    Declared build requirements are ranges. Which compiler, backend or plug-in ran decides what is in the
    wheel; who cannot list them cannot say whether a later finding about one of them matters here.
Evidence used
    RebuildResult of the judged wheel from its sdist, or of a judged sdist from its tag: exact versions and
    digests of what was installed.
Supports when
    The rebuild reproduced the wheel, and every distribution that took part is listed with a version and a
    SHA-256. A backend that lies in the sdist itself may need none.
Opposes when
    Never.
Not observed when
    Nothing was rebuilt or the result differs: then the list is that of another build.
Limits
    Other tools may give the same bytes: this is one sufficient set, not a statement about the publisher's
    machine. Interpreter and system tools are named by version only.
References
    PEP 751; SLSA v1.0, "resolvedDependencies"; CycloneDX 1.6, "formulation".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, judged_file, made_from, nothing_about
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/build_dependencies_recorded", claims=(RebuildResult,), trait="rebuild")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Count what the reproducing build used."""
    name = judged_file(subject)
    results = current(evidence, RebuildResult, lambda c: c.file_name == name and c.source is made_from(subject))
    if not results:
        return nothing_about(META, evidence, RebuildResult, name or subject.purl)
    lacking = [seen for seen in results if not seen.claim.level.reproduced or seen.claim.requirements is None]
    if lacking:
        level = lacking[0].claim.level.value
        return META.not_observed(NotObservedReason.DEPENDS, f"no build gave this wheel again: {level}", lacking)
    used = results[0].claim.requirements or ()
    if any(not r.version or len(r.sha256) != 64 for r in used):
        return META.not_observed(NotObservedReason.INCOMPLETE, "a build requirement has no version or digest", results)
    if not used:
        return META.supports("its backend lies in the sdist; nothing else was installed", results)
    return META.supports(f"{len(used)} build requirements recorded with version and digest", results)
