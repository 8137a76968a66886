"""Decisions have a number of their own each, are listed in the index as they are titled, and referred to by file name."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = re.compile(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
REFERENCE = re.compile(r"decisions/([\w-]*\d{4}[\w-]*(?:\.md)?)|\b(ADR \d{4})\b")


def references() -> list[str]:
    """Every mention of a decision in code, tests and pages, as `file: mention`."""
    places = [
        *ROOT.glob("src/**/*.py"),
        *ROOT.glob("t*/**/*.py"),
        *ROOT.glob("tools/bench/*.py"),
        *ROOT.glob("docs/**/*.md"),
    ]
    mentions = [(p, m) for p in [*places, ROOT / "README.md"] for m in REFERENCE.finditer(p.read_text("utf-8"))]
    return [f"{p.relative_to(ROOT)}: {m[1] or m[2]}" for p, m in mentions if p != Path(__file__)]


def test_each_has_a_number_of_its_own() -> None:
    """Gaps are numbers given to pages that are being written."""
    numbers = [p.name[:4] for p in PAGES]
    assert numbers == sorted(set(numbers))


def test_the_index_says_what_the_pages_say() -> None:
    heads = []
    for page in PAGES:
        text = page.read_text("utf-8")
        title, status = re.match(r"# (\d{4}) (.+)\n", text), re.search(r"^\*\*Status:\*\* (.+)$", text, re.MULTILINE)
        assert title and status, page.name
        heads.append((title[1], page.name, title[2], status[1]))
    listed = INDEX.findall((FOLDER / "README.md").read_text("utf-8"))
    assert [(number, name, title, status) for number, name, title, _, status in listed] == heads


def test_pages_have_the_parts_of_the_template() -> None:
    parts = ("**Status:**", "**Context.**", "**Decision.**", "**Consequences.**")
    assert [p.name for p in PAGES if not all(part in p.read_text("utf-8") for part in parts)] == []


def test_references_name_a_page() -> None:
    names = {p.name for p in PAGES}
    assert len(references()) >= 8
    assert [r for r in references() if r.rpartition(": ")[2] not in names] == []
