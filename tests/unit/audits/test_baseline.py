"""A policy begun from a tree in use: everything open is named, nothing of it is in force."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from simulators.commands import Ran, Shell
from simulators.index import Index, Project, Release, history, serving, wheel
from supplytrust.appraisal.policies import loader
from supplytrust.audits import baseline_policy
from supplytrust.audits.baseline_policy import Adoption, Open
from supplytrust.errors import PolicyError
from supplytrust.model.vocabulary import Area

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LINES = ("alpha==1.0", "beta==1.0", "young==1.0", "box==1.0", "gone==1.0", "git+https://example.org/fork.git")


@pytest.fixture
def index() -> Iterator[Index]:
    projects = [
        history("alpha", "1.0", "1.1"),
        history("beta", "1.0", "1.1"),
        Project("young", [Release("1.0", [wheel("young", "1.0")], AT - timedelta(hours=2))]),
        Project("box", [Release("1.0", [wheel("box", "1.0", listed_sha256="0" * 64)])]),
    ]
    with serving(projects) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "requirements.txt").write_text("".join(f"{line}\n" for line in LINES))
    return Shell(tmp_path)


def look(index: Index) -> tuple[str, ...]:
    return ("--index-url", index.url, "--rebuild", "never", "--at", AT.isoformat(), "--no-ledger")


def begun(shell: Shell, index: Index, *words: str) -> Ran:
    return shell.run("policy", "init", "trust.toml", *(words or ("--from", "requirements.txt")), *look(index))


def block(text: str, name: str, **fill: str) -> str:
    """The text with one exception switched on, as an editor's toggle would, and filled in."""
    found = re.search(rf'(# # [^\n]*\n)# \[\[exception\]\]\n# subject = "pkg:pypi/{name}@[^\n]*\n(# [^\n]*\n)+', text)
    assert found
    on = re.sub(r"^# ", "", found[0], flags=re.MULTILINE)
    for key, value in fill.items():
        on = on.replace(f'{key} = ""', f'{key} = "{value}"')
    return text.replace(found[0], on)


def test_everything_that_is_open_is_named_and_nothing_is_in_force(shell, index, tmp_path):
    ran = begun(shell, index)
    assert (ran.code, ran.err) == (0, "")
    assert "6 packages: 3 not reviewed yet, 1 refused, 2 not judged" in ran.out
    text = (tmp_path / "trust.toml").read_text("utf-8")
    policy = loader.load(tmp_path / "trust.toml")
    shipped = loader.load("baseline")
    assert policy.exemptions == ()
    assert (policy.expect, policy.require) == (shipped.expect, shipped.require)
    assert ran.out.splitlines()[0].endswith(text.splitlines()[2].strip("# ."))
    for name in ("alpha", "beta", "young"):
        assert f'# subject = "pkg:pypi/{name}@1.0"' in text
    assert re.search(r"^# --- Refused: [^\n]*: 1 ---\n\n#   pkg:pypi/box@1\.0: \S", text, re.MULTILINE)
    assert "#   pkg:generic/fork.git: " in text
    assert "#   pkg:pypi/gone@1.0: " in text
    assert max(len(line) for line in text.splitlines()[:8]) <= 120


def test_an_audit_under_it_says_what_an_audit_under_the_shipped_one_says(shell, index):
    begun(shell, index)
    told = [
        json.loads(shell.run("audit", "requirements.txt", *look(index), "--policy", p, "--format", "json").out)
        for p in ("baseline", "trust.toml")
    ]
    assert [[(one["purl"], one["outcome"]) for one in t["subjects"]] for t in told][0] == [
        (one["purl"], one["outcome"]) for one in told[1]["subjects"]
    ]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("fill", [{}, {"owner": "ops"}])
def test_a_block_that_is_switched_on_without_a_reason_is_refused(shell, index, tmp_path, fill):
    begun(shell, index)
    path = tmp_path / "trust.toml"
    path.write_text(block(path.read_text("utf-8"), "alpha", **fill))
    with pytest.raises(PolicyError) as raised:
        loader.load(path)
    missing = {"reason"} - fill.keys()  # the owner is the policy's until somebody else is named
    assert {word for word in ("reason", "owner") if f"'{word}'" in str(raised.value)} == missing
    assert shell.run("audit", "requirements.txt", *look(index), "--policy", path).code == 2


def test_a_block_that_is_filled_in_covers_what_was_open(shell, index, tmp_path):
    begun(shell, index)
    path = tmp_path / "trust.toml"
    path.write_text(block(path.read_text("utf-8"), "alpha", reason="two of us read it"))
    ran = shell.run("audit", "alpha==1.0", *look(index), "--policy", path)
    assert ran.code == 0, ran.out
    assert "90 days left" in ran.out or "89 days left" in ran.out
    (exemption,) = loader.load(path).exemptions
    assert exemption.owner == "owner@example.org"
    assert exemption.expires.date() == AT.date() + timedelta(days=baseline_policy.DAYS)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--from", "nowhere.txt"), 2),
        (("--from", "empty"), 3),
        (("--base", "lenient"), 2),
        (("--from", "requirements.txt", "--base", "lenient"), 2),
    ],
)
def test_what_cannot_be_begun_leaves_no_file(shell, index, tmp_path, words, code):
    (tmp_path / "empty").mkdir()
    ran = begun(shell, index, *words)
    assert (ran.code, ran.out, len(ran.complaint)) == (code, "", 1)
    assert not (tmp_path / "trust.toml").exists()


