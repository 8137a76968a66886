"""From answers to what others can listen to: the entries of a trust list, and the release's record with them in it.

Only a yes that names a claim becomes an endorsement, of exactly the file that was vetted, and only when no other
question about the same claim is open or answered otherwise. What was found wanting becomes a violation. Who answered
is not published: an entry names the organization that signs the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from supplytrust.assessment import appraise, load_policy
from supplytrust.audits.record_folder import prepare_folder, write_body
from supplytrust.audits.vetting.folder import (
    Answer,
    AnswerVerdict,
    Question,
    QuestionState,
    Vetting,
    read_evidence,
    read_vetting,
)
from supplytrust.errors import UsageError
from supplytrust.formats.canonical_json import digest_of
from supplytrust.formats.json_reader import Json
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import Evidence, Observation
from supplytrust.model.policy import Policy
from supplytrust.model.record import TrustRecord
from supplytrust.records import envelope
from supplytrust.records.endorsement import LONGEST, read_entry
from supplytrust.records.envelope import Signer
from supplytrust.records.evidence_file import observation_id
from supplytrust.records.keys import VerificationKey
from supplytrust.records.statement import PAYLOAD_TYPE, to_statement
from supplytrust.records.trust_list import compose_list, format_time, read_list

SOURCE = "endorsement"  # as reliable as the policy holds one's own people


@dataclass(frozen=True, slots=True)
class PublishedWord:
    """What a vetting gives to a list: endorsements and violations as its document has them, and how much stays open."""

    endorsements: tuple[Mapping[str, Json], ...]
    violations: tuple[Mapping[str, Json], ...]
    open: int


def publish_answers(vetting: Vetting, at: datetime, expires: datetime) -> PublishedWord:
    """What of a vetting can be said to others at a moment, until the first of all terms."""
    states = {q.id: vetting.state(q, at) for q in vetting.questions}
    wanting = [q for q in vetting.questions if states[q.id] is QuestionState.WANTING]
    violations = tuple(_violation(vetting, q.id) for q in wanting)
    endorsements = () if wanting else tuple(_endorsements(vetting, states, at, expires))
    open_ = sum(state not in (QuestionState.ANSWERED, QuestionState.SEEN) for state in states.values())
    return PublishedWord(endorsements, violations, open_)


def _violation(vetting: Vetting, question: str) -> Mapping[str, Json]:
    answer = vetting.answer(question)
    assert answer is not None  # noqa: S101 - a question that was found wanting was answered
    return {"subject": vetting.purl, "reason": answer.reason, "at": format_time(answer.at)}


def _endorsements(
    vetting: Vetting, states: Mapping[str, QuestionState], at: datetime, expires: datetime
) -> Iterator[Mapping[str, Json]]:
    by_claim: dict[str, list[Question]] = {}
    for question in vetting.questions:
        if question.claim:
            by_claim.setdefault(question.claim, []).append(question)
    for claim, questions in sorted(by_claim.items()):
        given = _answers_to(questions, states, vetting) if vetting.sha256 else ()
        ends = [a.expires for a in given if a.expires is not None]
        end = min([expires, *ends, *(a.at + LONGEST for a in given)])
        if given and end > at:
            yield {
                "subject": vetting.purl,
                "digest": f"sha256:{vetting.sha256}",
                "area": claim.partition("/")[0],
                "claim": claim,
                "reason": given[0].reason,
                "issued": format_time(max(answer.at for answer in given)),
                "expires": format_time(end),
            }


def _answers_to(
    questions: Sequence[Question], states: Mapping[str, QuestionState], vetting: Vetting
) -> tuple[Answer, ...]:
    """The answers that endorse a claim; () when one of its questions is open, or answered for less than it asks.

    Somebody who said that an answer rests on a part of the files vouches for that part: of a later version, of which
    the rest is new, this is not the whole claim.
    """
    given: list[Answer] = []
    for question in questions:
        answer, state = vetting.answer(question.id), states[question.id]
        is_partial = answer is not None and answer.first_given and not set(question.rests_on) <= set(answer.rests_on)
        if state not in (QuestionState.ANSWERED, QuestionState.SEEN) or is_partial:
            return ()
        if answer is not None and answer.verdict is AnswerVerdict.YES:
            given.append(answer)
    return tuple(given)


def judge_with_answers(
    vetting: Vetting, evidence: Evidence, policy: Policy, key: VerificationKey, at: datetime
) -> TrustRecord:
    """The record of the vetted release with the team's own answers in it, under the policy, at a moment.

    `key` is the team's, its owner the name that stands in the record. An answer that ended, or a claim that is not
    wholly answered, is not in it; opposition stays what it is.
    """
    word = publish_answers(vetting, at, at + LONGEST)
    root = evidence.node(evidence.root)
    said = [_observation(entry, key, at) for entry in word.endorsements]
    grown = replace(root, observations=(*root.observations, *said))
    nodes = tuple(grown if node is root else node for node in evidence.nodes)
    return appraise(replace(evidence, nodes=nodes), policy=policy, at=at, alone=evidence.edges is None)


def _observation(entry: Mapping[str, Json], key: VerificationKey, at: datetime) -> Observation[Claim]:
    document = {name: value for name, value in entry.items() if name != "digest"}
    claim = read_entry({**document, "author": key.owner}, key)
    return Observation(observation_id(SOURCE, claim), SOURCE, at, f"answered by {key.owner}", "", claim)


def gather_list(
    folders: Sequence[Path],
    files: Sequence[Mapping[str, Json]],
    vendor: str | None,
    before: bytes | None,
    taken_back: tuple[Sequence[str], Sequence[str]],
    key: VerificationKey,
    term: tuple[datetime, datetime],
) -> tuple[dict[str, Json], list[PublishedWord]]:
    """The document of a list from vettings and files, and the word of each vetting.

    Args:
        folders: vettings.
        files: documents of `trust_list.list_of`; the last one's vendor and epoch count.
        vendor: the name of whoever signs, where no file says it.
        before: the list before, signed by the same key: the epoch follows it, and its violations stay.
        taken_back: what is revoked, and which earlier violations and revocations are lifted: the others stay.
        key: the public half of the signing key.
        term: from when to when the list holds.

    Raises:
        supplytrust.errors.UsageError: there is no vendor, or nothing would be said.
        supplytrust.errors.MalformedRecordError: the list before cannot be read.
    """
    revoked, lifted = taken_back
    words = [publish_answers(read_vetting(folder), *term) for folder in folders]
    old = read_list(before, key) if before is not None else None
    name = vendor or next((str(f["vendor"]) for f in reversed(files)), "") or (old.vendor if old else "")
    if not name:
        raise UsageError("nobody signs this list", hint="--vendor NAME, as your customers call you")
    epochs = [f["epoch"] for f in files] + ([old.epoch + 1] if old else [])
    violations = [v for word in words for v in word.violations] + _entries_in(files, "violations")
    stays = {str(v["subject"]) for v in violations} | set(lifted)
    kept = [v for v in (old.violations if old else ()) if v.subject not in stays]
    violations += [{"subject": v.subject, "reason": v.reason, "at": format_time(v.at)} for v in kept]
    endorsements = [e for word in words for e in word.endorsements] + _entries_in(files, "endorsements")
    back = dict.fromkeys([*(str(p) for f in files for p in _texts(f.get("revoked"))), *revoked])
    back |= dict.fromkeys(sorted((old.revoked if old else frozenset()) - set(lifted)))
    if not (endorsements or violations or back):
        raise UsageError("no answer endorses anything", hint="supplytrust vet status FOLDER says what is open")
    epoch = epochs[-1] if epochs else 1
    return compose_list((name, epoch), term, endorsements, violations, list(back)), words


def _entries_in(files: Sequence[Mapping[str, Json]], key: str) -> list[Mapping[str, Json]]:
    return [one for f in files if isinstance(f[key], list) for one in _texts(f[key]) if isinstance(one, dict)]


def _texts(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list) else [value] if value is not None else []


def write_records(folders: Sequence[Path], place: Path, vendor: str, signer: Signer, at: datetime) -> None:
    """The signed record of each vetted release, with the answers in it, as a file of its own. UsageError."""
    prepare_folder(place)
    key = replace(signer.public, owner=vendor)
    for folder in folders:
        vetting = read_vetting(folder)
        record = judge_with_answers(vetting, read_evidence(folder), load_policy(vetting.policy), key, at)
        body = to_statement(record)
        write_body(vetting.purl, digest_of(body), body, place, lambda data: envelope.seal(data, PAYLOAD_TYPE, signer))
