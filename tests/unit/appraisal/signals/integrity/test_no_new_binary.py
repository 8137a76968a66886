from dataclasses import replace

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import ChangeSincePredecessor
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/no_new_binary"


def change(*native, had=False, name=WHEEL):
    return ChangeSincePredecessor("1.2.2", name, "demo-1.2.2-py3-none-any.whl", (), native, had, 10, 10)


def test_supports_when_no_binary_is_new():
    assert ask(ID, change()).grade == "none"
    finding = ask(ID, change(had=True))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


def test_new_binaries_hold_and_never_oppose():
    first = ask(ID, change("demo/miner", "demo/b.so"))
    assert (first.status, first.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert "the first ones" in first.because
    assert ask(ID, change("demo/" + "é\x07" * 90, had=True)).reason is NotObservedReason.INCONCLUSIVE


def test_missing_other_file_and_contradiction():
    assert (
        ask(ID, gap(ChangeSincePredecessor, NotObservedReason.NO_PREDECESSOR)).reason
        is NotObservedReason.NO_PREDECESSOR
    )
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, change(name=SDIST)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, change(), saw(change("x.so"), source="second")).status is Status.NOT_OBSERVED
    assert ask(ID, change(), saw(change(had=True), source="second")).grade == ""


def test_a_predecessor_of_unknown_day_is_no_base():
    known = replace(change(had=True), dated=False)
    assert ask(ID, known).reason is NotObservedReason.INCOMPLETE
