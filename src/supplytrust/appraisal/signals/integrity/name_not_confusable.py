"""Question
    Is the package's name hard to mistake for that of a popular package?
Why it matters
    A name one edit from a popular one lives on typing errors and on names that a language model makes up.
    Who meant the other package should learn it before anything is installed.
Evidence used
    NameNeighbours (popular names one edit, swap, affix or look-alike away, and names so near that stand in
    the same graph or list) and ReleaseHistory (the age of the name).
Supports when
    No popular name is near. Grade `popular` when this name is itself in the list of popular ones.
Opposes when
    A popular name is near, this one is not popular, and it was first published less than 90 days before the
    look: two facts together.
Not observed when
    Names were not compared (its source's reason); the list was empty (incomplete); a popular name is near
    and this one is older, or its age is not known; a name of the same graph is near and this one is new
    (inconclusive, naming the other).
Limits
    Popular is what the shipped list says, and lists age. Confusion by meaning (`python-foo`, a brand name,
    an internal name) beyond the listed affixes is not seen. Two old honest projects may have similar names.
    An attacker who registers early and waits 90 days is only held.
References
    Taylor et al., "Defending against package typosquatting" (NSS 2020); Vu et al., "Typosquatting and
    combosquatting attacks on the Python ecosystem" (EuroS&PW 2020); Neupane et al., "Beyond typosquatting"
    (USENIX Security 2023); Unicode TR 39, "Confusable detection"; Birsan, "Dependency confusion" (2021).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from supplytrust.appraisal.signals.support.select import (
    current,
    first_of,
    least_favourable,
    looked_at,
    nothing_about,
    show_text,
)
from supplytrust.model.claims.release import NameNeighbours, ReleaseHistory
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="integrity/name_not_confusable", claims=(NameNeighbours, ReleaseHistory))
YOUNG = timedelta(days=90)


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Judge the near names, with the age of this one."""
    compared = current(evidence, NameNeighbours)
    if not compared:
        return nothing_about(META, evidence, NameNeighbours, subject.purl)
    young = [seen for seen in current(evidence, ReleaseHistory) if _is_young(seen, moment)]
    return least_favourable((_answer(subject, seen, young) for seen in compared), grades=("popular", ""))


def _answer(subject: Subject, seen: Observation[NameNeighbours], young: list[Observation[ReleaseHistory]]) -> Finding:
    claim, name = seen.claim, show_text(subject.name, 30)
    if claim.popular:
        return META.supports(f"{name} is itself one of the popular names", (seen,), grade="popular")
    if claim.compared_with <= 0:
        return META.not_observed(NotObservedReason.INCOMPLETE, "there was no list of popular names", (seen,))
    if not claim.neighbours and claim.beside and young:
        text = f"{name} is new and near {first_of(claim.beside, 24)}, which stands beside it"
        return META.not_observed(NotObservedReason.INCONCLUSIVE, text, (seen, *young))
    if not claim.neighbours:
        return META.supports(f"none of {claim.compared_with} popular names is near {name}", (seen,))
    near = first_of(sorted(claim.neighbours), 24)
    if young:
        return META.opposes(f"{name} is new and near {near}", (seen, *young))
    return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{name} is near {near}", (seen,))


def _is_young(seen: Observation[ReleaseHistory], moment: AppraisalContext) -> bool:
    """First published less than 90 days before the look; every release must have a day."""
    days: list[datetime] = [r.uploaded_at for r in seen.claim.releases if r.uploaded_at is not None]
    if not days or len(days) < len(seen.claim.releases):
        return False
    return looked_at(seen, moment) - min(days) < YOUNG
