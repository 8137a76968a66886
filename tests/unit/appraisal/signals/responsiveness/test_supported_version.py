import dataclasses

import pytest

from simulators.evidence import NOW, ask, days, gap, history
from supplytrust.model.claims.advisory import Advisory, AdvisoryHistory, AdvisoryKind, PastAdvisory
from supplytrust.model.claims.history import DisclosurePromises, MaintainedLines, SupportRow, SupportRule
from supplytrust.model.claims.release import ReleaseHistory
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/supported_version"
NEWEST = history(("1.1.9", 600), ("1.2.2", 400), ("1.2.3", 100))
OLDER = history(("1.2.2", 400), ("1.2.3", 300), ("1.3.0", 200), ("2.0", 100))
TEXT = DisclosurePromises(
    KnownBy.CONFIRMED, "SECURITY.md", "", NOW, private=True, promises=(), rule=SupportRule.UNSTATED, rows=()
)
LISTED = dataclasses.replace(
    TEXT, rule=SupportRule.LISTED, rows=(SupportRow("1.2.x", supported=True),), judged=True, row="1.2.x"
)
ENDED = dataclasses.replace(LISTED, rows=(SupportRow("1.2.x", supported=False),), judged=False)


def ruled(rule, **more):
    return dataclasses.replace(TEXT, rule=rule, **more)


def fixes(*versions, age=100):
    made = [
        PastAdvisory(
            Advisory(f"X-{n}", (), AdvisoryKind.VULNERABILITY, NOW - days(age), fixed_in=fixed),
            answered=True,
            released=True,
        )
        for n, fixed in enumerate(versions)
    ]
    return AdvisoryHistory(tuple(made), ())


def test_listed_as_supported():
    finding = ask(ID, LISTED, OLDER)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert "1.2.x" in finding.because


def test_listed_as_ended_opposes():
    finding = ask(ID, ENDED, NEWEST)
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)


def test_a_list_that_fixes_do_not_follow_is_open():
    assert ask(ID, LISTED, OLDER, fixes(("2.0",), ("1.3.0",))).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, LISTED, OLDER, fixes(("2.0",), ("1.2.9", "1.3.0"))).status is Status.SUPPORTS
    assert ask(ID, LISTED, OLDER, fixes(("2.0",))).status is Status.SUPPORTS
    assert ask(ID, LISTED, OLDER, fixes(("2.0",), ("1.3.0",), age=900)).status is Status.SUPPORTS


RULES = [
    (SupportRule.LATEST, NEWEST, True),
    (SupportRule.LATEST, history(("1.2.3", 100), ("1.2.4", 10)), False),
    (SupportRule.LATEST_LINE, history(("1.2.3", 100), ("1.2.4", 10)), True),
    (SupportRule.LATEST_LINE, history(("1.2.3", 100), ("1.3", 10)), False),
    (SupportRule.LATEST_MAJOR, history(("1.2.3", 100), ("1.3", 10)), True),
    (SupportRule.LATEST_MAJOR, OLDER, False),
]


@pytest.mark.parametrize(("rule", "releases", "fits"), RULES)
def test_rules(rule, releases, fits):
    finding = ask(ID, ruled(rule), releases)
    if fits:
        assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    else:
        assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
        assert releases.releases[-1].version in finding.because


def test_a_list_without_a_row():
    without = dataclasses.replace(LISTED, judged=None, row="")
    assert ask(ID, without, NEWEST).grade == "newest"
    assert ask(ID, without, OLDER).reason is NotObservedReason.INCONCLUSIVE


def test_the_newest_release_without_a_word():
    assert ask(ID, TEXT, NEWEST).grade == "newest"
    assert ask(ID, gap(DisclosurePromises, NotObservedReason.UNREACHABLE), NEWEST).grade == "newest"


def test_withdrawn_and_pre_releases_are_not_newer():
    releases = history(("1.2.3", 100), ("1.2.4", 10), ("2.0rc1", 5))
    odd = [dataclasses.replace(r, yanked=r.version == "1.2.4", prerelease="rc" in r.version) for r in releases.releases]
    assert ask(ID, ReleaseHistory(tuple(odd), "")).grade == "newest"


def test_an_older_line_that_is_looked_after():
    lines = MaintainedLines(KnownBy.CONFIRMED, (), ("v1.2.3",), ())
    assert ask(ID, OLDER, lines).grade == "line"
    later = history(("1.2.2", 400), ("1.3.0", 300), ("1.2.3", 200), ("2.0", 100))
    assert ask(ID, later).grade == "line"
    assert ask(ID, OLDER, dataclasses.replace(lines, known_by=KnownBy.DECLARED)).status is Status.NOT_OBSERVED


def test_an_older_one_is_open():
    assert ask(ID, OLDER).reason is NotObservedReason.INCONCLUSIVE
    behind = history(("1.3.0", 900), ("1.2.3", 800), ("1.2.4", 700))
    assert ask(ID, behind).reason is NotObservedReason.INCONCLUSIVE


def test_the_text_of_an_older_sdist_says_nothing_of_today():
    shipped = dataclasses.replace(LISTED, file_name="demo-1.2.3.tar.gz")
    assert ask(ID, shipped, OLDER).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, shipped, NEWEST).grade == ""


def test_nothing_known():
    assert ask(ID, gap(ReleaseHistory, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    declared = dataclasses.replace(ENDED, known_by=KnownBy.DECLARED)
    assert ask(ID, declared, NEWEST).grade == "newest"
