"""A corpus of advisories by defect, and some that are too large or too deep to be kept: each costs only itself.

`tests/bad/advisories/<defect>/<file>` is read as a folder; `expected.tsv` says what becomes of it: `broken` with what is
said about it, `foreign` (no advisory at all, left out), or `undecided`: read, and no version can be told.
"""

import csv
import io
import json
import resource
import zipfile
from pathlib import Path

import pytest

from simulators.advisories import osv
from simulators.cost import within
from supplytrust.ecosystems import package_key, versions_of
from supplytrust.errors import MalformedError, TooLargeError
from supplytrust.evidence.advisories import documents
from supplytrust.evidence.advisories.record import BrokenRecordError, Record, affects

CORPUS = Path(__file__).parents[3] / "bad" / "advisories"
EXPECTED = list(csv.DictReader(io.StringIO((CORPUS / "expected.tsv").read_text("utf-8")), delimiter="\t"))
ONE = osv("PYSEC-1", "demo", ("introduced", "0"), ("fixed", "1.2"))


def test_the_corpus_and_its_table_name_the_same_defects():
    assert sorted(p.name for p in CORPUS.iterdir() if p.is_dir()) == sorted(row["defect"] for row in EXPECTED)
    assert len(EXPECTED) >= 40


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["defect"])
def test_a_defect_costs_only_itself(row, tmp_path):
    told = list(documents.read_documents(CORPUS / row["defect"], package_key))
    broken = [t for t in told if isinstance(t, BrokenRecordError)]
    records = [t for t in told if isinstance(t, Record)]
    if row["outcome"] == "foreign":
        assert told == []
    elif row["outcome"] == "broken":
        assert ([row["text"] in str(b) for b in broken], records) == ([True], [])
    else:
        assert ([r.id for r in records], broken) == ([row["text"]], [])
        assert affects(records[0], "1.0.0", versions_of(records[0].type)) is None
    (file,) = (CORPUS / row["defect"]).iterdir()
    (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "good.json").write_text(json.dumps({**ONE, "id": "GOOD"}))
    assert [r.id for r in documents.read_documents(tmp_path, package_key) if isinstance(r, Record)][-1] == "GOOD"


def bounded(path):
    """The broken ones of a database, read in a second and 200 MB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = within(2, lambda: list(documents.read_documents(path, package_key)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    return [str(t) for t in told if isinstance(t, BrokenRecordError)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.json", "[" * 200_000),
        ("deep.yaml", "[" * 50_000),
        ("number.json", '{"id": ' + "9" * 50_000 + "}"),
        ("deep.md", "```toml\n[advisory]\nx = " + "[" * 50_000 + "\n```\n"),
    ],
)
def test_too_deep_and_too_long(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert len(bounded(tmp_path)) == 1


def test_yaml_that_refers_to_itself_many_times_stays_small(tmp_path):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    (tmp_path / "bomb.yaml").write_text("\n".join([*rows, "id: PYSEC-1", "affected: *a29", "aliases: *a29"]))
    assert len(bounded(tmp_path)) <= 9


def test_a_zip_whose_members_are_too_large(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b" " * (documents.ONE_RECORD + 1))
        archive.writestr("good.json", json.dumps(ONE))
    assert bounded(tmp_path / "all.zip") == ["too large for one record"]


def test_a_zip_that_lies_about_sizes(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b" " * 40_000_000)
    data = path.read_bytes().replace((40_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(MalformedError, match=r"all\.zip"):
        bounded(path)


def test_a_single_file_that_is_too_large_is_an_error_with_its_name(tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(documents.MOST_ONE + 1)
    with pytest.raises(TooLargeError, match=r"huge\.json"):
        list(documents.read_documents(path, package_key))


@pytest.mark.parametrize(
    "versions", [["1.0", "x" * 500], ["1.0", ""], [*map(str, range(30_000))]], ids=["long", "empty", "many"]
)
def test_a_list_of_versions_is_read_in_whole_or_not_at_all(tmp_path, versions):
    (tmp_path / "a.json").write_text(json.dumps(osv("PYSEC-1", "demo", versions=versions)))
    (broken,) = documents.read_documents(tmp_path, package_key)
    assert isinstance(broken, BrokenRecordError)
    assert broken.about == ("pypi", "demo")
