import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from simulators.evidence import NOW
from supplytrust.collection.sources import names as source
from supplytrust.ecosystems import near_names
from supplytrust.ecosystems.pypi.ecosystem import ECOSYSTEM
from supplytrust.model.claims.release import NameNeighbours
from supplytrust.model.evidence import Evidence, Observation, SubjectEvidence
from supplytrust.model.subject import Subject


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


@given(st.sets(st.text("ab10l-", min_size=1, max_size=7).map(lambda t: t.strip("-") or "a"), max_size=8))
def test_pairs_of_a_graph_are_those_that_comparing_all_gives(names):
    every = {a: tuple(sorted(b for b in names if b != a and near_names.confusable(a, b, ()))) for a in names}
    assert near_names.near_pairs(names) == {name: near for name, near in every.items() if near}


def test_near_names_of_a_graph_stand_in_the_evidence_about_each():
    near = source.near_in_graph(
        [("pypi", "requests"), ("pypi", "reqeusts"), ("npm", "request"), ("generic", "requestss")]
    )
    assert near == {("pypi", "requests"): ("reqeusts",), ("pypi", "reqeusts"): ("requests",)}
    claim = NameNeighbours(popular=False, neighbours=(), compared_with=5)
    subject = Subject("pkg:pypi/reqeusts@1", "pypi", "reqeusts", "1")
    node = SubjectEvidence(subject, (Observation("n", "names", NOW, "made for a test", "", claim),))
    told = source.note_near_root(Evidence(subject.purl, NOW, (node,), ()), near["pypi", "reqeusts"])
    assert told.nodes[0].newest(NameNeighbours).claim.beside == ("requests",)
    assert source.note_near_root(Evidence(subject.purl, NOW, (node,), ()), ()).nodes == (node,)
