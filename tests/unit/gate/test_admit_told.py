"""What `admit` prints and how it ends: a loader that is not there, streams that are closed or full."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.keep import Keep

NOW, EARLY = "2026-11-20T12:00:00Z", "2020-01-01T00:00:00Z"
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("keep")
    keep = Keep()
    files = {"m.wasm": keep.workload, "r.json": keep.envelope(), "p.toml": keep.policy_file(), "s.json": keep.status()}
    for name, data in files.items():
        (made / name).write_bytes(data)
    return made


def admit(folder, more="", *, at=NOW, shell="", inherited=()):
    words = (
        f"{sys.executable} -m supplytrust.cli admit m.wasm --record r.json --policy p.toml --status s.json --at {at}"
    )
    path = os.pathsep.join(p for p in sys.path if p)
    return subprocess.run(
        ["bash", "-c", f"{words} {more} {shell}"], cwd=folder, pass_fds=inherited,
        capture_output=True, text=True, errors="replace", check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def program(folder, name, text, mode=0o755):
    (folder / name).write_text(text)
    (folder / name).chmod(mode)
    return shlex.quote(str(folder / name))


def test_the_loader_runs(folder):
    done = admit(folder, "--exec -- cat {}")
    assert (done.returncode, done.stdout[:4]) == (0, "\0asm")
    assert "admitted" in done.stderr


@pytest.mark.thorough
def test_loaders_that_cannot_be_started(folder):
    loaders = [
        "/no/such/loader",
        "no-such-loader-on-the-path",
        "/",
        program(folder, "not-executable", "#!/bin/sh\n", 0o644),
        program(folder, "empty", ""),
        program(folder, "lost-interpreter", "#!/no/such/interpreter -x\n"),
        program(folder, "no-interpreter", "#!\n"),
    ]
    if os.geteuid() != 0:
        loaders.append("/etc/passwd")
    for loader in loaders:
        done = admit(folder, f"--exec -- {loader} {{}}")
        assert done.returncode == 12, loader
        assert done.stderr.startswith("not admitted"), (loader, done.stderr)
        assert "loader" in done.stderr


def test_a_loader_that_the_kernel_refuses_is_told_after_all(folder):
    done = admit(folder, f"--exec -- {program(folder, 'garbage', 'no program at all')} {{}}")
    assert done.returncode == 12
    assert "not admitted" in done.stderr


def test_a_denial_says_why_whatever_the_loader(folder):
    done = admit(folder, "--exec -- /no/such/loader {}", at=EARLY)
    assert done.returncode == 12
    assert "clock" in done.stderr
    assert "loader" not in done.stderr


def test_a_command_that_does_not_take_the_workload_is_a_misuse_said_before(folder):
    done = admit(folder, "--exec -- cat main.wasm")
    assert done.returncode == 2
    assert "admitted" not in done.stderr


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "stream", [pytest.param(">/dev/full", marks=FULL), ">&-", ">&9"], ids=["full", "closed", "gone"]
)
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.thorough
def test_an_answer_that_cannot_be_written(folder, stream, form):
    read, write = os.pipe()
    os.close(read)  # a pipe whose reader has gone
    for at in (NOW, EARLY):
        done = admit(folder, f"--format {form}", at=at, shell=stream.replace("9", str(write)), inherited=(write,))
        assert done.returncode == 12, done.stderr
        assert "internal" not in done.stderr
    os.close(write)
    assert admit(folder, f"--format {form}").returncode == 0


@pytest.mark.parametrize("stream", [pytest.param("2>/dev/full", marks=FULL), "2>&-"])
def test_nothing_is_handed_over_that_could_not_be_told(folder, stream):
    done = admit(folder, "--exec -- echo ran {}", shell=stream)
    assert (done.returncode, done.stdout) == (12, "")
