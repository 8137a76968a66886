import pytest

from simulators.evidence import NOW, SDIST, WHEEL, ask, days, files, gap, listed_file, saw, subject
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status, Veto

ID = "responsiveness/not_yanked"


def test_supports_a_release_that_stands():
    assert ask(ID, files()).status is Status.SUPPORTS
    assert ask(ID, files(), about=subject("")).status is Status.SUPPORTS
    assert ask(ID, files(listed_file(WHEEL), listed_file(SDIST, yanked=True))).status is Status.SUPPORTS


@pytest.mark.parametrize(
    "claim",
    [
        files(yanked=True),
        files(yanked=True, yanked_reason="broken \x1b[1m" + "metadata " * 30),
        files(listed_file(WHEEL, yanked=True), listed_file(SDIST)),
        ReleaseFiles("1.2.3", (), yanked=True),
    ],
    ids=["release", "with a long reason", "judged file", "release without files"],
)
def test_a_yank_is_a_veto(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.YANKED)


def test_a_file_that_is_gone_is_not_found():
    assert ask(ID, files(listed_file(SDIST))).reason is NotObservedReason.NOT_FOUND


def test_an_empty_or_foreign_list_is_incomplete():
    assert ask(ID, ReleaseFiles("1.2.3", (), yanked=False)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, files(version="1.2.2", yanked=True)).reason is NotObservedReason.INCOMPLETE


def test_missing_and_contradiction():
    assert ask(ID, gap(ReleaseFiles, NotObservedReason.UNREACHABLE)).reason is NotObservedReason.UNREACHABLE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, files(), saw(files(yanked=True), source="mirror")).veto is Veto.YANKED
    assert ask(ID, saw(files(yanked=True), at=NOW - days(2)), files()).status is Status.SUPPORTS
