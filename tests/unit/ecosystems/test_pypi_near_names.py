import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from supplytrust.ecosystems import near_names
from supplytrust.ecosystems.pypi.ecosystem import ECOSYSTEM


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("requets", "requests"),
        ("requestss", "requests"),
        ("reqeusts", "requests"),
        ("requesta", "requests"),
        ("python-requests", "requests"),
        ("requests2", "requests"),
        ("requests-py", "requests"),
        ("co1orama", "colorama"),
        ("nurnpy", "numpy"),
        ("type-ing-extensions", "typing-extensions"),
        ("python-dateutils", "python-dateutil"),
    ],
)
def test_confusable_names_are_told(name, other):
    assert other in ECOSYSTEM.name_neighbours(name).neighbours
    assert not ECOSYSTEM.name_neighbours(name).popular


@pytest.mark.parametrize(
    "name", ["supplytrust", "httpie", "attr", "sax", "flask-login", "requests-cache", "my-numpy-thing"]
)
def test_other_names_are_not(name):
    assert ECOSYSTEM.name_neighbours(name).neighbours == ()


def test_the_list_is_normalized_and_counted():
    names = near_names.popular_names("supplytrust.ecosystems.pypi", str.strip)
    assert all(canonicalize_name(n) == n for n in names)
    assert ECOSYSTEM.name_neighbours("requests").popular
    assert ECOSYSTEM.name_neighbours("x").compared_with == len(names) >= 200


words = st.text("abcdef", min_size=1, max_size=8)


@given(words, st.data())
def test_one_edit_is_exactly_one_edit(word, data):
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    assert near_names.one_edit(word, word[:at] + letter + word[at:])
    assert near_names.one_edit(word[:at] + letter + word[at:], word)
    assert near_names.one_edit(word, word[:at] + letter + word[at + 1 :])
    assert not near_names.one_edit(word, word)
    assert not near_names.one_edit(word, word + "xx")


@given(words, words)
def test_one_edit_has_no_direction(a, b):
    assert near_names.one_edit(a, b) == near_names.one_edit(b, a)
