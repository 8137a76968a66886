"""What a release is asked: the questionnaires that were chosen, and the open questions that a word can answer.

A question of a questionnaire is answered by evidence where all its signals support. Answers about an earlier version
are carried over where nothing that they rest on changed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources

from supplytrust.appraisal import signals
from supplytrust.appraisal.signals.support.select import ENDORSED, show_text
from supplytrust.audits.vetting.delta import Delta, Facet, compare_versions
from supplytrust.audits.vetting.folder import Answer, Lapse, Question, Vetting
from supplytrust.errors import PolicyError, UsageError
from supplytrust.formats.toml_fields import Document, Table
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.evidence import Evidence
from supplytrust.model.policy import Policy
from supplytrust.model.record import TrustRecord, WeighedFinding
from supplytrust.model.vocabulary import Area, Status

QUESTIONNAIRES = "questionnaires.toml"
GENERAL = "general"
ID = r"[a-z0-9]+/[a-z][a-z0-9_]{2,60}"
_BY_AREA: Mapping[Area, tuple[Facet, ...]] = {
    Area.BUILD: (Facet.BUILD, Facet.FILES),
    Area.INTEGRITY: (Facet.FILES, Facet.PEOPLE, Facet.REPOSITORY),
    Area.RESPONSIVENESS: (Facet.ADVISORIES, Facet.DISCLOSURE, Facet.PEOPLE),
    Area.PROVENANCE: (Facet.PEOPLE, Facet.REPOSITORY),
    Area.EXPERTISE: (Facet.FILES, Facet.PEOPLE),
}


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as a questionnaire has it; `signals` answer it when all support."""

    id: str
    profile: str
    area: Area
    text: str
    rests_on: tuple[str, ...]
    signals: tuple[str, ...] = ()
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Questionnaires:
    """All shipped questions, and what each profile is about."""

    profiles: Mapping[str, str]
    questions: tuple[AskedQuestion, ...]


@functools.cache
def shipped_questionnaires() -> Questionnaires:
    """The questionnaires of this package; raises `PolicyError` when they do not fit their schema."""
    return read_questionnaires(resources.files(__package__).joinpath(QUESTIONNAIRES).read_bytes(), QUESTIONNAIRES)


def read_questionnaires(raw: bytes, name: str) -> Questionnaires:
    """Questionnaires from TOML, every problem at once in `PolicyError`; each signal they name must exist."""
    document = Document(raw, name)
    top = document.root
    top.integer("schema", 1, low=1, high=1)
    listed = top.table("profile", required=True)
    profiles = {key: listed.text(key, limit=200) for key in list(listed.data)}
    listed.close()
    ids = tuple(signal.META.id for signal in signals.catalogue())
    claims = tuple(signal.META.id for signal in signals.catalogue() if Endorsement in signal.META.claims)
    questions = [_read_question(table, tuple(profiles), ids, claims) for table in top.tables("question")]
    top.close()
    if len({q.id for q in questions}) != len(questions):
        top.problem("question", "an id is used twice")
    if document.problems:
        raise PolicyError(document.problems)
    return Questionnaires(profiles, tuple(questions))


def _read_question(
    table: Table, profiles: tuple[str, ...], ids: tuple[str, ...], claims: tuple[str, ...]
) -> AskedQuestion:
    found = AskedQuestion(
        table.text("id", required=True, form=ID, hint="as general/code_read"),
        table.choice("profile", profiles, ""),
        Area(table.choice("area", tuple(Area), Area.EXPERTISE)),
        table.text("text", required=True, limit=300),
        table.choices("rests_on", tuple(Facet), required=True),
        table.choices("signals", ids),
        table.choice("claim", claims, "") if "claim" in table else "",
    )
    if "rests_on" in table and not found.rests_on:
        table.problem("rests_on", "an answer that rests on nothing would never lapse")
    table.close()
    return found


def choose_profiles(names: Iterable[str], purpose: str) -> tuple[str, ...]:
    """The named profiles and what every release is asked, and what its purpose adds. UsageError for unknown ones."""
    known = shipped_questionnaires().profiles
    asked = dict.fromkeys((GENERAL, *names, *([purpose] if purpose in known else [])))
    if unknown := [name for name in asked if name not in known]:
        raise UsageError(f"there is no questionnaire '{unknown[0]}'", hint=f"one of {', '.join(known)}")
    return tuple(asked)


