"""The source about advisories: databases on disk, a service, the index; nothing later than the judged day."""

import json
import os
from dataclasses import replace
from datetime import datetime

import pytest

from simulators.advisories import RUST, Service, osv
from simulators.evidence import NOW, SUBJECT, days, evidence, history
from simulators.index import serving
from simulators.world import world
from supplytrust.collection.sources import advisories as source
from supplytrust.io.context import SourceClaim
from supplytrust.model.claims.advisory import AdvisoryHistory, AdvisoryKind, MaintenanceNotices, OpenAdvisories
from supplytrust.model.claims.history import FixHistory, FixRelease
from supplytrust.model.claims.release import KnownVulnerabilities, KnownVulnerability, ProjectMetadata
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObserved, NotObservedReason
from supplytrust.model.subject import Subject

OPEN = osv("PYSEC-1", "demo", ("introduced", "1.0"), ("fixed", "1.3"), aliases=["CVE-1"])
PAST = osv("PYSEC-2", "demo", ("introduced", "0"), ("fixed", "1.1"), published="2024-01-10T00:00:00Z")
OTHER = osv("PYSEC-3", "another", ("introduced", "0"))
INDEX = KnownVulnerabilities("1.2.3", (KnownVulnerability("PYSEC-1", (), ("1.3",), withdrawn=False),))
CRATE = Subject("pkg:cargo/old-crate@0.2.0", "cargo", "old-crate", "0.2.0")
METADATA = ProjectMetadata("demo", "1.2.3", "", "", "", (), (), "", "")


def base(tmp_path, *entries):
    path = tmp_path / "base.json"
    path.write_text(json.dumps(list(entries)))
    return str(path)


def look(tmp_path, *known, osv_path="", service="none", about=SUBJECT, at: datetime = NOW, index=True, offline=False):
    with serving([]) as running, world(running, tmp_path / "w", at=at, offline=offline) as opened:
        settings = replace(opened.settings, osv=osv_path, advisory_service=service)
        settings = settings if index else replace(settings, index={})
        told = source.observe(about, evidence(*known, about=about), replace(opened, settings=settings))
    return {
        type(t.claim) if isinstance(t, SourceClaim) else {k.__name__: k for k in source.OFFERS}[t.claim]: t
        for t in told
    }


def claim(told, kind):
    assert isinstance(told[kind], SourceClaim), told[kind]
    return told[kind].claim


def test_open_past_and_foreign_advisories(tmp_path):
    told = look(
        tmp_path, history(("1.0", 800), ("1.1", 700), ("1.2.3", 100)), osv_path=base(tmp_path, OPEN, PAST, OTHER)
    )
    found = claim(told, OpenAdvisories)
    assert ([a.id for a in found.advisories], found.undecided) == (["CVE-1"], ())
    assert [(d.name, d.about, d.records, d.unread) for d in found.databases] == [("base.json", 2, 3, 0)]
    past = claim(told, AdvisoryHistory).advisories
    assert [(p.advisory.id, p.answered, p.released) for p in past] == [("CVE-1", True, False), ("PYSEC-2", True, True)]
    assert told[OpenAdvisories].method == "asked base.json"


def test_nothing_later_than_the_judged_day(tmp_path):
    later = osv("PYSEC-9", "demo", ("introduced", "0"), published="2026-01-01T00:00:00Z")
    given = base(tmp_path, OPEN, later, {**PAST, "withdrawn": "2026-02-01T00:00:00Z", "affected": OPEN["affected"]})
    then = claim(look(tmp_path, osv_path=given, at=datetime.fromisoformat("2025-06-01T00:00:00Z")), OpenAdvisories)
    assert [a.id for a in then.advisories] == ["CVE-1", "PYSEC-2"]
    assert [(u.reason, u.count) for u in then.unread] == [("later", 1)]
    assert then.databases[0].newest == datetime.fromisoformat("2025-06-01T00:00:00Z")
    now = claim(look(tmp_path, osv_path=given), OpenAdvisories)
    assert [a.id for a in now.advisories] == ["CVE-1", "PYSEC-9"]
    assert [(u.reason, u.count) for u in now.unread] == [("withdrawn", 1)]


def test_index_and_database_are_merged_by_alias(tmp_path):
    told = look(tmp_path, INDEX, osv_path=base(tmp_path, OPEN))
    found = claim(told, OpenAdvisories)
    assert [(a.id, a.databases) for a in found.advisories] == [("CVE-1", ("base.json", "index"))]
    assert [d.name for d in found.databases] == ["base.json", "index"]


def test_the_index_alone_tells_what_is_open_but_not_the_past(tmp_path):
    told = look(tmp_path, INDEX, METADATA)
    assert [a.id for a in claim(told, OpenAdvisories).advisories] == ["PYSEC-1"]
    assert told[AdvisoryHistory].reason is NotObservedReason.NOT_LOOKED
    assert claim(told, MaintenanceNotices).inactive is False


