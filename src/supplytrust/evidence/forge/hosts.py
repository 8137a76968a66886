"""Which forge a repository lies on, how it is asked, and what is kept: answers of a day, limits that were reached.

Tokens come from the environment and go to the one host they are for: the public forges have variables of their own, a
configured host names its variable. An answer is kept under its repository; one of the last day is used again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from supplytrust.errors import (
    MalformedError,
    NotApplicableError,
    NotFoundError,
    OfflineError,
    RateLimitedError,
    TooLargeError,
)
from supplytrust.evidence.forge import activity, gitea, github, gitlab
from supplytrust.evidence.forge.activity import Activity
from supplytrust.formats.atomic import write_atomically
from supplytrust.formats.json_reader import Json
from supplytrust.io.http.client import HttpClient
from supplytrust.io.http.url_rules import origin_of
from supplytrust.model.policy import ForgeHost

KINDS: Mapping[str, ModuleType] = {m.NAME: m for m in (github, gitlab, gitea)}
KINDS_OF_HOSTS = {"github.com": "github", "gitlab.com": "gitlab", "codeberg.org": "gitea", "gitea.com": "gitea"}
_VARIABLES = {
    "github.com": github.TOKENS,
    "gitlab.com": gitlab.TOKENS,
    "codeberg.org": gitea.TOKENS[:1],
    "gitea.com": gitea.TOKENS[1:2],
}
FRESH = timedelta(days=1)
_MOST_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """A repository on a forge: `path` is `owner/name` (of GitLab: with all groups)."""

    kind: str
    scheme: str
    host: str
    path: str
    token: str

    @property
    def address(self) -> str:
        """The address that claims name."""
        return f"{self.scheme}://{self.host}/{self.path}"

    @property
    def bases(self) -> tuple[str, str]:
        """Where REST and GraphQL are asked."""
        rest, graph = KINDS[self.kind].api_bases(self.scheme, self.host)
        return rest, graph


def locate(address: str, configured: Mapping[str, ForgeHost]) -> Place:
    """The place of a repository; NotApplicableError when its host is no forge that is known."""
    text = address.removeprefix("git+")
    if "://" in text:
        parts = urlsplit(text)
        scheme = "http" if parts.scheme == "http" else "https"
        host = parts.netloc.rpartition("@")[2].lower() if parts.scheme in ("http", "https") else parts.hostname or ""
        path = parts.path
    else:
        origin = origin_of(text)
        scheme, (host, _, path) = "https", origin.removeprefix("//").partition("/")
        if not origin.startswith("//"):
            raise NotApplicableError("a local path is on no forge", hint="[repository] with clone and of")
    kind = configured[host].kind if host in configured else KINDS_OF_HOSTS.get(host, "")
    path = path.strip("/").removesuffix(".git")
    if not kind or "/" not in path:
        raise NotApplicableError(f"{host or 'the repository'} is no forge that is known", hint="[forge.hosts]")
    return Place(kind, scheme, host, path, _token(host, configured))


def _token(host: str, configured: Mapping[str, ForgeHost]) -> str:
    named = configured[host].token if host in configured else ""
    names = (named,) if named else _VARIABLES.get(host, ())
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")


def bearers(configured: Mapping[str, ForgeHost]) -> dict[str, str]:
    """The token for each address that is asked with one: of https hosts, and of configured ones on this machine."""
    found: dict[str, str] = {}
    for host in {*KINDS_OF_HOSTS, *configured}:
        token = _token(host, configured)
        kind = configured[host].kind if host in configured else KINDS_OF_HOSTS[host]
        if token and token.isascii() and token.isprintable():
            scheme = "http" if host.startswith(("127.0.0.1:", "localhost:")) else "https"
            found.update(dict.fromkeys((base for base in KINDS[kind].api_bases(scheme, host) if base), token))
    return found


@dataclass(slots=True)
class Api:
    """One repository's turn at its forge: counts its requests, and remembers a limit that was reached."""

    http: HttpClient
    place: Place
    folder: Path
    requests: int = 0

    @property
    def has_token(self) -> bool:
        """Whether requests carry a token."""
        return bool(self.place.token)

    def get(self, path: str) -> Json:
        """A document of the REST API."""
        return activity.parse(self._ask(self.place.bases[0] + path, b""))

    def ask(self, path: str, question: str, variables: Mapping[str, Json]) -> Json:  # noqa: ARG002
        """The `data` of a GraphQL answer; errors beside data are gaps of that data."""
        body = json.dumps({"query": " ".join(question.split()), "variables": dict(variables)}, sort_keys=True)
        answer = activity.parse(self._ask(self.place.bases[1], body.encode()))
        data, errors = activity.member(answer, "data"), activity.items(answer, "errors")
        kinds = {activity.text(error, "type") for error in errors}
        if "RATE_LIMITED" in kinds:
            raise self._limit(RateLimitedError("the forge's limit is reached", hint="it lasts an hour at most"))
        if errors and not any(isinstance(data, dict) and value is not None for value in _values(data)):
            told = activity.text(errors[0], "message")[:120]
            raise (
                NotFoundError(f"the forge answered: {told}")
                if "NOT_FOUND" in kinds
                else MalformedError(f"the forge answered: {told}")
            )
        return data

    def _ask(self, url: str, question: bytes) -> bytes:
        self.requests += 1
        if self.requests > activity.MOST_REQUESTS:
            raise TooLargeError(f"more than {activity.MOST_REQUESTS} requests for one repository")
        try:
            if question:
                return self.http.query(url, question, limit=_MOST_BYTES).body
            return self.http.get(url, accept="application/json", limit=_MOST_BYTES).body
        except RateLimitedError as error:
            raise self._limit(error) from None

    def _limit(self, error: RateLimitedError) -> RateLimitedError:
        until = error.until
        if until is not None:
            path = _limit_file(self.folder, self.place)
            with contextlib.suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, until.isoformat().encode(), durable=False)
        return error


