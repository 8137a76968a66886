"""The report of a set is read from the top: what is dangerous first, then one entry a cause, each with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulators.advisories import osv
from simulators.index import File, Index, Project, Release, history, serving, wheel
from supplytrust.audits.runner import audit
from supplytrust.model.vocabulary import Outcome
from supplytrust.reports import FORMATS, render_audit
from supplytrust.reports.json import as_data
from supplytrust.reports.view import count, relative, view_audit

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=700)
LIST = """\
aardvark==1.0
beetle==1.0
elsewhere @ https://files.example.org/elsewhere-1.0.zip
native==1.0
reqeusts==2.31.0
withdrawn==1.0
zebra==1.26.4
"""


def withdrawn() -> Project:
    file = wheel("withdrawn", "1.0")
    return Project("withdrawn", [Release("1.0", [File(file.name, file.data, yanked="broken")], LONG_AGO)])


def native() -> Project:
    file = wheel("native", "1.0", {"native/_core.so": b"\x7fELF" + bytes(60)}, tag="cp311-cp311-manylinux_2_17_x86_64")
    return Project("native", [Release("1.0", [file], LONG_AGO)])


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    records = [
        osv("PYSEC-9", "zebra", ("introduced", "0"), ("fixed", "1.25.10"), ("introduced", "1.26"), ("fixed", "1.26.5"),
            aliases=["CVE-2021-1"], database_specific={"severity": "HIGH"})
    ]  # fmt: skip
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv" / "all.json").write_text(json.dumps(records))
    (tmp_path / "supplytrust.toml").write_text('[advisories]\nosv = "osv"\nservice = "none"\n')
    (tmp_path / "requirements.txt").write_text(LIST)
    projects = [history("aardvark", "1.0"), history("beetle", "1.0"), history("zebra", "1.26.4"), withdrawn(), native()]
    with serving(projects) as running:
        yield running


def judge(index: Index, target: str | Path = "requirements.txt", **more):
    return audit(target, at=AT, index_url=index.url, rebuild="never", **more)


def test_the_dangerous_lines_stand_first_and_say_what_to_do(index):
    result = judge(index)
    groups = view_audit(result).groups
    danger = [group for group in groups if group.kind not in ("cause", "unjudged")]
    assert list(groups[: len(danger)]) == danger
    told = {item.purl: (group.kind, item) for group in danger for item in group.items}
    assert told.keys() == {"pkg:pypi/reqeusts@2.31.0", "pkg:pypi/withdrawn@1.0", "pkg:pypi/zebra@1.26.4"}
    assert "near names: requests" in told["pkg:pypi/reqeusts@2.31.0"][1].text
    assert all(item.steps and item.where for _, item in told.values())
    steps = [step.text for step in told["pkg:pypi/zebra@1.26.4"][1].steps]
    assert steps == ["write zebra==1.26.5 or later in requirements.txt: line 7", "supplytrust assess zebra==1.26.5"]


def test_every_package_that_is_not_admitted_stands_in_a_group(index):
    result = judge(index)
    grouped = {item.purl for group in view_audit(result).groups for item in group.items}
    assert grouped == {one.purl for one in result if one.outcome is not Outcome.ADMIT}


def test_equal_causes_are_told_once(index):
    causes = [group for group in view_audit(judge(index)).groups if group.kind == "cause"]
    assert len({group.id for group in causes}) == len(causes)
    (off,) = [group for group in causes if group.id == "rebuild/not-looked"]
    assert {"pkg:pypi/aardvark@1.0", "pkg:pypi/beetle@1.0"} <= {item.purl for item in off.items}
    assert [step.text for step in off.steps] == ["supplytrust audit requirements.txt --rebuild auto"]
    sizes = [len(group.items) for group in view_audit(judge(index)).groups if group.kind in ("cause", "unjudged")]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_has_the_same_order(index, form):
    document = render_audit(judge(index), form)
    data = json.loads(document)["groups"] if form == "json" else None
    if data:
        document = json.dumps(data)
    places = [document.index(text) for text in ("near names: requests", "withdrawn", "rebuilding is switched off")]
    if form != "sarif":  # rules stand before results there
        assert document.index("1.26.5") < places[-1]
        assert places == sorted(places) or form in ("text", "markdown", "html", "json")


def test_nothing_is_cut_and_no_jargon_or_folder_of_this_machine_is_on_the_first_screen(index, tmp_path):
    result = judge(index, tmp_path / "requirements.txt")
    for form in FORMATS:
        assert str(tmp_path) not in render_audit(result, form)
    text = render_audit(result, "text")
    assert "weight" not in text
    assert "belief" not in text
    assert "..." not in text
    assert "(1 package)" in text
    assert "1 packages" not in text


def test_sarif_rules_have_help_and_results_their_line(index):
    (run,) = json.loads(render_audit(judge(index), "sarif"))["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert all(rule["name"] and rule["help"]["text"] and rule["help"]["markdown"] for rule in rules.values())
    assert {result["ruleId"] for result in run["results"]} <= rules.keys()
    lines = {
        place["logicalLocations"][0]["fullyQualifiedName"]: place.get("physicalLocation")
        for result in run["results"]
        for place in result["locations"]
    }
    assert lines["pkg:pypi/zebra@1.26.4"] == {
        "artifactLocation": {"uri": "requirements.txt"},
        "region": {"startLine": 7},
    }
    assert len(lines) == len(run["results"])
    assert all(place for purl, place in lines.items() if purl.startswith("pkg:pypi/"))


@pytest.mark.thorough
def test_changes_of_outcome_version_and_file_are_told_the_next_night(index, tmp_path, monkeypatch):
    ledger = tmp_path / "ledger.db"
    judge(index, ledger=ledger)
    (tmp_path / "requirements.txt").write_text(LIST.replace("beetle==1.0\n", "").replace("zebra==1.26.4", "zebra"))
    index.projects["aardvark"] = Project("aardvark", [])
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "second-night"))
    result = audit("requirements.txt", at=AT + timedelta(days=1), index_url=index.url, rebuild="never", ledger=ledger)
    (changed,) = [group for group in view_audit(result).groups if group.kind == "changed"]
    assert "pkg:pypi/beetle@1.0" in {item.purl for item in changed.items}
    assert changed.steps[0].text.startswith("supplytrust history")
    assert as_data(result)["changed"]
    again = audit("requirements.txt", at=AT + timedelta(days=1, hours=1), index_url=index.url, rebuild="never",
                  ledger=ledger)  # fmt: skip
    assert "nothing since the last run" in render_audit(again, "text")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/someone/work/uv.lock: package[3]", "uv.lock: package[3]"),
        ("lists/a.txt: line 3", "lists/a.txt: line 3"),
        ("from https://files.example.org/a/b.zip", "from https://files.example.org/a/b.zip"),
        ("pkg:nuget/x@1", "pkg:nuget/x@1"),
    ],
)
def test_places_are_told_without_the_folders_of_this_machine(text, shown):
    assert relative(text) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_plurals(number, shown):
    assert count(number, "day") == shown
