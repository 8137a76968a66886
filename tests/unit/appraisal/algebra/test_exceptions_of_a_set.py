"""Exceptions are counted, end in sight, and never carry a set in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from supplytrust.appraisal.algebra.package_verdict import SHARE, standing
from supplytrust.model.policy import Exemption
from supplytrust.model.vocabulary import Area

AT = datetime(2026, 11, 20, tzinfo=UTC)


def exemption(name: str, days: int = 30) -> Exemption:
    return Exemption(f"pkg:pypi/{name}@1", (Area.PROVENANCE,), "looked at by hand", "ops", AT + timedelta(days=days))


def purls(count: int) -> set[str]:
    return {f"pkg:pypi/p{n}@1" for n in range(count)}


def test_used_ended_and_unused_are_told_apart():
    used, ended, gone, idle = exemption("p0"), exemption("p1", -1), exemption("other", -1), exemption("p2", 9)
    found = standing([used, ended, gone, idle], {"pkg:pypi/p0@1": [used]}, purls(3), AT)
    assert (found.used, found.ended, found.packages) == ((used,), (ended,), 1)
    assert set(found.unused) == {gone, idle}
    assert [reason.code for reason in found.failures] == ["exception-ended"]
    assert "2026-11-19" in found.failures[0].text


def test_an_exception_ends_at_its_very_moment():
    (one,) = standing([exemption("p0", 0)], {}, purls(1), AT).failures
    assert one.code == "exception-ended"


@pytest.mark.parametrize(("count", "excepted", "fails"), [(1, 1, False), (10, 1, False), (10, 2, True), (39, 2, True), (40, 2, False), (100, 5, False), (100, 6, True)])  # fmt: skip
def test_more_than_one_and_more_than_the_share_is_a_failure(count, excepted, fails):
    given = [exemption(f"p{n}") for n in range(excepted)]
    found = standing(given, {one.subject: [one] for one in given}, purls(count), AT)
    assert [reason.code for reason in found.failures] == ["too-many-exceptions"] * fails
    assert found.packages == excepted
    assert fails == (excepted > max(1, int(SHARE * count)))


def test_the_one_that_ends_first_comes_first():
    late, soon = exemption("p0", 90), exemption("p1", 3)
    assert standing([late, soon], {one.subject: [one] for one in (late, soon)}, purls(60), AT).used == (soon, late)