def test_a_database_of_other_packages_was_not_asked(tmp_path):
    told = look(tmp_path, osv_path=base(tmp_path, osv("RUSTSEC-1", "x", ("introduced", "0.0.0"), ecosystem=RUST)))
    assert {m.reason for m in told.values() if isinstance(m, NotObserved)} == {NotObservedReason.NOT_LOOKED}
    assert "nothing about pypi" in told[OpenAdvisories].detail


def test_nothing_configured_is_not_looked(tmp_path):
    told = look(tmp_path)
    assert {m.reason for m in told.values()} == {NotObservedReason.NOT_LOOKED}


def test_an_unreadable_database_is_no_clean_one(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    alone = look(tmp_path, osv_path=str(tmp_path / "bad.json"))
    assert {m.reason for m in alone.values()} == {NotObservedReason.MALFORMED}
    assert "bad.json" in alone[OpenAdvisories].detail
    with_index = claim(look(tmp_path, INDEX, osv_path=str(tmp_path / "bad.json")), OpenAdvisories)
    assert [(u.reason, u.count) for u in with_index.unread] == [("database", 1)]
    assert look(tmp_path, osv_path=str(tmp_path / "gone"))[OpenAdvisories].reason is NotObservedReason.NOT_FOUND


def test_malformed_records_of_the_package_are_counted(tmp_path):
    found = claim(look(tmp_path, osv_path=base(tmp_path, PAST, {**OPEN, "published": "soon"})), OpenAdvisories)
    assert [(u.reason, u.count) for u in found.unread] == [("malformed", 1)]
    assert found.databases[0].unread == 1


def test_a_range_that_cannot_be_compared_is_undecided(tmp_path):
    odd = osv("PYSEC-7", "demo", ("introduced", "0"), ("fixed", "final"))
    found = claim(look(tmp_path, osv_path=base(tmp_path, odd)), OpenAdvisories)
    assert (found.advisories, found.undecided) == ((), ("PYSEC-7",))


def test_malicious_records_keep_their_kind(tmp_path):
    found = claim(look(tmp_path, osv_path=base(tmp_path, osv("MAL-1", "demo", versions=["1.2.3"]))), OpenAdvisories)
    assert [a.kind for a in found.advisories] == [AdvisoryKind.MALICIOUS]
    spared = claim(look(tmp_path, osv_path=base(tmp_path, osv("MAL-1", "demo", versions=["1.2.4"]))), OpenAdvisories)
    assert (spared.advisories, spared.undecided) == ((), ())


def test_any_type_of_package_and_its_notices(tmp_path):
    notice = osv("RUSTSEC-1", "old_crate", ("introduced", "0.0.0-0"), ecosystem=RUST, scheme="SEMVER")
    notice["affected"][0]["database_specific"] = {"informational": "unmaintained"}
    told = look(tmp_path, osv_path=base(tmp_path, notice), about=CRATE)
    assert [a.kind for a in claim(told, MaintenanceNotices).notices] == [AdvisoryKind.UNMAINTAINED]
    assert claim(told, MaintenanceNotices).archived is None
    assert claim(told, OpenAdvisories).advisories == ()


def test_the_projects_own_word(tmp_path):
    gone = replace(METADATA, classifiers=("Development Status :: 7 - Inactive",), archived=True)
    notices = claim(look(tmp_path, gone), MaintenanceNotices)
    assert (notices.inactive, notices.archived, notices.databases) == (True, True, ())


@pytest.mark.parametrize(("known_by", "committed"), [(KnownBy.CONFIRMED, True), (KnownBy.DECLARED, False)])
def test_fix_commits_of_the_packages_own_repository_only(tmp_path, known_by, committed):
    fixes = FixHistory(known_by, 5, (FixRelease("a" * 40, ("CVE-1",), NOW - days(9), "1.3", 1.0),))
    (past,) = claim(look(tmp_path, fixes, osv_path=base(tmp_path, OPEN)), AdvisoryHistory).advisories
    assert (past.committed_at is not None) is committed


def test_a_service_is_asked_for_the_package_without_its_version(tmp_path):
    with Service({"vulns": [OPEN], "next_page_token": "1"}, {"vulns": [PAST, OTHER]}) as service:
        told = look(tmp_path, service=service.url)
        assert service.questions == [
            {"path": "/v1/query", "package": {"purl": "pkg:pypi/demo"}},
            {"path": "/v1/query", "package": {"purl": "pkg:pypi/demo"}, "page_token": "1"},
        ]
    found = claim(told, OpenAdvisories)
    assert ([a.id for a in found.advisories], [d.name for d in found.databases]) == (["CVE-1"], ["OSV service"])
    assert len(claim(told, AdvisoryHistory).advisories) == 2
    assert told[OpenAdvisories].digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        (Service(status=503), NotObservedReason.UNREACHABLE),
        (Service(status=400), NotObservedReason.REFUSED),
        (Service(body=b"<html>"), NotObservedReason.MALFORMED),
        (Service(body=b"[]"), NotObservedReason.MALFORMED),
        (Service({"vulns": {}}), NotObservedReason.MALFORMED),
        (Service({"vulns": [], "next_page_token": "0"}), NotObservedReason.TOO_LARGE),
    ],
)
def test_a_configured_service_that_fails_is_no_clean_answer(tmp_path, service, reason):
    with service:
        alone = look(tmp_path, service=service.url)
        assert {m.reason for m in alone.values()} == {reason}
        with_index = claim(look(tmp_path, INDEX, service=service.url), OpenAdvisories)
    assert [(u.reason, u.count) for u in with_index.unread] == [("database", 1)]


