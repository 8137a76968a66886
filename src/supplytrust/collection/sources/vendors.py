"""Vendors that the relying party listens to: signed lists of what they endorse, within the limits it sets.

`[vendors."ACME"]` names list, key, scope (patterns of purls), purposes, depth and end. An entry counts within all of
them only, through as many trustors as `depth` says (1: the vendor's own word), and while neither the list nor the
configuration has ended. A violation of any vendor in scope silences every vendor's endorsements of the package.
`records` names a folder of the vendor's signed trust records. Of one about the judged file the answers count to
questions that take somebody's word, and a veto is a violation; its outcome, made under another policy, never does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from supplytrust.appraisal.signals.support.select import names_of
from supplytrust.errors import MalformedError, NotAskedError, RecordError, SupplytrustError, VerificationError
from supplytrust.formats.atomic import write_atomically
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.review import VIA, Endorsement, SecondPartyReviews, SkippedEntries, Standing, Violation
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import VENDORS, VOICE, Vendor
from supplytrust.model.subject import Subject
from supplytrust.model.vocabulary import Status
from supplytrust.records.keys import VerificationKey, read_key
from supplytrust.records.statement import VerifiedRecord, verify
from supplytrust.records.trust_list import LIMITS, ListedEndorsement, TrustList, read_list

NAME = "vendors"
OFFERS: tuple[type[Claim], ...] = (Endorsement, SecondPartyReviews)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS: tuple[str, ...] = ()
MOST_RECORDS = 10_000

Seen = list[SourceClaim | NotObserved]


@dataclass(frozen=True, slots=True)
class _Word:
    """What one vendor says of the package. `over`: why its list endorses no more; violations in it still stand."""

    vendor: str
    over: str
    digest: str
    entries: tuple[ListedEndorsement, ...]
    violations: tuple[Violation, ...]


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """Endorsements within their limits, or violations; a list that cannot be used with its reason."""
    if not world.settings.vendors:
        raise NotAskedError("no vendor is configured", hint='[vendors."NAME"]')
    words, missed, skipped = list[_Word](), Seen(), list[SkippedEntries]()
    for name, vendor in sorted(world.settings.vendors.items()):
        if not _in_scope(vendor, subject, world):
            continue
        try:
            word = _listen(name, vendor, subject, world)
        except SupplytrustError as error:
            skipped.append(SkippedEntries(f"list of {name}", f"unreadable: {error.reason}"[:60], 1, 1))
            missed.append(not_observed(Endorsement, NotObservedReason.MALFORMED, f"{name}: {error.message}"))
            continue
        words.append(word)
        if word.over:
            missed.append(not_observed(Endorsement, NotObservedReason.STALE, f"{name}: {word.over}"))
    return _claims(subject, words, missed, tuple(skipped))


def _claims(
    subject: Subject, words: Sequence[_Word], missed: Seen, skipped: tuple[SkippedEntries, ...]
) -> Sequence[SourceClaim | NotObserved]:
    violations = tuple(v for word in words for v in word.violations)
    seen = list(missed)
    if violations or skipped:  # what could not be read may have been a violation
        seen.append(SourceClaim(SecondPartyReviews(subject.version, (), violations, (), skipped), "vendors' lists"))
    if violations:
        why = "a vendor found a violation, which silences endorsements of vendors"
        return [*seen, not_observed(Endorsement, NotObservedReason.REFUSED, why)]
    seen += [SourceClaim(e.endorsement, _path(w.vendor, e), w.digest, w.vendor) for w in words for e in w.entries]
    why = f"no vendor says anything about {subject.release}"
    return seen or [not_observed(kind, NotObservedReason.NOT_FOUND, why) for kind in OFFERS]


def _in_scope(vendor: Vendor, subject: Subject, world: CollectContext) -> bool:
    purpose = world.settings.purpose.get(subject.package, "general")
    return purpose in vendor.purposes and any(fnmatchcase(subject.package, pattern) for pattern in vendor.scope)


def _listen(name: str, vendor: Vendor, subject: Subject, world: CollectContext) -> _Word:
    data = _fetch(vendor.list, world)
    found = read_list(data, _key(name, vendor))
    over = _why_over(name, vendor, found, world)
    names = set(names_of(subject))
    records = _read_records(name, vendor, subject, world)
    violations = _vetoes(name, records, subject) + tuple(
        Violation((name,), (v.reason,), v.subject, v.at, Standing.VERIFIED, f"list of {name}", _digest(data))
        for v in found.violations
        if v.subject in names and v.at <= world.at
    )
    if over:
        return _Word(name, over, _digest(data), (), violations)
    files = {f"sha256:{a.sha256}" for a in (subject.artifact,) if a is not None}
    entries = tuple(
        replace(entry, endorsement=_limit(name, entry, vendor, found))
        for entry in found.endorsements
        if entry.endorsement.subject in names - found.revoked
        and not names & found.revoked
        and entry.endorsement.issued <= world.at
        and len(entry.via) < vendor.depth
        and (not entry.digest or entry.digest in files)
    )
    entries += tuple(
        ListedEndorsement(e, "", ()) for e in _answers(name, records, vendor, found, world) if not names & found.revoked
    )
    taken_back = "it took back what it said" if names & found.revoked else ""
    return _Word(name, taken_back, _digest(data), entries, violations)


def _limit(name: str, entry: ListedEndorsement, vendor: Vendor, found: TrustList) -> Endorsement:
    """The endorsement under the name the relying party knows, ending with the first of all terms."""
    ends = [entry.endorsement.expires, found.expires, *([vendor.until] if vendor.until else [])]
    author = VIA.join((name, *entry.via))
    return replace(entry.endorsement, author=author, expires=min(ends))


def _read_records(name: str, vendor: Vendor, subject: Subject, world: CollectContext) -> list[VerifiedRecord]:
    """The vendor's records of the judged file, of any time; what is signed by others, or is about others, is none."""
    judged = subject.artifact.sha256 if subject.artifact else ""
    if not vendor.records or not judged:
        return []
    folder, key, found = Path(vendor.records), _key(name, vendor), list[VerifiedRecord]()
    if not folder.is_dir():
        raise MalformedError(f"{folder.name} is no folder of records")
    for path in sorted(folder.glob("*.json"))[:MOST_RECORDS]:
        try:
            seen = verify(_read(str(path)), [key])
        except (VerificationError, RecordError):
            continue  # somebody else's, or none: a folder is no list, and what is not in it was not promised
        artifact = seen.record.trustee.artifact
        about = artifact is not None and artifact.sha256 == judged and seen.record.trustee.purl == subject.purl
        if about and seen.record.assessed_at <= world.at:
            found.append(seen)
    return found


