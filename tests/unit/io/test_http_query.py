"""Questions to look-up services: bounded, kept, never sent on, and not repeated to one that is silent."""

import json
import os
import socket
import time

import pytest

from simulators.advisories import Service
from simulators.world import PATIENT
from supplytrust.errors import OfflineError, RefusedError, TooLargeError, UnreachableError
from supplytrust.io.http.client import Client

QUESTION = json.dumps({"package": {"purl": "pkg:pypi/demo"}}).encode()


def door(tmp_path, **options):
    return Client(tmp_path, limits=PATIENT, **options)


def test_an_answer_is_kept_and_serves_offline(tmp_path):
    with Service({"vulns": []}) as service:
        url = service.url + "/v1/query"
        first = door(tmp_path).query(url, QUESTION)
        again = door(tmp_path).query(url, QUESTION)
        assert len(service.questions) == 2  # an advisory of the last minute counts
    assert (first.body, first.from_cache, again.from_cache) == (b'{"vulns": []}', False, False)
    offline = door(tmp_path, offline=True)
    kept = offline.query(url, QUESTION)
    assert kept.body == first.body
    assert abs((kept.at - first.at).total_seconds()) < 60
    with pytest.raises(OfflineError):
        offline.query(url, b"{}")


def test_one_door_puts_a_question_once(tmp_path):
    with Service({"vulns": []}) as service:
        opened = door(tmp_path)
        assert [opened.query(service.url, QUESTION).from_cache for _ in range(3)] == [False, True, True]
        opened.query(service.url, QUESTION + b" ")
        assert len(service.questions) == 2


def test_old_answers_are_asked_for_again_and_damaged_ones_are_none(tmp_path):
    with Service({"vulns": []}) as service:
        url = service.url + "/v1/query"
        door(tmp_path).query(url, QUESTION)
        (kept,) = [p for p in (tmp_path / "queries").rglob("*") if p.is_file()]
        os.utime(kept, (time.time() - 700, time.time() - 700))
        assert door(tmp_path, offline=True).query(url, QUESTION).from_cache
        assert not door(tmp_path).query(url, QUESTION).from_cache
        kept.write_bytes(kept.read_bytes() + b"x")
        assert not door(tmp_path).query(url, QUESTION).from_cache
        assert len(service.questions) == 3


def test_a_silent_service_is_asked_once(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1/query"
    opened = door(tmp_path)
    with pytest.raises(UnreachableError):
        opened.query(url, QUESTION)
    with pytest.raises(UnreachableError, match="a moment ago"):
        opened.query(url, b"{}")


def test_a_failing_service_is_asked_once(tmp_path):
    with Service(status=503) as service:
        opened = door(tmp_path)
        for _ in range(2):
            with pytest.raises(UnreachableError):
                opened.query(service.url, QUESTION)
        assert len(service.questions) == 1


def test_questions_are_not_sent_on(tmp_path):
    with Service(status=307) as service:
        with pytest.raises(RefusedError, match="elsewhere"):
            door(tmp_path).query(service.url, QUESTION)
        assert len(service.questions) == 1


def test_answers_are_bounded_and_plain_http_stays_at_home(tmp_path):
    with Service(body=b"x" * 2000) as service, pytest.raises(TooLargeError):
        door(tmp_path).query(service.url, QUESTION, limit=1000)
    with pytest.raises(RefusedError, match="plain http"):
        door(tmp_path).query("http://example.org/v1/query", QUESTION)
