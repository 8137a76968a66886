import pytest

from simulators.evidence import NOW, ask, days, gap, history, saw
from supplytrust.model.claims.release import NameNeighbours, ReleaseHistory
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/name_not_confusable"


def names(*near, popular=False, count=5000):
    return NameNeighbours(popular, near, count)


def test_supports_a_name_of_its_own():
    finding = ask(ID, names(), history(("0.1", 1)))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


def test_a_popular_name_is_the_one_others_imitate():
    assert ask(ID, names("demos", popular=True), history(("0.1", 1))).grade == "popular"


@pytest.mark.parametrize("age", [0, 1, 89])
def test_opposes_a_young_name_near_a_popular_one(age):
    finding = ask(ID, names("demos", "dem0"), history(("0.1", age)))
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)
    assert len(finding.evidence) == 2


@pytest.mark.parametrize(
    "releases",
    [history(("0.1", 90)), history(("0.1", 9000), ("0.2", 1)), history(("0.1", None), ("0.2", 1)), history()],
)
def test_an_older_name_or_one_of_unknown_age_holds(releases):
    assert ask(ID, names("demos"), releases).reason is NotObservedReason.INCONCLUSIVE


def test_age_counts_to_the_look_not_to_the_clock():
    looked = NOW - days(300)
    young = saw(history(("0.1", 310)), at=looked)
    assert ask(ID, saw(names("demos"), at=looked), young, at=NOW).status is Status.OPPOSES


def test_without_a_history_it_holds():
    assert ask(ID, names("demos")).reason is NotObservedReason.INCONCLUSIVE
    assert (
        ask(ID, names("demos"), gap(ReleaseHistory, NotObservedReason.OFFLINE)).reason is NotObservedReason.INCONCLUSIVE
    )


def test_an_empty_list_of_names_is_incomplete():
    assert ask(ID, names(count=0)).reason is NotObservedReason.INCOMPLETE


def test_missing_and_contradiction():
    assert ask(ID, gap(NameNeighbours, NotObservedReason.NOT_LOOKED)).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, names(), saw(names("demos"), source="second")).status is Status.NOT_OBSERVED


def test_a_young_name_near_one_of_its_own_graph_holds_and_an_older_one_does_not():
    beside = NameNeighbours(popular=False, neighbours=(), compared_with=5000, beside=("demos",))
    young, older = history(("0.1", 3)), history(("0.1", 900))
    assert ask(ID, beside, young).reason is NotObservedReason.INCONCLUSIVE
    assert "demos" in ask(ID, beside, young).because
    assert ask(ID, beside, older).status is Status.SUPPORTS
