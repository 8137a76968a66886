"""The folder of one vetted release: what was seen (evidence, record), what is asked, and who answered what, on what.

    vetting.json     questions, answers, and what changed since the vetted version before
    evidence.json    all that was read, so that the vetting can be judged again
    record.json      what the policy said of it on the first day
    attachments/     what answers rest on, each under its SHA-256

An answer is never overwritten: the newest of a question counts, and the ones before it stay readable.
"""

from __future__ import annotations

import difflib
import enum
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from supplytrust.audits.vetting.delta import FILES_OF, Facet, FacetChange, read_facets
from supplytrust.errors import RecordError, UsageError
from supplytrust.formats.atomic import create_atomically, write_atomically
from supplytrust.formats.codec import decode, encode
from supplytrust.formats.json_reader import MIB, Limits, read_object
from supplytrust.model.evidence import Evidence
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Area, Outcome, Status
from supplytrust.records import evidence_file, statement

FORMAT = "https://supplytrust.dev/vetting/v1"
VETTING, EVIDENCE, RECORD, ATTACHMENTS = "vetting.json", "evidence.json", "record.json", "attachments"
LIMITS = Limits(size=32 * MIB)
MOST_ATTACHED = 64 * MIB


class AnswerVerdict(enum.StrEnum):
    """What a person says about a question."""

    YES = "yes"
    NO = "no"  # it does not hold; nothing is endorsed
    WANTING = "wanting"  # the release must not be used: it becomes a violation of the list
    NOT_APPLICABLE = "not-applicable"


class QuestionState(enum.StrEnum):
    """Where a question stands, the ones that need somebody first."""

    WANTING = "wanting"
    OPPOSED = "opposed"  # what was seen speaks against it, and no answer takes that back
    NEGATIVE = "negative"
    ENDED = "ended"  # its answer was for a time, which is over
    OPEN = "open"
    ANSWERED = "answered"
    SEEN = "seen"  # evidence answers it


NEEDS_WORK = frozenset({QuestionState.ENDED, QuestionState.OPEN})
SPEAKS_AGAINST = frozenset({QuestionState.WANTING, QuestionState.OPPOSED, QuestionState.NEGATIVE})


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that an answer rests on, kept in the folder under its digest."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to know about the release.

    `status` and `because` are what evidence says of it; `claim` is the signal that a yes endorses ('' for none) and
    `weight` what that would bring under the policy. `rests_on` are the facets that an answer rests on unless it says
    so itself. `profile` is the questionnaire it comes from; '' for an open question of the record.
    """

    id: str
    area: Area
    text: str
    rests_on: tuple[str, ...]
    status: Status
    because: str
    claim: str = ""
    weight: float = 0.0
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says, when and on what. `first_given` is the release it was given for, if not for this one."""

    question: str
    verdict: AnswerVerdict
    reason: str
    who: str
    at: datetime
    expires: datetime | None
    rests_on: tuple[str, ...]
    attachments: tuple[Attachment, ...] = ()
    first_given: str = ""


@dataclass(frozen=True, slots=True)
class Lapse:
    """An answer about the version before that does not hold for this one, and why."""

    question: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetting:
    """One release under vetting. `since` is the vetted release it is compared with, '' for none."""

    purl: str
    file_name: str
    sha256: str
    repository: str
    commit: str
    policy: str
    policy_digest: str
    profiles: tuple[str, ...]
    begun: datetime
    outcome: Outcome
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...] = ()
    since: str = ""
    changes: tuple[FacetChange, ...] = ()
    lapses: tuple[Lapse, ...] = ()

    def question(self, name: str) -> Question | None:
        """The question of this id."""
        return next((q for q in self.questions if q.id == name), None)

    def answer(self, question: str) -> Answer | None:
        """The newest answer to a question, whether or not it still holds."""
        given = [a for a in self.answers if a.question == question]
        return given[-1] if given else None

    def state(self, question: Question, at: datetime) -> QuestionState:
        """Where a question stands at a moment."""
        answer = self.answer(question.id)
        if answer is not None and answer.verdict is AnswerVerdict.WANTING:
            return QuestionState.WANTING  # it holds until somebody answers anew: what was found does not end by itself
        if question.status is Status.OPPOSES:
            return QuestionState.OPPOSED
        if answer is None:
            return QuestionState.SEEN if question.status is Status.SUPPORTS else QuestionState.OPEN
        if answer.verdict is AnswerVerdict.NO:
            return QuestionState.NEGATIVE
        if answer.expires is not None and answer.expires <= at:
            return QuestionState.ENDED
        return QuestionState.ANSWERED

    def outcome_at(self, at: datetime) -> Outcome:
        """REFUSE when it is found wanting; ADMIT when every question is answered and none against it; else REFER."""
        states = {self.state(question, at) for question in self.questions}
        if QuestionState.WANTING in states:
            return Outcome.REFUSE
        return Outcome.REFER if states & (NEEDS_WORK | SPEAKS_AGAINST) else Outcome.ADMIT


def default_folder(purl: str) -> Path:
    """Where the vetting of a release is kept, below `vetting/`."""
    return Path("vetting") / re.sub(r"[^A-Za-z0-9._-]+", "-", purl.removeprefix("pkg:").partition("?")[0])[:120]


