"""The HTTP door against a real server on 127.0.0.1, and against recorded answers where no socket is needed."""

import gzip
import http.server
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import responses

from supplytrust.errors import (
    MalformedError,
    NotFoundError,
    OfflineError,
    RateLimitedError,
    RefusedError,
    TooLargeError,
    UnreachableError,
)
from supplytrust.io.http.client import Client, HttpLimits

QUICK = HttpLimits(connect=30, read=30, total=60, retries=2, first_pause=0.01, patience=0.5, per_host=2)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        action = self.server.routes[self.path.partition("?")[0]]
        action(self)

    def log_message(self, *args):
        pass


def reply(status=200, body=b"hello", **headers):
    def act(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def in_turn(*actions):
    left = list(actions)

    def act(handler):
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return act


@contextmanager
def serving(routes):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.routes, server.seen, server.daemon_threads = routes, [], True
    server.handle_error = lambda *a: None
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def door(tmp_path):
    made = Client(tmp_path / "cache", limits=QUICK)
    yield made
    made.close()


def test_an_answer_is_complete_and_says_where_it_came_from(door):
    with serving({"/a": reply(Content_Type="text/plain")}) as (_, base):
        answer = door.get(base + "/a")
    assert (answer.url, answer.status, answer.content_type, answer.body) == (
        base + "/a",
        200,
        "text/plain",
        b"hello",
    )


def test_documents_are_cached_and_then_served_offline_however_old(door, tmp_path):
    with serving({"/a": reply()}) as (server, base):
        assert not door.get(base + "/a").from_cache
        server.routes["/a"] = reply(body=b"newer")
        assert door.get(base + "/a").body == b"newer"
    offline = Client(tmp_path / "cache", offline=True, limits=QUICK)
    kept = offline.get(base + "/a")
    assert kept.body == b"newer"
    assert abs((kept.at - datetime.now(UTC)).total_seconds()) < 3600
    with pytest.raises(OfflineError):
        offline.get(base + "/b")


def validated(body, **headers):
    """A server that answers 304 to whoever has this body."""

    def act(handler):
        same = {"If-None-Match": headers.get("ETag"), "If-Modified-Since": headers.get("Last_Modified")}
        if any(value and handler.headers.get(name) == value for name, value in same.items()):
            handler.send_response(304)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
        else:
            reply(body=body, **headers)(handler)

    return act


@pytest.mark.parametrize(
    "freshness", [{}, {"Cache_Control": "max-age=600"}, {"Expires": "Fri, 01 Jan 2100 00:00:00 GMT"}]
)
@pytest.mark.parametrize("mark", [{"ETag": '"1"'}, {"Last_Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}])
def test_a_kept_document_is_confirmed_by_its_server_every_time(door, tmp_path, mark, freshness):
    """As pip does: whatever an index says about freshness, a release or a yank of the last minute is seen."""
    with serving({"/a": validated(b"one", **mark, **freshness)}) as (server, base):
        assert [door.get(base + "/a").from_cache for _ in range(3)] == [False, True, True]
        assert len(server.seen) == 3
        assert {headers["Cache-Control"] for _, headers in server.seen} == {"max-age=0"}
        changed = {name: value.replace("1", "2", 1) for name, value in mark.items()}
        server.routes["/a"] = validated(b"two", **changed, **freshness)
        assert door.get(base + "/a").body == b"two"
    assert Client(tmp_path / "cache", offline=True).get(base + "/a").body == b"two"


def test_a_permanent_redirect_is_asked_for_again(door):
    with serving({"/a": reply(301, b"", Location="/b"), "/b": reply(body=b"b"), "/c": reply(body=b"c")}) as (
        server,
        base,
    ):
        assert door.get(base + "/a").body == b"b"
        server.routes["/a"] = reply(301, b"", Location="/c")
        assert door.get(base + "/a").body == b"c"


def test_what_must_not_be_stored_is_not(door, tmp_path):
    with serving({"/a": reply(Cache_Control="private, no-store", ETag='"1"')}) as (_, base):
        door.get(base + "/a")
    with pytest.raises(OfflineError):
        Client(tmp_path / "cache", offline=True).get(base + "/a")


def test_a_server_that_fails_is_not_answered_for_by_the_cache(door):
    with serving({"/a": in_turn(reply(ETag='"1"'), reply(404), reply(403))}) as (_, base):
        door.get(base + "/a")
        with pytest.raises(NotFoundError):
            door.get(base + "/a")
        with pytest.raises(RefusedError):
            door.get(base + "/a")


def test_a_stale_document_is_still_there_offline(door, tmp_path):
    with serving({"/a": reply(Cache_Control="max-age=0", ETag='"1"')}) as (server, base):
        door.get(base + "/a")
        door.get(base + "/a")
        assert len(server.seen) == 2
    assert Client(tmp_path / "cache", offline=True).get(base + "/a").body == b"hello"


def test_raw_files_ask_for_no_coding_and_stay_out_of_the_cache(door, tmp_path):
    packed = gzip.compress(b"text")
    with serving({"/f.tar.gz": reply(body=packed, Content_Encoding="gzip")}) as (server, base):
        assert door.get(base + "/f.tar.gz", raw=True).body == packed
        assert server.seen[0][1]["Accept-Encoding"] == "identity"
    with pytest.raises(OfflineError):
        Client(tmp_path / "cache", offline=True).get(base + "/f.tar.gz", raw=True)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFoundError),
        (410, NotFoundError),
        (401, RefusedError),
        (403, RefusedError),
        (418, RefusedError),
        (500, UnreachableError),
        (503, UnreachableError),
        (429, RateLimitedError),
        (304, RefusedError),
    ],
)
def test_every_status_has_its_error(door, status, error):
    with serving({"/a": reply(status, b"")}) as (server, base), pytest.raises(error):
        door.get(base + "/a")
    assert len(server.seen) == (3 if status in (500, 503, 429) else 1)


def test_a_passing_failure_is_retried(door):
    with serving({"/a": in_turn(reply(500), reply(503), reply())}) as (_, base):
        assert door.get(base + "/a").body == b"hello"


def test_retry_after_within_patience_is_honoured_and_beyond_it_is_not_waited_for(door):
    with serving({"/a": in_turn(reply(429, Retry_After="0"), reply())}) as (_, base):
        assert door.get(base + "/a").body == b"hello"
    started = time.monotonic()
    with serving({"/a": reply(429, Retry_After="3600")}) as (server, base), pytest.raises(RateLimitedError):
        door.get(base + "/a")
    assert time.monotonic() - started < 1800  # half of what was asked for
    assert len(server.seen) == 1


def test_a_server_that_drips_is_cut_off_in_time(tmp_path):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(100_000):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.05)

    quick = Client(tmp_path / "other", limits=HttpLimits(read=2, total=0.6, retries=0))
    started = time.monotonic()
    with serving({"/a": drip}) as (_, base), pytest.raises(UnreachableError, match=r"0\.6 s"):
        quick.get(base + "/a")
    assert time.monotonic() - started < 600  # the whole body would take more than an hour


