"""A run that is killed while it rebuilds and links, and run again, leaves the records of an undisturbed run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators import source_packages
from simulators.commands import Shell
from simulators.elf import shared_object
from simulators.index import File, Project, Release, serving, wheel
from simulators.rebuild_bench import contained
from supplytrust.audits.runner import audit
from supplytrust.ledger import Ledger

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
BUILT = ("little", "small", "tiny")


def rebuildable(name):
    source = source_packages.tree(name)
    files = (
        File(*source_packages.wheel(source)),
        File(f"{name}-1.0.tar.gz", source_packages.sdist(source, f"{name}-1.0")),
    )
    return Project(name, [Release("1.0", files, source_packages.UPLOADED)])


def linked():
    members = {"linked/__init__.py": "", "linked/_n.so": shared_object(["libc.so.6", "libodd.so.3"])}
    made = wheel("linked", "1.0", members, tag="py3-none-manylinux_2_17_x86_64")
    return Project("linked", [Release("1.0", (made,), source_packages.UPLOADED)])


def records(path: Path) -> dict[str, bytes]:
    with Ledger(path) as ledger:
        found = [e for name in (*BUILT, "linked") for e in ledger.history(f"pkg:pypi/{name}")]
        return {f"{e.purl} {e.record_digest}": ledger.body(e.record_digest) for e in found}


def essence(path: Path) -> dict[str, object]:
    """Records without what tells one run from another: ids of evidence that says how many seconds a build took."""
    found = {}
    for body in records(path).values():
        predicate = json.loads(body)["predicate"]
        for area in predicate["areas"].values():
            for finding in area["findings"]:
                finding.pop("evidence")
        kept = {k: v for k, v in predicate.items() if k not in ("evidence", "supersedes")}
        assert predicate["trustee"]["purl"] not in found
        found[predicate["trustee"]["purl"]] = kept
    return found


def child_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that has just ended
            found += [int(n) for n in (task / "children").read_text().split()]
    return found


@contained
@pytest.mark.thorough
def test_killed_while_it_rebuilds_and_run_again(tmp_path):
    names = tmp_path / "requirements.txt"
    names.write_text("".join(f"{n}==1.0\n" for n in (*BUILT, "linked")))
    with serving([*map(rebuildable, BUILT), linked()]) as index:
        words = ("audit", names, "--index-url", index.url, "--at", AT.isoformat(), "--jobs", "2", "--no-progress")
        once, again = Shell(tmp_path / "once"), Shell(tmp_path / "again")
        for shell in (once, again):
            shell.home.mkdir()
        disturbed, quiet = tmp_path / "disturbed.db", tmp_path / "quiet.db"
        process = once.start(*words, "--ledger", disturbed)
        until = time.monotonic() + 300
        try:
            while not child_of(process.pid):  # a rebuild has begun
                assert time.monotonic() < until and process.poll() is None
                time.sleep(0.01)
            children = child_of(process.pid)
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert len(records(disturbed)) < 4
        while any(os.path.exists(f"/proc/{pid}") for pid in children):  # nobody goes on building
            assert time.monotonic() < until
            time.sleep(0.05)
        rerun = once.spawn(*words, "--ledger", disturbed, "--format", "json")
        undisturbed = again.spawn(*words, "--ledger", quiet, "--format", "json")
    assert rerun.code == undisturbed.code == 10, rerun.err
    assert essence(disturbed) == essence(quiet)
    subjects = {one["purl"]: one for one in json.loads(rerun.out)["subjects"]}
    assert len(subjects) == 5
    assert subjects["pkg:generic/lib/libodd.so@3"]["path"] == ["pkg:pypi/linked@1.0", "pkg:generic/lib/libodd.so@3"]
    built = essence(quiet)["pkg:pypi/little@1.0"]["areas"]["build"]["findings"]
    told = {f["signal"]: f["because"] for f in built if f["status"] == "supports"}
    assert "bit" in told["build/rebuilds_identically"]


def workers_of(pid: int) -> list[int]:
    found = []
    for child in child_of(pid):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        found += [child] if b"supplytrust.io.processes.worker" in words else []
    return found


@contained
@pytest.mark.parametrize(("kills", "code"), [(1, ""), (2, "internal")])
@pytest.mark.thorough
def test_a_killed_worker_costs_its_own_package_at_most(tmp_path, monkeypatch, kills, code):
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 300
        while len(killed) < kills and time.monotonic() < until:
            for pid in workers_of(os.getpid()):
                if pid not in killed and len(killed) < kills:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
            time.sleep(0.005)

    with serving([*map(rebuildable, BUILT)]) as index:
        (tmp_path / "requirements.txt").write_text("".join(f"{n}==1.0\n" for n in BUILT))
        killer = threading.Thread(target=kill)
        killer.start()
        result = audit(tmp_path / "requirements.txt", index_url=index.url, at=AT, jobs=1, ledger=tmp_path / "l.db")
        killer.join()
    assert len(killed) == kills
    assert len(result.subjects) == len(BUILT)
    told = [{r.code for r in one.reasons} for one in result]
    assert sum("internal" in codes for codes in told) == bool(code)
    with Ledger(tmp_path / "l.db") as ledger:
        bodies = [ledger.body(e.record_digest) for n in BUILT for e in ledger.history(f"pkg:pypi/{n}")]
    assert sum(b"bit-for-bit" in body for body in bodies) == len(BUILT) - bool(code)
