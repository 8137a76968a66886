"""Which sandbox is taken, what a machine without one is told, and our own box started by an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators import source_packages
from supplytrust.io.processes import sandbox

HERE = Path(sandbox.__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
OPEN = frozenset({"forks", "errno"})  # numbers of the probes that are no way out
works = pytest.mark.skipif(bool(sandbox.failure_of(sandbox.NAMESPACES)), reason="this machine gives no user namespaces")


def test_bubblewrap_comes_first_and_one_that_fails_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    wrap = sandbox.Sandbox("bubblewrap", "/usr/bin/bwrap")
    monkeypatch.setattr("shutil.which", lambda _: wrap.program)
    monkeypatch.setattr(sandbox, "failure_of", lambda _: "")
    assert sandbox.find_sandbox() == wrap
    monkeypatch.setattr(sandbox, "failure_of", lambda kind: "refused" if kind == wrap else "")
    assert sandbox.find_sandbox() == sandbox.NAMESPACES
    assert sandbox.explain_none() == ""
    monkeypatch.setattr(sandbox, "failure_of", lambda _: "refused")
    assert sandbox.find_sandbox() == sandbox.NONE
    assert sandbox.explain_none().endswith("(bubblewrap: refused; namespaces: refused)")


@pytest.mark.parametrize(("switch", "forbids"), [(switch, forbids) for switch, forbids, _ in sandbox.SWITCHES])
def test_the_switch_that_forbids_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str, forbids: str
) -> None:
    monkeypatch.setattr(sandbox, "SYSTEM", tmp_path)
    place = tmp_path / switch
    place.parent.mkdir()
    place.write_text(f"{forbids}\n")
    assert sandbox.remedy().startswith(f"{switch.replace('/', '.')} is {forbids}: ")
    place.write_text("7\n")
    assert "a container's rules" in sandbox.remedy()


@works
def test_a_machine_that_forbids_user_namespaces_is_told_so() -> None:
    """Inside a box no further user namespace is given: it is such a machine."""
    source, inside = str(HERE.parents[2]), "/build/library"
    code = f"import sys; sys.path.insert(0, {inside!r}); from supplytrust.io.processes import sandbox; print(sandbox.explain_none())"
    base = sandbox.base_prefix()
    box = sandbox.Box(sandbox.base_interpreter(), {base: base, source: inside}, {}, "/tmp")  # noqa: S108 - inside
    ended = sandbox.run([sandbox.base_interpreter(), "-I", "-S", "-c", code], box, sandbox.NAMESPACES)
    assert "namespaces: no sandbox: unshare: " in ended.log
    assert ended.log.startswith("user.max_user_namespaces is 0: ")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can walk to, with the programs that an ordinary user starts."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        for program in (
            HERE / "sandbox_namespaces.py",
            HERE / "sandbox_init.py",
            *source_packages.BACKENDS.glob("*.py"),
        ):
            (place / program.name).write_bytes(program.read_bytes())
        (place / "out").mkdir()
        sandbox.give_away(place / "out")
        yield place


def order(shown: Path, started: list[str], /, **changed: object) -> str:
    """An order that shows the system and the folder, for the limits and the command."""
    entered = [SYSTEM_PYTHON, "-I", "-S", "/build/run/sandbox_init.py"]
    limits = {"limits": dict(sandbox.LIMITS), "command": started}
    links = [[link, os.readlink(link)] for link in sandbox.LINKS if Path(link).is_symlink()]
    folders = [[link, link, False] for link in sandbox.LINKS if Path(link).is_dir() and not Path(link).is_symlink()]
    whole: dict[str, object] = {
        "parent": os.getpid(),
        "uid": None,
        "links": links,
        "binds": [
            *folders,
            ["/usr", "/usr", False],
            [str(shown), "/build/run", False],
            [str(shown / "out"), "/build/out", True],
        ],
        "room": sandbox.GIB,
        "folder": "/build/out",
        "environment": {"PATH": "/usr/bin", "HOME": "/tmp"},  # noqa: S108 - inside
        "command": [*entered, json.dumps(limits)],
    }
    return json.dumps(whole | changed)


def started_by_a_user(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run our box as an ordinary user; as ourselves when we are one."""
    user = {"user": sandbox.UID, "group": sandbox.UID, "extra_groups": []} if os.geteuid() == 0 else {}
    command = [SYSTEM_PYTHON, "-I", "-S", str(folder / "sandbox_namespaces.py"), text]
    return subprocess.run(command, capture_output=True, text=True, env={}, cwd="/", timeout=600, **user)  # type: ignore[call-overload]


ordinary = pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="this machine has no interpreter for every user")


@works
@ordinary
def test_every_probe_is_shut_for_a_box_of_an_ordinary_user(folder: Path, tmp_path: Path) -> None:
    secret = folder / "secret.txt"
    secret.write_text("inert")
    beside = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark := f"8{os.getpid()}"])
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0supplytrust-user-{os.getpid()}")
        unix.listen()
        targets = {
            "port": tcp.getsockname()[1],
            "abstract": unix.getsockname()[1:].decode(),
            "secret_file": str(secret),
            "mark": mark,
        }
        code = (
            "import json,sys;sys.path.insert(0,'/build/run');import hostile;"
            "print(json.dumps(hostile.probes(json.loads(sys.argv[1]),'/build/out')))"
        )
        done = started_by_a_user(folder, order(folder, [SYSTEM_PYTHON, "-S", "-c", code, json.dumps(targets)]))
    beside.kill()
    beside.wait()
    assert done.returncode == 0, done.stderr
    probes = json.loads(done.stdout)
    assert {name: value for name, value in probes.items() if value and name not in OPEN} == {}
    assert 0 < probes["forks"] < 300


@works
@ordinary
@pytest.mark.parametrize(
    ("command", "status"),
    [(["/usr/bin/env", "true"], 0), (["/bin/sh", "-c", "exit 7"], 7), (["/bin/sh", "-c", "kill -9 $$"], 137)],
)
def test_the_status_is_the_commands(folder: Path, command: list[str], status: int) -> None:
    assert started_by_a_user(folder, order(folder, command)).returncode == status


@works
@ordinary
@pytest.mark.parametrize(
    "changed",
    [
        {"binds": [["/nowhere-at-all", "/usr", False]]},
        {"folder": "/not/there"},
        {"command": ["/usr/bin/no-such-program"]},
        {"uid": 4_000_000_000},
        {"parent": 1},
    ],
)
def test_what_cannot_be_set_up_starts_nothing(folder: Path, changed: dict[str, object]) -> None:
    mark = ["/bin/sh", "-c", "echo started"]
    done = started_by_a_user(folder, order(folder, mark, **changed))
    assert done.returncode == 1
    assert "started" not in done.stdout


CONTAINER = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+sys_chroot,+mknod,+setfcap"
rooted = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="this machine's tests are not run by root with setpriv"
)


@works
@rooted
@pytest.mark.parametrize(("capabilities", "failure"), [(CONTAINER, False), ("-all,+chown,+dac_override", True)])
def test_root_of_a_container_needs_no_right_to_mount(capabilities: str, failure: bool) -> None:
    """Root with the few capabilities that containers leave it; without those to hand on ids it is told so."""
    code = "from supplytrust.io.processes import sandbox; print(sandbox.failure_of(sandbox.NAMESPACES))"
    command = ["setpriv", f"--bounding-set={capabilities}", sys.executable, "-c", code]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout.strip()
    assert bool(printed) is failure, printed
