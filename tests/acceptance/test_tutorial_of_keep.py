"""The tutorial, line by line: as a core module that runs, and as a component."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("wasmtime")
pytestmark = pytest.mark.thorough

PAGE = (Path(__file__).parents[2] / "docs/tutorials/workload-into-a-keep.md").read_text("utf-8")
BLOCK = re.compile(r"```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
INTO = re.compile(r"Put this into `([^`]+)`")
MOST_COMMANDS, MOST_SECONDS = 10, 60


@dataclass
class Desk:
    """A folder in which the page is followed; `commands` are those of this program that were run."""

    folder: Path
    commands: int = 0

    def __post_init__(self) -> None:
        bin_ = Path(sys.executable).parent
        data = {"XDG_DATA_HOME": str(self.folder / "data"), "SUPPLYTRUST_CACHE": str(self.folder / "cache")}
        self.environment = {**os.environ, **data, "PATH": f"{bin_}:{os.environ['PATH']}"}

    def put(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        self.commands += len(re.findall(r"^supplytrust ", text, re.MULTILINE))
        asked = ["bash", "-e", "-c", text.replace("assess ", "assess --offline ")]
        return subprocess.run(asked, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)

    def follow(self, page: str) -> dict[str, subprocess.CompletedProcess[str]]:
        """Every block in order: what goes into a file is written, what is a command is run."""
        done, before = {}, 0
        for block in BLOCK.finditer(page):
            names = INTO.findall(page[before : block.start()])
            before = block.end()
            if block["kind"] == "sh":
                done[block["text"]] = self.run(block["text"])
            elif names:
                self.put(names[-1], block["text"])
        return done


def halves() -> tuple[str, str, str]:
    """The way of a core module up to its revocation, the revocation, and the text of the component."""
    first, revoked = PAGE.split("## 7. Take it back")
    taken, component = revoked.split("## As a component")
    (wat,) = [b["text"] for b in BLOCK.finditer(component) if b["kind"] == "wat"]
    return first, taken, wat


def told(done: dict[str, subprocess.CompletedProcess[str]]) -> list[str]:
    return [f"{text}{one.stdout}{one.stderr}" for text, one in done.items() if one.returncode]


def test_a_core_module(tmp_path: Path) -> None:
    first, taken, _ = halves()
    desk = Desk(tmp_path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = desk.follow(first)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime <= MOST_SECONDS
    assert told(done) == []
    (admitted,) = [text for text in done if text.startswith("supplytrust admit")]
    assert "hello keep\n" in done[admitted].stdout
    good = (tmp_path / "main.wasm").read_bytes()
    (tmp_path / "main.wasm").write_bytes(good.replace(b"hello", b"hallo"))
    assert desk.run(admitted).returncode == 12
    (tmp_path / "main.wasm").write_bytes(good)
    assert desk.run(admitted).returncode == 0
    desk.commands -= 2
    assert told(desk.follow(taken)) == []
    after = desk.run(admitted)
    assert (after.returncode, "revoked" in after.stdout + after.stderr) == (12, True)
    assert desk.commands - 1 <= MOST_COMMANDS


def test_a_component(tmp_path: Path) -> None:
    first, _, wat = halves()
    desk = Desk(tmp_path)
    page = first.replace(first[first.index("(module") : first.index("```\n\nPut this into `build.py`")], wat)
    done = desk.follow(page.replace(" --exec -- python loader.py {} {config}", ""))
    assert told(done) == []


@pytest.mark.parametrize(
    ("build", "why"),
    [
        ("raise SystemExit(3)", "ended with 3"),
        ("pass", "did not write main.wasm"),
        ("open('src/main.wat', 'a').write(' ')\nopen('main.wasm', 'wb').write(b'x')", "changed its own sources"),
        ("open('main.wasm', 'wb').write(b'x')", "is no workload"),
    ],
)
def test_a_build_that_shows_nothing_leaves_no_links(tmp_path: Path, build: str, why: str) -> None:
    desk = Desk(tmp_path)
    desk.put("src/main.wat", "(module)")
    desk.put("build.py", build)
    assert desk.run("supplytrust keep init main.wasm").returncode == 0
    again = desk.run("supplytrust keep init main.wasm")
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    done = desk.run("supplytrust keep build -- python build.py")
    assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert list((tmp_path / "keep").glob("*.link")) == []


def test_another_source_than_the_layout_hands_over_is_not_followed(tmp_path: Path) -> None:
    """A link of a file that no rule of the layout names breaks the chain: the workload is REFER."""
    first, _, _ = halves()
    desk = Desk(tmp_path)
    desk.follow(first[: first.index("## 2.")])
    (layout,) = (tmp_path / "keep").glob("root.layout")
    assert layout.exists()
    desk.put("more/extra.txt", "x")
    steps = BLOCK.findall(first[first.index("## 2.") : first.index("## 5.")])
    for _, text in steps[:2]:
        assert desk.run(text).returncode == 0
    for link in (tmp_path / "keep").glob("sources.*.link"):
        link.unlink()
    assert desk.run(steps[2][1]).returncode == 10
