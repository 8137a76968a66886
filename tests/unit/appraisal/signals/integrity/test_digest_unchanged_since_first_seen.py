import pytest

from simulators.evidence import NOW, SDIST, WHEEL, ask, days, gap, saw, subject
from supplytrust.model.claims.release import FirstSeenFact, FirstSeenFacts
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status, Veto

ID = "integrity/digest_unchanged_since_first_seen"
BEFORE = NOW - days(400)


def memory(*facts, known=None):
    """Facts as (file name, first, now); all known from an earlier look unless told."""
    told = tuple(FirstSeenFact(f"digest:{name}", first, BEFORE, now) for name, first, now in facts)
    return FirstSeenFacts(told, tuple(f.fact for f in told) if known is None else known)


def test_supports_the_same_digest():
    finding = ask(ID, memory((WHEEL, "aa", "AA"), (SDIST, "bb", "bb")))
    assert finding.status is Status.SUPPORTS
    assert f"{BEFORE:%Y-%m-%d}" in finding.because


def test_a_replaced_file_is_a_veto():
    finding = ask(ID, memory((WHEEL, "aa", "bb")))
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.TAMPERED)


def test_a_replaced_sibling_holds():
    assert ask(ID, memory((WHEEL, "aa", "aa"), (SDIST, "aa", "bb"))).reason is NotObservedReason.INCONCLUSIVE


def test_a_file_of_another_release_says_nothing():
    facts = memory((WHEEL, "aa", "aa"), ("demo-1.2.2.tar.gz", "aa", "bb"))
    assert ask(ID, facts).status is Status.SUPPORTS


def test_first_sight():
    assert ask(ID, memory((WHEEL, "aa", "aa"), known=())).reason is NotObservedReason.FIRST_SIGHT
    assert ask(ID, memory((SDIST, "aa", "aa"))).reason is NotObservedReason.FIRST_SIGHT
    assert ask(ID, memory()).reason is NotObservedReason.FIRST_SIGHT
    assert ask(ID, memory(known=(f"digest:{WHEEL}",))).reason is NotObservedReason.FIRST_SIGHT


@pytest.mark.parametrize(("first", "word"), [("cc", "another one somewhere"), ("AA", "the same somewhere")])
def test_a_fact_kept_without_a_place_is_told_and_refuses_nothing(first, word):
    old = FirstSeenFact(f"unplaced:digest:{WHEEL}", first, BEFORE, "")
    finding = ask(ID, FirstSeenFacts((*memory((WHEEL, "aa", "aa")).facts, old), ()))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.FIRST_SIGHT)
    assert word in finding.because


def test_no_digest_now_is_incomplete():
    assert ask(ID, memory((WHEEL, "aa", ""))).reason is NotObservedReason.INCOMPLETE


def test_missing_and_no_judged_file():
    assert ask(ID, gap(FirstSeenFacts, NotObservedReason.NOT_LOOKED)).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, memory((WHEEL, "aa", "bb")), about=subject("")).status is Status.NOT_OBSERVED


def test_the_worse_of_two_ledgers_counts():
    finding = ask(ID, memory((WHEEL, "aa", "aa")), saw(memory((WHEEL, "bb", "aa")), source="second"))
    assert finding.veto is Veto.TAMPERED
