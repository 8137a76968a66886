"""A policy that extends a shipped one asks what that one asks, but for what it writes down itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.appraisal.policies import inheritance, loader
from supplytrust.errors import PolicyError
from supplytrust.model.vocabulary import Area

OWN = {"id": "", "owner": "", "trustor": "", "extends": "", "base_epoch": 0, "epoch": 1, "digest": "", "notes": ()}
THETA = st.floats(0.05, 0.95).map(lambda number: round(number, 2))


def read(folder: Path, text: str):
    path = folder / "policy.toml"
    path.write_text(text)
    return loader.load(path)


@pytest.mark.parametrize("name", loader.names())
def test_without_differences_it_asks_what_its_base_asks(tmp_path, name):
    own, base = read(tmp_path, loader.template(name)), loader.load(name)
    assert replace(own, **OWN) == replace(base, **OWN)
    assert own.digest != base.digest
    assert (own.owner, own.trustor) == ("owner@example.org", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("policies")


@given(st.dictionaries(st.sampled_from([area.value for area in Area]), THETA, max_size=3))
def test_what_is_written_counts_and_all_else_is_the_base(folder, written):
    lines = "".join(f"{area} = {theta}\n" for area, theta in written.items())
    own, base = read(folder, loader.template() + f"[expect.root]\n{lines}"), loader.load("baseline")
    assert own.expect["root"] == {**base.expect["root"], **{Area(area): theta for area, theta in written.items()}}
    assert replace(own, **OWN, expect=base.expect) == replace(base, **OWN)


def test_a_base_that_went_on_is_told_and_counts(tmp_path, monkeypatch):
    text, before = loader.template(), loader.load("baseline")
    then = read(tmp_path, text)
    newer = (
        loader.shipped_text("baseline")
        .replace("epoch = 1", "epoch = 2")
        .replace('cooldown = "72h"', 'cooldown = "96h"')
    )
    monkeypatch.setattr(loader, "shipped_text", lambda _name: newer)
    now = read(tmp_path, text)
    assert (now.cooldown_hours, before.cooldown_hours) == (96, 72)
    assert now.digest != then.digest
    assert then.notes == ()
    (note,) = now.notes
    assert "epoch 1 of 'baseline'" in note
    assert "base_epoch = 2" in note
    assert read(tmp_path, text.replace("base_epoch = 1", "base_epoch = 2")).notes == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('extends = "basline"\nbase_epoch = 1\n', "did you mean 'baseline'?"),
        ('extends = "baseline"\n', "'base_epoch' is missing"),
        ("base_epoch = 1\n", "'base_epoch' without 'extends'"),
        ("extends = 3\nbase_epoch = 1\n", "is no shipped policy"),
        ('extends = "own.toml"\nbase_epoch = 1\n', "is no shipped policy"),
        ('extends = "baseline"\nbase_epoch = 1\n[expect.rot]\nbuild = 0.5\n', "unknown key 'rot'"),
    ],
)
def test_a_base_that_cannot_be_meant_is_a_problem_at_its_line(text, word):
    problems = loader.check(f'schema = 1\nid = "own"\nowner = "us"\n{text}')
    assert any(word in f"{problem.text} {problem.hint}" for problem in problems), problems


def test_who_answers_is_never_inherited():
    problems = loader.check('schema = 1\nextends = "baseline"\nbase_epoch = 1\n')
    assert {word for p in problems for word in ("'id'", "'owner'") if word in p.text} == {"'id'", "'owner'"}


@given(
    st.recursive(
        st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers(0, 3)),
    )
)
def test_laying_over_nothing_or_over_itself_changes_nothing(table):
    assert inheritance.merge_tables({}, table) == table == inheritance.merge_tables(table, {})
    assert inheritance.merge_tables(table, table) == table


def test_a_policy_error_names_the_file_not_the_base(tmp_path):
    with pytest.raises(PolicyError) as raised:
        read(tmp_path, loader.template() + "[expect.root]\nbuild = 7\n")
    assert "policy.toml:" in str(raised.value.problems[0])
