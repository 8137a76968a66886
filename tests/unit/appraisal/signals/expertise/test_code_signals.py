"""The six questions that rules about code answer, each by its own family of rules."""

import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.appraisal.signals.support.code_findings import RuleFindings
from supplytrust.model.claims.code import CodeFinding, CodeFindings, Family
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ASKED = {
    "expertise/crypto_primitives_current": (Family.PRIMITIVES, "weak-digest"),
    "expertise/key_lengths_adequate": (Family.KEYS, "short-key"),
    "expertise/constant_time_compared": (Family.COMPARISON, "variable-time-compare"),
    "expertise/randomness_fit": (Family.RANDOMNESS, "predictable-secret"),
    "expertise/certificates_verified": (Family.CERTIFICATES, "peer-unverified"),
    "expertise/deserialization_guarded": (Family.DESERIALIZATION, "code-in-data"),
}


@pytest.fixture(params=ASKED)
def signal(request):
    return request.param


@pytest.fixture
def use(signal):
    family, rule = ASKED[signal]

    def made(severity="high", reach="library", path="demo/auth.py", rule=rule, family=family):
        return CodeFinding(rule, family, severity, path, 7, reach, "in check")

    return made


@pytest.fixture
def read(signal):
    family, _ = ASKED[signal]

    def made(*findings, modules=20, unread=0, places=4, name=WHEEL, left_out=0):
        counts = ((family, places),) if places else ()
        return CodeFindings(name, modules, unread, 9000, counts, findings, left_out)

    return made


def test_supports_by_grade(signal, use, read):
    for claim, grade in (
        (read(), ""),
        (read(use("info")), ""),
        (read(use("high", "test"), use("high", "example"), use("high", "build")), ""),
        (read(use("low"), use("low", "vendored")), "minor"),
        (read(places=0), "unused"),
        (read(places=-1), "unused"),
        (read(unread=1), ""),
    ):
        finding = ask(signal, claim)
        assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


def test_another_familys_findings_say_nothing(signal, use, read):
    other = next(f for f in Family if f is not ASKED[signal][0])
    assert ask(signal, read(use(family=other))).status is Status.SUPPORTS


def test_opposes_a_grave_use_in_library_code(signal, use, read):
    finding = ask(signal, read(use("low"), use(), use(path="demo/b.py"), unread=20))
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)
    assert finding.because == f"{ASKED[signal][1]} at demo/auth.py:7 and 1 more"
    assert ask(signal, read(use(path="d/" * 200, rule="r\x1b" * 99))).status is Status.OPPOSES


def test_doubt_holds(signal, use, read):
    for doubt in (use("high", "vendored"), use("critical"), use("high", "somewhere")):
        assert ask(signal, read(doubt)).reason is NotObservedReason.INCONCLUSIVE


def test_what_was_not_read_decides_nothing(signal, use, read):
    assert ask(signal, read(unread=2)).reason is NotObservedReason.INCOMPLETE
    assert ask(signal, read(left_out=1)).reason is NotObservedReason.INCOMPLETE
    assert ask(signal, read(modules=0, places=0)).reason is NotObservedReason.NOT_APPLICABLE
    assert ask(signal, read(use(), name=SDIST)).reason is NotObservedReason.INCOMPLETE


def test_files_that_were_not_read_are_not_told_as_read(signal, use, read):
    assert "19 files read" in ask(signal, read(places=0, unread=1)).because


def test_missing_and_contradiction(signal, use, read):
    assert ask(signal, gap(CodeFindings, NotObservedReason.NOT_APPLICABLE)).reason is NotObservedReason.NOT_APPLICABLE
    assert ask(signal).reason is NotObservedReason.NOT_LOOKED
    assert ask(signal, read(), saw(read(use()), source="second")).status is Status.OPPOSES
    assert ask(signal, read(), saw(read(places=0), source="second")).grade == "unused"


def test_counts_read_as_language():
    one, many = (RuleFindings("", "", NotObservedReason.INCOMPLETE, "", n, n) for n in (1, 2))
    assert (one.where, one.read) == ("in 1 place", "1 file read")
    assert (many.where, many.read) == ("in 2 places", "2 files read")
