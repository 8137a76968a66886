"""Streams that are closed, broken or full: the exit code is one of the table, and only what was told is admitted."""

import contextlib
import os
import subprocess
import sys

import pytest

from simulators import records
from simulators.commands import Shell
from simulators.keep import NOW, Keep
from supplytrust.model.vocabulary import Outcome
from supplytrust.records.signers import new_key, sign

AT = ("--at", "2026-11-20T12:00:00Z")


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A folder with records of every outcome, their key, and a workload with what a gate needs."""
    home = tmp_path_factory.mktemp("home")
    new_key(home / "key")
    new_key(home / "other")
    for outcome in Outcome:
        (home / f"{outcome.name}.dsse").write_bytes(sign(records.record(outcome), home / "key"))
    keep = Keep(at=NOW)
    for name, data in {
        "main.wasm": keep.workload,
        "record": keep.envelope(),
        "gate.toml": keep.policy_file(),
        "status": keep.status(),
    }.items():
        (home / name).write_bytes(data)
    return Shell(home)


def gate(workload):
    return ("admit", workload, "--record", "record", "--policy", "gate.toml", "--status", "status", *AT)


COMMANDS = {
    "verify, ADMIT": (0, ("verify", "ADMIT.dsse", "--key", "key.pub", *AT)),
    "verify, ADMIT, json": (0, ("verify", "ADMIT.dsse", "--key", "key.pub", "--format", "json", *AT)),
    "verify, REFER": (10, ("verify", "REFER.dsse", "--key", "key.pub", *AT)),
    "verify, REFUSE": (11, ("verify", "REFUSE.dsse", "--key", "key.pub", "--format", "markdown", *AT)),
    "verify, another key": (11, ("verify", "ADMIT.dsse", "--key", "other.pub", *AT)),
    "admit, yes": (0, gate("main.wasm")),
    "admit, no": (12, gate("gate.toml")),
    "signals": (0, ("signals",)),
    "help": (0, ("--help",)),
    "policy check": (0, ("policy", "show", "baseline")),
    "usage": (2, ("verify", "absent", "--key", "key.pub")),
    "no such verb": (2, ("frobnicate",)),
    "nothing to assess": (3, ("assess", "pkg:pypi/nothing@1", "--offline", "--no-ledger")),
}


@contextlib.contextmanager
def broken():
    """The end of a pipe whose reader has gone."""
    readable, writable = os.pipe()
    os.close(readable)
    try:
        yield writable
    finally:
        os.close(writable)


@contextlib.contextmanager
def full():
    """A device without room; it is opened as a shell would for `> /dev/full`."""
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    handle = os.open("/dev/full", os.O_WRONLY)
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def closed():
    yield None


def run(shell, words, out=subprocess.PIPE, err=subprocess.PIPE):
    """Exit code, stdout and stderr; `None` starts the program without that stream."""
    gone = "".join(f" {number}>&-" for number, stream in ((1, out), (2, err)) if stream is None)
    command = [sys.executable, "-m", "supplytrust", *words]
    if gone:
        command = ["sh", "-c", f'exec "$@"{gone}', "sh", *command]
    done = subprocess.run(
        command, stdout=out, stderr=err, cwd=shell.home, env=shell.environment(), timeout=120, check=False
    )
    return done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode()


LOST = [
    *((name, broken) for name in COMMANDS),
    *((name, way) for name in ("verify, ADMIT", "verify, REFUSE", "admit, yes") for way in (closed, full)),
]


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("name", "way"), LOST)
def test_what_could_not_be_told_on_stdout_is_not_admitted(name, way, shell):
    usual, words = COMMANDS[name]
    with way() as stdout:
        code, _, err = run(shell, words, out=stdout)
    gate = name.startswith("admit")  # the gate lets nothing in that it could not tell
    assert code == (usual or (12 if gate else 2)), err
    assert not any(word in err for word in ("Traceback", "Exception ignored", "internal")), err
    assert (("could not be told" if gate else "could not be written") in err) == (usual == 0), err


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["verify, ADMIT", "admit, no", "usage"])
@pytest.mark.parametrize("way", [broken, closed])
@pytest.mark.thorough
def test_a_lost_stderr_changes_nothing(name, way, shell):
    usual, words = COMMANDS[name]
    with way() as stderr:
        code, out, _ = run(shell, words, err=stderr)
    assert code == usual
    assert bool(out) == (name != "usage")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["verify, ADMIT", "verify, REFUSE", "usage"])
@pytest.mark.thorough
def test_both_lost(name, shell):
    usual, words = COMMANDS[name]
    assert run(shell, words, out=None, err=None)[0] == (usual or 2)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["verify, ADMIT", "admit, yes"])
@pytest.mark.thorough
def test_with_a_reader_all_is_as_ever(name, shell):
    usual, words = COMMANDS[name]
    code, out, err = run(shell, words)
    assert (code, bool(out)) == (usual, True), err


@pytest.mark.thorough
def test_head_of_a_long_answer(shell):
    script = f'"{sys.executable}" -m supplytrust signals | head -c 1 > taken; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", script], cwd=shell.home, env=shell.environment(), capture_output=True, check=False
    )
    assert done.returncode in (0, 2)
    assert (shell.home / "taken").stat().st_size == 1
    assert b"Traceback" not in done.stderr


def test_a_slow_reader_of_a_nonblocking_pipe_gets_everything(shell):
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    try:
        with subprocess.Popen(
            [sys.executable, "-c", "from supplytrust.cli import app; app.install(); print('x' * 10**6)"],
            stdout=writable,
        ) as process:
            os.close(writable)
            with os.fdopen(readable, "rb") as file:
                assert len(file.read()) == 10**6 + 1
            assert process.wait() == 0
    finally:
        with contextlib.suppress(OSError):
            os.close(readable)


def test_no_file_gets_the_number_of_a_stream_that_was_closed(tmp_path):
    code = (
        "from supplytrust.cli import app\napp.install()\nprint('to nobody', flush=True)\n"
        "file = open('out', 'w')\nprint(file.fileno(), file=file)\n"
    )
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    assert int((tmp_path / "out").read_text()) > 2


@pytest.mark.parametrize("encoding", ["ascii"])
def test_a_character_that_the_terminal_lacks_is_no_error(encoding, shell):
    odd = Shell(shell.home, {"PYTHONIOENCODING": encoding})
    usual, words = COMMANDS["verify, ADMIT"]
    code, out, err = run(odd, words)
    assert (code, "ADMIT" in out) == (usual, True), err