def _vetoes(name: str, records: Sequence[VerifiedRecord], subject: Subject) -> tuple[Violation, ...]:
    """A veto in the newest record of the file: it says that this very file must not be used."""
    newest = max(records, key=lambda r: r.record.assessed_at, default=None)
    if newest is None:
        return ()
    return tuple(
        Violation(
            (name,),
            (v.because[:200],),
            subject.release,
            newest.record.assessed_at,
            Standing.VERIFIED,
            f"record of {name}",
            newest.digest,
        )
        for v in newest.record.vetoes
    )


def _answers(
    name: str, records: Sequence[VerifiedRecord], vendor: Vendor, found: TrustList, world: CollectContext
) -> Iterator[Endorsement]:
    """What the newest record that holds supports, of the questions that take a word. Words of others are not passed."""
    from supplytrust.appraisal import signals

    standing = [r for r in records if r.record.not_before <= world.at < r.record.expires]
    newest = max(standing, key=lambda r: r.record.assessed_at, default=None)
    if newest is None:
        return
    end = min(newest.record.expires, found.expires, vendor.until or found.expires)
    listening = {s.META.id for s in signals.catalogue() if Endorsement in s.META.claims}
    for area, verdict in newest.record.areas.items():
        for one in verdict.findings:
            if one.status is Status.SUPPORTS and one.signal in listening and not _is_of_others(one.sources):
                yield Endorsement(
                    newest.record.trustee.purl.partition("?")[0], area.value, one.signal, one.because[:500], name,
                    newest.record.assessed_at, min(end, one.until or end), newest.key.fingerprint,
                )  # fmt: skip


def _is_of_others(sources: Sequence[str]) -> bool:
    """Whether an answer rests on another vendor's word: that is one trustor further away, and not told by whom."""
    return any(source.partition(VOICE)[0] == VENDORS for source in sources)


def _path(name: str, entry: ListedEndorsement) -> str:
    return "trust list of " + " <- ".join((name, *entry.via))


def _why_over(name: str, vendor: Vendor, found: TrustList, world: CollectContext) -> str:
    """Why the list is over: ended, not begun, or older than one that was seen before (kept beside the cache)."""
    if found.vendor != name:
        raise MalformedError(f"is the list of '{found.vendor[:60]}'")
    ends = min(found.expires, vendor.until or found.expires)
    path = world.cache / "vendors" / hashlib.sha256(f"{name} {vendor.key}".encode()).hexdigest()
    seen = int(text) if path.exists() and (text := path.read_text("ascii", "replace")).isdigit() else 0
    if found.epoch < seen:
        return f"list {found.epoch} is older than {seen}, which was seen before"
    if found.epoch > seen:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, str(found.epoch).encode(), durable=False)
    if not found.issued <= world.at < ends:
        return f"its list holds from {found.issued:%Y-%m-%d} to {ends:%Y-%m-%d}"
    return ""


def _fetch(place: str, world: CollectContext) -> bytes:
    if "://" in place:
        return world.http.get(place, limit=LIMITS.size).body
    return _read(place)


def _key(name: str, vendor: Vendor) -> VerificationKey:
    return read_key(_read(vendor.key), owner=name)


def _read(place: str) -> bytes:
    path = Path(place)
    try:
        if path.stat().st_size > LIMITS.size:
            raise MalformedError(f"{path.name} is larger than a list may be")
        return path.read_bytes()
    except OSError as error:
        raise MalformedError(f"{path.name} cannot be read: {error.strerror}") from error


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
