"""The common form of what forges tell, which `forge export` writes, and how their JSON is read into it.

Accounts are kept by name because who answers whom is the question; claims keep counts only. Somebody whose account was
deleted has the empty name: never a maintainer, and never the same person as another one.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from supplytrust.errors import MalformedError, MalformedRecordError
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.formats.codec import decode, encode
from supplytrust.formats.json_reader import Json, Limits, read_foreign_json, read_object

WINDOW = timedelta(days=365)
MOST_REQUESTS = 4  # a repository
SCHEMA = "supplytrust.dev/forge-activity/v1"
LIMITS = Limits(size=64 * 2**20)
_BOT = re.compile(
    r"(?i).*\[bot\]|(?:.*[-_.])?(?:bot|robot|autobot|bors|mergify|codecov|dependabot|renovate)(?:[-_.\d].*)?"
)


class Role(enum.StrEnum):
    """What an account may do in the project, as the forge told."""

    MAINTAINER = "maintainer"  # may change it, or decides for whoever owns it
    CONTRIBUTOR = "contributor"  # had a change merged before
    OUTSIDER = "outsider"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `name` is empty when it was deleted. `since`: when it was made, None when it is not told."""

    name: str
    role: Role
    since: datetime | None = None

    def is_same(self, other: Person) -> bool:
        """Whether both are one account; nobody is known to be the same as a deleted one."""
        return bool(self.name) and self.name.lower() == other.name.lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """Something said in a thread: a comment, or a verdict on a change (`approves`)."""

    by: Person
    at: datetime
    approves: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """An issue, or a change (`change`: pull or merge request). `security`: labelled as about security.

    `replies_known_until`: replies after it were not read; None: all were, up to the moment of the look.
    """

    number: str
    change: bool
    security: bool
    by: Person
    at: datetime
    closed_at: datetime | None
    closed_by: Person | None
    merged_at: datetime | None
    merged_by: Person | None
    replies: tuple[Reply, ...]
    replies_known_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of the main branch; None where the forge does not say."""

    branch: str
    approvals: int | None
    checks: tuple[str, ...] | None
    force_push: bool | None
    signatures: bool | None
    bypass: int | None


@dataclass(frozen=True, slots=True)
class Release:
    """A release on the forge and who published it."""

    tag: str
    at: datetime
    by: Person


@dataclass(frozen=True, slots=True)
class Activity:
    """What was seen of one repository at `seen_at`. Lists are None where they were not read, with `gaps` saying why.

    `issues_since`, `changes_since`, `releases_since`: everything begun since then is in the list.
    """

    schema: str
    address: str
    forge: str
    full_name: str
    seen_at: datetime
    archived: bool | None
    archived_at: datetime | None
    created_at: datetime | None
    issues: tuple[Thread, ...] | None
    issues_since: datetime
    changes: tuple[Thread, ...] | None
    changes_since: datetime
    reviews_known: bool
    releases: tuple[Release, ...] | None
    releases_since: datetime
    rules: Rules | None
    gaps: Mapping[str, str]


class Asker(Protocol):
    """How a reader reaches its forge: paths below the API's base, at most `MOST_REQUESTS` times a repository."""

    @property
    def has_token(self) -> bool:
        """Whether requests carry a token."""
        ...

    def get(self, path: str) -> Json:
        """The JSON document at a path."""
        ...

    def ask(self, path: str, question: str, variables: Mapping[str, Json]) -> Json:
        """The `data` of a GraphQL answer."""
        ...


def write_activities(seen: Sequence[Activity]) -> bytes:
    """The file of `forge export`: several repositories, canonical JSON."""
    return canonical_bytes({"schema": SCHEMA, "repositories": [encode(one) for one in seen]})


def read_activities(data: bytes) -> tuple[Activity, ...]:
    """The repositories of such a file; MalformedError names the field."""
    try:
        document = read_object(data, LIMITS)
        listed = document.get("repositories")
        if document.get("schema") != SCHEMA or not isinstance(listed, list):
            raise MalformedError(f"is no {SCHEMA}", hint="written by `supplytrust forge export`")
        return tuple(decode(Activity, one) for one in listed)
    except MalformedRecordError as error:
        raise MalformedError(error.message) from error


# --- reading foreign JSON: what is missing or of another type is None, and never a guess


def parse(body: bytes) -> Json:
    """A forge's answer. MalformedError."""
    try:
        return read_foreign_json(body)
    except MalformedRecordError as error:
        raise MalformedError(f"the forge's answer is {error.message}") from error


def member(value: Json, *names: str) -> Json:
    """The value below these names; None when there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text(value: Json, *names: str) -> str:
    """A text below these names, '' when there is none."""
    found = member(value, *names)
    return found if isinstance(found, str) else ""


def flag(value: Json, *names: str) -> bool | None:
    """A truth value below these names, None when there is none."""
    found = member(value, *names)
    return found if isinstance(found, bool) else None


def number(value: Json, *names: str) -> int | None:
    """A whole number below these names, None when there is none."""
    found = member(value, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def items(value: Json, *names: str) -> list[Json]:
    """The entries below these names that are objects."""
    found = member(value, *names)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def moment(value: Json, *names: str) -> datetime | None:
    """An instant with its zone below these names, in UTC and whole seconds; None when there is none."""
    try:
        read = datetime.fromisoformat(text(value, *names))
    except ValueError:
        return None
    if read.tzinfo is None:
        return None
    return read.astimezone(UTC).replace(microsecond=0)


def is_bot(name: str) -> bool:
    """Whether an account's own name says that it is a program's."""
    return bool(_BOT.fullmatch(name))


_SECURITY = re.compile(r"(?i)(?:.*[\W_])?(?:security|vulnerability|cve)(?:[\W_].*)?")


def is_about_security(labels: Sequence[str]) -> bool:
    """Whether a label says so."""
    return any(_SECURITY.fullmatch(label) for label in labels)


def threads_of(nodes: Sequence[Json], read: Callable[[Json], Thread | None], gaps: dict[str, str]) -> list[Thread]:
    """Each node as a thread; those without number or time are counted as a gap and cost no other."""
    found = [read(node) for node in nodes]
    unread = sum(one is None for one in found)
    if unread:
        gaps["threads"] = f"{unread} entries could not be read"
    return [one for one in found if one is not None]


def covered_since(threads: Sequence[Thread], seen_at: datetime, *, more: bool) -> datetime:
    """From when on every thread was read: a year back, or the oldest one where there were more to read."""
    start = seen_at - WINDOW
    return max([start, *([min(t.at for t in threads)] if more and threads else [])])


def released_since(releases: Sequence[Release] | None, seen_at: datetime, *, more: bool) -> datetime:
    """From when on every release was read: a year back, or the oldest one where there were more to read."""
    return max([seen_at - WINDOW, *([min(r.at for r in releases)] if more and releases else [])])


def reaches_back(nodes: Sequence[Json], now: datetime, name: str) -> bool:
    """Whether the oldest of these entries is at least a year old, or there is none."""
    times = [t for t in (moment(node, name) for node in nodes) if t is not None]
    return not times or min(times) <= now - WINDOW
