"""Compiled members as rebuilt: what supports, at which grade, and what is said of the rest."""

from dataclasses import replace

import pytest

from simulators.evidence import SDIST_SHA, WHEEL, WHEEL_SHA, ask, gap
from supplytrust.appraisal.policies import loader, tables
from supplytrust.model.claims.rebuild import NativeLevel, NativeMember, RebuildInput, RebuildLevel, RebuildResult
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Area, Status

ID = "build/compiled_code_as_rebuilt"
EXTENSION = NativeMember("demo/_x.so", NativeLevel.SAME_SYMBOLS, 4000, 3000, ("compiler",))
OTHER = replace(EXTENSION, path="demo/_y.so")


def result(*native: NativeMember, **changes) -> RebuildResult:
    made = RebuildResult(
        WHEEL,
        WHEEL_SHA,
        RebuildLevel.NATIVE_UNVERIFIED,
        "interface-consistent",
        RebuildInput.SDIST,
        f"sha256:{SDIST_SHA}",
        "4",
        members=8 + len(native),
        native=native or None,
        unreproduced=tuple(m.path for m in native),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("levels", "grade", "text"),
    [
        (
            (NativeLevel.SAME_SYMBOLS, NativeLevel.SAME_BYTES),
            "",
            "8 of 8 other members are as built, and the symbols of 2",
        ),
        ((NativeLevel.SAME_STRIPPED, NativeLevel.SAME_BYTES), "loaded", "all that is loaded of 2"),
    ],
)
def test_supports(levels, grade, text):
    one, other = levels
    found = ask(ID, result(replace(EXTENSION, level=one), replace(OTHER, level=other)))
    assert (found.status, found.grade) == (Status.SUPPORTS, grade)
    assert found.because.startswith(text)


ODD = replace(OTHER, level=NativeLevel.DIFFERS, differences=("needs more: libevil",))


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (result(EXTENSION, ODD), "8 of 8 other members are as built; _y.so: needs more: libevil"),
        (result(EXTENSION, replace(OTHER, level=NativeLevel.NOT_BUILT)), "_y.so: not-built"),
        (result(EXTENSION, replace(OTHER, level=NativeLevel.UNREADABLE)), "_y.so: unreadable"),
        (
            result(EXTENSION, level=RebuildLevel.CODE_DIFFERS, unreproduced=("demo/_x.so", "demo/a.py")),
            "7 of 8 other members are as built; compiled: the symbols of 1 of 1 compiled",
        ),
        (result(level=RebuildLevel.NOT_REBUILT, reason="build-failed: no compiler"), "build-failed"),
    ],
)
def test_what_is_not_known_is_said_with_what_is(claim, text):
    found = ask(ID, claim)
    assert (found.status, found.reason) == (Status.NOT_OBSERVED, NotObservedReason.INCONCLUSIVE)
    assert text in found.because


def test_a_pure_wheel_is_not_asked():
    assert ask(ID, result(level=RebuildLevel.CONTAINER_ONLY)).reason is NotObservedReason.NOT_APPLICABLE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED
    assert ask(ID, gap(RebuildResult, NotObservedReason.TOOL_MISSING)).reason is NotObservedReason.TOOL_MISSING
    assert ask(ID, result(EXTENSION, sha256="f0" * 32)).reason is NotObservedReason.INCOMPLETE


def test_of_two_rebuilds_the_less_favourable_counts():
    tag = result(ODD, source=RebuildInput.TAG, source_digest="gitCommit:" + "a" * 40)
    assert ask(ID, result(EXTENSION), tag).status is Status.NOT_OBSERVED


@pytest.mark.parametrize("policy", loader.names())
def test_an_equal_interface_never_reaches_a_threshold_whatever_was_attested(policy):
    """Function bodies are open: together with the most that declarations and attestations weigh it stays short."""
    table, theta = tables.shipped_weights(), loader.load(policy).expect["root"].get(Area.BUILD, 0.0)
    groups: dict[str, float] = {}
    for row in table.rows.values():
        if row.signal.startswith("build/") and row.group not in {"rebuild", "layout", "diversity", "endorsement"}:
            groups[row.group] = max(groups.get(row.group, 0.0), row.favourable)
    total = sum(groups.values()) + table.rows[ID, ""].favourable
    assert total / (total + 2) < theta
    assert table.rows[ID, ""].opposing == 0
