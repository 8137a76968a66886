"""What was judged can be explained and shown again: by file, by digest, by the name of a question or of an area."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulators.commands import Shell
from simulators.records import record
from supplytrust.ledger import Ledger
from supplytrust.model.record import Gain, Missing
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.records.statement import record_digest, to_statement
from supplytrust.reports import FORMATS, explanation

CODES = {Outcome.ADMIT: 0, Outcome.REFER: 10, Outcome.REFUSE: 11}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.parametrize(("outcome", "code"), CODES.items())
@pytest.mark.parametrize("form", FORMATS)
def test_a_saved_record_is_shown_in_every_format(shell, outcome, code, form):
    (shell.home / "saved.json").write_bytes(to_statement(record(outcome)))
    ran = shell.run("render", "saved.json", "--format", form)
    assert ran.code == code
    assert outcome.name in ran.out
    assert "no signature was checked" in ran.err


def test_a_signed_record_and_one_of_the_ledger_are_shown_alike(shell):
    saved = record(Outcome.REFER)
    (shell.home / "saved.json").write_bytes(to_statement(saved))
    assert shell.run("keys", "new", "own.key").code == 0
    assert shell.run("sign", "saved.json", "--key", "own.key", "-o", "signed.json").code == 0
    with Ledger(shell.home / "ledger.db") as book:
        book.keep(saved, to_statement(saved))
    by_file = shell.run("render", "saved.json")
    assert shell.run("render", "signed.json").out == by_file.out
    for digest in (record_digest(saved), record_digest(saved).removeprefix("sha256:")):
        ran = shell.run("render", digest, "--ledger", "ledger.db")
        assert (ran.code, ran.out) == (by_file.code, by_file.out)
        explained = shell.run("explain", digest, "--ledger", "ledger.db")
        assert explained.out == shell.run("explain", "saved.json").out
    assert json.loads(shell.run("render", "saved.json", "--export", "vsa").out)


@pytest.mark.parametrize("what", ["sha256:" + "0" * 64, "f" * 64, "gone.json", "gone"])
def test_what_is_not_there_is_told(shell, what):
    with Ledger(shell.home / "ledger.db"):
        pass
    for verb in ("render", "explain"):
        ran = shell.run(verb, what, "--ledger", "ledger.db")
        assert ran.code == 2
        assert len(ran.complaint) == 1


@pytest.mark.parametrize(
    ("what", "near"),
    [
        ("build/rebuild_identically", "build/rebuilds_identically"),
        ("rebuilds_identicaly", "build/rebuilds_identically"),
        ("integrty", "integrity"),
        ("yanked", "responsiveness/not_yanked"),
    ],
)
def test_a_near_miss_names_what_is_near(shell, what, near):
    ran = shell.run("explain", what)
    assert ran.code == 2
    assert f"no such signal or record: {what}" in ran.err
    assert near in ran.err


def test_areas_and_signals_without_their_area_are_explained(shell):
    for area in Area:
        ran = shell.run("explain", area.value)
        assert ran.code == 0
        assert f"  {area.value}/" in ran.out
        assert "?" in ran.out
    assert shell.run("explain", "not_yanked").out == shell.run("explain", "responsiveness/not_yanked").out


def test_each_missing_piece_names_its_packages_and_equal_causes_are_told_once():
    def lack(subject: str, weight: float, signal: str = "build/rebuilds_identically") -> Missing:
        return Missing(subject=subject, area=Area.BUILD, missing=weight, evidence=(Gain(signal, 12.0),))

    made = record(
        Outcome.REFER,
        would_change=(
            lack("", 1.5),
            lack("pkg:pypi/dep@2", 4.0),
            lack("pkg:pypi/other@3", 4.0),
            lack("pkg:pypi/other@3", 2.0, "build/provenance_verified"),
        ),
    )
    text = explanation.render(made)
    changes = text[text.index("What would change") :]
    assert changes.count("build/rebuilds_identically") == 1
    assert "1.5 to 4.0 weight is missing" in changes
    assert "in 3 packages: this package, dep@2, other@3" in changes
    assert "      in other@3" in changes