def test_offline_is_a_reason_and_packages_of_an_own_index_are_not_named_to_the_public_service(tmp_path):
    public = look(tmp_path, service="", index=False, offline=True)
    assert {m.reason for m in public.values()} == {NotObservedReason.OFFLINE}
    private = look(tmp_path, service="", offline=True)
    assert {m.reason for m in private.values()} == {NotObservedReason.NOT_LOOKED}
    assert "index of the configuration" in private[OpenAdvisories].detail
    with_index = claim(look(tmp_path, INDEX, service="", index=False, offline=True), OpenAdvisories)
    assert with_index.unread == ()


def test_two_looks_are_equal_and_an_old_kept_answer_keeps_its_day(tmp_path):
    with Service({"vulns": [OPEN]}) as service:
        first, again = (look(tmp_path, INDEX, service=service.url, osv_path=base(tmp_path, OPEN)) for _ in range(2))
        assert first == again
        assert [d.newest is None for d in claim(first, OpenAdvisories).databases] == [False, True, True]
        (kept,) = [p for p in (tmp_path / "w" / "http" / "queries").rglob("*") if p.is_file()]
        os.utime(kept, ((NOW - days(3)).timestamp(),) * 2)
        old = look(tmp_path, service=service.url, offline=True)
    assert [d.newest for d in claim(old, OpenAdvisories).databases] == [NOW - days(3)]


@pytest.mark.parametrize(
    "good", [OTHER, osv("GHSA-1", "kit", ("introduced", "0"), ecosystem="npm")], ids=["pypi", "npm"]
)
@pytest.mark.parametrize(
    ("name", "data"), [("part.zip", b"PK\x03\x04 torn"), ("part.json", b'[{"id": "PYSEC-1", "aff')]
)
def test_a_part_of_a_database_that_cannot_be_read_may_be_about_any_package(tmp_path, name, data, good):
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "good.json").write_text(json.dumps(good))
    assert claim(look(tmp_path / "before", INDEX, osv_path=str(folder)), OpenAdvisories).unread == ()
    (folder / name).write_bytes(data)
    found = claim(look(tmp_path / "after", INDEX, osv_path=str(folder)), OpenAdvisories)
    assert [(u.reason, u.count) for u in found.unread] == [("malformed", 1)]


def test_the_name_of_a_local_file_stays_here(tmp_path):
    with Service({"vulns": [OPEN]}) as service:
        local = Subject("pkg:generic/plans?checksum=sha256:" + "ab" * 32, "generic", "plans", "")
        told = look(tmp_path, service=service.url, about=local)
        assert service.questions == []
    assert all(isinstance(t, NotObserved) for t in told.values())


def test_a_service_that_is_away_is_told_in_words(tmp_path):
    told = look(tmp_path, service="http://127.0.0.1:9")
    assert told[OpenAdvisories].detail == "the advisory service did not answer"
    assert told[OpenAdvisories].reason is NotObservedReason.UNREACHABLE


@pytest.mark.parametrize(
    ("versions", "kind"), [(["1.2.3"], AdvisoryKind.MALICIOUS), (["1.2.2"], AdvisoryKind.VULNERABILITY)]
)
def test_only_a_version_that_is_called_malicious_is(tmp_path, versions, kind):
    given = base(tmp_path, OPEN, osv("MAL-1", "demo", versions=versions, aliases=["CVE-1"]))
    (found,) = claim(look(tmp_path, osv_path=given), OpenAdvisories).advisories
    assert (found.kind, found.aliases) == (kind, ("CVE-1", "PYSEC-1"))


def test_an_index_that_lists_by_exact_version_knows_nothing_of_local_ones(tmp_path):
    build = Subject("pkg:pypi/demo@1.2.3%2Bcu118", "pypi", "demo", "1.2.3+cu118")
    told = look(tmp_path, KnownVulnerabilities("1.2.3+cu118", ()), about=build)
    assert isinstance(told[OpenAdvisories], NotObserved)
    bad = KnownVulnerability("PYSEC-9", (), (), withdrawn=False)
    told = look(tmp_path, KnownVulnerabilities("1.2.3+cu118", (bad,)), about=build)
    assert [a.id for a in claim(told, OpenAdvisories).advisories] == ["PYSEC-9"]
    assert isinstance(look(tmp_path, KnownVulnerabilities("1.2.3", ()))[OpenAdvisories], SourceClaim)


def test_a_local_build_has_the_advisories_of_its_release(tmp_path):
    build = Subject("pkg:pypi/demo@1.2.3%2Bcu118", "pypi", "demo", "1.2.3+cu118")
    last = osv("PYSEC-4", "demo", ("introduced", "0"), ("last_affected", "1.2.3"))
    told = look(tmp_path, osv_path=base(tmp_path, last), about=build)
    assert [a.id for a in claim(told, OpenAdvisories).advisories] == ["PYSEC-4"]
