"""Widely used packages of the real index: judging them costs no crash and refuses none of them.

    pytest --force-enable-socket -m online tests/online/test_healthy.py

SUPPLYTRUST_TABLE names a file that keeps one row a package (rows of an earlier run stay until their package
is judged again), SUPPLYTRUST_RANKS a part of the list, such as `1-25`.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import supplytrust
from supplytrust.errors import SupplytrustError
from supplytrust.model.record import TrustRecord
from supplytrust.model.words import Area

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
    return [name, record.subject.version, *areas, record.outcome.name, lacking(record)]


def lacking(record: TrustRecord) -> str:
    """The first thing that keeps it from ADMIT: a must-have, or the signals that would be enough."""
    if record.vetoes:
        return "; ".join(f"{veto.value}: {why}" for veto, why in record.vetoes)
    for missing in record.would_change:
        asked = [*missing.must_haves, *(signal for signal, _ in missing.evidence), *missing.blockers]
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


def keep(path: Path, rows: list[list[str]]) -> None:
    """Put the rows into the table, in the order of the list."""
    known = [line.strip("| ").split(" | ") for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    table = {cells[0]: cells for cells in known if len(cells) == len(HEAD)} | {found[0]: found for found in rows}
    names = [line for line in NAMES.read_text("utf-8").splitlines() if line in table]
    lines = [shown(HEAD), shown(["-"] * len(HEAD)), *(shown(table[name]) for name in names)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def shown(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") or "-" for cell in cells) + " |"