def _values(data: Json) -> list[Json]:
    return list(data.values()) if isinstance(data, dict) else []


def look(http: HttpClient, place: Place, cache: Path, now: datetime) -> Activity:
    """What the forge tells now, or told within the last day; offline what it told last. Raises SourceError kinds."""
    folder = cache / "forge"
    known = _recall(folder, place)
    if known is not None and (http.offline or timedelta(0) <= now - known.seen_at < FRESH):
        return known
    if http.offline:
        raise OfflineError("the forge was never asked about it", hint="run once without --offline, or [forge] export")
    until = _limited_until(folder, place)
    if until is not None and until > now:
        told = f"{place.host}: limit reached until {until:%Y-%m-%dT%H:%M:%SZ}"
        raise RateLimitedError(told, hint="a token has a limit of its own", until=until)
    seen: Activity = KINDS[place.kind].look(Api(http, place, folder), place.address, place.path, now)
    with contextlib.suppress(OSError):
        path = _answer_file(folder, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, activity.write_activities([seen]), mode=0o600, durable=False)
    return seen


def _recall(folder: Path, place: Place) -> Activity | None:
    try:
        return activity.read_activities(_answer_file(folder, place).read_bytes())[0]
    except (OSError, MalformedError, IndexError):
        return None


def _limited_until(folder: Path, place: Place) -> datetime | None:
    try:
        return datetime.fromisoformat(_limit_file(folder, place).read_text("ascii")).astimezone(UTC)
    except (OSError, ValueError):
        return None


def _answer_file(folder: Path, place: Place) -> Path:
    key = f"{place.kind} {place.address.lower()} {bool(place.token)} {activity.SCHEMA}"
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


def _limit_file(folder: Path, place: Place) -> Path:
    return folder / "limits" / hashlib.sha256(f"{place.host} {place.token}".encode()).hexdigest()
