"""Who knows which sensitive part of a project: by touches in three years, of people who have been here for a year."""

from __future__ import annotations

from collections import Counter

from supplytrust.evidence.repository.people import DAY, People
from supplytrust.evidence.repository.sensitive_paths import part_of
from supplytrust.model.claims.history import PartKnowledge

YEARS_DAYS, TENURE_DAYS, TOUCHES = 3 * 365, 365, 3
_SHOWN = 12


def knowledge(people: People, moment: int) -> tuple[PartKnowledge, ...]:
    """Every part that was touched in the three years before a moment, in order of its name."""
    touches: dict[str, Counter[int]] = {}
    for work in people.span(moment - YEARS_DAYS * DAY, moment):
        for touch in work.commit.touches:
            part = part_of(touch.path)
            if part:
                touches.setdefault(part, Counter())[work.author] += 1
    return tuple(_knowledge_of(people, part, touches[part], moment) for part in sorted(touches))


def _knowledge_of(people: People, part: str, counts: Counter[int], moment: int) -> PartKnowledge:
    ordered = sorted(counts, key=lambda who: (-counts[who], who))
    tenure = {who: int(people.tenure(who, moment)) for who in ordered}
    knowing = [who for who in ordered if counts[who] >= TOUCHES and tenure[who] >= TENURE_DAYS]
    shown = tuple((people.identities.name(who), tenure[who], counts[who]) for who in knowing[:_SHOWN])
    return PartKnowledge(part, sum(counts.values()), len(counts), len(knowing), shown)
