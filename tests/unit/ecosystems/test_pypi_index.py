"""Resolving and listing releases against an index on 127.0.0.1, with the faults that real indexes have."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from simulators.index import LONG_AGO, Index, Project, Quirks, Release, history, sdist, serving, wheel
from simulators.world import HURRIED, NOW, PATIENT, world
from supplytrust import errors
from supplytrust.ecosystems import PackageRequest, for_type
from supplytrust.ecosystems.pypi import simple
from supplytrust.model.subject import ArtifactKind

pypi = for_type("pypi")
DAY = timedelta(days=1)


def resolve(index, folder, name="demo", version="", file_name="", specifier="", **options):
    with world(index, folder, **options) as w:
        return pypi.resolve(PackageRequest("pypi", name, version=version, file_name=file_name, specifier=specifier), w)


def facts(index, folder, version="", **options):
    with world(index, folder, **options) as w:
        return pypi.facts(pypi.resolve(PackageRequest("pypi", "demo", version=version), w), w)


DEMO = history("Demo", "0.9", "1.0", "1.1", "2.0rc1")

QUIRKS = {
    "as it should be": Quirks(),
    "html only": Quirks(html=True),
    "relative urls": Quirks(relative=True),
    "html with relative urls": Quirks(html=True, relative=True),
    "no upload times in the listing": Quirks(html=True, upload_times=False),
    "no sizes": Quirks(sizes=False),
    "no versioned documents": Quirks(versioned_json=False),
    "html for what is missing": Quirks(versioned_json=False, html_for_missing=True),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("quirks", QUIRKS.values(), ids=QUIRKS)
def test_all_honest_forms_of_an_index_give_the_same_subject_and_history(tmp_path, quirks):
    with serving([DEMO], quirks) as index:
        subject = resolve(index, tmp_path)
        told = facts(index, tmp_path)
    assert (subject.purl, subject.name, subject.version) == ("pkg:pypi/demo@1.1", "demo", "1.1")
    assert subject.artifact.file_name == "Demo-1.1-py3-none-any.whl"
    assert [a.file_name for a in subject.others] == ["Demo-1.1.tar.gz"]
    assert subject.artifact.sha256 == DEMO.releases[2].files[0].sha256
    assert [r.version for r in told.history.releases] == ["0.9", "1.0", "1.1", "2.0rc1"]
    assert told.history.predecessor == "1.0"
    assert told.files.uploaded_at == DEMO.releases[2].at
    assert [f.size for f in told.files.files] == [len(f.data) for f in DEMO.releases[2].files]
    assert told.owners.roles == (("alice", "Owner"), ("bob", "Owner"))
    assert told.metadata.for_version == "1.1"


def test_an_older_version_is_described_by_its_own_document_or_by_its_artifact(tmp_path):
    with serving([DEMO]) as index:
        told = facts(index, tmp_path / "a", "1.0")
        assert (told.metadata.for_version, told.vulnerabilities.version) == ("1.0", "1.0")
        index.quirks = Quirks(versioned_json=False)
        told = facts(index, tmp_path / "b", "1.0")
    assert told.metadata.for_version == "1.0"
    assert told.vulnerabilities is None
    assert ("KnownVulnerabilities", "incomplete") in [m[:2] for m in told.missing]


@pytest.mark.parametrize(
    ("quirks", "reason"),
    [
        (Quirks(json_api=False), "not-found"),
        (Quirks(json_api=False, html_for_missing=True), "malformed"),
        (Quirks(garbage=("/pypi",)), "malformed"),
        (Quirks(status={"/pypi": 500}), "unreachable"),
        (Quirks(status={"/pypi": 403}), "refused"),
        (Quirks(status={"/pypi": 429}), "rate-limited"),
    ],
)
def test_a_missing_or_broken_json_api_is_a_gap_with_its_reason(tmp_path, quirks, reason):
    with serving([DEMO], quirks) as index:
        told = facts(index, tmp_path)
    assert told.owners is None
    assert told.vulnerabilities is None
    assert told.metadata.for_version == "1.1"  # the artifact's own
    assert {(name, code) for name, code, _ in told.missing} == {
        ("ProjectMetadata", reason),
        ("ReleaseOwners", reason),
        ("KnownVulnerabilities", reason),
    }
    assert all(detail and index.root not in detail for _, _, detail in told.missing)


@pytest.mark.parametrize(
    ("quirks", "error"),
    [
        (Quirks(garbage=("/simple",)), errors.MalformedError),
        (Quirks(status={"/simple": 500}), errors.UnreachableError),
        (Quirks(status={"/simple": 403}), errors.RefusedError),
        (Quirks(hold=("/simple",)), errors.UnreachableError),
    ],
)
def test_an_index_that_cannot_list_is_an_error(tmp_path, quirks, error):
    with serving([DEMO], quirks) as index, pytest.raises(error):
        resolve(index, tmp_path, limits=HURRIED if quirks.hold else PATIENT)


def test_unknown_packages_versions_and_files_are_not_found(tmp_path):
    with serving([DEMO]) as index:
        for wrong in ({"name": "other"}, {"version": "7"}, {"file_name": "x.whl"}, {"specifier": ">9"}):
            with pytest.raises(errors.NotFoundError):
                resolve(index, tmp_path, **wrong)
        index.quirks = Quirks(html_for_missing=True)
        with pytest.raises(errors.SourceError):
            resolve(index, tmp_path / "b", name="other")


def test_words_that_are_no_version_or_name_are_the_callers_mistake(tmp_path):
    with serving([DEMO]) as index:
        for wrong in ({"name": "../x"}, {"version": "one"}, {"specifier": "=>1"}):
            with pytest.raises(errors.InvalidSubjectError):
                resolve(index, tmp_path, **wrong)


def test_the_newest_final_release_that_is_not_yanked_is_taken(tmp_path):
    yanked = [replace(f, yanked="broken") for f in (wheel("demo", "1.2"), sdist("demo", "1.2"))]
    project = Project("demo", [*DEMO.releases, Release("1.2", yanked, LONG_AGO + 90 * DAY)])
    for quirks in (Quirks(), Quirks(html=True)):
        with serving([project], quirks) as index:
            folder = tmp_path / str(quirks.html)
            assert resolve(index, folder).version == "1.1"
            assert resolve(index, folder, version="1.2").version == "1.2"
            assert resolve(index, folder, specifier="==1.2").version == "1.2"
            assert resolve(index, folder, specifier=">=2.0rc1").version == "2.0rc1"
            told = facts(index, folder, "1.2")
            assert (told.files.yanked, told.files.yanked_reason) == (True, "broken")


def test_a_project_of_pre_releases_only_still_resolves(tmp_path):
    with serving([history("demo", "1.0a1", "1.0a2")]) as index:
        assert resolve(index, tmp_path).version == "1.0a2"


def test_what_was_uploaded_later_is_not_there_yet(tmp_path):
    at = DEMO.releases[1].at + DAY
    with serving([DEMO]) as index:
        assert resolve(index, tmp_path, at=at).version == "1.0"
        told = facts(index, tmp_path, at=at)
        assert [r.version for r in told.history.releases] == ["0.9", "1.0"]
        with pytest.raises(errors.NotFoundError):
            resolve(index, tmp_path, at=at, version="1.1")
        with pytest.raises(errors.NotFoundError):
            resolve(index, tmp_path, at=LONG_AGO - DAY)


def test_files_of_unknown_time_are_seen_today_and_not_in_the_past(tmp_path):
    with serving([DEMO], Quirks(html=True, upload_times=False, json_api=False)) as index:
        assert resolve(index, tmp_path).version == "1.1"
        assert facts(index, tmp_path).files.uploaded_at is None
        with pytest.raises(errors.NotFoundError):
            resolve(index, tmp_path, at=NOW - DAY)


def test_a_late_file_of_a_release_is_hidden_by_itself(tmp_path):
    late = replace(wheel("demo", "1.0"), at=LONG_AGO + 100 * DAY)
    with serving([Project("demo", [Release("1.0", [late, sdist("demo", "1.0")])])]) as index:
        early = resolve(index, tmp_path, at=LONG_AGO + DAY)
        assert early.artifact.kind is ArtifactKind.SDIST
        assert resolve(index, tmp_path).artifact.kind is ArtifactKind.WHEEL


def test_the_wheel_an_install_would_take_is_judged_and_the_rest_listed(tmp_path):
    files = [wheel("demo", "1.0", tag=t) for t in ("cp27-cp27m-win32", "py3-none-any", "cp311-abi3-plan9_riscv")]
    with serving([Project("demo", [Release("1.0", [*files, sdist("demo", "1.0")])])]) as index:
        subject = resolve(index, tmp_path)
        assert subject.artifact.file_name == "demo-1.0-py3-none-any.whl"
        assert len(subject.others) == 3
        named = resolve(index, tmp_path, version="1.0", file_name="demo-1.0.tar.gz")
        assert named.artifact.file_name == "demo-1.0.tar.gz"
        assert named.purl == "pkg:pypi/demo@1.0?file_name=demo-1.0.tar.gz"
    foreign = [wheel("demo", "1.0", tag="cp311-abi3-plan9_riscv"), sdist("demo", "1.0")]
    with serving([Project("demo", [Release("1.0", foreign)])]) as index:
        assert resolve(index, tmp_path / "b").artifact.kind is ArtifactKind.SDIST


def test_file_names_without_a_version_are_counted_not_judged(tmp_path):
    odd = [replace(sdist("demo", "1.0"), name=n) for n in ("demo-latest.tar.gz", "demo-1.0.linux-x86_64.tar.gz")]
    for html in (False, True):
        with serving([Project("demo", [Release("1.0", [sdist("demo", "1.0"), *odd])])], Quirks(html=html)) as index:
            told = facts(index, tmp_path / str(html))
        kinds = {f.file_name: f.kind for f in told.files.files}
        assert kinds == {"demo-1.0.tar.gz": ArtifactKind.SDIST, "demo-1.0.linux-x86_64.tar.gz": ArtifactKind.OTHER}
        assert "1 files without a readable version" in told.method


def test_provenance_is_told_where_the_index_speaks_of_it(tmp_path):
    attested = replace(wheel("demo", "1.0"), provenance={"version": 1})
    project = Project("demo", [Release("1.0", [attested, sdist("demo", "1.0")])])
    for html in (False, True):
        with serving([project], Quirks(html=html)) as index:
            told = facts(index, tmp_path / str(html))
        assert {f.kind: f.attested for f in told.files.files} == {ArtifactKind.WHEEL: True, ArtifactKind.SDIST: False}
    with serving([DEMO], Quirks(html=True)) as index:
        assert {f.attested for f in facts(index, tmp_path / "c").files.files} == {None}


@pytest.mark.parametrize(
    ("owners", "organization", "expected"),
    [
        (("alice",), None, ("", (("alice", "Owner"),))),
        ((), "acme", ("acme", ())),
        ((), None, None),
        (None, None, None),
    ],
)
def test_an_organization_without_roles_is_recorded_and_nobody_at_all_is_a_gap(tmp_path, owners, organization, expected):
    with serving([replace(DEMO, owners=owners, organization=organization)]) as index:
        told = facts(index, tmp_path)
    seen = told.owners and (told.owners.organization, told.owners.roles)
    assert seen == expected
    assert (expected is None) == ("ReleaseOwners" in [m[0] for m in told.missing])


def test_advisories_published_later_are_hidden(tmp_path):
    advisory = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fixed_in": ["2"], "published": "2024-06-01T00:00:00Z"}
    malicious = {"id": "MAL-2024-1", "aliases": [], "withdrawn": "2024-07-01T00:00:00Z"}
    release = replace(DEMO.releases[2], vulnerabilities=[advisory, malicious, "odd", {"id": 3}])
    with serving([replace(DEMO, releases=[*DEMO.releases[:2], release])]) as index:
        now = facts(index, tmp_path).vulnerabilities.vulnerabilities
        then = facts(index, tmp_path, at=release.at + DAY).vulnerabilities.vulnerabilities
    assert [(v.id, v.malicious, v.withdrawn) for v in now] == [("MAL-2024-1", True, True), ("PYSEC-1", False, False)]
    assert [v.id for v in then] == ["MAL-2024-1"]


WRONG_TYPES = [None, 3, "text", [], {}, [1, "x"], {"a": 1}, True, {"Source": "https://[", "Home": "\x00"}]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("wrong", WRONG_TYPES)
def test_wrong_types_anywhere_in_a_document_are_gaps_never_crashes(tmp_path, wrong):
    fields = ("version", "project_urls", "requires_dist", "summary", "classifiers", "license", "home_page")
    info = dict.fromkeys(fields, wrong)
    release = replace(DEMO.releases[2], info=info, vulnerabilities=[wrong, {"id": wrong, "aliases": wrong}])
    with serving([replace(DEMO, releases=[*DEMO.releases[:2], release])]) as index:
        told = facts(index, tmp_path)
    assert told.files.version == "1.1"
    assert told.metadata.for_version == "1.1"


def test_bytes_come_once_and_then_from_the_blob_store(tmp_path):
    with serving([DEMO]) as index:
        with world(index, tmp_path) as w:
            subject = pypi.resolve(PackageRequest("pypi", "demo"), w)
            first = pypi.fetch(subject, subject.artifact, w)
            assert first == pypi.fetch(subject, subject.artifact, w) == DEMO.releases[2].files[0].data
        assert sum(path.startswith("/files/") for path in index.requests) == 1
    with world(index, tmp_path, offline=True) as w:
        assert pypi.fetch(subject, subject.artifact, w) == first
        assert pypi.resolve(PackageRequest("pypi", "demo"), w) == subject


def test_bytes_with_another_digest_are_handed_over_but_not_kept(tmp_path):
    forged = replace(wheel("demo", "1.0"), listed_sha256="0" * 64)
    with serving([Project("demo", [Release("1.0", [forged])])]) as index, world(index, tmp_path) as w:
        subject = pypi.resolve(PackageRequest("pypi", "demo"), w)
        assert pypi.fetch(subject, subject.artifact, w) == forged.data
        assert not (tmp_path / "cache").exists()


def test_first_release_and_the_list_for_rebuilding(tmp_path):
    with serving([DEMO]) as index, world(index, tmp_path, at=DEMO.releases[1].at) as w:
        assert pypi.first_release("Demo", w) == LONG_AGO
        assert {str(f.version) for f in pypi.index_files("demo", w)} == {"0.9", "1.0"}
        assert all(f.url.startswith(index.root) for f in pypi.index_files("demo", w))
    silent = Quirks(html=True, upload_times=False, json_api=False)
    with serving([DEMO], silent) as index, world(index, tmp_path / "b") as w:
        assert pypi.first_release("demo", w) is None


def test_an_index_is_one_door_and_is_asked_little(tmp_path):
    with serving([DEMO]) as index:
        with world(index, tmp_path) as w:
            subject = pypi.resolve(PackageRequest("pypi", "demo"), w)
            pypi.facts(subject, w)
            pypi.facts(subject, w)
        assert index.requests == ["/simple/demo/", "/pypi/demo/json"]
        assert isinstance(index, Index)


# --- the newest minute --------------------------------------------------------------------------------


def test_a_release_of_the_last_minute_is_seen(tmp_path):
    with serving([history("demo", "1.0")]) as index:
        assert resolve(index, tmp_path).version == "1.0"
        index.projects["demo"] = history("demo", "1.0", "1.1")
        assert resolve(index, tmp_path).version == "1.1"
        assert resolve(index, tmp_path, version="1.1").version == "1.1"
        assert facts(index, tmp_path, "1.1").history.predecessor == "1.0"


def test_a_yank_of_the_last_minute_is_seen(tmp_path):
    demo = history("demo", "1.0", "1.1")
    with serving([demo]) as index:
        assert not facts(index, tmp_path, "1.1").files.yanked
        files = [replace(f, yanked="broken") for f in demo.releases[1].files]
        index.projects["demo"] = replace(demo, releases=[demo.releases[0], replace(demo.releases[1], files=files)])
        assert facts(index, tmp_path, "1.1").files.yanked_reason == "broken"
        assert resolve(index, tmp_path).version == "1.0"


def test_a_project_in_quarantine_since_a_minute_is_gone(tmp_path):
    demo = history("demo", "1.0")
    with serving([demo]) as index:
        resolve(index, tmp_path)
        index.projects["demo"] = replace(demo, releases=[replace(demo.releases[0], files=[])])
        with pytest.raises(errors.NotFoundError):
            resolve(index, tmp_path)


def test_owners_and_advisories_of_the_last_minute_are_seen(tmp_path):
    demo = history("demo", "1.0")
    with serving([demo]) as index:
        assert facts(index, tmp_path).owners.roles[0][0] == "alice"
        found = {"id": "PYSEC-2026-1", "aliases": [], "fixed_in": [], "withdrawn": None}
        releases = [replace(demo.releases[0], vulnerabilities=[found])]
        index.projects["demo"] = replace(demo, owners=("mallory",), releases=releases)
        told = facts(index, tmp_path)
    assert told.owners.roles == (("mallory", "Owner"),)
    assert [v.id for v in told.vulnerabilities.vulnerabilities] == ["PYSEC-2026-1"]


def test_offline_the_kept_listing_is_used_and_its_age_told(tmp_path):
    said = []
    with serving([history("demo", "1.0")]) as index:
        assert "as it was" not in facts(index, tmp_path).method
    with world(index, tmp_path, offline=True) as w:
        w = replace(w, progress=lambda event, detail: said.append((event, detail)))
        told = pypi.facts(pypi.resolve(PackageRequest("pypi", "demo"), w), w)
    assert "as it was on 20" in told.method
    assert [event for event, _ in said] == ["notice"]


# --- odd and hostile listings -------------------------------------------------------------------------

ENTRY = {"url": "../../files/demo/x", "hashes": {}, "upload-time": "2020-01-01T00:00:00Z", "size": 7}


def listed(*entries):
    """The files of a JSON listing with these entries, and how many were left out."""
    document = {"files": [{**ENTRY, "filename": "demo-1.0.tar.gz", **entry} for entry in entries]}
    found = simple._parse(json.dumps(document).encode(), "https://example.org/simple/demo/", "demo")
    return found.files, found.skipped


@pytest.mark.parametrize("odd", ["\n", "\x1b[31m", "\x00", "\u202e", "\ud800", "\udcff", "\u2028", "\x7f"])
def test_what_of_a_name_cannot_be_shown_stands_as_an_escape(odd):
    (file,), skipped = listed({"filename": f"demo-1.0-py3-none-a{odd}y.whl"})
    assert skipped == 0
    assert file.file_name.isprintable()
    file.file_name.encode()
    assert file.kind is ArtifactKind.WHEEL


@pytest.mark.parametrize("octet", ["%ff", "%00", "%0a", "%1b%5b31m", "%ed%a0%80", "%e2%80%ae"])
def test_escapes_of_a_page_without_utf8_form_are_shown(octet):
    page = f'<h1>x</h1><a href="demo-1.0-py3-none-a{octet}y.whl">x</a><a href="demo-1.0-py3-none-a%feay.whl">x</a>'
    found = simple._parse(page.encode(), "https://example.org/simple/demo/", "demo")
    assert len({f.file_name for f in found.files}) == 2  # what differs stays different
    assert all(f.file_name.isprintable() and f.file_name.encode() for f in found.files)


@pytest.mark.parametrize("name", ["demo-1.0-py3-none-a/../b.whl", "../demo-1.0.tar.gz", "demo-1.0/x.tar.gz"])
def test_a_name_that_leads_elsewhere_is_no_file(name):
    assert listed({"filename": name}, {})[1] == 1
    page = f'<h1>x</h1><a href="{quote(name, safe="")}">x</a><a href="demo-1.0.tar.gz">x</a>'
    found = simple._parse(page.encode(), "https://example.org/simple/demo/", "demo")
    assert [f.file_name for f in found.files] == ["demo-1.0.tar.gz"]


def test_one_entry_that_cannot_be_read_never_costs_the_others():
    files, skipped = listed({}, {"url": "http://[::1", "filename": "demo-0.9.tar.gz"}, {"filename": 7}, {"url": None})
    assert ([f.file_name for f in files], skipped) == (["demo-1.0.tar.gz"], 3)
    assert listed({"provenance": "http://[::1"})[0][0].attested is True
    page = '<h1>x</h1><a href="http://[::1/demo-0.9.tar.gz">x</a><a href="demo-1.0.tar.gz">x</a>'
    found = simple._parse(page.encode(), "https://example.org/simple/demo/", "demo")
    assert ([f.file_name for f in found.files], found.skipped) == (["demo-1.0.tar.gz"], 1)


def test_a_name_listed_twice_is_one_file_of_which_only_what_agrees_is_known():
    one = {"hashes": {"sha256": "a" * 64}}
    assert len(listed(one, one)[0]) == 1
    assert listed(one, one)[0][0].sha256 == "a" * 64
    (file,), _ = listed(one, {"hashes": {"sha256": "b" * 64}, "yanked": "bad", "size": 8})
    assert (file.sha256, file.size, file.yanked, file.yanked_reason) == ("", None, True, "bad")
    (file,), _ = listed(one, {**one, "upload-time": "2026-01-01T00:00:00Z"})
    assert file.uploaded_at.year == 2026
    (file,), _ = listed(one, {**one, "upload-time": None})
    assert file.uploaded_at is None


@pytest.mark.parametrize("size", [-1, 1.5, 10**30, 2**53, True, "7", None, [7]])
def test_a_size_that_is_none_is_unknown(size):
    assert listed({"size": size})[0][0].size is None


def test_a_document_about_another_project_is_not_believed(tmp_path):
    releases = [replace(DEMO.releases[1], info={"name": "other"})]
    with serving([Project("demo", releases)]) as index:
        told = facts(index, tmp_path)
    assert told.owners is None
    assert {reason for name, reason, _ in told.missing if name == "ReleaseOwners"} == {"malformed"}
