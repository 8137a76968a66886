"""Lines are added to a configuration, and nothing else about it changes."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.appraisal.policies import config_edit
from supplytrust.errors import UsageError

PACKAGES = st.sampled_from([f"pkg:pypi/{name}" for name in ("a", "b", "c", "d")])
PARTS = st.lists(
    st.sampled_from(
        ['policy = "baseline"\n', "# a note\n", "\n", "[index]\n", '[advisories]\nosv = "x"\n', "[repository] # ours\n"]
    ),
    unique=True,
)


@given(PARTS, st.dictionaries(PACKAGES, st.just('"/somewhere"'), max_size=3), st.sets(PACKAGES))
def test_old_keys_keep_their_values_and_new_ones_are_there(parts, ours, added):
    first = sorted(parts, key=lambda part: part.startswith("["))
    text = "".join(first)
    if "[repository]" in text:
        lines = "".join(f'"{k}" = {v}\n' for k, v in ours.items())
        text = text.replace("[repository] # ours\n", f"[repository] # ours\n{lines}")
    before = tomllib.loads(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "supplytrust.toml"
        path.write_text(text)
        config_edit.add_lines(path, {"repository": {f'"{package}"': '"/new"' for package in added}})
        now = path.read_text()
    after = tomllib.loads(now)
    old = before.pop("repository", {})
    got = after.pop("repository", {})
    assert before == after
    assert got == {**dict.fromkeys(added, "/new"), **old}
    kept = iter(now.splitlines())
    assert all(line in kept for line in text.splitlines() if line)  # in their order


def test_a_shared_file_has_its_own_prefix(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "x"\n[tool.supplytrust]\npolicy = "baseline"\n')
    config_edit.add_lines(path, {"repository": {'"pkg:pypi/a"': '"/a"'}})
    assert tomllib.loads(path.read_text())["tool"]["supplytrust"]["repository"] == {"pkg:pypi/a": "/a"}


def test_what_would_not_be_a_configuration_is_not_written(tmp_path):
    path = tmp_path / "supplytrust.toml"
    with pytest.raises(UsageError) as told:
        config_edit.add_lines(path, {"repository": {'"no purl"': '"/a"'}})
    assert "no purl" in told.value.hint
    assert not path.exists()
