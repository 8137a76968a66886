"""The command line as its user meets it: arguments in; exit code, stdout and stderr out.

`Shell.run` calls the entry point in this process (its exit code is the one `sys.exit` is given),
`Shell.spawn` starts another interpreter for what only a process of its own can show.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from simulators.index import Index
from supplytrust.cli.app import main

LOOK = ("--deps", "none", "--rebuild", "never", "--no-progress")


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> list[str]:
        """The lines of stderr that say what is wrong."""
        return [line for line in self.err.splitlines() if line.startswith("supplytrust: ")]


@dataclass(frozen=True)
class Shell:
    """A home of its own for every test: cache, ledger and working folder under `home`."""

    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "SUPPLYTRUST_", "PIP_", "UV_"))}
        places = {
            "HOME": self.home,
            "SUPPLYTRUST_CACHE": self.home / "cache",
            "XDG_DATA_HOME": self.home / "data",
        }
        pip = {"PIP_CONFIG_FILE": os.devnull}  # a word to pip, which then opens no file, nor this one
        return {**kept, **{k: str(v) for k, v in places.items()}, **pip, **self.extra}

    def run(self, *arguments: str | Path) -> Ran:
        """One command in this process."""
        out, err = _stream(), _stream()
        words = ["supplytrust", *(str(a) for a in arguments)]
        before = Path.cwd()
        os.chdir(self.home)
        try:
            with patch.dict(os.environ, self.environment(), clear=True), patch.object(sys, "argv", words):
                code = _exit_code(out, err)
        finally:
            os.chdir(before)
        return Ran(code, _text(out), _text(err))

    def spawn(self, *arguments: str | Path, seed: str = "random", flags: tuple[str, ...] = ()) -> Ran:
        """One command in a process of its own."""
        with self.start(*arguments, seed=seed, flags=flags) as process:
            out, err = process.communicate(timeout=600)
        return Ran(process.returncode, out.decode(), err.decode())

    def start(
        self, *arguments: str | Path, seed: str = "random", flags: tuple[str, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """A command that goes on by itself."""
        return subprocess.Popen(
            [sys.executable, *flags, "-m", "supplytrust", *(str(a) for a in arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.home,
            env={**self.environment(), "PYTHONHASHSEED": seed},
        )

    def assess(self, index: Index, subject: str | Path, *options: str | Path) -> Ran:
        """`assess` against a simulated index: the package alone, without a rebuild, unless told otherwise."""
        return self.run("assess", subject, "--index-url", index.url, *LOOK, *options)


def _exit_code(out: io.TextIOWrapper, err: io.TextIOWrapper) -> int:
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            assert isinstance(stop.code, int), "the entry point exits with a number"
            return stop.code
    raise AssertionError("the entry point came back without exiting")


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
