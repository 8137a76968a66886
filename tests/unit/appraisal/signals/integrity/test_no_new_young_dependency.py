from dataclasses import replace

import pytest

from simulators.evidence import NOW, SDIST, WHEEL, ask, days, files, gap, listed_file, saw
from supplytrust.model.claims.artifact import ChangeSincePredecessor, HookKind, StartupHook
from supplytrust.model.claims.release import NewRequirements, ReleaseFiles, RequirementAge
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/no_new_young_dependency"
UPLOAD = NOW - days(30)  # of the release that `files()` lists


def added(**ages):
    """Requirements by name with their age in days at the upload; None: not known."""
    told = [RequirementAge(n.replace("_", "-"), None if a is None else UPLOAD - days(a)) for n, a in ages.items()]
    return NewRequirements("1.2.2", tuple(told))


def test_supports_none_added_even_without_an_upload_time():
    assert ask(ID, added()).grade == "none"


@pytest.mark.parametrize("age", [7, 8, 5000])
def test_supports_old_requirements(age):
    finding = ask(ID, added(idna=age), files())
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "")


@pytest.mark.parametrize("age", [6.99, 0, -3])
def test_young_requirements_alone_hold(age):
    finding = ask(ID, added(flat_stream=age, idna=900), files())
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert "flat-stream" in finding.because


def test_unknown_ages_are_incomplete():
    assert ask(ID, added(idna=None), files()).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, added(idna=None, young=1), files()).reason is NotObservedReason.INCONCLUSIVE


def test_an_unknown_upload_is_incomplete():
    assert ask(ID, added(idna=900)).reason is NotObservedReason.INCOMPLETE
    partly = files(listed_file(WHEEL, uploaded_at=None), listed_file(SDIST))
    assert ask(ID, added(idna=900), partly).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, added(idna=900), files(version="9")).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, added(idna=900), ReleaseFiles("1.2.3", (), yanked=False)).reason is NotObservedReason.INCOMPLETE


def test_missing_passes_the_reason_on():
    assert (
        ask(ID, files(), gap(NewRequirements, NotObservedReason.NO_PREDECESSOR)).reason
        is NotObservedReason.NO_PREDECESSOR
    )
    assert ask(ID, files()).reason is NotObservedReason.NOT_LOOKED


def test_the_worse_of_two_sources_counts():
    earlier = saw(files(listed_file(WHEEL, uploaded_at=UPLOAD - days(20))), source="mirror")
    assert ask(ID, added(idna=22), files(), earlier).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, added(), saw(added(idna=1), source="second"), files()).status is Status.NOT_OBSERVED


@pytest.mark.parametrize(("executes", "status"), [(True, Status.OPPOSES), (False, Status.NOT_OBSERVED)])
def test_opposes_together_with_a_new_hook_that_runs(executes, status):
    hook = StartupHook(HookKind.PTH, "demo.pth", "0" * 64, executes)
    change = ChangeSincePredecessor("1.2.2", WHEEL, "demo-1.2.2-py3-none-any.whl", (hook,), (), False, 1, 1)
    finding = ask(ID, added(idna=1), files(), change)
    assert (finding.status, finding.veto) == (status, None)
    assert ask(ID, added(idna=9), files(), change).status is Status.SUPPORTS


def test_a_predecessor_of_unknown_day_is_no_base():
    assert ask(ID, replace(added(), dated=False)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, replace(added(young=1), dated=False), files()).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, replace(added(idna=900), dated=False), files()).reason is NotObservedReason.INCOMPLETE
