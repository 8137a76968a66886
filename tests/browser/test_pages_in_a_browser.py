"""Pages in Chromium, as people have them: light, dark, narrow and on paper; axe-core finds nothing, nothing is fetched.

`nox -s pages` runs these; the pictures stay in the folder that SUPPLYTRUST_PICTURES names.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import supplytrust
from simulators import wasm
from simulators.nights import audited_ledger
from simulators.records import DAY, record
from supplytrust.audits.nights import read_sets
from supplytrust.ledger import Ledger
from supplytrust.model.policy import Exemption
from supplytrust.model.record import AreaVerdicts, DependencyVerdict, Reason, SinglePoint, TrustRecord, VetoFact
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Veto
from supplytrust.records import evidence_file
from supplytrust.reports import inspection
from supplytrust.reports.pages.site import write_site
from supplytrust.reports.pages.vetting_page import render_board_document
from supplytrust.wasm.inspection import inspect

ROOT = Path(__file__).parents[2]
CARDS = ROOT / "scorecards"
AXE = os.environ.get("SUPPLYTRUST_AXE", "")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
APPEARANCES = ("light", "dark", "narrow", "print")
HOSTILE = "<script>document.title='taken'</script>\u202egpj.exe\"'><img src=x onerror=\"document.title='taken'\">"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not AXE or not CHROMIUM, reason="this machine has no Chromium, or axe-core was not fetched"),
]


def hostile(text: str) -> TrustRecord:
    """A record whose every text is this one."""
    plain = supplytrust.load(CARDS / "requests" / "record.json")
    areas = {
        area: dataclasses.replace(v, findings=tuple(dataclasses.replace(w, because=text) for w in v.findings))
        for area, v in plain.areas.items()
    }
    return dataclasses.replace(
        plain,
        outcome=Outcome.REFUSE,
        trustee=dataclasses.replace(plain.trustee, name=text, version=text, source_repository=text),
        areas=AreaVerdicts(areas),
        reasons=(Reason("other", text, ()),),
        vetoes=(VetoFact(Veto.TAMPERED, text),),
        exceptions=(Exemption("pkg:generic/x@1", (Area.BUILD,), text, text, plain.assessed_at + timedelta(days=9)),),
        dependencies=(DependencyVerdict(f"pkg:generic/{text}@1", "", EdgeKind.LINK, text, text, Outcome.REFER),),
    )


def with_graph(number: int) -> TrustRecord:
    """A record with so many dependencies in layers, some of them refused."""
    edges = tuple(
        DependencyVerdict(
            f"pkg:generic/part-{n}@1.{n}",
            "",
            EdgeKind.BUILD if n % 5 == 0 else EdgeKind.LINK,
            "declared",
            "" if n < 9 else f"pkg:generic/part-{n // 4}@1.{n // 4}",
            Outcome(2 if n == number - 1 else n % 7 == 0),
        )
        for n in range(1, number)
    )
    base = supplytrust.load(CARDS / "rich" / "record.json")
    points = tuple(SinglePoint("account", f"person {n}", 1 / n, ("a",) * 3) for n in range(1, 14))
    footprint = dataclasses.replace(base.footprint, packages=number, single_points=points)
    return dataclasses.replace(base, dependencies=edges, footprint=footprint)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    cards = {name: supplytrust.load(CARDS / name / "record.json") for name in ("requests", "cryptography")}
    collected = (CARDS / "requests" / "evidence.json").read_bytes()
    workload = wasm.component(["wasi:cli/stdout@0.2.0", "wasi:sockets/tcp@0.2.0", "elsewhere"], [wasm.module()])
    documents = {
        "record": supplytrust.render(cards["requests"], "html", evidence=evidence_file.from_bytes(collected)),
        "workload": inspection.to_html(HOSTILE, inspect(workload), None, 12),
        "native": supplytrust.render(cards["cryptography"], "html"),
        "admitted": supplytrust.render(record(), "html"),
        "graph-300": supplytrust.render(with_graph(300), "html"),
        "graph-2000": supplytrust.render(with_graph(2000), "html"),
        "hostile": supplytrust.render(hostile(HOSTILE), "html"),
        "long": supplytrust.render(hostile("x" * 10_000), "html"),
        "board": render_board_document(cards["requests"]),
    }
    found = {}
    for name, document in documents.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(document, "utf-8")
    with Ledger(folder / "ledger.sqlite3") as ledger:
        audited_ledger(ledger, packages=300, nights=3)
        write_site(list(read_sets(ledger)), folder / "site", DAY, records=2, body=ledger.body)
    for name in ("index", "set-1", "set-1-packages-1", "exceptions", "single-points"):
        found[f"site-{name}"] = folder / "site" / f"{name}.html"
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


NAMES = (
    *("record", "workload", "native", "admitted", "graph-300", "graph-2000", "hostile", "long", "board"),
    *("site-index", "site-set-1", "site-set-1-packages-1", "site-exceptions", "site-single-points"),
)


@pytest.mark.parametrize("appearance", APPEARANCES)
@pytest.mark.parametrize("name", NAMES)
def test_page_looks_right_and_loads_nothing(browser, pages, name, appearance):
    with_axe = browser.new_context(
        viewport={"width": 390 if appearance == "narrow" else 1100, "height": 900},
        color_scheme="dark" if appearance == "dark" else "light",
        bypass_csp=True,  # axe itself is a script that the page's policy does not admit
    )
    page = with_axe.new_page()
    requests, faults = [], []
    page.on("request", lambda r: requests.append(r.url))
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto(pages[name].as_uri())
    if appearance == "print":
        page.emulate_media(media="print")
    pictures = os.environ.get("SUPPLYTRUST_PICTURES")
    if pictures:
        whole = page.evaluate("document.documentElement.scrollHeight") < 12_000  # a browser paints no more at once
        page.screenshot(path=f"{pictures}/{name}-{appearance}.png", full_page=whole)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert requests == [pages[name].as_uri()]
    assert faults == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (390 if appearance == "narrow" else 1100)
    with_axe.close()


@pytest.mark.parametrize("name", NAMES)
def test_page_keeps_its_own_policy_and_shows_hostile_text_only(browser, pages, name):
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(pages[name].as_uri())
    assert "taken" not in page.title() or "<script>" in page.title()
    assert page.evaluate("document.querySelectorAll('img, iframe, object, embed, form').length") == 0
    assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"  # its style is admitted
    assert said == []
    context.close()


def test_search_and_keyboard(browser, pages):
    context = browser.new_context()
    page = context.new_page()
    page.goto(pages["record"].as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.fill("#filter input", "rebuilds identically")
    assert page.locator("details.findings[open]").count() >= 1
    page.goto(pages["site-index"].as_uri())
    page.fill("#search input", "pack")
    page.wait_for_selector("#search li a")
    page.click("#search li a")
    page.wait_for_selector("h1")
    assert "Packages" in page.title()
    context.close()


def test_without_script_everything_is_there(browser, pages):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["record"].as_uri())
    assert page.locator(".questions li").count() > 70
    page.goto(pages["site-index"].as_uri())
    assert page.locator("table a").count() >= 1
    context.close()


def test_board_document_has_two_pages(browser, pages, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    context = browser.new_context()
    page = context.new_page()
    page.goto(pages["board"].as_uri())
    page.pdf(path=tmp_path / "board.pdf", prefer_css_page_size=True)
    assert len(pypdf.PdfReader(tmp_path / "board.pdf").pages) == 2
    context.close()


def test_opening_takes_less_than_a_second(browser, pages):
    context = browser.new_context()
    page = context.new_page()
    page.goto(pages["record"].as_uri())
    begun = time.monotonic()
    page.goto(pages["site-set-1-packages-1"].as_uri())
    assert time.monotonic() - begun < 1
    context.close()
