"""The questions about a repository: what supports, what opposes, what only holds, and why."""

from dataclasses import replace

import pytest

from simulators.evidence import NOW, WHEEL, ask, days
from supplytrust.model.claims.history import (
    CommitHistory,
    Contributor,
    DisclosurePolicy,
    FixHistory,
    FixRelease,
    MaintainedLines,
    PolicyChange,
    ReleaseLine,
    Releaser,
)
from supplytrust.model.claims.source_tree import FileClass, KnownBy, OddFile, ReleaseTag, SourceComparison
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import CONTROL_CHANGED
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Status

S, AGAINST, N = Status.SUPPORTS, Status.OPPOSES, Status.NOT_OBSERVED
ANN = Contributor("Ann", ("Ann <a@example.org>",), 2000, 60, 9, 0, 3, 10, 50, 0.02, ("a" * 40,))
RELEASER = Releaser("Ann", 2000, 20, 18, 0, "openpgp", "A" * 40, False, 5.0)  # noqa: FBT003
HISTORY = CommitHistory(
    KnownBy.GIVEN, "v1.2.3", "c" * 40, NOW - days(30), NOW - days(3000), 900, 365, 100, 40, 5, (ANN,), 2, 0.05, 0.0,
    RELEASER, 0.05, 0.05, 0, (), "Ann", 0.7, 0.6, 60, 30, 10, 55, "v1.2.2", 40, 12, ("Ann", "Bob"), (("corp.example", 90),),
)  # fmt: skip
TAG = ReleaseTag(
    "1.2.3", KnownBy.GIVEN, "found", name="v1.2.3", commit="c" * 40, at=NOW - days(30), annotated=True, signed="openpgp",
    key="A" * 40, key_before=4, signed_before=5, on_branch=True, predecessors=10, tagged=10, newest_before=("1.2.2",),
)  # fmt: skip
COMPARED = SourceComparison(
    WHEEL, ArtifactKind.WHEEL, KnownBy.GIVEN, "v1.2.3", "c" * 40, 10, ((FileClass.MATCH, 10),), (), 0
)
FIX = FixRelease("d" * 40, ("CVE-2025-1",), NOW - days(300), "v1.2.1", 0.5)
FIXES = FixHistory(KnownBy.GIVEN, 5, (FIX, FIX, FIX, FIX))
LINES = MaintainedLines(
    KnownBy.GIVEN, (ReleaseLine("1.2", "v1.2.3", NOW), ReleaseLine("1.1", "v1.1.9", NOW)), ("v1.1.9",), ()
)
POLICY = DisclosurePolicy(KnownBy.GIVEN, "present", ("SECURITY.md",), True, True, ())  # noqa: FBT003
YOUNG = replace(HISTORY, first_commit_at=NOW - days(400))
MOVED = replace(
    HISTORY, control=0.33, contributors=(replace(ANN, name="Newcomer\x07 " * 9, tenure_days=400, hold=0.33),)
)


def odd(*files, autotools=False):
    counts = tuple((f.relation, 1) for f in files)
    return replace(COMPARED, counts=counts, odd=files, odd_total=len(files), autotools=autotools)


def releaser(**change):
    return replace(HISTORY, releaser=replace(RELEASER, **change))


def tag(**change):
    return replace(TAG, **change)


ABSENT = tag(state="absent", name="", commit="", at=None, on_branch=None, signed="", key="", key_before=0)
CHANGE = PolicyChange("e" * 40, "Newcomer", 90, NOW, removed=False)

