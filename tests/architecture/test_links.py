"""Every relative link of the documentation leads to a file that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


def links(page: Path) -> list[str]:
    found = LINK.findall(page.read_text("utf-8"))
    return [link for link in found if "://" not in link and not link.startswith("mailto:")]


def test_links_lead_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in links(page)
        if not (page.parent / link).exists()
    ]
    assert dead == []


def test_there_are_links_to_follow() -> None:
    assert sum(len(links(page)) for page in PAGES) > 20


@pytest.mark.parametrize("folder", ["how-to", "explanation", "reference"])
def test_every_page_is_reached_from_the_first(folder: str) -> None:
    first = set(links(ROOT / "docs" / "README.md"))
    assert {f"{folder}/{p.name}" for p in (ROOT / "docs" / folder).glob("*.md")} <= first
