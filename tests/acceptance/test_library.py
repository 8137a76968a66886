"""What `import supplytrust` offers: every name loads, is documented, keeps its promises about errors and output."""

from __future__ import annotations

import inspect
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import supplytrust
from simulators.commands import Shell
from simulators.index import Index, Project, Quirks, Release, history, serving, wheel
from supplytrust import errors
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.records import statement

PROMISED = {
    "Subject", "Context", "Policy", "Evidence", "Finding", "Opinion", "Outcome", "TrustRecord", "Decision",
    "assess", "collect", "appraise", "audit", "sign", "verify", "admit", "errors", "Signal", "Source", "Signer",
}  # fmt: skip
KIT = history("sample-kit", "1.0", "1.1", "1.2", links={"Source": "https://example.org/kit"})
LOOKING = {"deps": "none", "rebuild": "never"}


@pytest.fixture
def index(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    """An index, with cache and working folder of the calls in a folder of their own."""
    monkeypatch.setenv("SUPPLYTRUST_CACHE", str(shell.home / "cache"))
    monkeypatch.chdir(shell.home)
    with serving([KIT]) as running:
        yield running


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_promised_name_loads_and_is_documented(name: str) -> None:
    assert name in dir(supplytrust)
    assert name in supplytrust.__all__
    value = getattr(supplytrust, name)
    assert len((inspect.getdoc(value) or "").split()) >= 4


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'engine'"):
        getattr(supplytrust, "engine")  # noqa: B009


@pytest.mark.parametrize("name", ["assess", "collect", "appraise"])
def test_calls_take_explicit_inputs_and_are_typed(name: str) -> None:
    signature = inspect.signature(getattr(supplytrust, name))
    first, *rest = signature.parameters.values()
    assert first.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert all(p.kind in {p.KEYWORD_ONLY, p.VAR_KEYWORD} for p in rest)
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    assert signature.return_annotation is not signature.empty


def test_the_three_calls_together(index: Index, mild: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    evidence = supplytrust.collect("sample-kit", at=at, index_url=index.url, **LOOKING)
    judged = supplytrust.appraise(evidence, policy=mild, at=at, alone=True)
    whole = supplytrust.assess("sample-kit", policy=mild, at=at, index_url=index.url, **LOOKING)
    assert isinstance(evidence, supplytrust.Evidence)
    assert isinstance(judged, supplytrust.TrustRecord)
    assert judged.outcome is whole.outcome is Outcome.ADMIT
    assert statement.to_statement(judged) == statement.to_statement(whole)
    assert judged.areas["integrity"].findings == judged.areas[Area.INTEGRITY].findings
    assert judged.assessed_at == at


def test_progress_is_told_to_the_caller_only(index: Index, capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[tuple[str, str]] = []
    before = (list(logging.root.handlers), logging.root.level)
    supplytrust.assess(
        "sample-kit", index_url=index.url, progress=lambda event, detail: heard.append((event, detail)), **LOOKING
    )
    assert ("subject", "pkg:pypi/sample-kit@1.2") in heard
    assert {"index", "artifact"} <= {detail for event, detail in heard if event == "source"}
    assert capfd.readouterr() == ("", "")
    assert (list(logging.root.handlers), logging.root.level) == before


@pytest.mark.thorough
def test_threads_share_nothing(index: Index, shell: Shell) -> None:
    at, ledger = datetime(2026, 1, 1, tzinfo=UTC), shell.home / "ledger.sqlite"
    versions = ["1.0", "1.1", "1.2"] * 4

    def one(version: str) -> bytes:
        name = f"sample-kit=={version}"
        return statement.to_statement(supplytrust.assess(name, at=at, index_url=index.url, ledger=ledger, **LOOKING))

    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(one, versions))
    purls = {version: {version.encode() in text for text in together[n::3]} for n, version in enumerate(versions[:3])}
    assert purls == {"1.0": {True}, "1.1": {True}, "1.2": {True}}
    plain = [supplytrust.assess(f"sample-kit=={v}", at=at, index_url=index.url, **LOOKING) for v in versions[:3]]
    assert [r.trustee.version for r in plain] == versions[:3]


WRONG = {
    "no such package": ({"subject": "no-such-kit"}, errors.NothingToAssessError),
    "no name": ({"subject": "two words"}, errors.InvalidSubjectError),
    "no such file": ({"subject": "./missing.whl"}, errors.NothingToAssessError),
    "no such policy": ({"policy": "lenient"}, errors.UsageError),
    "no such configuration": ({"config": "missing.toml"}, errors.ConfigError),
    "no such depth": ({"deps": "some"}, errors.UsageError),
    "no such address": ({"index_url": "ftp://127.0.0.1/"}, errors.SupplytrustError),
    "no address": ({"index_url": "http://"}, errors.SupplytrustError),
    "a time without a zone": ({"at": datetime(2026, 1, 1)}, errors.UsageError),  # noqa: DTZ001
    "a ledger that is a folder": ({"ledger": "."}, errors.LedgerError),
}


@pytest.mark.parametrize("case", WRONG)
def test_errors_are_of_one_tree_and_give_a_hint(index: Index, case: str) -> None:
    given, kind = WRONG[case]
    options = {"index_url": index.url, **LOOKING, **given}
    with pytest.raises(kind) as caught:
        supplytrust.assess(str(options.pop("subject", "sample-kit")), **options)
    assert caught.value.hint
    assert caught.value.exit_code in {2, 3}


def test_evidence_without_its_root_is_an_error_of_the_tree(index: Index) -> None:
    evidence = supplytrust.collect("sample-kit", index_url=index.url, **LOOKING)
    with pytest.raises(errors.SupplytrustError):
        supplytrust.appraise(replace(evidence, root="pkg:pypi/other@1"))


def test_a_failing_world_is_an_answer_and_no_exception(index: Index) -> None:
    index.quirks = Quirks(garbage=["/pypi/"], status={"/files/": 403})
    judged = supplytrust.assess("sample-kit", index_url=index.url, **LOOKING)
    assert judged.outcome is Outcome.REFER
    index.projects["box"] = Project("box", [Release("1.0", [wheel("box", "1.0")])])
    assert supplytrust.assess("box", index_url=index.url, **LOOKING).outcome is Outcome.REFER
