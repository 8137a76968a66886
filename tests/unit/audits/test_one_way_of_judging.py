"""An audit judges each package as `assess` does: the same two halves, the same record, one reading of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import supplytrust as st
from simulators.index import Index, Project, Release, history, serving, wheel
from supplytrust.appraisal.policies import config, loader
from supplytrust.audits.runner import audit
from supplytrust.errors import PolicyError
from supplytrust.ledger import Ledger
from supplytrust.model.record import TrustRecord
from supplytrust.records.statement import from_statement

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
AREAS = '"build", "integrity", "responsiveness", "provenance", "expertise"'


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    needs = wheel("alpha", "1.0", requires=["beta==1.0"])
    alpha = Project("alpha", [Release("1.0", [needs], AT - timedelta(days=400))])
    with serving([alpha, history("beta", "1.0"), history("gamma", "1.0")]) as running:
        yield running


def options(index: Index, ledger: Path, **more: object) -> dict[str, object]:
    return {"index_url": index.url, "rebuild": "never", "ledger": ledger, **more}


def lenient_policy(folder: Path) -> Path:
    """Everything about beta is taken over, so that a record of it admits."""
    text = loader.template("baseline", owner="ops@example.org").replace("epoch = ", "written = 2026-10-01\nepoch = ", 1)
    text += f'\n[[exception]]\nsubject = "pkg:pypi/beta@1.0"\ncovers = [{AREAS}]\nreason = "read by two of us"\n'
    text += 'owner = "ops@example.org"\nexpires = 2026-12-20\n'
    path = folder / "policy.toml"
    path.write_text(text)
    return path


def newest(ledger: Path, purl: str) -> TrustRecord:
    with Ledger(ledger) as book:
        return from_statement(book.body(book.history(purl)[0].record_digest))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("deps", ["none", "direct", "all"])
def test_an_audit_makes_the_record_that_assess_makes(index, tmp_path, deps):
    policy = lenient_policy(tmp_path)
    there, here = tmp_path / "audit.db", tmp_path / "assess.db"
    for ledger in (there, here):
        st.assess("pkg:pypi/beta@1.0", policy=policy, at=AT, **options(index, ledger, deps="none"))
        st.assess("pkg:pypi/alpha@1.0", policy=policy, at=AT, **options(index, ledger, deps=deps))
    later = AT + timedelta(hours=2)
    audit(["alpha==1.0"], policy=policy, at=later, **options(index, there, deps=deps))
    alone = st.assess("pkg:pypi/alpha@1.0", policy=policy, at=later, **options(index, here, deps=deps))
    found = newest(there, "pkg:pypi/alpha@1.0")
    assert found.supersedes
    assert found.dependencies == alone.dependencies
    assert any(d.record_digest for d in found.dependencies or ()) == (deps != "none")
    assert found.ext.keys() - alone.ext.keys() == {"audit"}
    assert replace(found, ext=alone.ext) == alone


def test_the_repository_of_a_package_is_not_taken_for_that_of_its_dependencies(index, tmp_path, monkeypatch):
    asked: dict[str, str] = {}
    from supplytrust.collection import dependency_graph

    real = dependency_graph.expand

    def expand(first, world, **rest):
        asked["dependencies"] = world.repository
        return real(first, world, **rest)

    monkeypatch.setattr(dependency_graph, "expand", expand)
    (tmp_path / "repo").mkdir()
    audit(["alpha==1.0"], at=AT, **options(index, tmp_path / "l.db", deps="direct", repository=str(tmp_path / "repo")))
    assert asked == {"dependencies": ""}


def test_an_unknown_purpose_is_told_before_anything_is_judged(index, tmp_path):
    policy = loader.load("baseline")
    policy = replace(policy, context=replace(policy.context, purpose="world-peace"))
    with pytest.raises(PolicyError, match="world-peace"):
        audit(["alpha==1.0"], policy=policy, at=AT, **options(index, tmp_path / "l.db"))
    assert not index.requests


def test_settings_are_read_once_and_the_ledger_is_opened_once(index, tmp_path, monkeypatch):
    counts = {"settings": 0, "ledger": 0}
    find, connect = config.find, Ledger.__init__

    def counted_find(start):
        counts["settings"] += 1
        return find(start)

    def counted_open(self, *given, **named):
        counts["ledger"] += 1
        connect(self, *given, **named)

    monkeypatch.setattr(config, "find", counted_find)
    monkeypatch.setattr(Ledger, "__init__", counted_open)
    audit(["alpha==1.0", "beta==1.0", "gamma==1.0"], at=AT, **options(index, tmp_path / "l.db"))
    assert counts == {"settings": 1, "ledger": 1}
    counts.update(settings=0, ledger=0)
    st.assess("pkg:pypi/alpha@1.0", at=AT, **options(index, tmp_path / "l.db"))
    assert counts == {"settings": 1, "ledger": 1}
