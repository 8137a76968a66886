"""Every form of database becomes the same records; one bad record costs itself only, with its reason."""

import json
import zipfile
from datetime import UTC, datetime

import pytest

from simulators.advisories import RUST, osv, rustsec
from supplytrust.ecosystems import package_key
from supplytrust.errors import MalformedError, NotFoundError
from supplytrust.evidence.advisories import documents
from supplytrust.evidence.advisories.record import ANY, BrokenRecordError, Record
from supplytrust.model.claims.advisory import AdvisoryKind

DAY = datetime(2025, 1, 10, tzinfo=UTC)
ONE = osv("PYSEC-1", "Demo_Kit", ("introduced", "0"), ("fixed", "1.2"), aliases=["CVE-1"])
TWO = osv("PYSEC-2", "other", ("introduced", "1"))


def read(path):
    told = list(documents.read_documents(path, package_key))
    return [t for t in told if isinstance(t, Record)], [t for t in told if isinstance(t, BrokenRecordError)]


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


YAML = """\
id: PYSEC-1
aliases: [CVE-1]
published: 2025-01-10T00:00:00Z
modified: "2025-01-10T00:00:00Z"
withdrawn: null
affected:
- package: {name: Demo_Kit, ecosystem: PyPI}
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: "0"
    - fixed: 1.2
  versions: []
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.json", json.dumps(ONE)),
        ("bom.json", b"\xef\xbb\xbf" + json.dumps(ONE).encode()),
        ("array.json", json.dumps([ONE])),
        ("rows.jsonl", json.dumps(ONE) + "\n\n"),
        ("rows.ndjson", json.dumps(ONE)),
        ("one.yaml", YAML),
        ("one.yml", YAML),
        ("no_suffix", json.dumps(ONE)),
    ],
)
def test_every_form_gives_the_same_record(tmp_path, name, content):
    records, broken = read(written(tmp_path, name, content))
    assert broken == []
    (record,) = records
    assert (record.id, record.aliases, record.type, record.name) == ("PYSEC-1", ("CVE-1",), "pypi", "demo-kit")
    assert (record.published, record.withdrawn, record.fixed_in) == (DAY, None, ("1.2",))


def test_yaml_versions_stay_texts(tmp_path):
    text = YAML.replace("fixed: 1.2", "fixed: 1.10")
    assert read(written(tmp_path, "one.yaml", text))[0][0].fixed_in == ("1.10",)


def test_a_folder_and_a_zip_hold_many_forms(tmp_path):
    folder = tmp_path / "base"
    (folder / "vulns").mkdir(parents=True)
    (folder / ".github").mkdir()
    written(folder / "vulns", "a.json", json.dumps(TWO))
    written(folder / "vulns", "b.yaml", YAML)
    written(folder, "RUSTSEC-1.md", rustsec("RUSTSEC-2025-0001", "crate_one", patched=[">= 1.0"]))
    written(folder, "README.md", "# A database\n")
    written(folder, "policy.yaml", "schema: 1\n")
    written(folder / ".github", "c.json", json.dumps(osv("PYSEC-3", "hidden", ("introduced", "0"))))
    written(folder, "notes.txt", "nothing")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in folder.rglob("*"):
            if path.is_file() and ".github" not in path.parts:
                archive.write(path, path.name)
    for where in (folder, tmp_path / "all.zip"):
        records, broken = read(where)
        assert ({r.id for r in records}, broken) == ({"PYSEC-1", "PYSEC-2", "RUSTSEC-2025-0001"}, [])


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"affected": []}, ("", "")),
        ({"affected": [{"package": {"name": "demo"}}]}, ("", "")),
        ({"affected": ["demo"]}, ("", "")),
        ({"published": "soon"}, ("pypi", "demo-kit")),
        ({"withdrawn": 7}, ("pypi", "demo-kit")),
        ({"affected": [osv("X", "demo", ("fixed", "1"))["affected"][0]]}, ("pypi", "demo")),
        ({"affected": [osv("X", "demo", ("introduced", "0"), ("fixed", ""))["affected"][0]]}, ("pypi", "demo")),
        ({"affected": [osv("X", "demo", ("introduced", "0"), scheme="ROMAN")["affected"][0]]}, ("pypi", "demo")),
    ],
)
def test_a_broken_record_is_told_with_its_package_and_costs_only_itself(tmp_path, change, about):
    records, broken = read(written(tmp_path, "a.json", json.dumps([{**ONE, **change}, TWO])))
    assert [r.id for r in records] == ["PYSEC-2"]
    assert [b.about for b in broken] == [about]


def test_bad_lines_and_files_of_a_folder_cost_only_themselves(tmp_path):
    rows = written(tmp_path, "rows.jsonl", f"{{\n{json.dumps(ONE)}\n{'[' * 100_000}\n")
    assert [len(part) for part in read(rows)] == [1, 2]
    folder = tmp_path / "base"
    folder.mkdir()
    written(folder, "good.json", json.dumps(TWO))
    written(folder, "bad.json", b"\xff{")
    written(folder, "bad.yaml", "a: [")
    written(folder, "deep.yaml", "[" * 5_000)
    written(folder, "bad.md", "```toml\n[advisory\n```\n")
    assert [len(part) for part in read(folder)] == [1, 4]


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", "{"), ("a.zip", b"PK"), ("a.yaml", "a: ["), ("b.json", b"\xff")]
)
def test_a_wholly_unreadable_database_is_named(tmp_path, name, content):
    with pytest.raises(MalformedError, match=name):
        list(documents.read_documents(written(tmp_path, name, content), package_key))


def test_a_missing_database_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="gone"):
        list(documents.read_documents(tmp_path / "gone", package_key))


def test_the_fingerprint_follows_the_content(tmp_path):
    path = written(tmp_path, "a.json", json.dumps(ONE))
    before = documents.fingerprint(path)
    assert documents.fingerprint(path) == before
    path.write_text(json.dumps([ONE, TWO]))
    assert documents.fingerprint(path) != before


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, AdvisoryKind.VULNERABILITY),
        ({"id": "MAL-2025-1"}, AdvisoryKind.MALICIOUS),
        ({"aliases": ["MAL-2025-1"]}, AdvisoryKind.MALICIOUS),
        ({"database_specific": {"malicious-packages-origins": []}}, AdvisoryKind.MALICIOUS),
        ({"summary": "malicious code in demo"}, AdvisoryKind.VULNERABILITY),
    ],
)
def test_kinds_of_osv_records(tmp_path, fields, kind):
    assert read(written(tmp_path, "a.json", json.dumps({**ONE, **fields})))[0][0].kind is kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [("unmaintained", AdvisoryKind.UNMAINTAINED), ("unsound", AdvisoryKind.UNSOUND), ("notice", AdvisoryKind.NOTICE)],
)
def test_notices_of_rust_in_both_forms(tmp_path, word, kind):
    markdown = written(tmp_path, "a.md", rustsec("RUSTSEC-2025-0001", "old_crate", informational=word))
    entry = osv("RUSTSEC-2025-0001", "old_crate", ("introduced", "0.0.0-0"), ecosystem=RUST, scheme="SEMVER")
    entry["affected"][0]["database_specific"] = {"informational": word}
    for path in (markdown, written(tmp_path, "a.json", json.dumps(entry))):
        record = read(path)[0][0]
        assert (record.kind, record.type, record.name) == (kind, "cargo", "old-crate")


def test_rust_examples_parts_of_the_compiler_and_foreign_text_are_no_records(tmp_path):
    for text in (
        rustsec("RUSTSEC-0000-0000", "mycrate"),
        rustsec("CVE-2025-1", "std", collection="rust"),
        "```toml\n[other]\n```\n",
        "plain",
    ):
        assert read(written(tmp_path, "a.md", text)) == ([], [])


def test_malicious_is_a_category_of_the_rust_database_not_a_word(tmp_path):
    filed = {"id": "R-1", "package": "a", "date": "2025-01-10", "patched": [], "unaffected": [], "malicious": True}
    path = written(tmp_path, "a.json", json.dumps([filed, {**filed, "id": "R-2", "categories": ["malicious"]}]))
    assert [r.kind for r in read(path)[0]] == [AdvisoryKind.VULNERABILITY, AdvisoryKind.MALICIOUS]


def test_the_compact_extracts(tmp_path):
    python = {
        "id": "PYSEC-2021-108",
        "package": "Demo",
        "published": "2021-06-29 11:15:00",
        "modified": "2021-07-02T18:56:20",
        "withdrawn": None,
        "aliases": ["CVE-2"],
        "introduced": ["2.0", "0"],
        "fixed": ["2.1", "1.9"],
        "severity": ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"],
    }
    rust = {
        "id": "RUSTSEC-1",
        "package": "demo_crate",
        "date": "2025-01-10",
        "informational": None,
        "withdrawn": "2025-02-01",
        "cvss": None,
        "aliases": [],
        "patched": [">= 1.0", "^0.9.3", "< 0.1"],
        "unaffected": [],
        "title": "A defect",
    }
    bad = {**python, "introduced": [3]}
    records, broken = read(written(tmp_path, "a.json", json.dumps([python, rust, bad])))
    assert [b.about for b in broken] == [("pypi", "demo")]
    assert records[0].published == datetime(2021, 6, 29, 11, 15, tzinfo=UTC)
    assert len(records[0].ranges[0].events) == 4
    assert (records[1].fixed_in, records[1].withdrawn) == (("1.0", "0.9.3"), datetime(2025, 2, 1, tzinfo=UTC))


def test_fix_commits_come_from_git_ranges_and_fix_references(tmp_path):
    commit, other = "a" * 40, "b" * 40
    entry = osv("PYSEC-1", "demo", ("introduced", "0"))
    entry["affected"][0]["ranges"].append(
        {"type": "GIT", "repo": "r", "events": [{"introduced": "0"}, {"fixed": commit}]}
    )
    entry["references"] = [
        {"type": "FIX", "url": f"https://example.org/demo/commit/{other}"},
        {"type": "WEB", "url": f"https://example.org/demo/commit/{'c' * 40}"},
    ]
    assert read(written(tmp_path, "a.json", json.dumps(entry)))[0][0].fix_commits == (commit, other)


def test_names_are_compared_as_their_ecosystem_does():
    assert package_key("pypi", "Demo.Kit__x") == ("pypi", "demo-kit-x")
    assert package_key("cargo", "Demo_kit") == ("cargo", "demo-kit")
    assert package_key("maven", "org.example:Kit") == ("maven", "org.example/kit")
    assert package_key("npm", "@scope/Kit") == ("npm", "@scope/Kit")  # old names differ by case alone


def test_other_ecosystems_without_a_type_are_left_out(tmp_path):
    entries = [
        osv("A", "kit", ("introduced", "0"), ecosystem="Debian:12"),
        osv("B", "kit", ("introduced", "0"), ecosystem="npm"),
    ]
    assert [r.type for r in read(written(tmp_path, "a.json", json.dumps(entries)))[0]] == ["npm"]


def test_a_folder_may_hold_zips_and_a_broken_one_may_be_about_any_package(tmp_path):
    folder = tmp_path / "base"
    folder.mkdir()
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("PYSEC-1.json", json.dumps(ONE))
    (folder / "torn.zip").write_bytes((folder / "all.zip").read_bytes()[:-30])
    records, broken = read(folder)
    assert [r.id for r in records] == ["PYSEC-1"]
    assert len(broken) == 1
    assert "torn.zip" in str(broken[0])
    assert broken[0].about == ANY


def test_lines_are_read_one_at_a_time_and_too_long_ones_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "ONE_RECORD", 2_000)
    rows = [json.dumps(ONE), json.dumps({**TWO, "details": "x" * 5_000}), json.dumps(TWO), '{"id": "' + "x" * 2_500]
    records, broken = read(written(tmp_path, "rows.jsonl", "\n".join(rows)))
    assert [r.id for r in records] == ["PYSEC-1", "PYSEC-2"]
    assert [str(b) for b in broken] == ["a line is too long for one record"] * 2
