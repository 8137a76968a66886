"""Question
    Were the tools that give this wheel settled releases of the index, none of them withdrawn?
Why it matters
    A tool runs with the builder's rights. One published hours before the release, or withdrawn since, is
    where an attack on many packages at once would sit.
Evidence used
    RebuildResult of the judged wheel (of a judged sdist: from its tag): each build requirement's
    upload time and whether it is yanked.
    Whether a tool itself deserves trust is judged at its own node of the graph, by a `build` edge.
Supports when
    The wheel was reproduced, and every tool had been on the index for at least the cool-down when the wheel
    was uploaded, and none is known to be yanked.
Opposes when
    Never: what is known against a tool belongs to the tool, and reaches the package through the edge.
Not observed when
    Nothing was reproduced, a time is unknown, or a tool was younger than the cool-down or is yanked
    (inconclusive).
Limits
    Age is a weak sign and easily met by waiting. The tools of a rebuild need not be the publisher's.
References
    NIST SP 800-218 (SSDF) PO.3; SLSA v1.0, "Build threats"; CISA, "Securing the Software Supply Chain"
    (2022), build environment.
"""

from __future__ import annotations

from datetime import timedelta

from supplytrust.appraisal.signals.support.select import (
    current,
    judged_file,
    least_favourable,
    made_from,
    nothing_about,
    show_text,
)
from supplytrust.model.claims.rebuild import RebuildResult
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/build_tools_trusted", claims=(RebuildResult,), trait="rebuild")


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Look at age and standing of every tool of the reproducing build."""
    name = judged_file(subject)
    results = current(evidence, RebuildResult, lambda c: c.file_name == name and c.source is made_from(subject))
    if not results:
        return nothing_about(META, evidence, RebuildResult, name or subject.purl)
    return least_favourable(_answer(seen, moment) for seen in results)


def _answer(seen: Observation[RebuildResult], moment: AppraisalContext) -> Finding:
    claim = seen.claim
    cut_off = claim.recipe.cut_off if claim.recipe else None
    if not claim.level.reproduced or claim.requirements is None or cut_off is None:
        return META.not_observed(
            NotObservedReason.DEPENDS, f"no build gave this wheel again: {claim.level.value}", (seen,)
        )
    settled = cut_off - timedelta(hours=moment.cooldown_hours)
    for tool in claim.requirements:
        named = f"{show_text(tool.name, 24)} {show_text(tool.version, 16)}"
        if tool.yanked:
            return META.not_observed(NotObservedReason.INCONCLUSIVE, f"build tool {named} has been yanked", (seen,))
        if tool.uploaded_at is None:
            return META.not_observed(NotObservedReason.INCOMPLETE, f"no upload time of build tool {named}", (seen,))
        if tool.uploaded_at > settled:
            text = f"build tool {named} was younger than {moment.cooldown_hours} h at the release"
            return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen,))
    return META.supports(f"{len(claim.requirements)} build tools, all settled releases of the index", (seen,))
