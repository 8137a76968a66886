import pytest

from simulators.evidence import NOW, SDIST, WHEEL, ask, days, files, gap, listed_file, saw, subject
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "build/sdist_published"


def test_supports_when_an_sdist_with_a_digest_is_listed():
    finding = ask(ID, files())
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert SDIST in finding.because


def test_supports_less_without_a_digest():
    finding = ask(ID, files(listed_file(WHEEL), listed_file(SDIST, sha256="")))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "unpinned")


@pytest.mark.parametrize(
    "claim",
    [
        files(listed_file(WHEEL)),
        ReleaseFiles("1.2.3", (), yanked=False),
        files(listed_file(WHEEL), listed_file(SDIST, yanked=True)),
    ],
    ids=["wheel only", "no files", "yanked sdist"],
)
def test_a_missing_sdist_holds(claim):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.NOT_PUBLISHED)


def test_another_version_says_nothing():
    assert ask(ID, files(version="1.2.4")).reason is NotObservedReason.INCOMPLETE


def test_spellings_of_a_version_are_one():
    assert ask(ID, files(version="1.2.0"), about=subject(version="1.2")).status is Status.SUPPORTS


@pytest.mark.parametrize(
    "reason", [NotObservedReason.OFFLINE, NotObservedReason.UNREACHABLE, NotObservedReason.MALFORMED]
)
def test_missing_passes_the_reason_on(reason):
    assert ask(ID, gap(ReleaseFiles, reason)).reason is reason
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED


def test_the_newest_look_of_a_source_counts_and_the_worse_of_two_sources():
    old = saw(files(listed_file(WHEEL)), at=NOW - days(9))
    assert ask(ID, old, files()).status is Status.SUPPORTS
    assert ask(ID, saw(files(listed_file(WHEEL)), source="mirror"), files()).status is Status.NOT_OBSERVED
