"""The site of the nights: every package is found in it, no page grows with them, and no text of a ledger acts."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from simulators.commands import Shell
from simulators.nights import audited_ledger
from simulators.records import DAY
from supplytrust.audits.nights import AuditedSet, read_sets
from supplytrust.ledger import Ledger
from supplytrust.reports.pages.site import part_name, write_site

MOST = 300_000
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"


@pytest.fixture(scope="module")
def ledger(place):
    with Ledger(place) as book:
        audited_ledger(book, packages=130, nights=3, sets=2, odd=HOSTILE)
        yield book


@pytest.fixture(scope="module")
def sets(ledger) -> list[AuditedSet]:
    return list(read_sets(ledger))


@pytest.fixture(scope="module")
def site(ledger, sets, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    return folder, write_site(sets, folder, DAY, records=3, body=ledger.body)


@pytest.mark.thorough
def test_every_page_is_small_and_every_link_leads_to_a_page_or_a_place_on_one(site):
    folder, written = site
    assert max(written.values()) < MOST
    for name in written:
        if name.endswith(".html"):
            page = (folder / name).read_text("utf-8")
            for link in re.findall(r'href="([^"#]*)(?:#([^"]*))?"', page):
                assert link[0] == "" or (folder / link[0]).exists(), (name, link)


def test_every_package_has_a_place_that_the_index_names(site, sets):
    folder, _ = site
    found = []
    for script in (folder / "search").glob("*.js"):
        prefix, rows = json.loads(script.read_text("utf-8").removeprefix("receiveNames(").rstrip(";\n")[:-1])
        assert script.stem == part_name(prefix)
        for name, outcome, place in rows:
            assert name.lower().startswith(prefix)
            page, _, anchor = place.partition("#")
            assert f'id="{anchor}"' in (folder / page).read_text("utf-8")
            found.append((name, outcome))
    assert len(found) == sum(len(one.packages) for one in sets)


def test_what_stands_in_a_ledger_does_nothing(site):
    folder, written = site
    for name in written:
        text = (folder / name).read_text("utf-8")
        assert "<img" not in text
        assert "\u202e" not in text
        if name.endswith(".html"):
            assert len(re.findall("<script", text)) <= 1
            assert 'src="' not in text


def test_counts_trend_exceptions_and_points_are_those_of_the_ledger(site, sets):
    folder, _ = site
    one = sets[0]
    page = (folder / "set-1.html").read_text("utf-8")
    assert f"of {len(one.packages)}" in page
    assert page.count('<rect class="ADMIT"') >= len(one.nights)
    exceptions = (folder / "exceptions.html").read_text("utf-8")
    ends = [e.expires for s in sets for p in s.packages for e in p.exceptions]
    assert exceptions.count("known, being replaced") == len(ends) > 0
    assert str((min(ends) - DAY) // timedelta(days=1)) in exceptions or "ended" in exceptions
    holders = {h for s in sets for p in s.packages for h in p.holders}
    points = (folder / "single-points.html").read_text("utf-8")
    assert all(name in points for _, name in holders)


def test_what_changed_in_each_night_is_listed_and_causes_have_their_packages(site, sets):
    folder, _ = site
    changes = "".join(p.read_text("utf-8") for p in folder.glob("set-1-changes-*.html"))
    expected = sum(len(night.changes or ()) for night in sets[0].nights)
    assert expected > 0
    assert changes.count('<th scope="row">') == expected
    assert "What keeps packages back" in (folder / "set-1.html").read_text("utf-8")


def test_a_record_that_is_gone_costs_its_details_only(ledger, sets, monkeypatch):
    monkeypatch.setattr(ledger, "body", lambda digest: b"{}")
    (first, *_) = read_sets(ledger)
    assert [p.entry for p in first.packages] == [p.entry for p in sets[0].packages]
    assert all(p.bytes is None for p in first.packages)


def test_the_command_writes_it_and_says_where(ledger, place, tmp_path):
    run = Shell(tmp_path).run
    done = run("site", str(place), "-o", str(tmp_path / "out"), "--at", "2026-11-20", "--records", "1")
    assert done.code == 0, done.err
    assert str(tmp_path / "out" / "index.html") in done.out
    assert run("site", str(tmp_path / "none"), "-o", str(tmp_path / "x")).code == 2
    with Ledger(tmp_path / "empty.sqlite3"):
        pass
    assert run("site", str(tmp_path / "empty.sqlite3"), "-o", str(tmp_path / "x")).code == 3
