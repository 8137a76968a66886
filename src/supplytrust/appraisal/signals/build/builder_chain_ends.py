"""Question
    Is it said who built the builder, down to where looking stops, and what is taken on trust there?
Why it matters
    Every build rests on tools that were built themselves. The chain has to end somewhere; an end that is
    named can be examined, one that is passed over in silence cannot.
Evidence used
    BuilderChain: build tools of the rebuild, the interpreter, the wheel's Generator line, compilers from
    `.comment` sections.
Supports when
    The chain has at least one link below the artifact that was found by a rebuild, and its end is named.
Opposes when
    Never.
Not observed when
    No chain was read, or all its links are statements of the artifact about itself.
Limits
    Naming an end is not examining it. Compilers and generators name themselves and can be made to lie.
References
    Thompson, "Reflections on Trusting Trust" (CACM 1984); Courant et al., "Debootstrapping without
    Archeology" (Programming 2022); the bootstrappable builds project.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import of_judged_file, show_text
from supplytrust.model.claims.rebuild import BuilderChain
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/builder_chain_ends", claims=(BuilderChain,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Name the end of the chain."""
    found = of_judged_file(META, subject, evidence, BuilderChain)
    if isinstance(found, Finding):
        return found
    claim = found[0].claim
    ends = f"ends at the {show_text(claim.ends_at, 24)}; on trust: {show_text(', '.join(claim.on_trust), 36)}"
    if not any(link.shown == "rebuilt" for seen in found for link in seen.claim.links):
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"only stated by the file; {ends}"[:90], found)
    return META.supports(ends[:90], found)
