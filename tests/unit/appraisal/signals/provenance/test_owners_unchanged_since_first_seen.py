import pytest

from simulators.evidence import NOW, WHEEL, ask, days, gap, saw
from supplytrust.model.claims.release import FirstSeenFact, FirstSeenFacts
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import CONTROL_CHANGED
from supplytrust.model.vocabulary import Status

ID = "provenance/owners_unchanged_since_first_seen"


def memory(first="ann,bob", now="bob ann", age=400, known=("owners",)):
    return FirstSeenFacts((FirstSeenFact("owners", first, NOW - days(age), now),), known)


def remembering(*facts):
    return FirstSeenFacts((*facts, *memory().facts), ("owners",))


@pytest.mark.parametrize(("age", "grade"), [(400, ""), (180, ""), (179, "recent"), (0, "recent")])
def test_supports_the_same_owners(age, grade):
    finding = ask(ID, memory(age=age))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


@pytest.mark.parametrize(
    ("first", "now", "word"),
    [
        ("ann", "ann,eve", "new owner eve"),
        ("ann,bob", "ann", "no longer an owner: bob"),
        ("ann", "eve", "new owner eve"),
        ("ann", "e\x1bv" * 50, "new owner"),
    ],
)
def test_a_change_of_hands_holds_and_never_opposes(first, now, word):
    finding = ask(ID, memory(first, now))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert finding.grade == CONTROL_CHANGED
    assert word in finding.because


def test_first_sight():
    assert ask(ID, memory(known=())).reason is NotObservedReason.FIRST_SIGHT
    assert ask(ID, memory("", "eve")).reason is NotObservedReason.FIRST_SIGHT
    assert ask(ID, memory("", "")).reason is NotObservedReason.FIRST_SIGHT
    assert ask(ID, FirstSeenFacts((), ())).reason is NotObservedReason.FIRST_SIGHT
    assert ask(ID, FirstSeenFacts((), ("owners",))).reason is NotObservedReason.FIRST_SIGHT


@pytest.mark.parametrize(("first", "grade"), [("ann,eve", CONTROL_CHANGED), ("bob,ann", ""), ("", "")])
def test_owners_kept_without_a_place_still_tell_of_a_change_of_hands(first, grade):
    old = FirstSeenFact("unplaced:owners", first, NOW - days(400), "")
    now = FirstSeenFact("owners", "ann,bob", NOW, "ann,bob")
    finding = ask(ID, FirstSeenFacts((now, old), ()))
    assert (finding.status, finding.grade) == (Status.NOT_OBSERVED, grade)


def test_no_owners_now_is_incomplete():
    found = ask(ID, memory(now=""))
    assert (found.reason, found.grade) == (NotObservedReason.INCOMPLETE, CONTROL_CHANGED)


def test_a_memory_of_another_package_is_none():
    other = FirstSeenFact("digest:other-1.0.whl", "aa", NOW - days(9), "aa")
    mine = FirstSeenFact(f"digest:{WHEEL}", "aa", NOW - days(9), "aa")
    assert ask(ID, remembering(mine)).status is Status.SUPPORTS
    found = ask(ID, remembering(other))
    assert (found.status, found.grade) == (Status.NOT_OBSERVED, CONTROL_CHANGED)


def test_a_ledger_that_cannot_be_read_does_not_tell_of_the_same_hands():
    found = ask(ID, gap(FirstSeenFacts, NotObservedReason.MALFORMED))
    assert (found.reason, found.grade) == (NotObservedReason.MALFORMED, CONTROL_CHANGED)


def test_age_counts_to_the_look():
    early = saw(memory(age=200), at=NOW - days(100))
    assert ask(ID, early, at=NOW + days(900)).grade == "recent"


def test_missing_and_contradiction():
    assert ask(ID, gap(FirstSeenFacts, NotObservedReason.NOT_LOOKED)).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, memory(), saw(memory("ann", "eve"), source="second")).grade == CONTROL_CHANGED
    no_one_now = saw(memory(now=""), source="second")
    assert ask(ID, no_one_now, memory("ann", "eve")).grade == CONTROL_CHANGED
