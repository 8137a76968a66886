"""The page that states the rules of the algebra shows how it is called; what it shows runs."""

from __future__ import annotations

import doctest

from supplytrust.appraisal import algebra


def test_the_page_runs() -> None:
    failed, tried = doctest.testmod(algebra)
    assert tried > 5
    assert failed == 0