def create_folder(folder: Path, vetting: Vetting, evidence: Evidence, record: TrustRecord) -> None:
    """Write a new folder; UsageError where there is one, or it cannot be written."""
    if (folder / VETTING).exists():
        raise UsageError(f"{folder} holds a vetting already", hint="answer it, or name another folder with -o")
    try:
        (folder / ATTACHMENTS).mkdir(parents=True, exist_ok=True)
        write_atomically(folder / EVIDENCE, evidence_file.to_bytes(evidence))
        write_atomically(folder / RECORD, statement.to_statement(record))
    except OSError as error:
        raise _unwritable_error(folder, error) from None
    write_vetting(folder, vetting)


def write_vetting(folder: Path, vetting: Vetting) -> None:
    """Write questions and answers, whole or not at all. UsageError."""
    fields = encode(vetting, camel=True)
    assert isinstance(fields, dict)  # noqa: S101 - a dataclass is written as an object
    try:
        text = json.dumps({"format": FORMAT, **fields}, indent=1, sort_keys=True, ensure_ascii=False)
        write_atomically(folder / VETTING, text.encode("utf-8") + b"\n")  # by the line: teams keep it under revision
    except OSError as error:
        raise _unwritable_error(folder, error) from None


def read_vetting(folder: Path) -> Vetting:
    """The vetting of a folder. UsageError where there is none; MalformedRecordError for what is none."""
    if not (folder / VETTING).is_file():
        raise UsageError(f"{folder} holds no vetting", hint="supplytrust vet init PACKAGE")
    document = read_object(evidence_file.read_file(folder / VETTING, LIMITS.size), LIMITS)
    if document.pop("format", None) != FORMAT:
        raise UsageError(f"{folder / VETTING} is no vetting of format {FORMAT}", hint="supplytrust vet init PACKAGE")
    return decode(Vetting, document, camel=True)


def read_evidence(folder: Path) -> Evidence:
    """The evidence of a folder. RecordError, MalformedRecordError."""
    return evidence_file.load_evidence(folder / EVIDENCE)


def find_folders(place: Path) -> Iterator[Path]:
    """The folders of vettings directly below a place, in order of name."""
    if place.is_dir():
        yield from sorted(path.parent for path in place.glob(f"*/{VETTING}"))


def add_answer(folder: Path, answer: Answer, files: tuple[Path, ...] = ()) -> Vetting:
    """Keep an answer and copies of what it rests on. UsageError for what no answer of this vetting can be."""
    vetting = read_vetting(folder)
    question = vetting.question(answer.question)
    if question is None:
        raise UsageError(f"'{answer.question}' is no question of {folder}", hint=_near_questions(vetting, answer))
    last = vetting.answer(answer.question)
    if last is not None and last.at > answer.at:
        raise UsageError(f"there is a later answer of {last.at:%Y-%m-%d %H:%M}", hint="check the clock")
    rests_on = answer.rests_on or question.rests_on
    _check_bases(rests_on, folder)
    attached = tuple(_attach(folder, path) for path in files)
    grown = replace(vetting, answers=(*vetting.answers, replace(answer, rests_on=rests_on, attachments=attached)))
    write_vetting(folder, grown)
    return grown


def _near_questions(vetting: Vetting, answer: Answer) -> str:
    ids = [question.id for question in vetting.questions]
    return ", ".join(difflib.get_close_matches(answer.question, ids, n=3, cutoff=0.4) or ids[:8])


def _check_bases(bases: tuple[str, ...], folder: Path) -> None:
    """What an answer rests on must be a facet, or files of the release: an answer that rests on nothing never ends."""
    files = read_facets(read_evidence(folder))[Facet.FILES] if any(b.startswith(FILES_OF) for b in bases) else None
    for basis in bases:
        if basis.startswith(FILES_OF):
            if not any(fnmatchcase(name, basis.removeprefix(FILES_OF)) for name in files or ()):
                raise UsageError(f"no file of the release fits '{basis}'", hint="files:PATTERN, as files:src/*.py")
        elif basis not in set(Facet):
            raise UsageError(f"'{basis}' is nothing an answer rests on", hint=f"{', '.join(Facet)} or files:PATTERN")


def _attach(folder: Path, path: Path) -> Attachment:
    try:
        if path.stat().st_size > MOST_ATTACHED:
            raise UsageError(f"{path} is larger than {MOST_ATTACHED // MIB} MiB", hint="attach what it says, or a part")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="check the path") from None
    digest = hashlib.sha256(data).hexdigest()
    keep_attachment(folder, digest, data)
    return Attachment(path.name, digest, len(data))


def keep_attachment(folder: Path, digest: str, data: bytes) -> None:
    """Keep bytes under their digest. UsageError."""
    place = folder / ATTACHMENTS / digest
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            create_atomically(place, data)
    except FileExistsError:
        pass
    except OSError as error:
        raise _unwritable_error(folder, error) from None


def copy_attachments(old: Path, new: Path, answers: tuple[Answer, ...]) -> None:
    """Bring along what carried answers rest on; RecordError when it is gone or is not what it was."""
    for one in (attachment for answer in answers for attachment in answer.attachments):
        data = evidence_file.read_file(old / ATTACHMENTS / one.sha256, MOST_ATTACHED)
        if hashlib.sha256(data).hexdigest() != one.sha256:
            raise RecordError(f"{old / ATTACHMENTS / one.sha256} is another file than was attached", hint="restore it")
        keep_attachment(new, one.sha256, data)


def _unwritable_error(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {folder}: {error.strerror}", hint="name a folder that can be written")
