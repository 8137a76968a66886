import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import ProjectLink, ProjectMetadata
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "provenance/repository_declared"
FORGE = "https://github.com/Owner/Demo"


def page(*links):
    return ProjectMetadata("demo", "1.2.3", "", "", "", (), tuple(ProjectLink(*x) for x in links), "", "")


def card(*links, name=WHEEL):
    return CoreMetadata(name, "demo", "1.2.3", "", (), (), project_urls=links)


@pytest.mark.parametrize(
    ("links", "grade", "place"),
    [
        ([("Source Code", FORGE)], "labelled", "github.com/owner/demo"),
        ([("source-code", "https://git.example.org/owner/demo.git")], "labelled", "git.example.org/owner/demo"),
        (
            [("Homepage", FORGE), ("Repository", "git+ssh://git@gitlab.com/g/s/demo.git")],
            "labelled",
            "gitlab.com/g/s/demo",
        ),
        ([("Homepage", "http://www.github.com/Owner/Demo.git#readme")], "linked", "github.com/owner/demo"),
        ([("Issues", FORGE + "/issues"), ("Homepage", "https://example.org")], "linked", "github.com/owner/demo"),
        ([("Docs", "https://gitlab.example.org/g/demo/-/wikis")], "linked", "gitlab.example.org/g/demo"),
    ],
)
def test_supports_a_declared_repository(links, grade, place):
    for claim in (page(*links), card(*links)):
        finding = ask(ID, claim)
        assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)
        assert finding.because.endswith(place)


@pytest.mark.parametrize(
    "links",
    [
        [],
        [("Homepage", "https://example.org/demo")],
        [("Source", "")],
        [("Source", "not an address"), ("Code", "javascript://github.com")],
        [("Funding", "https://github.com/sponsors/owner"), ("Home", "https://github.com/owner")],
        [("Source", "https://example.org")],
        [("Home", "https://github.com.example.org/owner/demo")],
    ],
)
def test_absence_holds_and_never_opposes(links):
    finding = ask(ID, page(*links))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.NOT_PUBLISHED)


def test_two_repositories_decide_nothing():
    index, own = page(("Source", FORGE)), card(("Source", "https://github.com/other/demo"))
    assert ask(ID, index, own).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, index, card(("Repository", FORGE + ".git/"))).status is Status.SUPPORTS
    assert (
        ask(ID, index, card(("Source", "https://github.com/other/demo"), name="demo-1.tar.gz")).status
        is Status.SUPPORTS
    )
    assert ask(ID, index, card(name=SDIST)).status is Status.SUPPORTS


def test_missing_passes_the_reason_on():
    assert ask(ID, gap(ProjectMetadata, NotObservedReason.MALFORMED)).reason is NotObservedReason.MALFORMED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
