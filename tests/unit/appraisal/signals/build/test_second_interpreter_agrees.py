from simulators.evidence import WHEEL, ask, gap
from supplytrust.model.claims.rebuild import RebuildLevel, SecondInterpreter
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/second_interpreter_agrees"


def both(first, second):
    levels = RebuildLevel(first), RebuildLevel(second)
    return SecondInterpreter(WHEEL, "cpython 3.12.1", "cpython 3.13.0", *levels, same_file=first == second)


def test_supports():
    assert ask(ID, both("bit-for-bit", "bit-for-bit")).status is Status.SUPPORTS
    assert ask(ID, both("container-only", "normalized")).status is Status.SUPPORTS


def test_a_lesser_second_result_decides_nothing():
    for level in ("code-differs", "not-rebuilt"):
        finding = ask(ID, both("bit-for-bit", level))
        assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_not_asked_for():
    assert ask(ID, gap(SecondInterpreter, NotObservedReason.NOT_LOOKED)).reason is NotObservedReason.NOT_LOOKED
