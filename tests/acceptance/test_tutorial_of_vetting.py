"""The tutorial about vetting, line by line, against an index that has the packages it names."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulators.commands import Ran, Shell
from simulators.index import LONG_AGO, Project, Release, sdist, serving, wheel

pytestmark = pytest.mark.thorough

PAGE = (Path(__file__).parents[2] / "docs/tutorials/vet-an-upstream-project.md").read_text("utf-8")
BLOCK = re.compile(r"```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
INTO = re.compile(r"`(customer/[^`]+)`")
MOST_COMMANDS = 10


def release(name: str, version: str, day: int, text: str = "X = 1\n") -> Release:
    made = {f"{name}/__init__.py": text, f"{name}/_version.py": f'V = "{version}"\n'}
    at = LONG_AGO + timedelta(days=day)
    return Release(version, [wheel(name, version, made), sdist(name, version, made)], at)


INDEX = (
    Project("attrs", (release("attrs", "25.3.0", 0), release("attrs", "25.4.0", 40))),
    Project("ecdsa", (release("ecdsa", "0.19.1", 0, "import hashlib\n\nY = hashlib.sha256\n"),)),
)


def follow(shell: Shell, url: str) -> list[tuple[str, Ran]]:
    """Every block in order: what goes into a file is written, what is a command is run."""
    until = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    done, before = [], 0
    for block in BLOCK.finditer(PAGE):
        names = INTO.findall(PAGE[before : block.start()])
        before = block.end()
        if block["kind"] == "toml":
            (shell.home / names[-1]).parent.mkdir(exist_ok=True)
            (shell.home / names[-1]).write_text(block["text"])
        for line in re.findall(r"^supplytrust .*", block["text"], re.MULTILINE):
            words = shlex.split(line.replace("$UNTIL", until))[1:]
            if words[:2] == ["vet", "init"]:
                words += ["--index-url", url, "--rebuild", "never", "--deps", "none"]
            if words[0] == "assess":
                words += ["--index-url", url]
            done.append((line, shell.run(*words)))
    return done


def test_the_tutorial_leads_from_nothing_to_a_list_that_admits(tmp_path: Path) -> None:
    with serving(INDEX) as index:
        done = follow(Shell(tmp_path), index.url)
    assert [(line, ran.err) for line, ran in done if ran.code not in (0, 10)] == []
    lines = [line for line, _ in done]
    signs = next(n for n, line in enumerate(lines) if " sign " in line)
    assert signs + 1 <= MOST_COMMANDS
    assert done[signs][1].code == 0
    (admitted,) = [ran for line, ran in done if line.startswith("supplytrust assess")]
    assert (admitted.code, "ACME" in admitted.out) == (0, True), admitted.out
    last = done[-1][1].out
    assert "1 answer carried over, 1 lapsed" in last  # the people are the same, a file is not
