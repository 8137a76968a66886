from dataclasses import replace

import pytest

from simulators.evidence import SDIST, WHEEL, ask, gap, saw
from supplytrust.model.claims.artifact import (
    ChangeSincePredecessor,
    FileMatch,
    HookKind,
    StartupHook,
    StartupHooks,
    WheelAgainstSdist,
)
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "integrity/no_new_startup_hook"


def hook(kind=HookKind.PTH, path="demo.pth", *, executes=True):
    return StartupHook(kind, path, "0" * 64, executes)


def change(*hooks, scripts=(), name=WHEEL):
    return ChangeSincePredecessor("1.2.2", name, "demo-1.2.2-py3-none-any.whl", hooks, (), False, 10, 10, scripts)


def present(*hooks, name=WHEEL):
    return StartupHooks(name, hooks)


def test_supports_no_new_hook():
    assert ask(ID, change()).grade == ""
    assert ask(ID, change(), present(hook())).grade == ""
    assert ask(ID, change(), present()).grade == "none"
    assert ask(ID, change(), present(hook(executes=False))).grade == "none"


def test_a_new_hook_that_runs_nothing_is_weaker():
    finding = ask(ID, change(hook(executes=False)), present(hook(executes=False)))
    assert (finding.status, finding.grade) == (Status.SUPPORTS, "inert")


@pytest.mark.parametrize("kind", list(HookKind))
def test_every_kind_of_new_hook_alone_holds(kind):
    finding = ask(ID, change(hook(kind, "some/where")), present())
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert kind.value in finding.because


def test_a_new_install_script_holds():
    assert ask(ID, change(scripts=("postinst",))).reason is NotObservedReason.INCONCLUSIVE


def test_a_first_release_without_hooks_supports():
    first = gap(ChangeSincePredecessor, NotObservedReason.NO_PREDECESSOR)
    assert ask(ID, first, present()).grade == "none"
    assert ask(ID, first, present(hook())).reason is NotObservedReason.NO_PREDECESSOR
    assert ask(ID, first).reason is NotObservedReason.NO_PREDECESSOR


def test_not_knowing_the_predecessor_is_not_having_none():
    assert (
        ask(ID, gap(ChangeSincePredecessor, NotObservedReason.OFFLINE), present()).reason is NotObservedReason.OFFLINE
    )
    assert ask(ID, present()).reason is NotObservedReason.NOT_LOOKED


def test_other_file_and_contradiction():
    assert ask(ID, change(name=SDIST), present(name=SDIST)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, change(), saw(change(hook()), source="second")).status is Status.NOT_OBSERVED


def compared(path, relation="phantom", generated=(), wheel=WHEEL):
    return WheelAgainstSdist(wheel, SDIST, 40, (FileMatch(path, relation),), generated)


@pytest.mark.parametrize("relation", ["phantom", "modified"])
def test_opposes_a_new_hook_that_the_sdist_has_not(relation):
    finding = ask(ID, change(hook()), compared("demo.pth", relation), present(hook()))
    assert (finding.status, finding.veto, len(finding.evidence)) == (Status.OPPOSES, None, 2)


@pytest.mark.parametrize(
    "other",
    [
        compared("demo/other.py"),
        compared("demo.pth", generated=("demo.pth",)),
        compared("demo.pth", wheel="demo-1.2.3-cp312-cp312-win32.whl"),
    ],
    ids=["another file", "explained", "another wheel"],
)
def test_without_the_second_fact_it_holds(other):
    assert ask(ID, change(hook()), other).reason is NotObservedReason.INCONCLUSIVE


def test_a_phantom_hook_that_is_old_or_inert_does_not_oppose():
    assert ask(ID, change(), compared("demo.pth")).status is Status.SUPPORTS
    assert ask(ID, change(hook(executes=False)), compared("demo.pth")).grade == "inert"


def test_a_second_comparison_that_is_worse_counts():
    clean = WheelAgainstSdist(WHEEL, SDIST, 40, (), ())
    assert ask(ID, change(hook()), clean, saw(compared("demo.pth"), source="second")).status is Status.OPPOSES


@pytest.mark.parametrize("fresh", [(), (hook(executes=False),)])
def test_what_could_not_be_told_is_never_the_absence_of_a_hook(fresh):
    unclear = replace(present(), unclear=("setup.py",))
    finding = ask(ID, change(*fresh), unclear)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert "setup.py" in finding.because
    finding = ask(ID, replace(change(*fresh), unclear=("setup.py",)), present())
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)


def test_a_first_release_of_which_not_all_could_be_told_does_not_support():
    first = gap(ChangeSincePredecessor, NotObservedReason.NO_PREDECESSOR)
    unclear = replace(present(), unclear=("setup.py",))
    assert ask(ID, first, unclear).reason is NotObservedReason.NO_PREDECESSOR


def test_a_predecessor_of_unknown_day_speaks_against_and_never_for():
    assert ask(ID, replace(change(), dated=False)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, replace(change(hook(executes=False)), dated=False), present()).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, replace(change(hook()), dated=False), present(hook())).reason is NotObservedReason.INCONCLUSIVE
    assert ask(ID, replace(change(), dated=False), present()).grade == "none"  # nothing runs, whatever was before
