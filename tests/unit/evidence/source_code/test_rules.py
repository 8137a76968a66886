"""The table of rules against the rules: none without limits, none unnamed, none that nothing shows."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from supplytrust.appraisal import signals
from supplytrust.cli.app import app
from supplytrust.evidence import source_code
from supplytrust.evidence.source_code.analyse_artifact import FAMILIES, SourceFile, read
from supplytrust.evidence.source_code.foreign_rules import BY_LANGUAGE
from supplytrust.evidence.source_code.rules import RULES, SIGNALS, of_signal
from supplytrust.model.claims.code import Family

SOURCE = Path(source_code.__path__[0])
LABELLED = "".join(p.read_text("utf-8") for p in (Path(__file__).parent / "labelled").glob("*.txt"))
TOLD_ONLY = {
    "unauthenticated-mode": "from cryptography.hazmat.primitives.ciphers import modes\ndef f(iv):\n    modes.CBC(iv)\n",
    "warnings-disabled": "import urllib3\nurllib3.disable_warnings()\n",
}


def named_in_code():
    texts = [p.read_text("utf-8") for p in SOURCE.glob("*.py")]
    return {name for text in texts for name in re.findall(r'(?:Hit|Pattern)\(\s*"([a-z0-9-]+)"', text)}


def test_the_table_is_what_the_code_names():
    assert named_in_code() == set(RULES)


def test_every_family_has_its_signal_and_rules():
    assert set(SIGNALS) == set(Family)
    for family, signal in SIGNALS.items():
        assert signals.signal_named(signal).META.id == signal
        assert any(rule.family is family for rule in of_signal(signal))


def test_every_family_has_rules_and_every_language_a_group():
    assert [rules.family for rules in FAMILIES] == sorted(Family)
    assert set(BY_LANGUAGE) >= {"c", "c++", "rust", "javascript", "go"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_says_its_limits_and_is_shown_by_a_snippet(rule):
    assert len(rule.looks_for) > 20
    assert len(rule.limits) > 20
    if rule.name not in TOLD_ONLY:
        assert f"{rule.name}:" in LABELLED


@pytest.mark.parametrize(("rule", "text"), TOLD_ONLY.items(), ids=TOLD_ONLY)
def test_what_is_told_only(rule, text):
    claim, _ = read("demo", [SourceFile("demo/a.py", "python", "library", len(text), text.encode)])
    assert (rule, "info") in {(f.rule, f.severity) for f in claim.findings}


@pytest.mark.parametrize("signal", SIGNALS.values())
def test_explain_shows_the_rules_with_their_limits(signal):
    shown = CliRunner().invoke(app, ["explain", signal])
    assert shown.exit_code == 0
    for rule in of_signal(signal):
        assert f"{rule.name}: {rule.looks_for}." in shown.output
        assert f"Limits: {rule.limits}." in shown.output


def test_a_signal_without_rules_has_no_such_section():
    assert "\nRules\n" not in CliRunner().invoke(app, ["explain", "expertise/tests_published"]).output
