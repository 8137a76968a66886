"""The loader gets the judged bytes; nobody can change them on the way."""

import fcntl
import os
import subprocess
import sys

import pytest

from simulators.keep import ENARX, Keep
from supplytrust.errors import UsageError, VerificationError
from supplytrust.gate.handover import command, seal_bytes

HANDOVER = """
import sys
sys.path[:0] = {path!r}
from simulators.keep import ENARX, Keep
from supplytrust.gate.handover import command, handover
decision = Keep(config=ENARX).admit()
after = handover(decision, command(decision, sys.argv[1:]))
print(after.admit, [r.code for r in after.reasons], after.workload_bytes)
"""


def test_sealed_memory_cannot_change():
    descriptor = seal_bytes(b"judged", "workload")
    try:
        assert os.read(descriptor, 99) == b"judged"
        with pytest.raises(PermissionError):
            os.write(descriptor, b"x")
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, 0)
        with pytest.raises(PermissionError):
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)
        with pytest.raises(PermissionError):
            os.write(again, b"x")
        os.close(again)
    finally:
        os.close(descriptor)


def test_the_command_sees_the_judged_bytes():
    program = HANDOVER.format(path=[p for p in sys.path if p])
    keep = Keep(config=ENARX)
    done = subprocess.run([sys.executable, "-c", program, "cat", "{}", "{config}"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == keep.workload + ENARX


def test_a_command_that_cannot_be_started_fails():
    program = HANDOVER.format(path=[p for p in sys.path if p])
    done = subprocess.run(
        [sys.executable, "-c", program, "/no/such/loader", "{}", "{config}"], capture_output=True, check=False
    )
    assert done.stdout == b"False ['loader'] b''\n"


def test_only_admitted_bytes_are_handed_over():
    with pytest.raises(VerificationError):
        command(Keep().admit(envelope=None), ["cat", "{}"])


@pytest.mark.parametrize("argv", [[], ["cat"], ["{}"], ["cat", "main.wasm"], ["cat", "{}", "{config}"]])
def test_a_command_must_take_what_was_judged(argv):
    with pytest.raises(UsageError):
        command(Keep().admit(), argv)


def test_a_judged_configuration_must_be_taken_too():
    with pytest.raises(UsageError):
        command(Keep(config=ENARX).admit(), ["cat", "{}"])


def test_marks_are_filled_with_sealed_copies():
    keep = Keep(config=ENARX)
    words = command(keep.admit(), ["run", "--config={config}", "{}"])
    assert words[0] == "run"
    for word, data in ((words[1].partition("=")[2], ENARX), (words[2], keep.workload)):
        descriptor = int(word.rpartition("/")[2])
        assert os.pread(descriptor, 10**6, 0) == data
        os.close(descriptor)
