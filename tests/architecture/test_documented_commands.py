"""Every command that a page shows is one that the program takes: its verb, and each of its options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from supplytrust.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(p for p in ROOT.glob("docs/**/*.md") if "decisions" not in p.parts)]
BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Page and command, with continued lines joined, of every block of a shell."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text("utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                command = re.search(r"(?:^|[;&|(]\s*|\$ |\bin/|\.venv/bin/)supplytrust (?=[a-z])(.*)", line)
                if command:
                    found.append((str(page.relative_to(ROOT)), command[1]))
    return found


def unknown_words(command: str) -> list[str]:
    """What of a command the program would not take: its verb or options."""
    plain = re.split(r"\s(?:[|;&<>]|2>|#)", command)[0]
    try:
        words = shlex.split(plain)
    except ValueError:  # a quotation that goes on on the next line
        words = plain.replace("'", "").replace('"', "").split()
    verb, context = app, click.Context(app)
    while words and isinstance(verb, click.Group) and not words[0].startswith("-"):
        inner = verb.get_command(context, words.pop(0))
        if inner is None:
            return [command]
        verb = inner
    known = {name for p in verb.params for name in (*p.opts, *p.secondary_opts)} | {"-h", "--help"}
    options = [word.partition("=")[0] for word in (words[: words.index("--")] if "--" in words else words)]
    return [word for word in options if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in known]


def test_pages_show_commands() -> None:
    assert len(commands()) >= 20


@pytest.mark.parametrize("page", sorted({page for page, _ in commands()}))
def test_the_program_takes_what_a_page_shows(page: str) -> None:
    assert [(c, odd) for p, c in commands() if p == page and (odd := unknown_words(c))] == []


def test_a_wrong_word_is_found() -> None:
    assert unknown_words("assess requests --no-such") == ["--no-such"]
    assert unknown_words("asses requests") == ["asses requests"]
    assert unknown_words("policy check x.toml") == []
