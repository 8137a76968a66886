"""What files say about one package: collected from readers of different formats into the parts of two claims."""

from __future__ import annotations

from dataclasses import dataclass, field

from supplytrust.model.claims.review import ExternalAudit, Review, SkippedEntries, Violation


@dataclass(slots=True)
class ReviewCollector:
    """Collected as it comes; `elsewhere` are versions that were read and are not the judged one."""

    audits: list[ExternalAudit] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    skipped: list[SkippedEntries] = field(default_factory=list)
