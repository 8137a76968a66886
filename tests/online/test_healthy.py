"""Widely used packages of the real index: judging them costs no crash and refuses none of them.

    pytest --force-enable-socket -m online tests/online/test_healthy.py

SUPPLYTRUST_TABLE names a file that keeps one row a package (rows of an earlier run stay until their package
is judged again), SUPPLYTRUST_RANKS a part of the list, such as `1-25`.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

import supplytrust
from supplytrust.errors import SupplytrustError
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Area

pytestmark = pytest.mark.online

NAMES = Path(__file__).with_name("top100.txt")
THREADS = 4
HEAD = ["package", "version", *(area.value for area in Area), "outcome", "first missing fact"]


def ranked() -> list[str]:
    """The names asked for, most downloaded first."""
    names = [line for line in NAMES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    first, _, last = os.environ.get("SUPPLYTRUST_RANKS", "").partition("-")
    return names[int(first or 1) - 1 : int(last or len(names))]


def judged(name: str) -> list[str]:
    """One row: the words of the record, or the error that came instead."""
    try:
        return row(name, supplytrust.assess(name, deps="none", rebuild="auto"))
    except SupplytrustError as error:
        return [name, "", *("" for _ in Area), f"{type(error).__name__}: {error.message}", ""]
    except Exception as error:  # a defect: one more row, and the test fails on it
        return [name, "", *("" for _ in Area), f"crash {type(error).__name__}: {error}", ""]


def row(name: str, record: TrustRecord) -> list[str]:
    areas = [record.areas[area].outcome.name for area in Area]
    return [name, record.trustee.version, *areas, record.outcome.name, lacking(record)]


def lacking(record: TrustRecord) -> str:
    """The first thing that keeps it from ADMIT: a must-have, or the signals that would be enough."""
    if record.vetoes:
        return "; ".join(f"{fact.veto.value}: {fact.because}" for fact in record.vetoes)
    for missing in record.would_change:
        asked = [*missing.must_haves, *(e.signal for e in missing.evidence), *missing.blockers]
        if asked:
            return ", ".join(asked[:3])
    return ""


def test_none_crashes_and_none_is_refused() -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        rows = list(pool.map(judged, ranked()))
    if os.environ.get("SUPPLYTRUST_TABLE"):
        keep(Path(os.environ["SUPPLYTRUST_TABLE"]), rows)
    outcomes = {found[0]: found[-2] for found in rows}
    assert outcomes
    assert {name: what for name, what in outcomes.items() if what not in {"ADMIT", "REFER"}} == {}
    assert [found[0] for found in rows if found[-2] == "REFER" and not found[-1]] == [], "held, and no fact is named"


PAGE = """# Widely used packages, judged

The {count} most downloaded packages (`tests/online/top100.txt`) under the policy `baseline`: each by itself, built
again where that can be done here, without its repository and without a ledger. What keeps a package from ADMIT is
named in the last column. `nox -s online -- healthy` makes this page again.

{day}: {total}. Areas that end at ADMIT: {areas}.

{table}
"""


def keep(path: Path, rows: list[list[str]]) -> None:
    """Put the rows into the table of the page, in the order of the list."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    known = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    table = {cells[0]: cells for cells in known if len(cells) == len(HEAD)} | {found[0]: found for found in rows}
    kept = [table[name] for name in NAMES.read_text("utf-8").splitlines() if name in table]
    total = ", ".join(f"{count} {what}" for what, count in sorted(Counter(cells[-2] for cells in kept).items()))
    areas = ", ".join(f"{area} {sum(c[n] == 'ADMIT' for c in kept)}" for n, area in enumerate(Area, start=2))
    told = "\n".join(shown(cells) for cells in [HEAD, ["-"] * len(HEAD), *kept])
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    path.write_text(PAGE.format(count=len(kept), day=day, total=total, areas=areas, table=told), "utf-8")


def shown(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") or "-" for cell in cells) + " |"
