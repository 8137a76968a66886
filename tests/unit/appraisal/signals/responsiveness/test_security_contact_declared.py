import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap
from supplytrust.model.claims.artifact import ArtifactContents, CoreMetadata, Member, MemberKind
from supplytrust.model.claims.release import ProjectLink, ProjectMetadata
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Status

ID = "responsiveness/security_contact_declared"
PLAIN = ("Homepage", "https://example.org/demo")


def page(*links):
    return ProjectMetadata("demo", "1.2.3", "", "", "", (), tuple(ProjectLink(*x) for x in links), "", "")


def card(*links, name=WHEEL):
    return CoreMetadata(name, "demo", "1.2.3", "", (), (), project_urls=links)


def archive(*paths, name=SDIST):
    members = tuple(Member(path, 1, "0" * 64, MemberKind.TEXT) for path in paths)
    return ArtifactContents(name, ArtifactKind.SDIST, members, 0, 0)


@pytest.mark.parametrize(
    "link",
    [
        ("Security policy", "https://example.org/x"),
        ("Report a Vulnerability", "https://example.org/x"),
        ("Docs", "https://example.org/demo/security"),
        ("Docs", "https://example.org/demo/security/policy"),
        ("Docs", "https://example.org/.well-known/security.txt"),
        ("Docs", "https://example.org/demo/blob/main/SECURITY.md"),
        ("Mail", "mailto:security@example.org"),
        ("Security", "https://example.org/" + "long/" * 60),
    ],
)
def test_a_declared_link_supports(link):
    for claim in (page(PLAIN, link), card(PLAIN, link)):
        finding = ask(ID, claim)
        assert (finding.status, finding.grade) == (Status.SUPPORTS, "link")


@pytest.mark.parametrize(
    "path", ["SECURITY.md", "security.txt", ".github/SECURITY.md", "docs/security.rst", "SECURITY"]
)
def test_a_file_supports(path):
    finding = ask(ID, page(PLAIN), archive("README.md", path))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "file")


@pytest.mark.parametrize(
    "claims",
    [
        (page(),),
        (page(PLAIN, ("Docs", "https://example.org/security-tools"), ("Security", " ")),),
        (archive("demo/security.py", "tests/security.txt", "demo/security/a.py"),),
        (page(PLAIN), card(PLAIN), archive()),
    ],
)
def test_absence_holds_and_never_opposes(claims):
    finding = ask(ID, *claims)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.NOT_PUBLISHED)


def test_files_of_another_release_are_not_read():
    assert ask(ID, archive("SECURITY.md", name="demo-1.0.tar.gz")).reason is NotObservedReason.NOT_LOOKED


def test_missing_passes_the_reason_on():
    assert ask(ID, gap(ProjectMetadata, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
