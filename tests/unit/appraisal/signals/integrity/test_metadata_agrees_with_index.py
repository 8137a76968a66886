import pytest

from simulators.evidence import SDIST, SUBJECT, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import CoreMetadata
from supplytrust.model.claims.release import ProjectMetadata
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/metadata_agrees_with_index"


def own(*requires, name="demo", version="1.2.3", python=">=3.9", file_name=WHEEL):
    return CoreMetadata(file_name, name, version, python, requires, ())


def listed(*requires, version="1.2.3", python=">=3.9"):
    return ProjectMetadata("demo", version, "", "", python, requires, (), "", "")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (own(), listed()),
        (own("idna>=2,<4"), listed("idna (<4,>=2)")),
        (own('Char_Set ; extra == "x"'), listed("char-set; extra=='x'")),
        (own(python="<4, >=3.9"), listed(python=">=3.9,<4")),
        (own(name="De.Mo".replace(".", ""), version="1.2.3"), listed()),
    ],
)
def test_supports_the_same_in_other_words(mine, theirs):
    finding = ask(ID, mine, theirs)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert len(finding.evidence) == 2


def test_a_file_that_lists_less_is_partial():
    assert ask(ID, own(), listed("idna")).grade == "partial"


@pytest.mark.parametrize("mine", [own(name="demoo"), own(version="1.2.4"), own(name=""), own(version="?")])
def test_opposes_another_identity(mine):
    assert ask(ID, mine, listed()).status is Status.OPPOSES
    assert ask(ID, mine).status is Status.OPPOSES


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (own("idna", "hidden-one"), listed("idna")),
        (own("idna @ https://example.org/idna.whl"), listed("idna")),
        (own("idna>=3"), listed("idna>=2")),
        (own(python=">=3.12"), listed()),
        (own("\x00" * 200), listed()),
    ],
)
def test_differences_between_files_hold(mine, theirs):
    assert ask(ID, mine, theirs).reason is NotObservedReason.INCONCLUSIVE


def test_a_new_name_is_told_before_another_wording():
    assert "hidden" in ask(ID, own("a>=2", "hidden"), listed("a>=1")).because


def test_other_files_and_versions_say_nothing():
    assert ask(ID, own(file_name=SDIST), listed()).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, own(), listed(version="2.0")).reason is NotObservedReason.INCOMPLETE


def test_missing_passes_the_reason_on():
    assert ask(ID, own(), gap(ProjectMetadata, NotObservedReason.NOT_FOUND)).reason is NotObservedReason.NOT_FOUND
    assert ask(ID, listed(), gap(CoreMetadata, NotObservedReason.MALFORMED)).reason is NotObservedReason.MALFORMED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert SUBJECT.name == "demo"


def test_the_worse_of_two_sources_counts():
    finding = ask(ID, own("x"), listed("x"), saw(listed(), source="mirror"))
    assert finding.reason is NotObservedReason.INCONCLUSIVE
    assert "mirror" in finding.sources
