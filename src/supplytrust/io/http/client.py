"""The one HTTP door: every byte that comes over the network comes through `Client.get` and `Client.query`.

TLS is verified, time, size, redirects, retries and concurrency are bounded. Documents are kept in a disk cache; online
a kept one is used only when its server confirms it (RFC 9111, 4.3), and `offline` answers from that cache only. Error
texts name the path of
an address, never its host or credentials, because they become part of evidence; the host is in the hint.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from supplytrust.errors import (
    MalformedError,
    NotFoundError,
    OfflineError,
    RateLimitedError,
    RefusedError,
    SourceError,
    TooLargeError,
    UnreachableError,
)
from supplytrust.io.http import url_rules
from supplytrust.io.http.deadline import Deadline, within
from supplytrust.io.http.transport import QueryCache

if TYPE_CHECKING:
    from requests import Response

    from supplytrust.io.http.transport import Transport

REDIRECTS = 5
REDIRECTED = frozenset({301, 302, 303, 307, 308})
RETRIED = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete, size-capped response body. `url` is where it finally came from, `at` when a kept answer was given.

    `from_cache`: the body was kept earlier; unless this is offline, the server just said that it is still the same.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    from_cache: bool = False
    at: datetime | None = None


class HttpClient(Protocol):
    """Reads only. Raises `errors.SourceError` kinds; never returns a status other than 2xx.

    Whoever reaches the network by other means (git, an installer) asks `offline` first. It has no default: a door
    that does not say so is no door, and mypy refuses it.
    """

    @property
    def offline(self) -> bool:
        """Whether only what is on this machine may be used."""
        ...

    def get(self, url: str, *, accept: str = "*/*", limit: int = 32 * 2**20, raw: bool = False) -> Answer:
        """Fetch at most `limit` bytes; `raw`: a file as it is stored, left out of the document cache."""
        ...

    def query(self, url: str, question: bytes, *, limit: int = 32 * 2**20) -> Answer:
        """Put a question in JSON by POST to a service that only looks something up, and keep the answer."""
        ...


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Seconds, counts. `total` bounds one `get` with its retries; `patience` the sum of all pauses."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 120.0
    retries: int = 3
    first_pause: float = 0.5
    patience: float = 20.0
    per_host: int = 6


@dataclass(frozen=True, slots=True)
class _Exchange:
    response: Response
    from_cache: bool


class _AgainError(Exception):
    """This try failed in a way that another one may mend."""

    def __init__(self, error: SourceError, retry_after: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry_after = retry_after


class Client:
    """The real door. Thread-safe; one per call of the library.

    Args:
        cache: folder of the document cache; made when missing.
        offline: answer from the cache only, however old, and never open a connection.
        plain_http: hosts, besides loopback, that the caller's configuration addresses by http.
        ca_bundle: certificates to verify with; default: the environment's, else those of `requests`.
        bearers: tokens (RFC 6750) by the address they are for; none is sent to another scheme, host or port.
    """

    def __init__(
        self,
        cache: Path,
        *,
        offline: bool = False,
        plain_http: frozenset[str] = frozenset(),
        ca_bundle: str = "",
        limits: HttpLimits | None = None,
        bearers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        from supplytrust.io.http.transport import Transport

        self.offline = offline
        self._limits = limits or HttpLimits()
        self._plain_http = frozenset(host.lower() for host in plain_http)
        self._wire: Transport = Transport(
            cache, ca_bundle, (self._limits.connect, self._limits.read), self._limits.per_host
        )
        self._kept = QueryCache(cache / "queries")
        self._put_here: set[tuple[str, bytes]] = set()
        self._bearers = {url_rules.allowed_target(url, self._plain_http).origin: t for url, t in bearers.items()}
        self._silent: dict[tuple[str, str, int], SourceError] = {}
        self._lock = threading.Lock()
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._logins: dict[tuple[str, str, int], tuple[str, str]] = {}

    def get(self, url: str, *, accept: str = "*/*", limit: int = 32 * 2**20, raw: bool = False) -> Answer:
        """Fetch one document of at most `limit` bytes (counted after decompression).

        `raw` asks for the file's own bytes (no content coding) and leaves it out of the document cache.
        """
        target = url_rules.allowed_target(url, self._plain_http)
        if target.login:
            with self._lock:
                self._logins.setdefault(target.origin, target.login)
        deadline = Deadline(self._limits.total)
        try:
            return within(deadline, lambda: self._persist(target, accept, limit, deadline, raw=raw))
        except TimeoutError:
            raise _unreachable(target, f"no complete answer within {self._limits.total:g} s") from None

    def query(self, url: str, question: bytes, *, limit: int = 32 * 2**20) -> Answer:
        """Ask a look-up service (POST, JSON both ways); answers are kept for offline use.

        Through one door the same question is put once; an answer that was kept before is not served online, because an
        advisory may have been published since.

        A service that did not answer once is not asked again through this door: it is one of many evidence sources.
        """
        target = url_rules.allowed_target(url, self._plain_http)
        known = self._kept.get(target.url, question)
        if known is not None and (self.offline or (target.url, question) in self._put_here):
            return Answer(target.url, 200, "application/json", known.body, from_cache=True, at=known.at)
        if self.offline:
            raise OfflineError(
                f"{url_rules.show_path(target.url)} is not in the cache", hint="run once without --offline"
            )
        if target.origin in self._silent:
            raise self._silent[target.origin]
        deadline = Deadline(self._limits.total)
        try:
            body = within(deadline, lambda: self._put(target, question, limit, deadline))
        except (TimeoutError, UnreachableError, RateLimitedError) as error:
            again = _unreachable(target, "it did not answer a moment ago")
            self._silent[target.origin] = error if isinstance(error, RateLimitedError) else again
            raise error if isinstance(error, SourceError) else _unreachable(target, "no complete answer") from None
        at = self._kept.put(target.url, question, body)
        self._put_here.add((target.url, question))
        return Answer(target.url, 200, "application/json", body, at=at)

    def _put(self, target: url_rules.Target, question: bytes, limit: int, deadline: Deadline) -> bytes:
        """One try: no redirects, no repetition. Whoever cannot answer at once is done without."""
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": "application/json"}
        headers |= self._authorize(target)
        try:
            with self._turn(target, deadline), self._wire_errors(target):
                response = self._wire.post(target.url, headers, question)
                with closing(response):
                    if response.status_code in REDIRECTED:
                        raise RefusedError(
                            f"{url_rules.show_path(target.url)} leads elsewhere, where questions are not sent"
                        )
                    self._judge_status(target, response)
                    return self._wire.body(response, limit, deadline)
        except _AgainError as again:
            raise again.error from None

    def close(self) -> None:
        """Let go of connections and cache."""
        self._wire.close()

    def _persist(self, target: url_rules.Target, accept: str, limit: int, deadline: Deadline, *, raw: bool) -> Answer:
        spent = 0.0
        for attempt in range(self._limits.retries + 1):
            try:
                return self._follow(target, accept, limit, deadline, raw=raw)
            except _AgainError as again:
                wished = self._limits.first_pause * 2**attempt
                pause = wished if again.retry_after is None else again.retry_after
                last = attempt == self._limits.retries
                if last or spent + pause > self._limits.patience or pause >= deadline.left:
                    raise again.error from None
                spent += pause
                time.sleep(pause)
        raise _unreachable(target, "no try left")

    def _follow(self, target: url_rules.Target, accept: str, limit: int, deadline: Deadline, *, raw: bool) -> Answer:
        here = target
        for _hop in range(REDIRECTS + 1):
            with self._turn(here, deadline), self._exchange(here, accept, raw=raw) as exchange:
                response = exchange.response
                if response.status_code not in REDIRECTED:
                    return self._answer(here, exchange, limit, deadline, raw=raw)
                location = response.headers.get("Location", "")
                if not raw and not exchange.from_cache:
                    self._wire.keep(response, b"")
            if not location:
                raise MalformedError(f"redirect without a destination for {url_rules.show_path(here.url)}")
            here = url_rules.redirect_target(here, location, self._plain_http)
        raise RefusedError(f"more than {REDIRECTS} redirects for {url_rules.show_path(target.url)}")

    @contextmanager
    def _turn(self, target: url_rules.Target, deadline: Deadline) -> Iterator[None]:
        with self._lock:
            turn = self._turns.setdefault(target.host, threading.BoundedSemaphore(self._limits.per_host))
        if not turn.acquire(timeout=deadline.left):
            raise _unreachable(target, "its earlier requests did not end in time")
        try:
            yield
        finally:
            turn.release()

    @contextmanager
    def _exchange(self, target: url_rules.Target, accept: str, *, raw: bool) -> Iterator[_Exchange]:
        headers = {"Accept": accept, "Accept-Encoding": "identity" if raw else "gzip", **self._authorize(target)}
        if self.offline:
            found = None if raw else self._wire.stored_answer(target.url, headers)
            if found is None:
                told = f"{url_rules.show_path(target.url)} is not in the cache"
                raise OfflineError(told, hint="run once without --offline")
            exchange = _Exchange(found, from_cache=True)
        else:
            with self._wire_errors(target):
                login = self._logins.get(target.origin)
                exchange = _Exchange(*self._wire.ask(target.url, headers, login, cached=not raw))
        try:
            yield exchange
        finally:
            exchange.response.close()

    def _answer(
        self, target: url_rules.Target, exchange: _Exchange, limit: int, deadline: Deadline, *, raw: bool
    ) -> Answer:
        from supplytrust.io.http.transport import date_of, decode_body

        response = exchange.response
        self._judge_status(target, response)
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > limit:
            raise TooLargeError(f"{url_rules.show_path(target.url)} has {declared} bytes, more than {limit}")
        with self._wire_errors(target):
            body = self._wire.body(response, limit, deadline)
        kind = response.headers.get("Content-Type", "").strip()
        if raw:
            return Answer(target.url, response.status_code, kind, body)
        plain = decode_body(body, response.headers.get("Content-Encoding", ""), limit)
        if not exchange.from_cache:
            self._wire.keep(response, body)
        at = date_of(response.headers) if exchange.from_cache else None
        return Answer(target.url, response.status_code, kind, plain, exchange.from_cache, at)

    def _authorize(self, target: url_rules.Target) -> dict[str, str]:
        token = self._bearers.get(target.origin)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _judge_status(self, target: url_rules.Target, response: Response) -> None:
        status = response.status_code
        told = f"{url_rules.show_path(target.url)}: the server answered {status}"
        if 200 <= status < 300:
            return
        if status in (404, 410):
            raise NotFoundError(told)
        limited = self._limit_reached(told, response)
        if limited is not None and status == 403:
            raise limited
        if status in RETRIED:
            error = limited or _unreachable(target, f"the server answered {status}")
            raise _AgainError(error, self._wire.retry_after(response))
        raise RefusedError(told, hint=f"host: {target.host}")

    def _limit_reached(self, told: str, response: Response) -> RateLimitedError | None:
        """The answer as a reached limit with the time it ends, where the server says that it is one.

        429 (RFC 6585); or 403 together with a count of requests that is used up, or with a time to wait.
        """
        until = self._wire.limited_until(response)
        if response.status_code != 429 and (response.status_code != 403 or until is None):
            return None
        when = f", limit reached until {until:%Y-%m-%dT%H:%M:%SZ}" if until else ""
        return RateLimitedError(told + when, hint="try again later", until=until)

    @contextmanager
    def _wire_errors(self, target: url_rules.Target) -> Iterator[None]:
        from requests import exceptions as failed

        try:
            yield
        except (failed.SSLError, failed.ProxyError) as error:
            raise _unreachable(target, f"{type(error).__name__}, not retried") from error
        except (failed.ConnectionError, failed.Timeout, failed.ChunkedEncodingError) as error:
            raise _AgainError(_unreachable(target, type(error).__name__)) from error
        except failed.RequestException as error:
            raise RefusedError(f"{url_rules.show_path(target.url)}: {type(error).__name__}") from error


def _unreachable(target: url_rules.Target, why: str) -> UnreachableError:
    return UnreachableError(f"no answer for {url_rules.show_path(target.url)}: {why}", hint=f"host: {target.host}")
