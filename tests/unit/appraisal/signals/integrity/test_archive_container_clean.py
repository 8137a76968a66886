import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw, subject
from supplytrust.model.claims.artifact import ContainerAudit
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/archive_container_clean"


def audit(*problems, name=WHEEL):
    return ContainerAudit(name, problems)


def test_supports_a_container_without_oddities():
    assert ask(ID, audit()).status is Status.SUPPORTS


@pytest.mark.parametrize("code", ["duplicate-member", "name-mismatch", "size-mismatch", "path-escape", "device"])
def test_opposes_what_misleads_readers(code):
    finding = ask(ID, audit("comment: 3 bytes", f"{code}: demo/__init__.py", "gap: 1"))
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)
    assert code in finding.because


@pytest.mark.parametrize(
    "code",
    [
        "comment",
        "prefix",
        "gap",
        "trailing",
        "case-collision",
        "link",
        "flag-mismatch",
        "extra-root",
        "extra-field",
        "",
    ],
)
def test_the_merely_unusual_holds(code):
    assert ask(ID, audit(f"{code}: x")).reason is NotObservedReason.INCONCLUSIVE


def test_a_repeated_tar_member_holds():
    repeated = audit("duplicate-member: demo/a.py", name=SDIST)
    assert ask(ID, repeated, about=subject(SDIST)).reason is NotObservedReason.INCONCLUSIVE
    escaped = audit("path-escape: ../../etc/x", name=SDIST)
    assert ask(ID, escaped, about=subject(SDIST)).status is Status.OPPOSES


def test_hostile_names_stay_short_and_printable():
    assert ask(ID, audit("path-escape: " + "\x1b[2J" * 50)).status is Status.OPPOSES


def test_other_file_missing_and_contradiction():
    assert ask(ID, audit("path-escape: x", name=SDIST)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, gap(ContainerAudit, NotObservedReason.MALFORMED)).reason is NotObservedReason.MALFORMED
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, audit(), saw(audit("device: x"), source="second")).status is Status.OPPOSES
    assert ask(ID, audit(), saw(audit("gap: x"), source="second")).status is Status.NOT_OBSERVED
