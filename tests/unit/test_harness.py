"""The tests' own tools: what they would let through, nobody else would find."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from simulators.cost import process_seconds, within
from simulators.index import Quirks, history, serving
from simulators.offenders import offenders


def is_even(number: int) -> None:
    assert number % 2 == 0, f"{number} is odd"


def test_every_offender_is_listed_and_nothing_to_check_is_an_error():
    listed = offenders(is_even, [2, 3, 4, 5], lambda n: f"n{n}")
    assert [line.splitlines()[0] for line in listed] == ["n3: 3 is odd", "n5: 5 is odd"]
    assert offenders(is_even, range(0, 10, 2)) == []
    with pytest.raises(AssertionError, match="nothing to check"):
        offenders(is_even, [])
    with pytest.raises(ZeroDivisionError):  # a check that breaks is no offender but a defect of the check
        offenders(lambda n: 1 // n, [0])


OF_A_USER = {".config", ".gitconfig", ".netrc", ".npmrc", ".pypirc", ".cargo", ".gnupg", ".ssh", ".aws", ".docker"}


def burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_cost_that_was_paid_once_is_no_cost_of_the_work_and_one_that_is_paid_always_is():
    spent = itertools.chain([0.3], itertools.repeat(0))
    assert within(0.2, lambda: (burn(next(spent)), "answer")[1]) == "answer"
    with pytest.raises(AssertionError, match="CPU time"):
        within(0.05, lambda: burn(0.1))
    with pytest.raises(KeyError):
        within(1, lambda: {}["absent"])


def test_time_that_others_take_is_not_counted():
    assert within(0.05, lambda: time.sleep(0.2)) is None
    assert 0 < process_seconds(sys.executable, "-c", "import time; time.sleep(0.3)", runs=2) < 0.3
    with pytest.raises(AssertionError):
        process_seconds(sys.executable, "-c", "raise SystemExit(3)", runs=1)


def test_the_environment_says_nothing_about_who_runs_the_tests():
    told = {name for name in os.environ if name.startswith(("XDG_", "PIP_", "UV_", "LC_", "LANG", "CI", "GITHUB_"))}
    assert told == {"PIP_CONFIG_FILE", "LC_ALL"}
    assert os.environ["COLUMNS"] == "80"
    assert not {"NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH"} & set(os.environ)
    assert not {name for name in os.environ if name.lower().endswith("_proxy")}
    assert time.timezone != 0
    assert Path.home().is_relative_to(tempfile.gettempdir())
    assert not set(os.listdir(Path.home())) & OF_A_USER  # a program that a test runs may write there, in any order
    assert subprocess.run(["git", "config", "--global", "--list"], capture_output=True, check=True).stdout == b""


def test_children_can_be_interrupted():
    child = [
        sys.executable,
        "-c",
        "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)",
    ]
    assert subprocess.run(child, capture_output=True, check=True, text=True).stdout == "True\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_files_are_made_with_the_usual_rights(tmp_path):
    (tmp_path / "x").touch()
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644


def test_a_held_request_waits_until_it_is_released():
    import threading
    import urllib.request

    with serving([history("kit", "1.0")], Quirks(hold=("/simple/kit",))) as index:
        answers: list[int] = []
        client = threading.Thread(target=lambda: answers.append(urllib.request.urlopen(f"{index.url}kit/").status))
        client.start()
        while not index.requests:
            time.sleep(0.005)
        client.join(0.1)
        assert answers == []
        index.quirks = Quirks()
        client.join()
        assert answers == [200]
