"""Question
    Does somebody else, who the relying party listens to, say that they built this very file again?
Why it matters
    Two who build alone and get the same rule each other out as the place where something was added. Where no rebuild is
    possible here (no sandbox, no compiler, no time), theirs is the next best thing.
Evidence used
    RebuiltByOthers (signed statements of configured rebuilders: OSS Rebuild, in-toto provenance and links).
Supports when
    A statement about the judged bytes was verified under the rebuilder's key. Graded: `same-bytes`, or `equivalent`
    after a normalization of theirs. In one group with our own rebuild: the stronger of the two counts once.
Opposes when
    Never: rebuilders publish what succeeded; that there is no statement tells of their list, not of the file.
Not observed when
    No rebuilder is configured or in scope, it has no statement about the file, or none could be verified (the reason).
Limits
    It is somebody's word: as reliable as the policy holds this rebuilder (`rebuilders:NAME`). Both may have built the
    same bad source with the same bad tool.
References
    Lamb and Zacchiroli, "Reproducible Builds" (IEEE Software 2022); OSS Rebuild, ArtifactEquivalence@v0.1.
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import judged_file, nothing_about, show_text
from supplytrust.model.claims.rebuild import RebuiltByOthers
from supplytrust.model.evidence import NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/rebuilt_by_others", claims=(RebuiltByOthers,))
WORTH = {"same-bytes": 5.0, "equivalent": 3.0}  # as in the weight table: one more word never displaces a better one


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Take the word that counts most, by how close it came and how far it is believed."""
    digest = subject.artifact.sha256 if subject.artifact else ""
    about = [o for o in evidence.all(RebuiltByOthers) if o.claim.file_name == judged_file(subject)]
    if not about:
        return nothing_about(META, evidence, RebuiltByOthers, judged_file(subject) or subject.purl)
    bytes_ = [o for o in about if digest in ("", o.claim.sha256)]
    if not bytes_:
        return META.not_observed(NotObservedReason.INCOMPLETE, "others rebuilt other bytes than listed", about)
    best = max(bytes_, key=lambda o: (moment.reliability(o.source) * WORTH.get(o.claim.closeness, 0.0), o.id))
    how = "the same bytes" if best.claim.closeness == "same-bytes" else "an equivalent file"
    told = f"{show_text(best.claim.rebuilder, 24)} built it again: {how}"
    return META.supports(told, (best,), grade=best.claim.closeness, at=best.claim.at)
