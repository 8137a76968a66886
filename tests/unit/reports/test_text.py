"""A record at a terminal: bars and lines of its width; piped it is plain."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import supplytrust
from simulators.records import record
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.reports.text import LABEL, MARKS, PLAIN_SHADES, SHADES, draw_bar, render

CARD = Path(__file__).parents[3] / "scorecards" / "requests" / "record.json"


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
def test_lines_have_the_width_unless_one_word_or_a_command_is_longer(columns):
    for made in (supplytrust.load(CARD), record(Outcome.REFUSE), record()):
        told = render(made, columns)
        for line in told.splitlines():
            longest = max(len(word) for word in ["", *line.split()])
            fits = len(line) <= max(columns, LABEL + 4 + longest)
            assert fits or line.lstrip().startswith(tuple(MARKS.values())), line
        if columns >= 80:
            unshaded = told.translate(dict.fromkeys(map(ord, SHADES)))
            assert unshaded.split() == render(made).split()


@settings(max_examples=40)
@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 80))
def test_a_bar_is_as_long_as_the_whole(belief, doubt, cells):
    doubt = min(doubt, 100 - belief)
    verdict = dataclasses.replace(
        record().areas[Area.BUILD], belief=belief / 100, disbelief=doubt / 100, uncertainty=(100 - belief - doubt) / 100
    )
    open_ = dataclasses.replace(verdict, required=False)
    bar = draw_bar(open_, cells)
    assert len(bar) == len(draw_bar(verdict, cells)) == cells
    assert bar == SHADES[0] * bar.count(SHADES[0]) + SHADES[1] * bar.count(SHADES[1]) + SHADES[2] * bar.count(SHADES[2])
    assert abs(bar.count(SHADES[0]) - cells * belief / 100) <= 0.5
    assert draw_bar(verdict, cells).count(SHADES[3]) == 1


def test_belief_that_reaches_stands_beyond_the_mark():
    verdict = record(Outcome.ADMIT).areas[Area.BUILD]
    bar = draw_bar(verdict, 60, PLAIN_SHADES)
    assert bar.index("|") <= bar.rindex("#") + 1


def at_terminal(columns: int, encoding: str = "utf-8") -> str:
    """What a terminal of this width shows of the record of requests."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    environment |= {"PYTHONIOENCODING": encoding, "TERM": "xterm"}
    command = [sys.executable, "-m", "supplytrust", "render", str(CARD)]
    child = subprocess.Popen(command, stdout=inner, stderr=subprocess.PIPE, env=environment)
    os.close(inner)
    told = b""
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        told += part
    os.close(outer)
    child.communicate()
    return told.decode(encoding)


@pytest.mark.parametrize(("columns", "encoding", "shade"), [(80, "utf-8", "█"), (60, "ascii", "#")])
def test_a_terminal_has_bars_and_a_pipe_has_none(columns, encoding, shade):
    told = re.sub(r"\x1b\[[0-9;]*m", "", at_terminal(columns, encoding))
    assert told.count(shade * 3) >= 3
    long = [line for line in told.splitlines() if len(line) > columns]
    assert [line for line in long if not line.lstrip().startswith("$ ") and len(line.split()) > 2] == []
    plain = supplytrust.render(supplytrust.load(CARD), "text")
    assert not set(SHADES) & set(plain)
