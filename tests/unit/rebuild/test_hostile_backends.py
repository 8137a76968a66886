"""Every way out that a build backend may try, in each kind of sandbox, and what comes of it."""

from __future__ import annotations

import ctypes
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators import source_packages
from simulators.rebuild_bench import offline_world, plant_key, rebuilt
from supplytrust.ecosystems.pypi.rebuild import attempts, build, environment, recipe, source_tree
from supplytrust.io.processes import sandbox
from supplytrust.model.claims.rebuild import RebuildLevel
from supplytrust.rebuild.judge import PublishedFile

KINDS = (sandbox.Sandbox("bubblewrap", shutil.which("bwrap") or ""), sandbox.NAMESPACES)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name, autouse=True)
def kind(request: pytest.FixtureRequest) -> Iterator[sandbox.Sandbox]:
    """One kind of sandbox, as if it were the only one here."""
    chosen: sandbox.Sandbox = request.param
    why_not = sandbox.failure_of(chosen) if chosen.program or chosen == sandbox.NAMESPACES else "it is not installed"
    if why_not:
        pytest.skip(f"this machine has no {chosen.name}: {why_not}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "candidates", lambda: (chosen,))
        yield chosen


def hostile(mode: str, **task: object) -> dict[str, bytes]:
    body = json.dumps({"mode": mode, "targets": {}, **task}).encode()
    return source_packages.tree(backend="hostile", extra={"mode.json": body})


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, kind: sandbox.Sandbox) -> dict[str, object]:
    """The probes' findings from inside, with bait outside."""
    folder = tmp_path_factory.mktemp("bait")
    secret = folder / "secret.txt"
    secret.write_text("inert secret")
    plant_key()
    os.environ["SUPPLYTRUST_PROBE_TOKEN"] = "inert"
    libc = ctypes.CDLL(None, use_errno=True)
    segment = libc.shmget(0, 4096, 0o1600)
    abstract, mark = f"supplytrust-probe-{os.getpid()}", f"7{os.getpid()}"
    beside = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark])
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0" + abstract)
        unix.listen()
        targets = {
            "port": tcp.getsockname()[1],
            "abstract": abstract,
            "secret_file": str(secret),
            "mark": mark,
        }
        source = hostile("probe", targets=targets)
        result = rebuilt(folder, source, source_packages.wheel(source), keep=str(folder / "kept"))
    beside.kill()
    beside.wait()
    if segment >= 0:
        libc.shmctl(segment, 0, None)
    del os.environ["SUPPLYTRUST_PROBE_TOKEN"]
    assert result.sandbox == kind.name
    assert result.differences, (result.level, result.reason)
    kept = next((folder / "kept").rglob("*.whl"))
    with zipfile.ZipFile(io.BytesIO(kept.read_bytes())) as archive:
        return json.loads(archive.read("probes.json"))


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "probe",
    [
        "tcp by name",
        "tcp by number",
        "tcp outside",
        "abstract socket",
        "interfaces",
        "home",
        "ssh keys",
        "shadow file",
        "password file",
        "sys",
        "secret in environment",
        "write usr",
        "write site-packages",
        "write interpreter",
        "other processes",
        "process of the host",
        "shared memory",
        "session keyring",
        "mount",
        "user namespace",
        "terminal",
        "memory",
        "file size",
        "capabilities",
        "root",
        "new privileges",
        "core dumps",
    ],
)
def test_probe_is_shut(found: dict[str, object], probe: str) -> None:
    assert not found[probe]


@pytest.mark.thorough
def test_fork_flood_is_stopped(found: dict[str, object]) -> None:
    made = found["forks"]
    assert isinstance(made, int)
    assert 0 < made < 300


@pytest.mark.sampled(1)
def test_the_baits_work_without_the_box(tmp_path: Path) -> None:
    """The same probes, unsandboxed, reach their targets: so a shut probe says something."""
    secret = tmp_path / "secret.txt"
    secret.write_text("inert secret")
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0supplytrust-open-{os.getpid()}")
        unix.listen()
        targets = {
            "port": tcp.getsockname()[1],
            "abstract": f"supplytrust-open-{os.getpid()}",
            "secret_file": str(secret),
        }
        code = (
            "import json,sys;sys.path.insert(0,sys.argv[1]);import hostile as h,socket as s;t=json.loads(sys.argv[2]);"
            "print(json.dumps([h._can(lambda:h._connect(s.AF_INET,('127.0.0.1',t['port']))),"
            "h._can(lambda:h._connect(s.AF_UNIX,chr(0)+t['abstract'])),h._can(lambda:h._reads(t['secret_file'])),"
            "h._forks(300)]))"
        )
        command = [sys.executable, "-c", code, str(source_packages.BACKENDS), json.dumps(targets)]
        printed = subprocess.run(command, capture_output=True, check=True, timeout=600).stdout
    assert json.loads(printed) == [True, True, True, 300]


