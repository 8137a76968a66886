"""Every grade a signal names in its answers is weighed on purpose: by a row of its own or by the plain row."""

from __future__ import annotations

import ast
from pathlib import Path

from simulators.offenders import offenders
from supplytrust.appraisal import signals
from supplytrust.appraisal.policies import tables
from supplytrust.appraisal.signals.support import code_findings
from supplytrust.appraisal.signals.support.select import ENDORSED

TABLE = tables.shipped_weights()


def grades(signal) -> set[str]:
    """Grades that are written out as text in the calls of the card."""
    tree = ast.parse(Path(signal.__file__).read_text("utf-8"))
    given = [k.value for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords if k.arg == "grade"]
    shared = (
        set(code_findings.GRADES) if hasattr(signal, "of_code") else set()
    )  # these answer through `appraisal.signals.support.code_findings`
    return shared | {
        n.value for g in given for n in ast.walk(g) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


def test_every_signal_has_a_plain_row():
    assert [s.META.id for s in signals.catalogue() if TABLE.row(s.META.id) is None] == []


def test_no_row_is_for_a_grade_that_is_never_given():
    assert offenders(check_rows, signals.catalogue(), lambda signal: signal.META.id) == []


def check_rows(signal):
    rows = {grade for (name, grade) in TABLE.rows if name == signal.META.id and grade}
    given = grades(signal)
    if given:
        assert rows - {ENDORSED} <= given  # an endorsement may answer any open question
