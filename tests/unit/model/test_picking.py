import itertools

from simulators.evidence import (
    NOW,
    SDIST,
    SUBJECT,
    WHEEL,
    days,
    evidence,
    files,
    gap,
    listed_file,
    moment,
    saw,
    subject,
)
from supplytrust.appraisal.signals.support.select import (
    current,
    files_of,
    first_of,
    judged_file,
    least_favourable,
    looked_at,
    nothing_about,
    of_file,
    of_release,
    show_text,
)
from supplytrust.model.claims.artifact import MeasuredDigest
from supplytrust.model.claims.release import ReleaseFiles
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.finding import SignalMeta
from supplytrust.model.vocabulary import Veto

META = SignalMeta("build/demo", (ReleaseFiles,))


def measured(name=WHEEL, digest="aa"):
    return MeasuredDigest(name, digest, "aa", 1)


def test_of_one_source_the_newest_counts_file_by_file():
    old, new = saw(measured(digest="bb"), at=NOW - days(1)), saw(measured())
    sdist = saw(measured(SDIST), at=NOW - days(9))
    other = saw(measured(), source="mirror", at=NOW - days(5))
    seen = evidence(old, new, sdist, other)
    assert set(current(seen, MeasuredDigest)) == {new, sdist, other}
    assert of_file(seen, MeasuredDigest, SDIST) == (sdist,)
    assert of_file(seen, MeasuredDigest, "") == ()


def test_what_does_not_fit_does_not_replace():
    fitting, newer = saw(measured(digest="aa"), at=NOW - days(1)), saw(measured(digest="bb"))
    assert current(evidence(fitting, newer), MeasuredDigest, lambda c: c.measured == "aa") == (fitting,)


def test_claims_of_equal_time_all_stay():
    assert len(current(evidence(measured(digest="aa"), measured(digest="bb")), MeasuredDigest)) == 2


def test_only_the_judged_version():
    mine = saw(files())
    assert of_release(evidence(mine, files(version="9")), SUBJECT) == (mine,)


def test_files_of_a_release_the_judged_one_first():
    assert files_of(SUBJECT) == (WHEEL, SDIST)
    assert files_of(subject(SDIST)) == (SDIST, WHEEL)
    assert files_of(SUBJECT, sources=True) == (SDIST,)
    assert (judged_file(subject("")), files_of(subject(""))) == ("", ())


def test_the_least_favourable_answer_in_any_order():
    cited = (saw(files()),)
    best, worse = META.supports("b", cited), META.supports("a", cited, grade="weak")
    unlisted = META.supports("c", cited, grade="?")
    unseen, against = META.not_observed(NotObservedReason.INCOMPLETE, "d"), META.opposes("e", cited)
    veto = META.opposes("e", cited, veto=Veto.TAMPERED)
    ranked = [best, worse, unlisted, unseen, against, veto]
    for low, high in itertools.combinations(ranked, 2):
        assert least_favourable((low, high), ("", "weak")) is high
        assert least_favourable((high, low), ("", "weak")) is high


def test_the_reason_when_nothing_fits():
    only_other = evidence(files(version="9"))
    assert nothing_about(META, only_other, ReleaseFiles, "1.2.3").reason is NotObservedReason.INCOMPLETE
    explained = evidence(files(version="9"), gap(ReleaseFiles, NotObservedReason.OFFLINE, source="mirror"))
    assert nothing_about(META, explained, ReleaseFiles, "1.2.3").reason is NotObservedReason.OFFLINE
    assert nothing_about(META, evidence(), ReleaseFiles, "1.2.3").reason is NotObservedReason.NOT_LOOKED


def test_a_look_is_never_later_than_the_judged_moment():
    seen = saw(files(listed_file()))
    assert looked_at(seen, moment(NOW + days(9))) == NOW
    assert looked_at(seen, moment(NOW - days(9))) == NOW - days(9)


def test_foreign_text_is_shown_on_one_short_line():
    assert show_text("plain.whl") == "plain.whl"
    assert show_text("a\nb\x1b[0m\u202e") == "a?b?[0m?"
    long = show_text("demo-1.2.3-" + "cp312-" * 30 + "x86_64.whl")
    assert (len(long), long[:10], long[-4:]) == (40, "demo-1.2.3", ".whl")
    assert first_of(["x"]) == "x"
    assert first_of(["x", "y", "z"]) == "x and 2 more"
