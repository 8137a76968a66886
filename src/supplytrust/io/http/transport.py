"""What `HttpClient` needs of requests and CacheControl: a session, the caches behind it, bounded bodies."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import logging
import os
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING

import requests
import urllib3
from cachecontrol.caches.file_cache import FileCache
from cachecontrol.controller import CacheController
from cachecontrol.heuristics import BaseHeuristic
from requests.adapters import HTTPAdapter

from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.formats.atomic import write_atomically
from supplytrust.io.http.deadline import Deadline

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

CHUNK = 64 * 1024
KEPT_SECONDS = 10 * 365 * 86400  # for use offline; a kept document is never served online without asking
_LONGEST_LIMIT = 7 * 86400  # seconds: no limit is believed to last longer
_LAST = 253402300799  # the last second that a datetime can name
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_LOG = logging.getLogger(__name__)


class _KeptForOffline(BaseHeuristic):
    """Keep every complete answer for offline use and for conditional requests, unless it says no-store."""

    def update_headers(self, response: HTTPResponse) -> dict[str, str]:
        headers = {name.lower(): value.lower() for name, value in response.headers.items()}
        if response.status != 200 or "no-store" in headers.get("cache-control", ""):
            return {}
        now = {} if date_of(headers) else {"date": format_datetime(datetime.now(UTC), usegmt=True)}
        return {"cache-control": f"max-age={KEPT_SECONDS}", **now}

    def warning(self, response: HTTPResponse) -> str | None:  # noqa: ARG002
        return None


class Transport:
    """A requests session without cookies and automatic redirects, and a document cache beside it.

    Every document that is asked for can change in any minute (a release, a yank, a quarantine, an advisory), so a kept
    one is served online only after its server said that it is still the same (RFC 9111, section 4.3), whatever was
    said about its freshness: as pip does. CacheControl's controller keeps and compares; its transport adapter is not
    used, because it would buffer bodies before their size is known.
    """

    def __init__(self, cache: Path, ca_bundle: str, timeout: tuple[float, float], per_host: int) -> None:
        self._timeout = timeout
        self._adapter = HTTPAdapter(pool_maxsize=per_host, max_retries=0)
        self._controller = CacheController(FileCache(str(cache)))
        self._heuristic = _KeptForOffline()
        verify = ca_bundle or next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), "")
        self._session = _session(self._adapter, verify)

    def ask(
        self, url: str, headers: Mapping[str, str], login: tuple[str, str] | None, *, cached: bool
    ) -> tuple[requests.Response, bool]:
        """One exchange, body unread, and whether the cache answered. Raises what requests raises."""
        request = self._prepare(url, headers, login)
        if cached:
            request.headers["Cache-Control"] = "max-age=0"  # caches on the way ask again, too
            request.headers.update(self._conditions(request))
        surroundings = self._session.merge_environment_settings(url, {}, True, None, None)  # noqa: FBT003
        surroundings["stream"] = True
        response = self._session.send(request, timeout=self._timeout, allow_redirects=False, **surroundings)
        if cached and response.status_code == 304:
            raw = self._controller.update_cached_response(request, response.raw)
            if raw is not response.raw:
                response.close()
                return self._adapter.build_response(request, raw), True
        return response, False

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> requests.Response:
        """One question, answer unread; no cache, no login. Raises what requests raises."""
        request = self._session.prepare_request(requests.Request("POST", url, headers=dict(headers), data=body))
        surroundings = self._session.merge_environment_settings(url, {}, True, None, None)  # noqa: FBT003
        surroundings["stream"] = True
        return self._session.send(request, timeout=self._timeout, allow_redirects=False, **surroundings)

    def stored_answer(self, url: str, headers: Mapping[str, str]) -> requests.Response | None:
        """The stored answer to this request, fresh or not; None when there is none."""
        stored = self._controller.cache.get(self._controller.cache_url(url))
        request = self._prepare(url, headers, None)
        answer = self._controller.serializer.loads(request, stored) if stored else None
        return None if answer is None else self._adapter.build_response(request, answer)

    def body(self, response: requests.Response, limit: int, deadline: Deadline) -> bytes:
        """The body as it came, content coding and all, at most `limit` bytes."""
        buffer = io.BytesIO()
        try:
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                buffer.write(chunk)
                if buffer.tell() > limit:
                    raise TooLargeError(f"an answer is larger than {limit} bytes")
                if deadline.passed:
                    raise TimeoutError
        except urllib3.exceptions.HTTPError as error:  # the raw stream raises below requests
            raise requests.ConnectionError(str(error)) from error
        return buffer.getvalue()

    def keep(self, response: requests.Response, body: bytes) -> None:
        """Let the cache have a complete answer, if its headers allow that."""
        try:
            raw = self._heuristic.apply(response.raw)
            self._controller.cache_response(response.request, raw, body)
        except Exception as error:  # noqa: BLE001 - odd headers or a full disk must not cost the answer
            _LOG.debug("not cached: %s", type(error).__name__)

    def retry_after(self, response: requests.Response) -> float | None:
        """Seconds the server asks to wait (RFC 9110 10.2.3); None when it does not say."""
        value = response.headers.get("Retry-After", "").strip()
        if value.isdigit():
            return float(value)
        until = date_of({"date": value})
        return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until else None

    def limited_until(self, response: requests.Response) -> datetime | None:
        """When a limit ends: Retry-After, or the reset of a count that is used up; None when neither is told.

        Forges count with `X-RateLimit-Remaining` and `-Reset` (seconds since 1970), or the same names without the X
        (draft-ietf-httpapi-ratelimit-headers, where small numbers are seconds from now).
        """
        now = datetime.now(UTC).replace(microsecond=0)
        wait = self.retry_after(response)
        if wait is not None:
            return now + timedelta(seconds=min(int(wait) + 1, _LONGEST_LIMIT))
        for prefix in ("X-RateLimit", "RateLimit"):
            left, reset = (response.headers.get(f"{prefix}-{name}", "").strip() for name in ("Remaining", "Reset"))
            if left == "0" and reset.isdigit():
                ends = int(reset) if int(reset) > _LONGEST_LIMIT else int(now.timestamp()) + int(reset)
                return min(datetime.fromtimestamp(min(ends, _LAST), UTC), now + timedelta(seconds=_LONGEST_LIMIT))
        return None

    def close(self) -> None:
        """Close all pooled connections."""
        self._session.close()

    def _prepare(self, url: str, headers: Mapping[str, str], login: tuple[str, str] | None) -> requests.PreparedRequest:
        return self._session.prepare_request(requests.Request("GET", url, headers=dict(headers), auth=login))

    def _conditions(self, request: requests.PreparedRequest) -> Mapping[str, str]:
        """If-None-Match and If-Modified-Since of the kept answer, if there is one that can be read."""
        try:
            return self._controller.conditional_headers(request)
        except Exception as error:  # noqa: BLE001 - a damaged cache entry is no entry
            _LOG.debug("cache entry not used: %s", type(error).__name__)
            return {}


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """When the server gave an answer, by its Date header (RFC 9110, 6.6.1); None when that is no date."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def decode_body(body: bytes, coding: str, limit: int) -> bytes:
    """Undo a content coding we asked for (RFC 9110 8.4.1), giving at most `limit` bytes."""
    if coding.lower() in ("", "identity"):
        return body
    if coding.lower() not in ("gzip", "x-gzip"):
        raise MalformedError(f"content coding '{coding[:20]}' was not asked for")
    try:  # forward by windows: an answer may be made of any number of members
        out = gzip.GzipFile(fileobj=io.BytesIO(body)).read(limit + 1)
    except EOFError as error:
        raise MalformedError("content coding is cut off") from error
    except (OSError, zlib.error) as error:
        raise MalformedError("content coding is broken") from error
    if len(out) > limit:
        raise TooLargeError(f"an answer unpacks to more than {limit} bytes")
    return out


