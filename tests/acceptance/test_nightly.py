"""The page about nightly audits does what it says: its commands, files, cron line and workflow are run as they stand."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from simulators.commands import Ran, Shell
from simulators.index import Index, history, serving
from supplytrust.appraisal.policies import loader

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "nightly.md").read_text("utf-8")
NAMES = ("alpha", "beta", "gamma", "foo")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[list[str]]:
    found = [line.split("run: ", 1)[-1] for line in text.splitlines()]
    return [shlex.split(line)[1:] for line in found if line.startswith("supplytrust ")]


@pytest.fixture
def index() -> Iterator[Index]:
    with serving(
        [history(name, "1.0", "1.2.3", links={"Source": "https://example.org/x"}) for name in NAMES]
    ) as running:
        yield running


@pytest.fixture
def night(tmp_path: Path, index: Index) -> Shell:
    """A home as the page assumes it: a lock, a service with a list, and pip configured for an index."""
    lock = 'version = 1\n[[package]]\nname = "{}"\nversion = "1.0"\nsource = {{ registry = "{}" }}\n'
    (tmp_path / "uv.lock").write_text(lock.format("alpha", index.url))
    service = tmp_path / "services" / "web"
    service.mkdir(parents=True)
    (service / "requirements.txt").write_text("beta==1.0\n")
    return Shell(tmp_path, {"PIP_INDEX_URL": index.url})


def run(shell: Shell, words: list[str]) -> Ran:
    if words[0] in ("doctor", "sources"):  # what they ask lies elsewhere
        return shell.run(*[word for word in words if word not in ("--advisories", "osv")], "--offline")
    return shell.run(*words, *(["--rebuild", "never"] if "--from" in words or words[0] == "audit" else []))


def configured(shell: Shell) -> None:
    (text,) = (block for block in blocks("toml") if "[audit]" in block)
    text = text.replace('"pkg:pypi/foo" = "https://example.org/foo.git"', "")
    text = text.replace("https://index.example.org/simple/", shell.extra["PIP_INDEX_URL"])
    (shell.home / "supplytrust.toml").write_text(text)


def test_the_commands_of_the_page_in_their_order(night):
    codes = []
    for block in blocks("sh"):
        for words in commands(block):
            if words == ["audit"]:
                configured(night)
            if words[0] == "verify":
                kept = sorted((night.home / "records").glob("*.dsse.json"))
                words = ["verify", str(kept[0]), *words[2:]]
            ran = run(night, words)
            assert ran.complaint == [], words
            codes.append((words[0], ran.code))
    assert codes == [
        ("audit", 10),
        ("doctor", 10),
        ("sources", 10),
        ("policy", 0),
        ("policy", 0),
        ("audit", 10),
        ("keys", 0),
        ("audit", 10),
        ("verify", 10),
    ]
    assert len(list((night.home / "records").glob("*.dsse.json"))) == 2
    assert not list((night.home / "records").glob(".new-*"))
    assert loader.load(night.home / "trust.toml").owner == "team@example.org"


def test_the_exception_of_the_page_fits_the_schema():
    (text,) = (block for block in blocks("toml") if "[[exception]]" in block)
    assert loader.check(loader.template("baseline", written=date(2026, 11, 20)) + text) == ()


def test_the_configuration_of_the_page_is_read(night):
    (text,) = (block for block in blocks("toml") if "[audit]" in block)
    (night.home / "trust.toml").write_text(loader.template("baseline"))
    (night.home / "supplytrust.toml").write_text(text)
    ran = night.run("audit", "--offline", "--rebuild", "never", "--format", "json")
    assert ran.code == 10
    assert {one["listed"] for one in json.loads(ran.out)["subjects"]} == {"pkg:pypi/alpha@1.0", "pkg:pypi/beta@1.0"}


def test_the_cron_line_keeps_records_and_tells_the_difference(night):
    (line,) = re.findall(r"^([\d*/,]+(?: [\d*/,]+){4})\s+cd \S+ && (.*)$", PAGE, re.MULTILINE)
    assert len(line[0].split()) == 5
    (words,) = commands(line[1])
    configured(night)
    (night.home / "trust.toml").write_text(loader.template("baseline"))
    assert night.run("keys", "new", "trust.key").code == 0
    first, second = run(night, words), run(night, words)
    assert (first.code, second.code, first.out, first.err) == (10, 10, "", "")
    assert "nothing since the last run" in (night.home / "latest.txt").read_text("utf-8")
    # their repository did not answer, so both nights looked, and each look has a record
    kept = [path.name.rpartition("-")[0] for path in (night.home / "records").iterdir()]
    assert (len(kept), len(set(kept))) == (4, 2)


def test_the_workflow_names_no_tag_and_its_audit_runs(night):
    (text,) = blocks("yaml")
    used = re.findall(r"uses: (\S+)@(\S+)", text)
    assert len(used) == 2
    assert {pin for _, pin in used} == {"COMMIT-YOU-REVIEWED"}
    assert "permissions: {contents: read}" in text
    assert "--require-hashes" in text
    configured(night)
    (night.home / "trust.toml").write_text(loader.template("baseline"))
    (words,) = commands(text)
    ran = run(night, words)
    assert (ran.code, ran.out, ran.err) == (10, "", "")
    assert json.loads((night.home / "audit.sarif").read_text())["runs"][0]["properties"]["outcome"] == "REFER"
    assert (night.home / "ledger.sqlite3").exists()


# --- what the page promises about targets and records --------------------------------------------------


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 2),
        ("[audit]\ntargets = []\n", 2),
        ("[audit]\ntargets = 7\n", 2),
        ('[audit]\ntarget = ["uv.lock"]\n', 2),
        ('[audit]\ntargets = ["services/*/poetry.lock"]\n', 2),
        ('[audit]\ntargets = ["/etc/*"]\n', 2),
        ('[audit]\ntargets = ["missing.lock"]\n', 2),
        ('[audit]\ntargets = ["pkg:pypi/gamma@1.0", "uv.lock"]\n', 10),
        ('[audit]\ntargets = ["**/requirements.txt", "uv.*"]\n', 10),
    ],
)
def test_targets_of_the_configuration(night, text, code):
    (night.home / "supplytrust.toml").write_text(text)
    ran = night.run("audit", "--rebuild", "never", "--no-ledger")
    assert ran.code == code
    assert len(ran.complaint) == (code == 2)


def test_targets_count_from_the_folder_of_the_file(night):
    (night.home / ".git").mkdir()
    (night.home / "supplytrust.toml").write_text('[audit]\ntargets = ["uv.lock"]\n')
    below = Shell(night.home / "services", night.extra)
    assert below.run("audit", "--rebuild", "never", "--no-ledger").code == 10


@pytest.mark.parametrize(
    "words",
    [("--sign", "missing.key"), ("--sign", "uv.lock"), ("--records", "uv.lock"), ("--records", "r", "--no-ledger")],
)
def test_what_cannot_be_kept_is_told_before_anything_is_looked_at(night, index, words):
    ran = night.run("audit", "uv.lock", "--rebuild", "never", *words)
    assert (ran.code, ran.out, len(ran.complaint)) == (2, "", 1)
    assert index.requests == []


def test_records_without_a_key_are_kept_as_they_are(night):
    assert night.run("audit", "uv.lock", "--rebuild", "never", "--records", "kept").code == 10
    (path,) = (night.home / "kept").iterdir()
    assert json.loads(path.read_text())["predicate"]["trustee"]["purl"] == "pkg:pypi/alpha@1.0"
