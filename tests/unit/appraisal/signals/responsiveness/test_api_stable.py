import dataclasses

import pytest

from simulators.evidence import ask, gap
from supplytrust.model.claims.release import (
    ApiChange,
    ApiChangeKind,
    ApiChanges,
    ReleaseHistory,
    ReleaseMoment,
    VersionStep,
)
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "responsiveness/api_stable"
NONE = ApiChanges(
    "1.2.2", "1.2.3", "demo-1.2.3-py3-none-any.whl", "demo-1.2.2-py3-none-any.whl", VersionStep.PATCH, 4, 60, 0, (), 0, 0, 0, 0
)  # fmt: skip


def changed(removed=(), signatures=(), step=VersionStep.PATCH, unread=0):
    """Names without a notice; those that end in '!' were announced."""
    told = [
        ApiChange(name.rstrip("!"), kind, announced=name.endswith("!"))
        for kind, names in ((ApiChangeKind.REMOVED, removed), (ApiChangeKind.SIGNATURE, signatures))
        for name in names
    ]
    quiet = [c.kind for c in told if not c.announced]
    return dataclasses.replace(
        NONE,
        step=step,
        unread=unread,
        changes=tuple(told),
        removed=len(removed),
        removed_unannounced=quiet.count(ApiChangeKind.REMOVED),
        signatures=len(signatures),
        signatures_unannounced=quiet.count(ApiChangeKind.SIGNATURE),
    )


def releases(*yanked):
    told = tuple(
        ReleaseMoment(f"1.{n}", None, yanked=bool(y), prerelease=False, wheels=1, sdists=1)
        for n, y in enumerate(yanked)
    )
    return ReleaseHistory(told, "")


def test_nothing_gone_supports():
    finding = ask(ID, NONE)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")
    assert "60 public names of 1.2.2" in finding.because


@pytest.mark.parametrize("step", VersionStep)
def test_what_was_announced_supports_less(step):
    finding = ask(ID, changed(["demo.a!"], ["demo.b!"], step))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "announced")


def test_a_patch_release_that_removes_silently_opposes():
    finding = ask(ID, changed(["demo.a.very.long.name.of.something", "demo.b", "demo.c!"]))
    assert (finding.status, finding.veto) == (Status.OPPOSES, None)
    assert "and 1 more" in finding.because


@pytest.mark.parametrize("step", [s for s in VersionStep if s is not VersionStep.PATCH])
def test_other_steps_leave_it_open(step):
    finding = ask(ID, changed(["demo.a"], step=step))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert "demo.a" in finding.because


def test_calls_alone_leave_it_open_even_in_a_patch():
    finding = ask(ID, changed(signatures=["demo.f", "demo.g"]))
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_unread_modules_are_no_support():
    assert ask(ID, changed(unread=2)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, changed(["demo.a!"], unread=1)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, changed(["demo.a"], unread=1)).status is Status.OPPOSES


def test_nothing_offered_is_nothing_kept():
    assert ask(ID, dataclasses.replace(NONE, names=0)).reason is NotObservedReason.NOT_APPLICABLE


def test_many_withdrawn_releases_are_no_support():
    assert ask(ID, NONE, releases(1, 1, 1, *[0] * 12)).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, NONE, releases(1, 1, *[0] * 3)).status is Status.SUPPORTS
    assert ask(ID, NONE, releases(1, 1, 1, *[0] * 17)).status is Status.SUPPORTS


def test_not_compared_is_not_observed():
    assert ask(ID, gap(ApiChanges, NotObservedReason.NO_PREDECESSOR)).reason is NotObservedReason.NO_PREDECESSOR
    assert ask(ID, dataclasses.replace(NONE, version="9.9")).reason is NotObservedReason.INCOMPLETE


def test_of_two_answers_the_worse_counts():
    from simulators.evidence import saw

    assert ask(ID, saw(NONE, source="a"), saw(changed(["demo.a"]), source="b")).status is Status.OPPOSES
