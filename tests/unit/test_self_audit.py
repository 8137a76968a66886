"""The lock of what we stand on, its table, and the run that compares them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from simulators.index import Project, Release, history, serving, wheel
from supplytrust.audits.inventory import read

ROOT = Path(__file__).parents[2]


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lock = loaded(ROOT / "tools" / "requirements" / "lock.py")
self_audit = loaded(ROOT / "tools" / "self_audit.py")


def locked() -> dict[str, str]:
    return dict(row.split() for row in self_audit.releases_of_lock(lock.LOCK.read_text("utf-8")))


def test_every_requirement_of_the_project_is_locked_as_it_asks():
    pinned = locked()
    asked = [Requirement(text) for text in lock.wanted()]
    assert len(asked) > 15
    assert {canonicalize_name(r.name) for r in asked} <= pinned.keys()
    for one in asked:
        assert one.specifier.contains(pinned[canonicalize_name(one.name)], prereleases=True), one


def test_every_row_is_pinned_by_digest_and_no_index_is_named():
    listed = read(lock.LOCK).listed
    assert len(listed) == len(locked())
    assert all(one.wanted and len(one.sha256) == 1 for one in listed)
    assert not re.search(r"://|--index|--find-links", lock.LOCK.read_text("utf-8"))


def test_the_table_names_the_releases_of_the_lock():
    assert self_audit.out_of_step() == []
    assert "://" not in self_audit.PAGE.read_text("utf-8")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The script over a small lock and its own page, against whatever index the test serves."""
    monkeypatch.setattr(self_audit, "LOCK", tmp_path / "self.txt")
    monkeypatch.setattr(self_audit, "PAGE", tmp_path / "self-audit.md")
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin(folder: Path, *files) -> None:
    rows = (f"{f.name.split('-')[0]}==1.0 --hash=sha256:{f.listed_sha256 or f.sha256}\n" for f in files)
    (folder / "self.txt").write_text("".join(rows))


def test_table_and_lock_agree_until_one_changes(small, monkeypatch, capsys):
    kit = history("kit", "1.0")
    begin(small, kit.releases[0].files[0])
    with serving([kit]) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        assert self_audit.main(["--write", "--rebuild", "never"]) == 0
        page = self_audit.PAGE.read_text("utf-8")
        assert "| kit | 1.0 | REFER |" in page
        assert self_audit.main([]) == 0
        assert "1 of 1 looked at" in capsys.readouterr().out
        (small / "self.txt").write_text((small / "self.txt").read_text() + "more==2.0\n")
        assert self_audit.main([]) == 1
        told = capsys.readouterr().out
    assert "more 2.0: in the lock, not in the table" in told
    assert "not looked at: pkg:pypi/more@2.0" in told


def test_a_refused_package_fails(small, monkeypatch, capsys):
    swapped = wheel("box", "1.0", listed_sha256="0" * 64)
    begin(small, swapped)
    (small / "self-audit.md").write_text("| box | 1.0 | REFER |\n")
    with serving([Project("box", [Release("1.0", [swapped])])]) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        assert self_audit.main([]) == 1
    assert "pkg:pypi/box@1.0 REFUSE: " in capsys.readouterr().out


@pytest.mark.thorough
def test_without_an_index_it_says_that_nothing_was_looked_at(small, monkeypatch, capsys):
    begin(small, wheel("kit", "1.0"))
    (small / "self-audit.md").write_text("| kit | 1.0 | REFER |\n")
    with serving([]) as index:
        pass
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert self_audit.main([]) == 0
    told = capsys.readouterr().out
    assert "nothing was looked at" in told
    assert "ADMIT" not in told