def test_a_server_that_says_nothing_is_unreachable(tmp_path):
    door = Client(tmp_path, limits=HttpLimits(read=0.2, total=2, retries=1, first_pause=0.01))
    with serving({"/a": lambda _handler: time.sleep(0.5)}) as (_, base), pytest.raises(UnreachableError):
        door.get(base + "/a")


def test_an_endless_body_stops_at_the_limit(door):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        while True:
            handler.wfile.write(b"x" * 65536)

    with serving({"/a": endless}) as (_, base), pytest.raises(TooLargeError):
        door.get(base + "/a", limit=2**20)


def test_a_gzip_bomb_stops_at_the_limit_of_what_comes_out(door):
    bomb = gzip.compress(bytes(50_000_000))
    with (
        serving({"/a": reply(body=bomb, Content_Encoding="gzip")}) as (_, base),
        pytest.raises(TooLargeError),
    ):
        door.get(base + "/a", limit=2**20)


def test_an_announced_size_beyond_the_limit_is_not_even_read(door):
    with serving({"/a": reply(body=b"x" * 3000)}) as (_, base), pytest.raises(TooLargeError, match="3000"):
        door.get(base + "/a", limit=2000)


def test_broken_content_coding_is_malformed(door):
    with serving({"/a": reply(body=b"no", Content_Encoding="gzip")}) as (_, base), pytest.raises(MalformedError):
        door.get(base + "/a")


