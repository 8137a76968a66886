"""A process that is killed in the middle leaves a readable ledger and nothing that stops the next run."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from simulators.commands import LOOK, Shell
from simulators.index import Index, Quirks, history, serving
from supplytrust.ledger import Ledger

KIT = history("sample-kit", "1.0", "1.1", "1.2", links={"Source": "https://example.org/kit"})
PURL = "pkg:pypi/sample-kit@1.2"


def wait_for(index: Index, path: str) -> None:
    deadline = time.monotonic() + 120
    while not any(asked.startswith(path) for asked in index.requests):
        assert time.monotonic() < deadline, f"nobody asked for {path}"
        time.sleep(0.02)


@pytest.mark.parametrize("moment", ["/simple/", "/pypi/", "/files/"])
@pytest.mark.thorough
def test_killed_while_it_looks(shell: Shell, moment: str) -> None:
    ledger = shell.home / "ledger.sqlite"
    with serving([KIT]) as index:
        words = ("assess", "sample-kit==1.1", "--index-url", index.url, *LOOK, "--ledger", ledger)
        assert shell.run(*words).code == 10
        index.requests.clear()
        index.quirks = Quirks(hold=(moment,))
        words = ("assess", "sample-kit==1.2", *words[2:])
        cold = Shell(shell.home, {"SUPPLYTRUST_CACHE": str(shell.home / "cold")})
        with cold.start(*words) as process:
            wait_for(index, moment)
            os.kill(process.pid, signal.SIGKILL)
            out, _ = process.communicate(timeout=600)
        assert (process.returncode, out) == (-signal.SIGKILL, b"")
        with closing(sqlite3.connect(ledger)) as raw:
            assert raw.execute("pragma integrity_check").fetchone() == ("ok",)
        with Ledger(ledger) as kept:
            assert [e.purl for e in kept.history("pkg:pypi/sample-kit")] == ["pkg:pypi/sample-kit@1.1"]

        index.quirks = Quirks()
        again = cold.run(*words)
    assert (again.code, again.err) == (10, "")
    told = shell.run("history", PURL, "--ledger", ledger)
    assert (told.code, told.out.count(PURL)) == (0, 1)


@pytest.mark.thorough
def test_killed_while_it_writes_leaves_no_half_document(shell: Shell) -> None:
    target = shell.home / "evidence.json"
    target.write_text("what was there before")
    with serving([KIT], Quirks(hold=("/files/",))) as index:
        words = ("collect", "sample-kit", "--index-url", index.url, *LOOK, "-o", target)
        with shell.start(*words) as process:
            wait_for(index, "/files/")
            os.kill(process.pid, signal.SIGKILL)
            process.communicate(timeout=600)
        assert target.read_text() == "what was there before"
        index.quirks = Quirks()
        assert shell.run(*words).code == 0
    assert shell.run("appraise", target).code == 10


def test_interrupted_by_its_user_it_says_so(shell: Shell) -> None:
    with serving([KIT], Quirks(hold=("/simple/",))) as index:
        with shell.start("assess", "sample-kit", "--index-url", index.url, *LOOK) as process:
            wait_for(index, "/simple/")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=600)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert err.split() == [b"supplytrust:", b"stopped"]