CASES = [
    ("integrity/source_commit_known", TAG, S, ""),
    ("integrity/source_commit_known", ABSENT, N, NotObservedReason.NOT_FOUND),
    ("integrity/source_commit_known", tag(state="ambiguous", candidates=("a", "b")), N, NotObservedReason.INCONCLUSIVE),
    ("integrity/tag_exists_for_release", TAG, S, ""),
    ("integrity/tag_exists_for_release", ABSENT, AGAINST, ""),
    ("integrity/tag_exists_for_release", replace(ABSENT, late=True), N, NotObservedReason.STALE),
    ("integrity/tag_exists_for_release", replace(ABSENT, final=False), N, NotObservedReason.INCONCLUSIVE),
    (
        "integrity/tag_exists_for_release",
        replace(ABSENT, tagged=8, untagged=("0.1", "0.2")),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    (
        "integrity/tag_exists_for_release",
        replace(ABSENT, tagged=9, untagged=("1.2.2",)),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    ("integrity/tag_exists_for_release", replace(ABSENT, tagged=9, untagged=("0.1",)), AGAINST, ""),
    ("integrity/tag_exists_for_release", replace(ABSENT, predecessors=2, tagged=2), N, NotObservedReason.INCONCLUSIVE),
    ("integrity/tag_on_branch", TAG, S, ""),
    ("integrity/tag_on_branch", tag(on_branch=False), N, NotObservedReason.INCONCLUSIVE),
    ("integrity/tag_on_branch", ABSENT, N, NotObservedReason.NOT_FOUND),
    ("integrity/tag_unmoved", TAG, N, NotObservedReason.NOT_LOOKED),
    ("integrity/tag_unmoved", tag(pinned="c" * 40, pinned_at=NOW - days(5)), S, ""),
    ("integrity/tag_unmoved", tag(pinned="c" * 40, pinned_at=NOW), N, NotObservedReason.FIRST_SIGHT),
    ("integrity/tag_unmoved", tag(pinned="b" * 40, pinned_at=NOW - days(5)), AGAINST, ""),
    ("integrity/tag_signed_by_known_key", TAG, S, ""),
    ("integrity/tag_signed_by_known_key", tag(key_before=0), N, NotObservedReason.FIRST_SIGHT),
    ("integrity/tag_signed_by_known_key", tag(key=""), N, NotObservedReason.INCONCLUSIVE),
    ("integrity/tag_signed_by_known_key", tag(signed=""), N, NotObservedReason.NOT_PUBLISHED),
    ("integrity/artifact_matches_source_tree", COMPARED, S, ""),
    ("integrity/artifact_matches_source_tree", replace(COMPARED, counts=((FileClass.COMPILED, 2),)), S, "text-only"),
    (
        "integrity/artifact_matches_source_tree",
        replace(COMPARED, counts=((FileClass.UNREAD, 1),)),
        N,
        NotObservedReason.INCOMPLETE,
    ),
    ("integrity/artifact_matches_source_tree", odd(OddFile("x.py", FileClass.MODIFIED)), AGAINST, ""),
    ("integrity/artifact_matches_source_tree", odd(OddFile("x.py", FileClass.PHANTOM_EXECUTABLE)), AGAINST, ""),
    (
        "integrity/artifact_matches_source_tree",
        odd(OddFile("x.pth", FileClass.PHANTOM_EXECUTABLE)),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    (
        "integrity/artifact_matches_source_tree",
        odd(OddFile("x.bin", FileClass.PHANTOM_DATA)),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    (
        "integrity/artifact_matches_source_tree",
        odd(OddFile("old.py", FileClass.IN_HISTORY)),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    (
        "integrity/artifact_matches_source_tree",
        odd(OddFile("configure", FileClass.PHANTOM_EXECUTABLE, buildable=True), autotools=True),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    ("provenance/control_held_by_known_people", HISTORY, S, ""),
    ("provenance/control_held_by_known_people", replace(HISTORY, control=0.2), S, "shifting"),
    ("provenance/control_held_by_known_people", MOVED, N, NotObservedReason.INCONCLUSIVE),
    (
        "provenance/control_held_by_known_people",
        replace(HISTORY, control=0.2, control_room=0.1),
        N,
        NotObservedReason.INCOMPLETE,
    ),
    ("provenance/control_held_by_known_people", YOUNG, N, NotObservedReason.INCONCLUSIVE),
    ("provenance/releaser_known", HISTORY, S, ""),
    ("provenance/releaser_known", releaser(new_for_days=540, prior_own=0), N, NotObservedReason.INCONCLUSIVE),
    ("provenance/releaser_known", releaser(new_for_days=None), N, NotObservedReason.NO_PREDECESSOR),
    ("provenance/releaser_known", releaser(name=""), N, NotObservedReason.NOT_PUBLISHED),
    ("provenance/signing_key_known", HISTORY, S, ""),
    ("provenance/signing_key_known", releaser(key_new=True), N, NotObservedReason.INCONCLUSIVE),
    ("provenance/signing_key_known", releaser(key_new=None), N, NotObservedReason.NO_PREDECESSOR),
    ("provenance/signing_key_known", releaser(signed=""), N, NotObservedReason.NOT_PUBLISHED),
    ("provenance/changes_landed_by_second_person", HISTORY, S, ""),
    ("provenance/changes_landed_by_second_person", replace(HISTORY, self_landed=61), N, NotObservedReason.INCONCLUSIVE),
    (
        "provenance/changes_landed_by_second_person",
        replace(HISTORY, second_landed=9, self_landed=9),
        N,
        NotObservedReason.INCOMPLETE,
    ),
    ("provenance/no_newcomer_opaque_binaries", HISTORY, S, ""),
    (
        "provenance/no_newcomer_opaque_binaries",
        replace(HISTORY, newcomer_binaries=3),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    (
        "provenance/no_newcomer_opaque_binaries",
        replace(HISTORY, newcomer_binaries=None),
        N,
        NotObservedReason.INCOMPLETE,
    ),
    ("provenance/no_newcomer_opaque_binaries", YOUNG, N, NotObservedReason.INCONCLUSIVE),
    ("provenance/no_sudden_displacement", HISTORY, S, ""),
    ("provenance/no_sudden_displacement", replace(HISTORY, incumbent_now=0.4), S, ""),
    (
        "provenance/no_sudden_displacement",
        replace(HISTORY, incumbent_now=0.4, newcomer_share=0.3),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    ("provenance/no_sudden_displacement", replace(HISTORY, window_commits=19), N, NotObservedReason.INCONCLUSIVE),
    ("provenance/active_before_release", HISTORY, S, ""),
    ("provenance/active_before_release", replace(HISTORY, dormant_days=541), S, "known-releaser"),
    (
        "provenance/active_before_release",
        replace(releaser(new_for_days=540), dormant_days=541),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    ("provenance/active_before_release", replace(HISTORY, dormant_days=None), N, NotObservedReason.NO_PREDECESSOR),
    ("provenance/contributors_affiliated", HISTORY, S, ""),
    (
        "provenance/contributors_affiliated",
        replace(HISTORY, domains=(("gmail.com", 90),)),
        N,
        NotObservedReason.NOT_PUBLISHED,
    ),
    ("responsiveness/fix_released_promptly", FIXES, S, "commits"),
    ("responsiveness/fix_released_promptly", replace(FIXES, fixes=(FIX,)), N, NotObservedReason.NOT_PUBLISHED),
    (
        "responsiveness/fix_released_promptly",
        replace(FIXES, fixes=(replace(FIX, days=None, release=""),) * 3),
        AGAINST,
        "",
    ),
    (
        "responsiveness/fix_released_promptly",
        replace(FIXES, fixes=(FIX, replace(FIX, days=30.0))),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    ("responsiveness/maintained_branches", LINES, S, ""),
    ("responsiveness/maintained_branches", replace(LINES, backports=(), branches=("1.1.x",)), S, "branch"),
    ("responsiveness/maintained_branches", replace(LINES, backports=()), N, NotObservedReason.NOT_PUBLISHED),
    ("responsiveness/disclosure_policy_present", POLICY, S, ""),
    ("responsiveness/disclosure_policy_present", replace(POLICY, private=None), S, "text"),
    (
        "responsiveness/disclosure_policy_present",
        replace(POLICY, state="absent-in-tree", paths=()),
        N,
        NotObservedReason.NOT_PUBLISHED,
    ),
    ("responsiveness/disclosure_policy_unweakened", POLICY, S, ""),
    (
        "responsiveness/disclosure_policy_unweakened",
        replace(POLICY, changes=(replace(CHANGE, tenure_days=2000),)),
        S,
        "",
    ),
    (
        "responsiveness/disclosure_policy_unweakened",
        replace(POLICY, changes=(CHANGE,)),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    (
        "responsiveness/disclosure_policy_unweakened",
        replace(POLICY, state="absent-in-tree", paths=(), changes=(replace(CHANGE, removed=True),)),
        N,
        NotObservedReason.INCONCLUSIVE,
    ),
    ("expertise/co_maintained", HISTORY, S, ""),
    ("expertise/co_maintained", replace(HISTORY, long_standing=("Ann",)), N, NotObservedReason.INCONCLUSIVE),
    ("expertise/co_maintained", YOUNG, N, NotObservedReason.INCONCLUSIVE),
    ("expertise/reviewed_by_others", HISTORY, S, ""),
    ("expertise/reviewed_by_others", replace(HISTORY, reviewed=0), S, "landed"),
    ("expertise/reviewed_by_others", replace(HISTORY, reviewed=0, second_landed=9), N, NotObservedReason.NOT_PUBLISHED),
    ("expertise/reviewed_by_others", replace(HISTORY, window_commits=19), N, NotObservedReason.INCONCLUSIVE),
]


@pytest.mark.parametrize(("signal", "claim", "status", "detail"), CASES)
def test_answer(signal, claim, status, detail):
    finding = ask(signal, claim)
    assert finding.status is status, finding
    assert (finding.reason if status is N else finding.grade) == detail


def test_moved_control_is_told_to_the_weighing():
    assert ask("provenance/control_held_by_known_people", MOVED).grade == CONTROL_CHANGED


SIGNALS = sorted({case[0] for case in CASES})


@pytest.mark.parametrize("signal", SIGNALS)
def test_nothing_collected_and_merely_declared_are_not_observed(signal):
    assert ask(signal).status is N
    claim = next(c[1] for c in CASES if c[0] == signal and c[2] is S)
    finding = ask(signal, replace(claim, known_by=KnownBy.DECLARED))
    assert (finding.status, finding.reason) == (N, NotObservedReason.DEPENDS)


@pytest.mark.parametrize("signal", SIGNALS)
def test_two_sources_that_differ_answer_the_less_favourable(signal):
    from simulators.evidence import saw

    mine = [c for c in CASES if c[0] == signal]
    good, bad = next(c for c in mine if c[2] is S), next(c for c in mine if c[2] is not S)
    assert ask(signal, saw(good[1], "git"), saw(bad[1], "mirror")).status is bad[2]
