"""Fuzzing: what runs beats what lies there; an unconfirmed repository says nothing."""

import pytest

from simulators.evidence import VERSION, ask, gap
from supplytrust.model.claims.code import FuzzingSetup, FuzzPart, FuzzPlace
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status

ID = "expertise/fuzzed"


def part(what, path="fuzz/one.py"):
    return (FuzzPart(path, what),)


def setup(
    place=FuzzPlace.TREE, known_by=KnownBy.CONFIRMED, runs=(), targets=(), properties=(), unread=0, version=VERSION
):
    known = known_by if place is not FuzzPlace.SDIST else None
    return FuzzingSetup(
        version, place, "v1", known, runs, targets, properties, (), len(targets), len(properties), 9, unread
    )


RUNS = part("CIFuzz", ".github/workflows/fuzz.yml")


@pytest.mark.parametrize(
    ("claims", "grade"),
    [
        ([setup(runs=RUNS)], "workflow"),
        ([setup(runs=RUNS), setup(FuzzPlace.OSS_FUZZ, runs=RUNS)], ""),
        ([setup(FuzzPlace.OSS_FUZZ, runs=RUNS)], ""),
        ([setup(FuzzPlace.SDIST, targets=part("atheris")), setup(runs=RUNS)], "workflow"),
        ([setup(targets=part("atheris"))], "targets"),
        ([setup(FuzzPlace.SDIST, runs=RUNS)], "targets"),
        ([setup(properties=part("hypothesis")), setup(FuzzPlace.SDIST, targets=part("atheris"))], "targets"),
        ([setup(properties=part("hypothesis"))], "properties"),
    ],
)
def test_the_strongest_place_counts(claims, grade):
    finding = ask(ID, *claims)
    assert (finding.status, finding.grade) == (Status.SUPPORTS, grade)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (setup(), NotObservedReason.NOT_PUBLISHED),
        (setup(unread=3), NotObservedReason.INCOMPLETE),
        (setup(known_by=KnownBy.DECLARED, runs=RUNS), NotObservedReason.DEPENDS),
        (setup(FuzzPlace.OSS_FUZZ, KnownBy.DECLARED, runs=RUNS), NotObservedReason.DEPENDS),
        (setup(version="9.9", runs=RUNS), NotObservedReason.INCOMPLETE),
        (gap(FuzzingSetup, NotObservedReason.UNREACHABLE), NotObservedReason.UNREACHABLE),
    ],
)
def test_what_shows_nothing(claim, reason):
    finding = ask(ID, claim)
    assert (finding.status, finding.reason) == (Status.NOT_OBSERVED, reason)


def test_what_would_count_is_named():
    declared = setup(FuzzPlace.OSS_FUZZ, KnownBy.DECLARED, runs=part("OSS-Fuzz", "projects/demo/project.yaml"))
    finding = ask(ID, setup(FuzzPlace.SDIST), declared)
    assert finding.reason is NotObservedReason.DEPENDS
    assert finding.because == "the declared repository (projects/demo/project.yaml) was not confirmed by any file"
    assert ask(ID, setup(FuzzPlace.SDIST, targets=part("atheris")), declared).grade == "targets"
    assert ask(ID, setup(FuzzPlace.SDIST), setup(known_by=KnownBy.DECLARED)).reason is NotObservedReason.NOT_PUBLISHED


def test_paths_are_shown_short():
    assert ask(ID, setup(runs=part("x" * 500, "y" * 500))).status is Status.SUPPORTS
    assert ask(ID, setup(properties=part("x" * 500, "y" * 500))).status is Status.SUPPORTS
