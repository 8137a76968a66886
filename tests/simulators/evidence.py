"""Evidence in a few words, for tests of everything below the I/O line.

    finding = ask("responsiveness/not_yanked", RELEASE)                    # a claim: seen by `index`, at NOW
    finding = ask("...", saw(CLAIM, source="mirror", at=NOW - days(3)))    # or an observation
    finding = ask("...", gap(ReleaseFiles, NotObservedReason.OFFLINE))             # or a gap

`ask` looks the signal up, asks it about SUBJECT (one wheel and one sdist of demo 1.2.3) and checks what must
hold of every finding: it names its signal, cites only what it was given, keeps `because` short and plain, gives
a reason exactly when nothing was observed, a veto only when it opposes, and is the same the second time.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

from supplytrust.appraisal.policies import tables
from supplytrust.appraisal.signals import find, signal_named
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.release import ReleaseFile, ReleaseFiles, ReleaseHistory, ReleaseMoment
from supplytrust.model.evidence import NotObserved, NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding
from supplytrust.model.policy import Context, TrustedBuilder
from supplytrust.model.subject import Artifact, ArtifactKind, Subject
from supplytrust.model.vocabulary import Status

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NAME, VERSION = "demo", "1.2.3"
WHEEL, SDIST = "demo-1.2.3-py3-none-any.whl", "demo-1.2.3.tar.gz"
WHEEL_SHA, SDIST_SHA = "a1" * 32, "b2" * 32
FORBIDDEN = re.compile(r"secure|safe|valid|tamper-proof|trusted|trustworthy", re.IGNORECASE)
LONGEST = 90


def days(count: float) -> timedelta:
    """So many days."""
    return timedelta(days=count)


def subject(judged: str = WHEEL, *, name: str = NAME, version: str = VERSION) -> Subject:
    """demo 1.2.3 with a wheel and an sdist; `judged` is the file that is judged, '' for none at all."""
    both = (
        Artifact(WHEEL, WHEEL_SHA, ArtifactKind.WHEEL, 1000),
        Artifact(SDIST, SDIST_SHA, ArtifactKind.SDIST, 2000),
    )
    mine = tuple(a for a in both if a.file_name == judged)
    others = tuple(a for a in both if judged and a.file_name != judged)
    purl = f"pkg:pypi/{name}@{version}"
    return Subject(purl, "pypi", name, version, mine[0] if mine else None, others)


SUBJECT = subject()


def saw(
    claim: Claim, source: str = "index", at: datetime = NOW, digest: str = "", method: str = "made for a test"
) -> Observation[Claim]:
    """One claim as a source made it. The id depends on source, time and claim only."""
    told = f"{source}|{at.isoformat()}|{claim!r}"
    return Observation(hashlib.sha256(told.encode()).hexdigest()[:16], source, at, method, digest, claim)


def gap(
    kind: type[Claim], reason: NotObservedReason, detail: str = "made for a test", source: str = "index"
) -> NotObserved:
    """A kind of claim that a source could not make."""
    return NotObserved(kind.__name__, source, reason, detail)


def evidence(*items: Claim | Observation[Claim] | NotObserved, about: Subject = SUBJECT) -> SubjectEvidence:
    """Evidence about a subject from claims (seen by `index` at NOW), observations and gaps, in any mix."""
    gaps = tuple(item for item in items if isinstance(item, NotObserved))
    observations = tuple(item for item in items if isinstance(item, Observation))
    claims = tuple(saw(item) for item in items if isinstance(item, Claim))
    return SubjectEvidence(about, observations + claims, gaps)


def moment(at: datetime = NOW, cooldown_hours: int = 72, builders: tuple[TrustedBuilder, ...] = ()) -> AppraisalContext:
    """The clock of the judgement, in the plain context."""
    return AppraisalContext(at, Context(), cooldown_hours, tables.shipped_purposes(), find, builders)


def ask(
    signal_id: str,
    *items: Claim | Observation[Claim] | NotObserved,
    about: Subject = SUBJECT,
    at: datetime = NOW,
    cooldown_hours: int = 72,
    builders: tuple[TrustedBuilder, ...] = (),
) -> Finding:
    """The signal's answer to this evidence, after checking what holds of every answer."""
    signal, seen, when = signal_named(signal_id), evidence(*items, about=about), moment(at, cooldown_hours, builders)
    finding = signal.ask(about, seen, when)
    assert signal.ask(about, seen, when) == finding
    assert finding.signal == signal_id
    assert set(finding.evidence) <= {o.id for o in seen.observations}
    assert set(finding.sources) == {o.source for o in seen.observations if o.id in finding.evidence}
    assert (finding.reason is not None) == (finding.status is Status.NOT_OBSERVED)
    assert finding.veto is None or finding.status is Status.OPPOSES
    if finding.status is not Status.NOT_OBSERVED:
        assert finding.evidence, "an answer rests on evidence"
    told = finding.because
    assert told, "an answer says why"
    assert len(told) <= LONGEST, told
    assert told.isprintable(), told
    assert not FORBIDDEN.search(told), told
    return finding


def files(*listed: ReleaseFile, version: str = VERSION, yanked: bool = False, yanked_reason: str = "") -> ReleaseFiles:
    """The index's file list of a release; without arguments the wheel and the sdist, uploaded 30 days ago."""
    return ReleaseFiles(version, listed or (listed_file(WHEEL), listed_file(SDIST)), yanked, yanked_reason)


def listed_file(
    file_name: str = WHEEL,
    *,
    sha256: str | None = None,
    uploaded_at: datetime | None = NOW - timedelta(days=30),
    yanked: bool = False,
) -> ReleaseFile:
    """One file as the index lists it; kind and digest follow from the name."""
    wheel = file_name.endswith(".whl")
    digest = (WHEEL_SHA if wheel else SDIST_SHA) if sha256 is None else sha256
    kind = ArtifactKind.WHEEL if wheel else ArtifactKind.SDIST
    return ReleaseFile(file_name, kind, digest, 1000, uploaded_at, yanked)


def history(*releases: tuple[str, float | None], predecessor: str = "") -> ReleaseHistory:
    """Final releases as (version, days before NOW; None: the day is not known)."""
    moments = tuple(
        ReleaseMoment(
            version, None if age is None else NOW - days(age), yanked=False, prerelease=False, wheels=1, sdists=1
        )
        for version, age in releases
    )
    return ReleaseHistory(moments, predecessor)
