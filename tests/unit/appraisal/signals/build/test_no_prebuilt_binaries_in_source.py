import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import ArtifactContents, Member, MemberKind
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Status

ID = "build/no_prebuilt_binaries_in_source"


def contents(*kinds, name=SDIST):
    members = tuple(Member(f"d/{i}.{kind.value}", 1, "0" * 64, kind) for i, kind in enumerate(kinds))
    return ArtifactContents(name, ArtifactKind.SDIST, members, 0, 10)


def test_supports_plain_source():
    finding = ask(ID, contents(MemberKind.PYTHON, MemberKind.SOURCE, MemberKind.DATA))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


def test_unopened_archives_lower_the_grade():
    assert ask(ID, contents(MemberKind.PYTHON, MemberKind.ARCHIVE)).grade == "unopened"


@pytest.mark.parametrize("kind", [MemberKind.NATIVE, MemberKind.BYTECODE])
def test_compiled_members_hold_and_never_oppose(kind):
    finding = ask(ID, contents(MemberKind.PYTHON, kind, kind))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert "and 1 more" in finding.because


def test_an_empty_archive_is_incomplete():
    assert ask(ID, contents()).reason is NotObservedReason.INCOMPLETE


def test_the_wheel_is_not_asked():
    assert ask(ID, contents(MemberKind.PYTHON, name=WHEEL)).reason is NotObservedReason.INCOMPLETE


def test_missing_passes_the_reason_on():
    assert ask(ID, gap(ArtifactContents, NotObservedReason.NOT_PUBLISHED)).reason is NotObservedReason.NOT_PUBLISHED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED


def test_the_worse_of_two_sources_counts():
    hidden = saw(contents(MemberKind.NATIVE), source="second")
    assert ask(ID, contents(MemberKind.PYTHON), hidden).status is Status.NOT_OBSERVED
