"""Sources that fail: each stands in for a real one, offers and needs the same, and goes wrong in its own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from supplytrust.errors import MalformedError, UnreachableError
from supplytrust.io.context import CollectContext, Source, SourceClaim
from supplytrust.model.evidence import NotObserved, SubjectEvidence
from supplytrust.model.subject import Subject

OTHER = "otherlake"
Answer = Sequence[SourceClaim | NotObserved]
Going = Callable[[Source, Subject, SubjectEvidence, CollectContext], Answer]


class Failing:
    """A source in the place of another."""

    def __init__(self, real: Source, going: Going) -> None:
        self._real, self._going = real, going
        self.NAME, self.OFFERS, self.NEEDS, self.ECOSYSTEMS = real.NAME, real.OFFERS, real.NEEDS, real.ECOSYSTEMS

    def observe(self, subject: Subject, known: SubjectEvidence, world: CollectContext) -> Answer:
        return self._going(self._real, subject, known, world)


def unreachable(*_: object) -> Answer:
    raise UnreachableError("no answer: time-out")


def malformed(*_: object) -> Answer:
    raise MalformedError("an answer of another form")


def unexpected(*_: object) -> Answer:
    raise ZeroDivisionError("a defect")


def empty(*_: object) -> Answer:
    return []


def other_package(real: Source, subject: Subject, known: SubjectEvidence, world: CollectContext) -> Answer:
    """The real source, asked about another package: a mix-up on the other side."""
    return real.observe(elsewhere(subject), known, world)


def elsewhere(subject: Subject) -> Subject:
    """The same version of another project, with its own files."""
    name = subject.name
    artifact = subject.artifact and replace(subject.artifact, file_name=subject.artifact.file_name.replace(name, OTHER))
    others = tuple(replace(a, file_name=a.file_name.replace(name, OTHER)) for a in subject.others)
    return replace(subject, purl=subject.purl.replace(name, OTHER), name=OTHER, artifact=artifact, others=others)


WAYS: dict[str, Going] = {
    "unreachable": unreachable,
    "malformed": malformed,
    "unexpected": unexpected,
    "empty": empty,
    "other package": other_package,
}
