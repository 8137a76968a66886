"""What the part above the I/O line may use: handed in, never global."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar, cast

from supplytrust.formats.atomic import write_atomically
from supplytrust.io.http.client import HttpClient
from supplytrust.io.processes.worker import Workers
from supplytrust.model.claims.claim import Claim
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.policy import Settings
from supplytrust.model.subject import Subject


class FirstSeen(Protocol):
    """Facts kept from earlier looks (the ledger, seen from below).

    A key says of which package and where it was seen (`io.http.url_rules.fact_key`). `remember` is the only write: it
    keeps (key, fact, value) with the time it was first seen, and returns the value and time of the first sighting,
    which is the given one if there was none before.
    """

    def recall(self, key: str, fact: str) -> tuple[str, datetime] | None:
        """First value seen of this fact, with its time; None when it was never seen."""
        ...

    def remember(self, key: str, fact: str, value: str, at: datetime) -> tuple[str, datetime]:
        """Keep the fact if it is new; answer what was first seen."""
        ...


def quiet(_event: str, _detail: str) -> None:
    """The progress observer that shows nothing."""


# --- Work that several sources ask for is done once: who comes second waits for the first one's answer

T = TypeVar("T")
MOST = 24


class _Answer(Generic[T]):
    """A result or an error, and the lock under which it is made."""

    def __init__(self) -> None:
        self.making = threading.Lock()
        self.made: list[T] = []
        self.error: Exception | None = None


class SingleFlight:
    """Answers by key, the `most` that were used last; safe to share between threads.

    An error is an answer too, so that nobody tries again what cannot succeed within the same call.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, _Answer[object]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer under this key, made by `make` if it is not there. Raises what `make` raised."""
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        with answer.making:
            if not answer.made and answer.error is None:
                try:
                    answer.made.append(make())
                except Exception as error:
                    answer.error = error
                    raise
        if answer.error is not None:
            raise answer.error
        return cast("T", answer.made[0])

    def clear(self) -> None:
        """Let go of all answers."""
        with self._lock:
            self._answers.clear()


# --- Files kept under the SHA-256 of their bytes: written atomically, checked whenever they are read

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BlobStore:
    """A folder of blobs; safe to share between threads and processes."""

    folder: Path

    def get(self, sha256: str) -> bytes | None:
        """The bytes with this digest, or None. A blob that no longer has its digest is removed."""
        path = self._path(sha256)
        if path is None:
            return None
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() == sha256:
            return data
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def put(self, data: bytes) -> str:
        """Keep the bytes; answers their SHA-256. A store that cannot be written costs a later download."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.folder / sha256[:2] / sha256
        if path.exists():
            return sha256
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data, mode=0o600, durable=False)
        return sha256

    def _path(self, sha256: str) -> Path | None:
        return self.folder / sha256[:2] / sha256 if _HEX.fullmatch(sha256) else None


# --- What readers said about bytes: asked again of the same bytes, the answer is known (`collection.claim_cache`)


