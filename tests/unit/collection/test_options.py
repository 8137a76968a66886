"""Options of a call reach the sources that ask for them."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from supplytrust.cli.app import app
from supplytrust.collection.options import load_settings, open_context

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("looking", "switches"),
    [
        ({}, {"rebuild": "auto", "workload-config": ""}),
        ({"second_interpreter": False}, {"rebuild": "auto", "workload-config": ""}),
        (
            {"second_interpreter": True, "rebuild": "always"},
            {"rebuild": "always", "workload-config": "", "second-interpreter": "yes"},
        ),
    ],
)
def test_a_second_interpreter_is_asked_for_by_its_option_only(tmp_path, monkeypatch, looking, switches):
    monkeypatch.chdir(tmp_path)
    with open_context({**looking, "offline": True}, load_settings(looking), NOW, NOW) as context:
        assert dict(context.options) == switches


@pytest.mark.parametrize("verb", ["assess", "collect", "audit"])
@pytest.mark.parametrize("flags", [[], ["--second-interpreter"]])
def test_verbs_that_look_hand_it_on(monkeypatch, tmp_path, verb, flags):
    given = {}

    def look(*_args, **looking):
        given.update(looking)
        raise SystemExit(0)

    module = {"audit": "supplytrust.audits.runner"}.get(verb, "supplytrust.assessment")
    monkeypatch.setattr(f"{module}.{verb}", look)
    (tmp_path / "requirements.txt").write_text("example==1.0\n")
    CliRunner().invoke(app, [verb, str(tmp_path / "requirements.txt") if verb == "audit" else "example", *flags])
    assert given["second_interpreter"] is bool(flags)
