"""The examples of docs/how-to/expertise.md are read as they stand."""

import re
from pathlib import Path

import pytest

from supplytrust.appraisal.policies import config, loader
from supplytrust.appraisal.policies.tables import PURPOSES
from supplytrust.ecosystems import versions_of
from supplytrust.evidence.reviews import audit_list
from supplytrust.model.claims.review import Scope

PAGE = (Path(__file__).parents[4] / "docs" / "how-to" / "expertise.md").read_text("utf-8")
EXAMPLES = {
    text.partition("\n")[0].removeprefix("# "): text for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
}


def test_the_configuration(tmp_path):
    path = tmp_path / "supplytrust.toml"
    path.write_text(EXAMPLES["supplytrust.toml"])
    settings = config.load(path)
    assert len(settings.cargo_vet) == 2
    assert settings.crev_ids
    assert settings.oss_fuzz.endswith("clones/oss-fuzz")
    assert settings.purpose == {"pkg:pypi/foo": "cryptography"}


def test_the_list():
    found = audit_list.read(EXAMPLES["audits-and-reviews.toml"].encode(), "list.toml", versions_of)
    assert found.skips.total == 0
    assert [a.about.project for a in found.audits] == ["pkg:pypi/foo"]
    assert [r.against for r in found.reviews] == [False, True]


@pytest.mark.parametrize("word", [*Scope, *PURPOSES])
def test_every_word_is_told(word):
    assert f"`{word}`" in PAGE


def test_the_table_of_a_policy(tmp_path):
    text = loader.shipped_text("baseline") + EXAMPLES["in a policy"]
    path = tmp_path / "ours.toml"
    path.write_text(text)
    assert loader.load(path).require_for["parser"] == ("expertise/evidence_fits_purpose", "expertise/fuzzed")