@pytest.mark.parametrize("raw", [False, True])
def test_a_body_cut_short_is_never_taken_for_complete(door, raw):
    def short(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"only this")
        handler.close_connection = True

    with serving({"/a": short}) as (_, base), pytest.raises(UnreachableError):
        door.get(base + "/a", raw=raw)


def test_redirects_are_followed_and_bounded(door):
    routes = {
        "/a": reply(302, b"", Location="/b"),
        "/b": reply(),
        "/loop": reply(302, b"", Location="/loop"),
        "/nowhere": reply(302, b""),
    }
    with serving(routes) as (_, base):
        assert door.get(base + "/a").url == base + "/b"
        with pytest.raises(RefusedError, match="redirects"):
            door.get(base + "/loop")
        with pytest.raises(MalformedError):
            door.get(base + "/nowhere")


@pytest.mark.parametrize("target", ["file:///srv/x", "ftp://example.org/", "http://example.org/", "//", "data:,x"])
def test_a_redirect_to_anything_but_https_is_refused(door, target):
    with serving({"/a": reply(302, b"", Location=target)}) as (_, base), pytest.raises(RefusedError):
        door.get(base + "/a")


@responses.activate
def test_a_redirect_from_https_to_http_or_into_this_machine_is_refused(tmp_path):
    door = Client(tmp_path, plain_http=frozenset({"index.example.org"}))
    for target in ("http://index.example.org/b", "https://127.0.0.1/b", "https://localhost/b"):
        responses.get("https://index.example.org/a", status=301, headers={"Location": target})
        with pytest.raises(RefusedError):
            door.get("https://index.example.org/a")
        responses.reset()


@responses.activate
def test_credentials_go_to_their_own_origin_only_and_into_no_text(tmp_path):
    responses.get("https://index.example.org/a", status=302, headers={"Location": "https://files.example.org/b"})
    responses.get("https://files.example.org/b", body="x")
    responses.get("https://index.example.org/missing", status=404)
    door = Client(tmp_path)
    answer = door.get("https://me:secret@index.example.org/a")
    assert "secret" not in answer.url
    first, second = responses.calls
    assert first.request.headers["Authorization"].startswith("Basic ")
    assert "Authorization" not in second.request.headers
    with pytest.raises(NotFoundError) as caught:
        door.get("https://me:secret@index.example.org/missing")
    assert "secret" not in caught.value.message + caught.value.hint
    assert "index.example.org" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "file:///srv/x",
        "ftp://example.org/x",
        "http://example.org/",
        "https://",
        "https://[1/",
        "https://a b/",
    ],
)
def test_other_addresses_are_refused(door, url):
    with pytest.raises(RefusedError):
        door.get(url)


@responses.activate
def test_plain_http_is_for_hosts_configured_so(tmp_path):
    responses.get("http://mirror.example.org/a", body="x")
    assert (
        Client(tmp_path, plain_http=frozenset({"Mirror.example.org"})).get("http://mirror.example.org/a").body == b"x"
    )


def test_a_closed_port_is_unreachable(door):
    with serving({}) as (_, base):
        pass
    with pytest.raises(UnreachableError):
        door.get(base + "/a")


def test_no_more_requests_at_once_than_allowed(door):
    running, most, lock = 0, 0, threading.Lock()

    def slow(handler):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with lock:
            running -= 1
        reply(Cache_Control="no-store")(handler)

    with serving({"/a": slow}) as (_, base):
        threads = [threading.Thread(target=door.get, args=(f"{base}/a?{n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 2


def test_no_cookie_is_kept(door):
    with serving({"/a": reply(Set_Cookie="id=1"), "/b": reply()}) as (server, base):
        door.get(base + "/a")
        door.get(base + "/b")
    assert "Cookie" not in server.seen[1][1]


def test_a_damaged_cache_is_asked_again(door, tmp_path):
    with serving({"/a": reply()}) as (server, base):
        door.get(base + "/a")
        for path in (tmp_path / "cache").rglob("*"):
            if path.is_file() and not path.name.endswith((".lock", ".body")):
                path.write_bytes(b"garbage")
        assert door.get(base + "/a").body == b"hello"
        assert len(server.seen) == 2
