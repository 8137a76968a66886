import dataclasses

import pytest

from simulators.evidence import NOW, ask, days, files, gap, listed_file, saw
from supplytrust.model.claims.advisory import Advisory, AdvisoryKind, AskedDatabase, OpenAdvisories, Unread
from supplytrust.model.claims.release import KnownVulnerabilities
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/advisories_looked_up"
BASE = AskedDatabase("osv.zip", NOW - days(400), 0, 16_000)
LOOK = OpenAdvisories("1.2.3", (), (), (BASE,))
OPEN = Advisory("CVE-1", (), AdvisoryKind.VULNERABILITY, NOW - days(500))
YOUNG = files(listed_file(uploaded_at=NOW - days(300)))


def test_supports_whatever_was_seen():
    assert ask(ID, LOOK).because == "1.2.3 was looked up: osv.zip"
    assert ask(ID, dataclasses.replace(LOOK, advisories=(OPEN,))).status is Status.SUPPORTS
    assert ask(ID, dataclasses.replace(LOOK, advisories=(OPEN,)), YOUNG).status is Status.SUPPORTS
    assert ask(ID, KnownVulnerabilities("1.2.3", ())).status is Status.SUPPORTS


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ((LOOK, YOUNG), NotObservedReason.STALE),
        ((dataclasses.replace(LOOK, undecided=("CVE-1",)),), NotObservedReason.INCOMPLETE),
        ((dataclasses.replace(LOOK, unread=(Unread("database", 1),)),), NotObservedReason.INCOMPLETE),
        ((dataclasses.replace(LOOK, unread=(Unread("malformed", 1),)),), NotObservedReason.INCOMPLETE),
        ((dataclasses.replace(LOOK, databases=()),), NotObservedReason.STALE),
        ((dataclasses.replace(LOOK, version="1.2.2"),), NotObservedReason.INCOMPLETE),
        ((gap(OpenAdvisories, NotObservedReason.UNREACHABLE),), NotObservedReason.UNREACHABLE),
        ((gap(KnownVulnerabilities, NotObservedReason.OFFLINE),), NotObservedReason.OFFLINE),
        ((LOOK, saw(dataclasses.replace(LOOK, undecided=("X",)), source="other")), NotObservedReason.INCOMPLETE),
    ],
)
def test_no_look_or_half_a_look_is_not_observed(items, reason):
    assert ask(ID, *items).reason is reason
