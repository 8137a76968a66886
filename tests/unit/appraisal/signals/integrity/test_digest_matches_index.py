import dataclasses

import pytest

from simulators.evidence import NOW, SDIST, SUBJECT, WHEEL, WHEEL_SHA, ask, days, gap, saw, subject
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Status, Veto

ID = "integrity/digest_matches_index"
OTHER = "c3" * 32


def measured(digest=WHEEL_SHA, listed=WHEEL_SHA, name=WHEEL):
    return MeasuredDigest(name, digest, listed, 1000)


def test_supports_equal_digests_in_either_case():
    assert ask(ID, measured()).status is Status.SUPPORTS
    assert ask(ID, measured(listed=WHEEL_SHA.upper())).status is Status.SUPPORTS


def test_other_bytes_than_listed_are_a_veto():
    finding = ask(ID, measured(digest=OTHER))
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.TAMPERED)


def test_other_bytes_than_the_subject_names_are_a_veto():
    finding = ask(ID, measured(digest=OTHER, listed=OTHER))
    assert (finding.status, finding.veto) == (Status.OPPOSES, Veto.TAMPERED)


def test_the_subject_still_counts_when_the_index_lists_none():
    assert ask(ID, measured(digest=OTHER, listed="")).veto is Veto.TAMPERED
    assert ask(ID, measured(listed="")).reason is NotObservedReason.NOT_PUBLISHED


def test_a_subject_without_a_digest_is_judged_by_the_index():
    bare = dataclasses.replace(SUBJECT, artifact=dataclasses.replace(SUBJECT.artifact, sha256=""))
    assert ask(ID, measured(digest=OTHER, listed=OTHER), about=bare).status is Status.SUPPORTS


@pytest.mark.parametrize(("digest", "listed"), [("", WHEEL_SHA), (WHEEL_SHA, "sha256"), ("zz" * 32, ""), ("\n", "\n")])
def test_a_text_that_is_no_digest_is_malformed(digest, listed):
    assert ask(ID, measured(digest, listed)).reason is NotObservedReason.MALFORMED


def test_another_file_says_nothing():
    assert ask(ID, measured(OTHER, WHEEL_SHA, SDIST)).reason is NotObservedReason.INCOMPLETE
    assert ask(ID, measured(), about=subject("")).reason is NotObservedReason.INCOMPLETE


def test_missing_passes_the_reason_on():
    assert ask(ID, gap(MeasuredDigest, NotObservedReason.OFFLINE)).reason is NotObservedReason.OFFLINE
    assert ask(ID).reason is NotObservedReason.NOT_LOOKED


def test_a_second_source_that_differs_is_believed():
    finding = ask(ID, measured(), saw(measured(listed=OTHER), source="mirror"))
    assert (finding.veto, finding.sources) == (Veto.TAMPERED, ("mirror",))


def test_a_newer_look_of_the_same_source_replaces_the_older():
    broken = saw(measured(digest=OTHER), at=NOW - days(1))
    assert ask(ID, broken, measured()).status is Status.SUPPORTS


@pytest.mark.parametrize(
    ("size", "listed", "whole", "words"),
    [
        (400, 1000, False, "truncated: 400 of 1000 B"),
        (400, 1000, True, "shorter: 400 of 1000 B"),
        (400_000_000, 1_000_000_000, False, "truncated: 400000000 of 1000000000 B"),
        (400, None, False, "not readable to its end"),
        (1000, 1000, False, "not readable to its end"),
        (1000, 1000, True, ""),
        (2000, 1000, True, ""),
    ],
)
def test_bytes_that_end_early_are_said_to_and_are_still_not_the_file(size, listed, whole, words):
    claim = dataclasses.replace(measured(digest=OTHER), size=size, listed_size=listed, whole=whole)
    finding = ask(ID, claim)
    assert finding.veto is Veto.TAMPERED
    assert OTHER[:8] in finding.because
    assert words in finding.because
    assert words or finding.because.endswith("…")


LONG, LONGER = "ab" * 64, "cd" * 64


@pytest.mark.parametrize("listed", ["", WHEEL_SHA])
def test_sha512_of_the_index_is_compared_whether_or_not_it_names_a_sha256(listed):
    same = dataclasses.replace(measured(listed=listed), measured_sha512=LONG, listed_sha512=LONG)
    assert ask(ID, same).status is Status.SUPPORTS
    assert ask(ID, dataclasses.replace(same, measured_sha512=LONGER)).veto is Veto.TAMPERED
    assert ask(ID, dataclasses.replace(same, measured_sha512="")).reason is NotObservedReason.MALFORMED


def test_sha512_that_a_list_pins_is_compared_beside_the_listed_sha256():
    pinned = dataclasses.replace(SUBJECT, artifact=dataclasses.replace(SUBJECT.artifact, sha512=LONG))
    claim = dataclasses.replace(measured(), measured_sha512=LONG)
    assert ask(ID, claim, about=pinned).status is Status.SUPPORTS
    assert ask(ID, dataclasses.replace(claim, measured_sha512=LONGER), about=pinned).veto is Veto.TAMPERED