def _session(adapter: HTTPAdapter, verify: str) -> requests.Session:
    from supplytrust import __version__

    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = f"supplytrust/{__version__} (Python {sys.version_info[0]})"
    if verify:
        session.verify = verify
    return session


# --- Answers of look-up services, kept by question for offline use: no HTTP cache keeps what is asked by POST


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A body with the time it was given."""

    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class QueryCache:
    """A folder of answers. Each begins with the digest of its body, so that a torn one is no answer."""

    folder: Path

    def get(self, url: str, question: bytes) -> KeptAnswer | None:
        """What was answered, however long ago; None when it was never asked, or the file is damaged."""
        path = self._path(url, question)
        try:
            data, at = path.read_bytes(), path.stat().st_mtime
        except OSError:
            return None
        digest, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != digest:
            return None
        return KeptAnswer(body, datetime.fromtimestamp(at, UTC))

    def put(self, url: str, question: bytes, body: bytes) -> datetime:
        """Keep an answer that was just given; a folder that cannot be written costs a later question."""
        path = self._path(url, question)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, hashlib.sha256(body).digest() + body, mode=0o600, durable=False)
        return datetime.now(UTC)

    def _path(self, url: str, question: bytes) -> Path:
        key = hashlib.sha256(url.encode() + b"\0" + question).hexdigest()
        return self.folder / key[:2] / key
