import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import CryptoUse, CryptoUses
from supplytrust.model.evidence import GapReason
from supplytrust.model.words import Status

ID = "expertise/crypto_primitives_current"


def use(severity="high", reach="library", path="demo/auth.py", rule="weak-digest"):
    return CryptoUse(rule, severity, path, 7, reach, "md5(password)")


def read(*uses, modules=20, unread=0, crypto=True, name=WHEEL):
    return CryptoUses(name, modules, unread, crypto, uses)


@pytest.mark.parametrize(
    ("claim", "grade"),
    [
        (read(), ""),
        (read(use("info")), ""),
        (read(use("high", "test"), use("high", "example")), ""),
        (read(use("low"), use("low", "vendored")), "minor"),
        (read(crypto=False), "unused"),
        (read(unread=1), ""),
    ],
)
def test_supports_by_grade(claim, grade):
    finding = ask(ID, claim)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


def test_opposes_a_grave_use_in_library_code():
    finding = ask(ID, read(use("low"), use(), use(path="demo/b.py"), unread=20))
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)
    assert finding.because == "weak-digest at demo/auth.py:7 and 1 more"
    assert ask(ID, read(use(path="d/" * 200, rule="r\x1b" * 99))).status is Status.OPPOSES


@pytest.mark.parametrize("doubt", [use("high", "vendored"), use("critical"), use("high", "somewhere")])
def test_doubt_holds(doubt):
    assert ask(ID, read(doubt)).reason is GapReason.INCONCLUSIVE


def test_what_was_not_read_decides_nothing():
    assert ask(ID, read(unread=2)).reason is GapReason.INCOMPLETE
    assert ask(ID, read(modules=0, crypto=False)).reason is GapReason.NOT_APPLICABLE
    assert ask(ID, read(use(), name=SDIST)).reason is GapReason.INCOMPLETE


def test_missing_and_contradiction():
    assert ask(ID, gap(CryptoUses, GapReason.NOT_APPLICABLE)).reason is GapReason.NOT_APPLICABLE
    assert ask(ID).reason is GapReason.NOT_LOOKED
    assert ask(ID, read(), saw(read(use()), source="second")).status is Status.OPPOSES
    assert ask(ID, read(), saw(read(crypto=False), source="second")).grade == "unused"
