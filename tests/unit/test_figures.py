"""The arithmetic of the evaluation, against worked values and its own symmetries."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "tools" / "bench" / "figures.py"
SPEC = importlib.util.spec_from_file_location("figures", FILE)
assert SPEC is not None
assert SPEC.loader is not None
figures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(figures)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((180, 200, 20, 200), 4.83), ((45, 50, 0, 50), 4.76), ((900, 1000, 5, 1000), 70.1), ((10, 50, 40, 50), 0.0)],
)
def test_weights_of_the_trust_model(counts, expected):
    assert figures.weight(*counts) == pytest.approx(expected, rel=0.005)


def test_more_cases_of_the_same_shares_are_worth_more():
    assert figures.weight(90, 100, 10, 100) < figures.weight(900, 1000, 100, 1000)


def test_ranks():
    assert figures.auc([(0.9, True), (0.1, False)]) == 1.0
    assert figures.auc([(0.5, True), (0.5, False)]) == 0.5
    assert figures.auc([(0.1, True), (0.9, False), (0.95, True)]) == 0.5
    assert math.isnan(figures.auc([(0.5, True)]))


def test_distance_from_the_truth():
    assert figures.brier([(1.0, True), (0.0, False), (0.0, False)]) == 0.0
    assert figures.brier([(0.5, True), (0.5, False)]) == 0.25
    assert figures.calibration_error([(0.5, True), (0.5, False)]) == 0.0
    assert figures.calibration_error([(0.95, True), (0.95, False)]) == pytest.approx(0.45)


def test_bounds():
    assert figures.upper(0, 30) == pytest.approx(0.1157, abs=5e-4)
    assert figures.upper(30, 30) == 1.0
    assert figures.upper(0, 0) == 1.0