@pytest.mark.parametrize("mode", ["symlink", "fifo", "folder"])
@pytest.mark.sampled(1)
def test_output_that_is_no_regular_file_is_refused(tmp_path: Path, mode: str) -> None:
    target = tmp_path / "host.txt"
    target.write_text("unharmed")
    result = rebuilt(tmp_path, hostile(mode, targets={"file": str(target)}))
    assert result.level is RebuildLevel.NOT_REBUILT
    assert result.reason.startswith("output-refused")
    assert target.read_text() == "unharmed"


@pytest.mark.sampled(1)
def test_output_folder_that_became_a_link_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    name, data = source_packages.wheel(source_packages.tree())
    (elsewhere / name).write_bytes(data)
    result = rebuilt(tmp_path, hostile("folder link", targets={"file": str(elsewhere)}))
    assert (result.level, result.reason.partition(":")[0]) == (RebuildLevel.NOT_REBUILT, "output-refused")


@pytest.mark.parametrize(
    "name", ["../little-1.0-py3-none-any.whl", "/tmp/little-1.0-py3-none-any.whl", "..", "", "little.exe", "a\0b"]
)
@pytest.mark.sampled(1)
def test_returned_name_must_be_a_bare_wheel_name(tmp_path: Path, name: str) -> None:
    result = rebuilt(tmp_path, hostile("name", name=name))
    assert result.level is RebuildLevel.NOT_REBUILT
    assert result.reason.startswith(("output-refused", "build-failed"))


@pytest.mark.parametrize("mode", ["answer link", "answer flood"])
@pytest.mark.sampled(1)
def test_answer_that_is_a_link_or_a_flood_is_no_answer(tmp_path: Path, mode: str) -> None:
    target = tmp_path / "answer.json"
    target.write_text('{"file": "little-1.0-py3-none-any.whl"}')
    result = rebuilt(tmp_path, hostile(mode, targets={"file": str(target)}))
    assert result.level is RebuildLevel.NOT_REBUILT


@pytest.mark.parametrize(
    "asked",
    [
        "pkg @ https://host.invalid/pkg.whl",
        "setuptools @ file:///etc/pkg",
        "--index-url=https://host.invalid/simple/",
        "-r /etc/passwd",
        "../local",
        7,
    ],
)
@pytest.mark.sampled(1)
def test_requirement_from_a_hook_must_be_a_plain_one(tmp_path: Path, asked: object) -> None:
    result = rebuilt(tmp_path, hostile("none", requires=[asked]))
    assert result.level is RebuildLevel.NOT_REBUILT
    assert result.reason.startswith(("requirement-refused", "build-failed"))


def test_requirement_of_the_table_must_be_a_plain_one(tmp_path: Path) -> None:
    source = hostile("none")
    table = source["pyproject.toml"].replace(b"requires = []", b'requires = ["pkg @ https://host.invalid/p.whl"]')
    result = rebuilt(tmp_path, source | {"pyproject.toml": table})
    assert result.level is RebuildLevel.NOT_REBUILT
    assert "https://host.invalid" in result.reason


@pytest.mark.thorough
def test_endless_build_is_ended(tmp_path: Path) -> None:
    source = hostile("sleep")
    published = PublishedFile(*source_packages.wheel(source), uploaded_at=source_packages.UPLOADED)
    tree = source_tree.read(source_packages.sdist(source), "little-1.0.tar.gz")
    table = recipe.read_table(tree.members)
    job = build.Job(tree, recipe.recipe_without_pins(table, published.uploaded_at), environment.available()[0])
    shop = attempts.find_tools(offline_world(tmp_path), tmp_path)
    assert isinstance(shop, build.Workshop)
    began = time.monotonic()
    made = build.build(build.Workshop(shop.shelf, shop.sandbox, 2.0), job, tmp_path / "one")
    assert made.reason == "timeout"
    assert time.monotonic() - began < 10


def test_flood_of_output_is_cut(tmp_path: Path) -> None:
    result = rebuilt(tmp_path, hostile("flood"), keep=str(tmp_path / "kept"))
    assert result.level is not RebuildLevel.NOT_REBUILT
    assert (tmp_path / "kept" / "attempt-1" / "log.txt").stat().st_size <= sandbox.LOG_LIMIT


def test_build_dies_with_its_killed_supervisor(tmp_path: Path, kind: sandbox.Sandbox) -> None:
    mark = f"6{os.getpid()}"
    code = (
        "import sys;from pathlib import Path;from supplytrust.io.processes import sandbox as s;"
        "p=s.base_prefix();o=sys.argv[2];"
        "b=s.Box(s.base_interpreter(),{p:p},{o:'/build/out'},'/build/out');"
        "s.give_away(Path(o));s.run(['/usr/bin/sleep',sys.argv[1]],b,s.Sandbox(*sys.argv[3:]))"
    )
    out = tmp_path / "out"
    out.mkdir()
    supervisor = subprocess.Popen([sys.executable, "-c", code, mark, str(out), kind.name, kind.program])
    assert _within(120, lambda: _sleeping(mark))
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    assert _within(120, lambda: not _sleeping(mark))


def _within(seconds: float, holds: object) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def _sleeping(mark: str) -> bool:
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"/usr/bin/sleep", mark.encode()]:
            return True
    return False
