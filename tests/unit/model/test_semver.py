"""Versions and requirements: order and examples of the two specifications, and what is no requirement at all."""

from itertools import pairwise

import pytest

from supplytrust.model import versions

ORDER = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 2.0.0 2.1.0 2.1.1"


def test_precedence_as_in_the_specification():
    keys = [versions.parse_semantic(v).key for v in ORDER.split()]
    assert all(one < other for one, other in pairwise(keys))
    assert versions.parse_semantic("1.0.0+a").key == versions.parse_semantic("1.0.0+b").key


@pytest.mark.parametrize(
    ("requirement", "inside", "outside"),
    [
        ("1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"),
        ("^1.2", "1.2.0 1.99.9", "1.1.9 2.0.0"),
        ("0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.2 0.0.4"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("0", "0.0.1 0.99.0", "1.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        ("*", "0.0.1 9.9.9 1.0.0-rc.1", ""),
        ("1.*", "1.0.0 1.9.9", "2.0.0 0.9.0"),
        ("1.2.*", "1.2.9", "1.3.0"),
        ("=1.2.3", "1.2.3 1.2.3+build", "1.2.4 1.2.3-rc.1"),
        ("=1.2", "1.2.0 1.2.7", "1.3.0"),
        (">=1.2, <1.5", "1.2.0 1.4.9 1.3.0-rc.1", "1.5.0 1.5.0-rc.1 1.1.0"),
        (">1.2", "1.3.0", "1.2.9"),
        (">1.2.3", "1.2.4", "1.2.3"),
        ("<=1.2", "1.2.9 0.1.0", "1.3.0"),
        ("<=1.2.3", "1.2.3", "1.2.4"),
        ("<1.0.0-rc.2", "1.0.0-rc.1", "1.0.0"),
    ],
)
def test_requirements(requirement, inside, outside):
    assert [v for v in inside.split() if not versions.matches(requirement, v)] == []
    assert [v for v in outside.split() if versions.matches(requirement, v)] == []


@pytest.mark.parametrize("text", ["", "one", "1.2.3.4", ">>1", "1.2.3.*", ">1.*", "1,,2", "^", "=>1", "1 - 2", "١.0.0"])
def test_no_requirement(text):
    with pytest.raises(ValueError, match="not a"):
        versions.matches(text, "1.0.0")


@pytest.mark.parametrize("text", ["", "1.x", "a", "1.2.3.4", "-1", "1.0.0-", "9" * 30])
def test_no_version(text):
    with pytest.raises(ValueError, match="not a version"):
        versions.parse_semantic(text)
    assert not versions.is_whole(text)


def test_whole_versions():
    assert versions.is_whole("1.2.3-rc.1+b")
    assert not versions.is_whole("1.2")
