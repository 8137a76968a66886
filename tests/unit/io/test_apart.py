"""Work in a process of its own: answers and errors come back; a killed child costs one more try, then only its own work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest

from supplytrust.collection.options import load_settings
from supplytrust.errors import NotFoundError, SourceError
from supplytrust.io.processes.worker import Workers

HERE = Path(__file__).parent


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that both sides can import."""
    (tmp_path / "work_apart.py").write_text("""
import os, signal, sys, time
from pathlib import Path
from supplytrust.errors import NotFoundError

def double(n):
    print("this is no answer")
    return n * 2

def give_back(value):
    return value

def who(_):
    return os.getpid(), os.getppid()

def absent(name):
    raise NotFoundError(f"no {name}")

def broken(_):
    raise ValueError("odd")

def killed_once(mark):
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"

def always_killed(mark):
    with open(mark, "a") as file:
        file.write("x")
    os.kill(os.getpid(), signal.SIGKILL)

def slow(_):
    time.sleep(600)

def present(mark):
    Path(mark).touch()
    time.sleep(0.3)
    found = len(list(Path(mark).parent.iterdir()))
    Path(mark).unlink()
    return found

def busy(mark):
    Path(mark).write_text(str(os.getpid()))
    time.sleep(600)
""")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.syspath_prepend(tmp_path)
    import work_apart

    yield work_apart
    sys.modules.pop("work_apart")


def test_an_answer_comes_from_another_process(work):
    workers = Workers(1)
    child, parent = workers.run(work.who, None)
    assert child != os.getpid() == parent
    assert workers.run(work.double, 21) == 42


def test_read_only_mappings_are_sent_wherever_they_lie(work):
    sent = (
        MappingProxyType({"a": (MappingProxyType({}), [MappingProxyType({"b": 1})])}),
        {"c": MappingProxyType({2: "d"})},
    )
    answer = Workers(1).run(work.give_back, sent)
    assert answer == sent
    assert isinstance(answer[1]["c"], MappingProxyType)


def test_settings_reach_another_process_as_they_are(work):
    settings = load_settings({})
    assert Workers(1).run(work.give_back, settings) == settings


def test_errors_come_back_as_what_they_are(work):
    workers = Workers(1)
    with pytest.raises(SourceError, match="no sdist") as told:
        workers.run(work.absent, "sdist")
    assert told.value.reason == NotFoundError.reason
    with pytest.raises(RuntimeError, match="ValueError: odd"):
        workers.run(work.broken, None)


def test_a_killed_child_is_tried_once_more(work, tmp_path):
    assert Workers(1).run(work.killed_once, str(tmp_path / "mark")) == "done"


def test_killed_twice_it_is_unknown_with_a_reason_and_the_others_go_on(work, tmp_path):
    workers, mark = Workers(2), tmp_path / "tries"

    def ask(n):
        return workers.run(work.double, n) if n else workers.run(work.always_killed, str(mark))

    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(ask, n) for n in range(4)]
    assert [one.result() for one in made[1:]] == [2, 4, 6]
    with pytest.raises(SourceError, match="killed") as told:
        made[0].result()
    assert (told.value.reason, mark.read_text()) == ("internal", "xx")


def test_what_never_ends_is_ended(work):
    begun = time.monotonic()
    with pytest.raises(SourceError):
        Workers(1, longest=0.5).run(work.slow, None)
    assert time.monotonic() - begun < 300  # half of what the work would take


def test_a_child_does_not_outlive_its_parent(work, tmp_path):
    mark = tmp_path / "child"
    code = f"import work_apart; from supplytrust.io.processes.worker import Workers; Workers(1).run(work_apart.busy, {str(mark)!r})"
    parent = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 120
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    child = int(mark.read_text())
    while _runs(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_no_more_children_at_a_time_than_were_asked_for(work, tmp_path):
    workers, place = Workers(2), tmp_path / "present"
    place.mkdir()
    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(lambda n: workers.run(work.present, f"{place}/{n}"), range(6)))
    assert max(seen) <= 2


def test_a_child_that_is_gone_before_it_reads_is_tried_once_more(work, monkeypatch):
    from supplytrust.io.processes import worker

    begun, start = [], subprocess.Popen

    def dead_at_first(command, **options):
        child = start(["false"] if not begun else command, **options)
        if not begun:
            child.wait()
        begun.append(child)
        return child

    monkeypatch.setattr(worker.subprocess, "Popen", dead_at_first)
    assert Workers(1).run(work.double, 21) == 42
    assert len(begun) == 2
