"""Real histories rebuilt as repositories: the takeovers show before the bad release, healthy ones rarely alarm."""

from datetime import UTC, datetime

import pytest

from simulators.evidence import NOW, WHEEL, ask, evidence, saw
from simulators.histories import repository
from supplytrust.appraisal.judge import judge
from supplytrust.appraisal.policies.loader import load
from supplytrust.appraisal.signals import catalogue
from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.evidence.repository import control, history
from supplytrust.evidence.repository.people import DAY, People
from supplytrust.io.git.repository import open_folder
from supplytrust.model.claims.source_tree import FileClass, KnownBy, OddFile, SourceComparison
from supplytrust.model.evidence import Evidence
from supplytrust.model.finding import CONTROL_CHANGED
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Area, Outcome, Status

TODAY = datetime(2026, 11, 20, tzinfo=UTC)
MOVED = 0.25
# measured on the full repositories, docs/evaluation-git.md
XZ = {
    "v5.2.11": 0.302, "v5.4.2": 0.303, "v5.2.12": 0.304, "v5.4.3": 0.304, "v5.4.4": 0.305, "v5.4.5": 0.295,
    "v5.5.1alpha": 0.347, "v5.4.6": 0.347, "v5.5.2beta": 0.321, "v5.6.0": 0.326, "v5.6.1": 0.330,
}  # fmt: skip
EVENT_STREAM = {"3.3.5": 0.435, "3.3.6": 0.503, "4.0.0": 0.530, "4.0.1": 0.558}
SINCE = datetime(2016, 1, 1, tzinfo=UTC).timestamp()  # as in the measurements the threshold comes from
HEALTHY = ("attrs", "packaging", "certifi", "idna", "charset-normalizer")


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    made = {}

    def load(case, at=TODAY):
        if (case, at) not in made:
            folder = tmp_path_factory.mktemp(case)
            view = open_folder(repository(case).build(folder / "repo"), folder)
            made[case, at] = view, People(history.read_log(view, at), VERSIONS)
        return made[case, at]

    return load


def summary(view, people, release):
    opaque = history.opaque_of(view, control.binary_candidates(people.window(release.at)))
    claim = control.summarize(people, release, release.at, KnownBy.GIVEN, opaque)
    assert claim is not None
    return claim


@pytest.mark.parametrize(("case", "expected"), [("xz", XZ), ("event-stream", EVENT_STREAM)])
@pytest.mark.thorough
def test_control_score_of_the_attack_releases(cases, case, expected):
    view, people = cases(case)
    found = {r.name: summary(view, people, r).control for r in people.releases if r.name in expected}
    assert found == pytest.approx(expected, abs=0.02)
    assert min(found.values()) >= MOVED


def test_xz_holds_with_named_evidence_a_year_before_the_bad_release(cases):
    view, people = cases("xz", datetime(2023, 3, 19, tzinfo=UTC))
    release = next(r for r in people.releases if r.name == "v5.4.2")
    claim = summary(view, people, release)
    finding = ask("provenance/control_held_by_known_people", claim, at=claim.at)
    assert (finding.status, finding.grade) == (Status.NOT_OBSERVED, CONTROL_CHANGED)
    assert "Jia Tan" in finding.because
    assert claim.contributors[0].evidence
    for other in ("releaser_known", "signing_key_known", "no_sudden_displacement"):
        told = ask(f"provenance/{other}", claim, at=claim.at)
        assert told.status is not Status.OPPOSES
    assert ask("provenance/releaser_known", claim, at=claim.at).status is Status.NOT_OBSERVED
    assert ask("provenance/signing_key_known", claim, at=claim.at).status is Status.NOT_OBSERVED
    assert people.releases[-1].at < datetime(2023, 3, 20, tzinfo=UTC).timestamp()


@pytest.mark.thorough
def test_xz_binaries_and_landing_at_the_end(cases):
    view, people = cases("xz")
    claim = summary(view, people, next(r for r in people.releases if r.name == "v5.6.0"))
    assert claim.newcomer_binaries == 9
    assert ask("provenance/no_newcomer_opaque_binaries", claim).status is Status.NOT_OBSERVED
    assert ask("expertise/co_maintained", claim).status is Status.NOT_OBSERVED


def test_event_stream_holds_four_days_before(cases):
    view, people = cases("event-stream")
    claim = summary(view, people, next(r for r in people.releases if r.name == "3.3.5"))
    assert claim.dormant_days > 540
    for name in ("control_held_by_known_people", "releaser_known", "active_before_release"):
        assert ask(f"provenance/{name}", claim).status is Status.NOT_OBSERVED


@pytest.mark.parametrize("case", ["xz", "event-stream"])
def test_no_history_signal_opposes_at_any_release(cases, case):
    view, people = cases(case)
    signals = [s for s in catalogue() if s.META.id.startswith((Area.PROVENANCE, Area.EXPERTISE))]
    for release in people.releases[-12:]:
        claim = summary(view, people, release)
        seen = evidence(claim)
        for signal in signals:
            if type(claim) in signal.META.claims:
                assert ask(signal.META.id, claim, about=seen.subject).status is not Status.OPPOSES


@pytest.mark.thorough
def test_five_healthy_histories_are_flagged_in_less_than_five_percent(cases):
    flagged, seen = [], 0
    for case in HEALTHY:
        view, people = cases(case)
        first = people.log.first
        assert first is not None
        for release in people.releases:
            if release.at - first < 3 * 365 * DAY or release.at < SINCE:
                continue
            seen += 1
            window = people.window(release.at)
            candidates = control.binary_candidates(window)
            opaque = history.opaque_of(view, candidates) if candidates else {}
            claim = control.summarize(people, release, release.at, KnownBy.GIVEN, opaque)
            assert claim is not None
            if ask("provenance/control_held_by_known_people", claim).grade == CONTROL_CHANGED:
                flagged.append((case, release.name))
    assert seen > 120
    assert len(flagged) / seen < 0.05, flagged


def verdict(*claims):
    """What the shipped policies say of a release of which only the repository is known."""
    about = evidence(*claims)
    whole = Evidence(about.subject.purl, NOW, (about,), ())
    return {name: judge(whole, load(name), NOW).outcome for name in ("baseline", "production", "keep")}


def test_a_takeover_is_referred_and_only_an_integrity_fact_refuses(cases):
    view, people = cases("xz")
    claim = summary(view, people, next(r for r in people.releases if r.name == "v5.4.2"))
    seen = saw(claim, source="git")
    assert set(verdict(seen).values()) == {Outcome.REFER}
    tree = SourceComparison(
        WHEEL, ArtifactKind.WHEEL, KnownBy.GIVEN, "v5.6.1", "f" * 40, 9, ((FileClass.MATCH, 8), (FileClass.MODIFIED, 1)),
        (OddFile("a.py", FileClass.MODIFIED),), 1,
    )  # fmt: skip
    assert set(verdict(seen, saw(tree, source="git")).values()) == {Outcome.REFUSE}