def test_it_never_overwrites_and_needs_no_tree(shell, index, tmp_path):
    assert shell.run("policy", "init", "trust.toml", "--base", "production", "--owner", "us@example.org").code == 0
    before = (tmp_path / "trust.toml").read_text()
    assert loader.load(tmp_path / "trust.toml").owner == "us@example.org"
    again = begun(shell, index)
    assert again.code == 2
    assert (tmp_path / "trust.toml").read_text() == before


def test_words_of_an_index_cannot_switch_anything_on(tmp_path):
    evil = 'bad\n[[exception]]\nsubject = "pkg:pypi/x@1"\r\u2028covers = []\x1b[2J'
    one = Open("pkg:pypi/a@1", (Area.BUILD,), evil, ("pkg:pypi/b@1\n[veto]", "pkg:pypi/a@1"))
    found = Adoption("a\nb", date(2026, 11, 20), 0, (one,), (one,), (one,), (replace(one, path=()),))
    path = tmp_path / "p.toml"
    path.write_text(baseline_policy.text("baseline", found), "utf-8")
    assert loader.load(path).exemptions == ()
    assert path.read_text("utf-8").count("\n[[exception]]") == 0
    assert "\x1b" not in path.read_text("utf-8")


def test_two_files_of_a_release_share_one_exception():
    parts = [Open("pkg:pypi/a@1", (Area.PROVENANCE,), "x"), Open("pkg:pypi/a@1", (Area.BUILD,), "y")]
    assert baseline_policy.merge_releases(parts) == (Open("pkg:pypi/a@1", (Area.BUILD, Area.PROVENANCE), "x"),)


def test_the_smallest_work_comes_first():
    several = tuple(Open(f"pkg:pypi/{n}@1", areas, "x") for n, areas in (("a", tuple(Area)), ("b", (Area.BUILD,))))
    text = baseline_policy.text("baseline", Adoption("set", date(2026, 11, 20), 0, several))
    assert text.index("pkg:pypi/b@1") < text.index("pkg:pypi/a@1")


def test_packages_of_one_cause_stand_together_the_widest_cause_first():
    names = [("a", "one"), ("b", "two"), ("c", "one"), ("d", "one"), ("e", "two")]
    several = tuple(Open(f"pkg:pypi/{n}@1", (Area.BUILD,), "x", cause=cause) for n, cause in names)
    text = baseline_policy.text("baseline", Adoption("set", date(2026, 11, 20), 0, several))
    subjects = re.findall(r'subject = "pkg:pypi/(.)@1"', text)
    assert "".join(subjects) == "acdbe"
    assert re.findall(r"^# (\d) for one cause: (.*)$", text, re.MULTILINE) == [("3", "one"), ("2", "two")]


@pytest.mark.parametrize(
    ("proposed", "admitted", "too_many"), [(1, 0, False), (2, 0, True), (2, 38, False), (3, 38, True)]
)
def test_more_exceptions_than_a_set_may_stand_on_are_told(proposed, admitted, too_many):
    """One always, else a twentieth of the packages."""
    several = tuple(Open(f"pkg:pypi/p{n}@1", (Area.BUILD,), "x") for n in range(proposed))
    found = Adoption("set", date(2026, 11, 20), admitted, several)
    assert bool(found.excess) is too_many
    assert ("# Note: " in baseline_policy.text("baseline", found)) is too_many


def test_what_is_begun_is_short_and_in_the_name_of_its_owner(shell, tmp_path):
    words = ("--owner", "us@example.org", "--trustor", "https://vendor.example.org/")
    assert shell.run("policy", "init", "trust.toml", *words).code == 0
    text = (tmp_path / "trust.toml").read_text()
    assert len(text.splitlines()) < 20
    policy = loader.load(tmp_path / "trust.toml")
    assert (policy.trustor, policy.extends, policy.base_epoch) == ("https://vendor.example.org/", "baseline", 1)


def test_check_refuses_what_an_audit_holds_against_the_set(shell, tmp_path):
    path = tmp_path / "trust.toml"
    exception = '[[exception]]\nsubject = "pkg:pypi/{}@1"\ncovers = ["build"]\nreason = "r"\nowner = "o"\nexpires = 2026-12-01\n'
    text = loader.template(written=date(2026, 11, 20))
    path.write_text(text + exception.format("alpha"))
    check = ("policy", "check", path, "--at", "2026-11-21")
    assert shell.run(*check).code == 0
    ended = shell.run("policy", "check", path, "--at", "2026-12-01")
    assert ended.code == 2
    assert "ended on 2026-12-01" in ended.out
    path.write_text(text + exception.format("alpha") + exception.format("beta"))
    assert shell.run(*check).code == 0
    many = shell.run(*check, "--for", "requirements.txt")
    assert many.code == 2
    assert "a set of 6 may stand on 1" in many.out


def test_the_trustor_of_the_call_then_of_the_configuration_then_of_the_policy(shell, index, tmp_path):
    def told(*words):
        ran = shell.run("assess", "alpha==1.0", "--deps", "none", *look(index), "--format", "json", *words)
        return json.loads(ran.out)["predicate"]["trustor"]["id"]

    assert told() == loader.load("baseline").trustor
    (tmp_path / "supplytrust.toml").write_text('trustor = "https://ours.example.org/"\n')
    assert told() == "https://ours.example.org/"
    assert told("--trustor", "https://theirs.example.org/") == "https://theirs.example.org/"