@dataclass(frozen=True, slots=True)
class SourceClaim:
    """A claim as a source hands it over; the collector adds source, time and id.

    `voice` is whose word it is, where a source passes on the words of several: a policy can believe each differently.
    """

    claim: Claim
    method: str
    digest: str = ""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class BytesAnswer:
    """What a source says that is a function of bytes alone: claims, and what of the bytes could not be read."""

    claims: tuple[SourceClaim, ...] = ()
    gaps: tuple[NotObserved, ...] = ()

    @classmethod
    def of(cls, seen: Sequence[SourceClaim | NotObserved]) -> BytesAnswer:
        """What a source hands over, sorted by what it is."""
        claims = tuple(part for part in seen if isinstance(part, SourceClaim))
        return cls(claims, tuple(part for part in seen if isinstance(part, NotObserved)))

    @property
    def seen(self) -> list[SourceClaim | NotObserved]:
        """As a source hands it over."""
        return [*self.claims, *self.gaps]


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What a reader is asked: `inputs` are the digests of the bytes and all else that the answer depends on.

    `kind` is a frozen dataclass that `formats.codec` can write. `version` is the reader's own; '': that of all code.
    """

    reader: str
    kind: type[T]
    inputs: tuple[str, ...]
    version: str = ""


class ClaimStore(Protocol):
    """Answers kept by question. What is damaged or foreign is as none."""

    def holds(self, question: Question[T]) -> bool:
        """Whether an answer is likely to be there."""
        ...

    def recall(self, question: Question[T]) -> T | None:
        """The kept answer, None when there is none."""
        ...

    def keep(self, question: Question[T], answer: T) -> None:
        """Keep an answer; a store that cannot be written costs a later reading."""
        ...


class NoClaims:
    """The store that keeps nothing."""

    def holds(self, question: Question[T]) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def recall(self, question: Question[T]) -> T | None:  # noqa: ARG002
        """Nothing."""
        return None

    def keep(self, question: Question[T], answer: T) -> None:
        """Let it go."""


# --- the context itself


@dataclass(frozen=True, slots=True)
class CollectContext:
    """Everything a source may touch.

    `at`: nothing later than this may be seen (releases, commits, tags, advisories). `now`: the real clock.
    `scratch`: a private folder that is removed afterwards; `cache`: a folder that stays. `ledger` is None
    when the caller keeps none. `options` are the switches of the call (`rebuild` = auto|always|never, ...).
    `workers`, if there are any, do heavy work in processes of its own.
    `once` keeps what several sources need, such as the reading of an artifact, while they need it.
    `local_folders` names the folder of each file that was given by path, by its sha256, `layouts` the OCI
    layout that a workload was taken from. `claims` are the answers of readers about bytes that were read before.
    """

    http: HttpClient
    settings: Settings
    at: datetime
    now: datetime
    scratch: Path
    cache: Path
    ledger: FirstSeen | None = None
    repository: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    progress: Callable[[str, str], None] = quiet
    workers: Workers | None = field(default=None, compare=False)
    once: SingleFlight = field(default_factory=SingleFlight)
    local_folders: dict[str, str] = field(default_factory=dict, compare=False)
    layouts: dict[str, str] = field(default_factory=dict, compare=False)
    claims: ClaimStore = field(default_factory=NoClaims, compare=False)

    def answer(self, question: Question[T], make: Callable[[], T]) -> T:
        """The kept answer to a question about bytes, or a new one that is kept. Raises what `make` raises."""
        known = self.claims.recall(question)
        if known is None:
            known = make()
            self.claims.keep(question, known)
        return known

    def folder_of(self, subject: Subject) -> str:
        """The folder of the judged file when it was given by path; '' when it is an index's."""
        return self.local_folders.get(subject.artifact.sha256, "") if subject.artifact else ""

    @property
    def blobs(self) -> BlobStore:
        """Artifacts by digest: downloaded ones, and local ones that were named by path."""
        return BlobStore(self.cache / "blobs")


def not_observed(kind: type[Claim], reason: NotObservedReason, detail: str) -> NotObserved:
    """A kind of claim that a source looked for and could not make; the collector adds the source's name."""
    return NotObserved(kind.__name__, "", reason, detail)


class Source(Protocol):
    """A module of `sources/`: says which claims it offers and which it needs first.

    NAME is the source's name in evidence and policies; OFFERS the kinds of claim it can make; NEEDS the kinds
    it reads from what was collected before; ECOSYSTEMS the purl types it serves (empty: all). `observe`
    answers what it saw and, with a reason, what it missed; it raises only `errors.SourceError`, when the world
    left it nothing to say, which the collector turns into a `NotObserved` for every offered kind.
    """

    NAME: str
    OFFERS: tuple[type[Claim], ...]
    NEEDS: tuple[type[Claim], ...]
    ECOSYSTEMS: tuple[str, ...]

    def observe(
        self, subject: Subject, known: SubjectEvidence, world: CollectContext
    ) -> Sequence[SourceClaim | NotObserved]:
        """Look, and say what was seen."""
        ...
