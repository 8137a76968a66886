"""Policy texts become claims: from the main branch of a repository, and from the sdist."""

from datetime import UTC, datetime

from simulators.index import Project, Quirks, Release, sdist, serving, wheel
from simulators.repository import Repository, day
from simulators.world import world
from supplytrust.collection.scheduler import collect_claims
from supplytrust.collection.sources import artifact, index, stability
from supplytrust.ecosystems import PackageRequest, for_type
from supplytrust.ecosystems.pypi.versions import VERSIONS
from supplytrust.evidence.repository import history, response
from supplytrust.evidence.repository.people import People
from supplytrust.io.git.repository import open_folder
from supplytrust.model.claims.history import DisclosurePolicy, DisclosurePromises, PromiseKind, SupportRule
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason

THEN = "Reports are answered within 7 days.\n"
NOW = "Reports to security@example.org; fixes within 30 days.\n\n| 2.x | yes |\n| 1.x | no |\n"


def claims(folder, *, at, files=None, version="1.0"):
    sim = Repository()
    sim.commit("Ann Author", day(0), files if files is not None else {"SECURITY.md": THEN}, "start")
    sim.tag("v1.0", "Ann Author", day(1))
    if files is None:
        sim.commit("Ann Author", day(100), {"SECURITY.md": NOW}, "more")
    path = sim.build(folder / "repo")
    view = open_folder(path, folder)
    log = history.read_log(view, at)
    tag = next(iter(log.tags), None)
    moment = int(day(1).timestamp())
    made = response.policy_claims(
        view, People(log, VERSIONS), tag.commit if tag else "", moment, at, KnownBy.GIVEN, VERSIONS.read(version)
    )
    return {type(c): c for c in made}


def test_the_release_has_its_text_and_the_branch_its_promise(tmp_path):
    made = claims(tmp_path, at=day(200))
    assert made[DisclosurePolicy].private is False
    promise = made[DisclosurePromises]
    assert (promise.private, promise.within(PromiseKind.FIX), promise.rule) == (True, 30, SupportRule.LISTED)
    assert (promise.judged, promise.row, promise.file_name, promise.path) == (False, "1.x", "", "SECURITY.md")
    assert promise.as_of == day(100)


def test_a_past_day_shows_the_text_of_that_day(tmp_path):
    promise = claims(tmp_path, at=day(50))[DisclosurePromises]
    assert (promise.within(PromiseKind.FIX), promise.within(PromiseKind.ACKNOWLEDGE)) == (None, 7)


def test_without_a_text_there_is_no_promise(tmp_path):
    assert DisclosurePromises not in claims(tmp_path, at=day(200), files={"README.md": NOW})


def observed(folder, files):
    made = [wheel("demo", "1.0"), sdist("demo", "1.0", files)] if files is not None else [wheel("demo", "1.0")]
    with serving([Project("demo", [Release("1.0", made)])], Quirks()) as server, world(server, folder) as w:
        return collect_claims(
            for_type("pypi").resolve(PackageRequest("pypi", "demo"), w), w, (artifact, index, stability)
        )


def test_the_text_of_an_sdist(tmp_path):
    evidence = observed(tmp_path, {"demo/__init__.py": "", ".github/SECURITY.md": NOW, "SECURITY.md": "short"})
    seen = evidence.newest(DisclosurePromises)
    assert (seen.claim.path, seen.claim.file_name) == (".github/SECURITY.md", "demo-1.0.tar.gz")
    assert seen.claim.known_by is KnownBy.CONFIRMED
    assert seen.claim.as_of == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert seen.claim.judged is False


def test_no_text_and_no_sdist_have_reasons(tmp_path):
    assert (
        observed(tmp_path, {"demo/__init__.py": ""}).gap(DisclosurePromises).reason is NotObservedReason.NOT_PUBLISHED
    )
    assert observed(tmp_path / "2", None).gap(DisclosurePromises).reason is NotObservedReason.NOT_PUBLISHED
