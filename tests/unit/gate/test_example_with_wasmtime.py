"""The documented example loads a real workload only through the gate."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

wasmtime = pytest.importorskip("wasmtime")

from simulators.keep import POLICY, Keep, time  # noqa: E402
from supplytrust.gate.policy import read_policy  # noqa: E402

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "run_through_gate.py"
HELLO = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "judged\\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 7))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))
    (call $exit (i32.const 3))))
"""


@pytest.fixture
def folder(tmp_path):
    now = datetime.now(UTC).replace(microsecond=0)
    keep = Keep(workload=bytes(wasmtime.wat2wasm(HELLO)))
    keep.predicate.update(
        assessedAt=time(now - timedelta(days=1)),
        notBefore=time(now - timedelta(days=1)),
        expires=time(now + timedelta(days=1)),
        dependencies=[],
    )
    keep.status_changes.update(issued=time(now - timedelta(hours=1)), nextUpdate=time(now + timedelta(hours=1)))
    for name, data in (
        ("main.wasm", keep.workload),
        ("record.json", keep.envelope()),
        ("status.json", keep.status()),
        ("gate.toml", keep.policy_file()),
    ):
        (tmp_path / name).write_bytes(data)
    return tmp_path


def run(folder):
    return subprocess.run([sys.executable, str(EXAMPLE), str(folder)], capture_output=True, check=False)


def test_an_admitted_workload_runs(folder):
    done = run(folder)
    assert (done.returncode, done.stdout) == (3, b"judged\n"), done.stderr


@pytest.mark.parametrize("name", ["main.wasm", "record.json", "status.json", "gate.toml"])
@pytest.mark.sampled(1)
def test_nothing_else_runs(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    done = run(folder)
    assert (done.returncode, done.stdout) == (12, b"")
    assert done.stderr.startswith(b"not admitted")


@pytest.mark.parametrize("name", ["main.wasm", "record.json", "status.json", "gate.toml"])
@pytest.mark.sampled(1)
def test_nothing_may_be_missing(folder, name):
    (folder / name).unlink()
    assert run(folder).returncode == 12


def test_the_policy_in_the_how_to_is_one(folder):
    page = (ROOT / "docs" / "how-to" / "gate.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    whole = next(b for b in blocks if "[[trustor]]" in b)
    key = re.search(
        r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n",
        POLICY + (folder / "gate.toml").read_text(),
        re.DOTALL,
    )
    assert key is not None
    policy = read_policy(re.sub(r'"""\n.*?"""', f'"""{key.group()}"""', whole, flags=re.DOTALL).encode())
    assert policy.status.required
    assert policy.platform.required
    example = next(b for b in re.findall(r"```json\n(.*?)```", page, re.DOTALL) if "supplytrust-platform/1" in b)
    assert json.loads(example)["tee"] in policy.platform.tee
