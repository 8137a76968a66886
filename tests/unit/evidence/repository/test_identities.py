"""Who is one person, who is a bot, and that only what people wrote joins them."""

import itertools

import pytest

from supplytrust.evidence.repository.history import is_web
from supplytrust.evidence.repository.people import Identities, is_bot
from supplytrust.io.git.objects import Person

ANN = Person("Ann Author", "ann@example.org")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ANN, Person("Somebody", "ANN@example.org")),
        (ANN, Person("ann  author", "other@example.net")),
        (Person("x", "12+annie@users.noreply.github.com"), Person("y", "annie@users.noreply.github.com")),
        (Person("annie", "a@example.org"), Person("Z", "3+annie@users.noreply.github.com")),
    ],
)
def test_joined(one, other):
    people = Identities([one, other])
    assert people.of(one) == people.of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ANN, Person("Ann", "ann2@example.org")),
        (Person("Bob", "none"), Person("Eve", "none")),
        (Person("Al B", "a@example.org"), Person("Al B", "b@example.org")),  # too short to be told from others
        (Person("GitHub", "noreply@github.com"), Person("github", "g@example.org")),
    ],
)
def test_kept_apart(one, other):
    people = Identities([one, other])
    assert people.of(one) != people.of(other)


def test_the_order_of_arrival_joins_the_same():
    crowd = [ANN, Person("Ann Author", "b@example.org"), Person("bb", "b@example.org"), Person("Cy D", "c@example.org")]
    for order in itertools.permutations(crowd):
        people = Identities(order)
        groups = {frozenset(people.names(people.of(p))) for p in crowd}
        assert groups == {frozenset(crowd[:3]), frozenset(crowd[3:])}


def test_names_and_strangers():
    people = Identities([ANN, ANN, Person("A. Author", "ann@example.org")])
    assert people.name(people.of(ANN)) == "Ann Author"
    assert people.find(Person("Nobody", "n@example.org")) is None


def test_bots_and_the_web():
    assert is_bot(Person("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"))
    assert is_bot(Person("Release Bot", "ci-bot@example.org"))
    assert not is_bot(Person("Robot Abbot", "abbot@example.org"))
    assert is_web(Person("GitHub", "noreply@github.com"))
