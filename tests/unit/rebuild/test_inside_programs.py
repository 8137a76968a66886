"""The two programs that run in the box, started as they are there: alone, with the standard library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from supplytrust.ecosystems.pypi.rebuild import environment
from supplytrust.io.processes import sandbox

HERE = Path(environment.__file__).parent
OLD, STAMP = 1_500_000_000, 1_700_000_000


def run(code: str, folder: Path, program: str = sys.executable) -> str:
    start = f"import sys; sys.path.insert(0, {str(HERE)!r}); import pep517_runner as h, os, time; "
    done = subprocess.run(
        [program, "-I", "-S", "-c", start + code], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("python", environment.available(), ids=lambda p: p.series)
def test_clock_dates_new_files_and_leaves_old_ones(tmp_path: Path, python: environment.Interpreter) -> None:
    code = (
        f"open('old', 'w').close(); os.utime('old', ({OLD}, {OLD})); h.set_clock({STAMP}); "
        "open('new', 'w').close(); file = open('new'); import pathlib; "
        "print([int(os.stat('old').st_mtime), int(os.stat('new').st_mtime), os.fstat(file.fileno()).st_mtime_ns // 10**9, "
        "int(pathlib.Path('new').stat().st_mtime), os.stat('new').st_size, int(time.time())])"
    )
    assert json.loads(run(code, tmp_path, python.program)) == [OLD, STAMP, STAMP, STAMP, 0, STAMP]


def test_line_ends_of_windows_where_none_are_asked_for(tmp_path: Path) -> None:
    code = (
        "import pathlib; h.write_crlf(); open('a', 'w').write('x\\n'); open('b', 'w', newline='\\n').write('x\\n'); "
        "open('c', 'wb').write(b'x\\n'); pathlib.Path('d').write_text('x\\n'); "
        "print([pathlib.Path(n).read_bytes().decode('latin-1') for n in 'abcd'].__repr__().replace(chr(39), chr(34)))"
    )
    assert json.loads(run(code, tmp_path)) == ["x\r\n", "x\n", "x\n", "x\r\n"]


def test_old_setuptools_without_the_legacy_object(tmp_path: Path) -> None:
    (tmp_path / "oldtools").mkdir()
    (tmp_path / "oldtools" / "__init__.py").write_text("")
    (tmp_path / "oldtools" / "build_meta.py").write_text("NAME = 'old'\n")
    code = (
        "sys.path.insert(0, ''); t = {'root': os.getcwd(), 'path': [], 'backend': 'oldtools.build_meta:__legacy__'}; "
        "print(h.backend_of(t).NAME, os.getcwd() in sys.path)"
    )
    assert run(code, tmp_path) == "old True"


@pytest.mark.parametrize(
    ("asked", "more"),
    [([], False), (["wheel"], False), (["a >= 1"], False), (["b"], True), (["WHEEL>=1"], False), (["c @ x"], True)],
)
def test_when_more_has_to_be_installed(tmp_path: Path, asked: list[str], more: bool) -> None:
    (tmp_path / "answer.json").write_text(json.dumps({"requires": asked}))
    code = "print(h.more_wanted({'out': '.', 'known': ['a>=1'], 'ignored': ['wheel']}))"
    assert run(code, tmp_path) == str(more)


def test_limits_are_set_before_the_program_runs(tmp_path: Path) -> None:
    code = "import resource as r; print([r.getrlimit(r.RLIMIT_FSIZE)[1], r.getrlimit(r.RLIMIT_CORE)[1]])"
    order = {"limits": {"fsize": 4096, "core": 0}, "command": [sys.executable, "-I", "-S", "-c", code]}
    command = [sys.executable, "-I", "-S", str(Path(sandbox.__file__).with_name("sandbox_init.py")), json.dumps(order)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert json.loads(printed) == [4096, 0]