def list_questions(record: TrustRecord, policy: Policy, profiles: Iterable[str]) -> tuple[Question, ...]:
    """What there is to answer about a judged release, the weightiest first within each profile."""
    chosen = tuple(profiles)
    findings = {f.signal: f for verdict in record.areas.values() for f in verdict.findings}
    asked = [q for q in shipped_questionnaires().questions if q.profile in chosen]
    made = [_question(one, findings, policy) for one in asked]
    covered = {one.claim for one in made if one.claim}
    open_ = [q for q in _open_questions(findings, policy) if q.claim not in covered]
    return tuple(
        sorted([*made, *open_], key=lambda q: (chosen.index(q.profile) if q.profile else len(chosen), -q.weight, q.id))
    )


def _question(one: AskedQuestion, findings: Mapping[str, WeighedFinding], policy: Policy) -> Question:
    status, because = _evidence(one.signals, findings)
    weight = _weight(one.claim, policy) if one.claim else 0.0
    return Question(one.id, one.area, one.text, one.rests_on, status, because, one.claim, weight, one.profile)


def _evidence(asked: tuple[str, ...], findings: Mapping[str, WeighedFinding]) -> tuple[Status, str]:
    """What evidence says: opposition of one counts, support only of all; somebody's word is no evidence."""
    if not asked:
        return Status.NOT_OBSERVED, "no evidence can answer this: somebody has to"
    found = [(name, findings.get(name)) for name in asked]
    for name, one in found:
        if one is not None and one.status is Status.OPPOSES:
            return Status.OPPOSES, f"{name}: {show_text(one.because, 90)}"
    for name, one in found:
        if one is None or one.status is not Status.SUPPORTS or one.grade == ENDORSED:
            return (
                Status.NOT_OBSERVED,
                f"{name}: {show_text(one.because, 90) if one else 'not asked of such a package'}",
            )
    return Status.SUPPORTS, "; ".join(f"{name}: {show_text(one.because, 90)}" for name, one in found if one)


def _open_questions(findings: Mapping[str, WeighedFinding], policy: Policy) -> Iterator[Question]:
    """The questions of the record that are open and that take somebody's word."""
    for signal in signals.catalogue():
        found = findings.get(signal.META.id)
        if found is not None and found.status is Status.NOT_OBSERVED and Endorsement in signal.META.claims:
            text = signals.question_of(signal.META.id)
            basis = tuple(facet.value for facet in _BY_AREA[Area(signal.META.id.partition("/")[0])])
            weight = _weight(signal.META.id, policy)
            yield Question(signal.META.id, Area(signal.META.id.partition("/")[0]), text, basis,
                           Status.NOT_OBSERVED, show_text(found.because, 120), signal.META.id, weight)  # fmt: skip


def _weight(claim: str, policy: Policy) -> float:
    """What an endorsement of a claim brings by itself, as the policy's table and caps have it."""
    row = policy.weights.row(claim, ENDORSED)
    return min(row.favourable, policy.weights.caps.get(row.group, row.favourable)) if row else 0.0


# --- A second version: what of the answers about the first one still holds.


@dataclass(frozen=True, slots=True)
class CarriedAnswers:
    """The answers that hold for the new version too, why the others do not, and the difference itself."""

    answers: tuple[Answer, ...]
    lapses: tuple[Lapse, ...]
    delta: Delta


def carry_answers(old: Vetting, before: Evidence, after: Evidence, new: Vetting, at: datetime) -> CarriedAnswers:
    """Answers about a version before, as far as nothing that they rest on changed, was unread, or has ended."""
    delta = compare_versions(before, after)
    answers: list[Answer] = []
    lapses: list[Lapse] = []
    for name in dict.fromkeys([q.id for q in new.questions] + [a.question for a in old.answers]):
        answer = old.answer(name)
        if answer is None:
            continue
        why = _why_lapsed(answer, delta, at) if new.question(name) else "it is not asked of this version"
        if why:
            lapses.append(Lapse(name, f"{answer.verdict} before; {why}"))
        else:
            answers.append(replace(answer, first_given=answer.first_given or old.purl))
    return CarriedAnswers(tuple(answers), tuple(lapses), delta)


def _why_lapsed(answer: Answer, delta: Delta, at: datetime) -> str:
    if answer.expires is not None and answer.expires <= at:
        return f"it ended on {answer.expires:%Y-%m-%d}"
    if not answer.rests_on:
        return "it does not say what it rests on"
    return next((why for basis in answer.rests_on if (why := delta.why_changed(basis))), "")
