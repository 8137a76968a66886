import posixpath

from hypothesis import given
from hypothesis import strategies as st

from supplytrust.io.archives.collector import collisions, escape, leads_out

pieces = st.lists(st.sampled_from(["a", "b", "..", ".", "", "c:"]), min_size=1, max_size=5).map("/".join)


@given(pieces)
def test_a_path_that_is_let_through_stays_below_any_root(path):
    if not escape(path):
        assert posixpath.normpath(posixpath.join("/root", path)).startswith("/root")


@given(pieces, pieces)
def test_a_link_that_is_let_through_lands_below_any_root(path, target):
    if not leads_out(path, target):
        landed = posixpath.normpath(posixpath.join("/root", posixpath.dirname(path), target))
        assert landed.startswith("/root")


def test_names_that_fall_together_are_paired():
    assert list(collisions(["a", "b"])) == []
    assert list(collisions(["a", "A", "a"])) == ["case-collision: a and A", "duplicate-member: a"]
