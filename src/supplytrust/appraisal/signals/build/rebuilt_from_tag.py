"""Question
    Does the published wheel (or sdist) come out again when built from the tagged commit of its repository?
Why it matters
    A poisoned sdist rebuilds into a poisoned wheel. Only a build from the tag ties the wheel to the tree
    that people read and review.
Evidence used
    RebuildResult of the judged wheel from the tag; failing that, of the sdist from the tag together with
    the wheel from that sdist.
Supports when
    The wheel from the tag is normalized or better; or the sdist from the tag is, and the wheel from the
    same sdist is (grade `chain`). Grade `diverse`: a wheel that two interpreters gave, with no release of a
    tool in both builds, alike but for the line that names the tool (diverse double-compiling): what `build`
    dependencies must meet is then met.
Opposes when
    The wheel from the tag differs in code, and no chain by way of the sdist explains it.
Not observed when
    No tag or repository was at hand, nothing was built, only data or metadata differ, or members are
    compiled.
Limits
    Trees often lack what a release step generates; then data, metadata or generated modules differ without
    any fault. Whether the tag is the one people reviewed is a question for the source signals.
References
    Vu et al., "LastPyMile" (ESEC/FSE 2021); SLSA v1.0, "Source and build threats"; the xz backdoor
    (CVE-2024-3094), which lay in the release archive and not in the tagged tree.
"""

from __future__ import annotations

import itertools

from supplytrust.appraisal.signals.support.select import current, judged_file, show_text
from supplytrust.model.claims.rebuild import RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/rebuilt_from_tag", claims=(RebuildResult,), trait="rebuild")
Seen = Observation[RebuildResult]


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Direct proof first, then the chain wheel, sdist, tag."""
    name = judged_file(subject)
    from_tag = current(evidence, RebuildResult, lambda c: c.source is RebuildInput.TAG)
    direct = [seen for seen in from_tag if seen.claim.file_name == name]
    if direct and all(seen.claim.level.reproduced for seen in direct):
        text = f"rebuilt {direct[0].claim.level.value} from commit {_commit(direct[0])}"
        if name.endswith(".whl") and any(_diverse(a.claim, b.claim) for a, b in itertools.combinations(direct, 2)):
            return META.supports(f"{text} by two toolchains with nothing in common", direct, grade="diverse")
        return META.supports(text, direct)
    linked = _chain(evidence, from_tag, name)
    if linked:
        return META.supports(f"wheel from sdist, sdist from commit {_commit(linked[1])}", linked, grade="chain")
    code = [seen for seen in direct if seen.claim.level is RebuildLevel.CODE_DIFFERS]
    if code:
        first = code[0].claim.differences
        named = f": {show_text(first[0].path)} {first[0].how}" if first else ""
        return META.opposes(f"code is not that of commit {_commit(code[0])}{named}", code)
    if direct:
        claim = direct[0].claim
        return META.not_observed(
            NotObservedReason.INCONCLUSIVE,
            f"from the tag: {claim.level.value} {show_text(claim.reason, 40)}".rstrip(),
            direct,
        )
    if evidence.newest(RebuildResult) is None:
        return META.missing(evidence, RebuildResult)
    return META.not_observed(NotObservedReason.DEPENDS, "no tagged source tree was at hand to build from")


def _chain(evidence: SubjectEvidence, from_tag: tuple[Seen, ...], name: str) -> tuple[Seen, Seen] | None:
    """A reproduced wheel from exactly the sdist that was itself reproduced from the tag."""
    wheels = current(evidence, RebuildResult, lambda c: c.file_name == name and c.source is RebuildInput.SDIST)
    if any(seen.claim.level.differs for seen in wheels):
        return None
    for wheel in wheels:
        for sdist in from_tag:
            same = wheel.claim.source_digest == f"sha256:{sdist.claim.sha256}"
            if same and wheel.claim.level.reproduced and sdist.claim.level.reproduced:
                return wheel, sdist
    return None


def _diverse(one: RebuildResult, other: RebuildResult) -> bool:
    """Whether the same published bytes came of two builds that share neither interpreter nor release of a tool."""
    told = (one.recipe, one.requirements, other.recipe, other.requirements)
    if not all(told) or (one.sha256, one.source_digest) != (other.sha256, other.source_digest):
        return False
    if one.recipe is None or other.recipe is None or one.recipe.python == other.recipe.python:
        return False
    tools = [{(r.name, r.version) for r in claim.requirements or ()} for claim in (one, other)]
    forgiven = {*one.normalizers, *other.normalizers}
    return not tools[0] & tools[1] and forgiven <= {"generator", "record"}


def _commit(seen: Seen) -> str:
    return show_text(seen.claim.source_digest.partition(":")[2][:12])
