import sys
import time

import pytest

from supplytrust.errors import TooLargeError, ToolMissingError, UnreachableError
from supplytrust.io.processes.run import clean_environment, private_folder, run


def python(code, **options):
    return run([sys.executable, "-I", "-c", code], **options)


def test_status_output_and_input_pass_through():
    ran = python(
        "import sys; sys.stdout.write(sys.stdin.read()[::-1]); sys.stderr.write('e'); sys.exit(3)",
        stdin=b"abc" * 50_000,
    )
    assert (ran.status, ran.out, ran.err) == (3, b"cba" * 50_000, b"e")


def test_input_that_nobody_reads_does_not_hang():
    assert python("pass", stdin=b"x" * 10_000_000).status == 0


def test_the_environment_is_clean(monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "secret")
    assert "MY_TOKEN" not in clean_environment()
    assert "HOME" not in clean_environment()
    assert python("import os; print('MY_TOKEN' in os.environ, os.environ['A'])", env={"A": "b"}).out == b"False b\n"


def test_a_missing_program_is_a_missing_tool():
    with pytest.raises(ToolMissingError, match="no-such-program"):
        run(["no-such-program"])


def test_a_program_and_its_children_end_at_the_time_out():
    started = time.monotonic()
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    with pytest.raises(UnreachableError, match=r"0\.5 s"):
        python(child, timeout=0.5)
    assert time.monotonic() - started < 300  # half of what the child would take


def test_endless_output_stops_at_the_limit():
    with pytest.raises(TooLargeError):
        python("while True: print('x' * 65536)", limit=2**20, timeout=300)


def test_a_scratch_folder_is_private_and_goes_away_after_an_error(tmp_path):
    def work():
        with private_folder(tmp_path) as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
            (folder / "x").write_text("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert list(tmp_path.iterdir()) == []
