"""Every missing fact knows what brings it, and what it says can be pasted."""

from __future__ import annotations

import itertools
import re
import shlex
import tomllib

import click
import pytest

from simulators.records import record
from supplytrust.appraisal import signals
from supplytrust.appraisal.policies import config
from supplytrust.cli.app import app
from supplytrust.collection.subjects import request_of
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.record import Gain, Missing
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.reports import remedies
from supplytrust.reports.record_view import view_record
from supplytrust.reports.remedies import Lack

PURL = "pkg:pypi/alpha@1.0"
SIGNALS = [signal.META.id for signal in signals.catalogue()]
REASONS = ["", *(reason.value for reason in NotObservedReason)]
GENERAL = re.compile(r"supplytrust explain\b")
NOBODY = {  # what no command or line can bring: the step says whose turn it is
    NotObservedReason.NOT_APPLICABLE,
    NotObservedReason.INTERNAL,
    NotObservedReason.FIRST_SIGHT,
    NotObservedReason.COOLING_DOWN,
    NotObservedReason.NO_PREDECESSOR,
}


def lack(signal: str, reason: str, *, deep: bool = False) -> Lack:
    return Lack(signal, reason, (PURL,), "alpha==1.0", "supplytrust assess alpha==1.0", deep)


def all_steps():
    for signal, reason, deep in itertools.product(SIGNALS, REASONS, (False, True)):
        for step in remedies.steps(lack(signal, reason, deep=deep)):
            yield signal, reason, step


def test_no_missing_fact_is_without_a_remedy():
    """Listed are those that have none, or nothing better than to read about the question."""
    bare = []
    for signal, reason in itertools.product(SIGNALS, REASONS):
        steps = remedies.steps(lack(signal, reason))
        useful = [step for step in steps if not GENERAL.match(step.text)]
        if not useful or (
            reason not in NOBODY and all(step.kind == "do" and "supplytrust" not in step.text for step in steps)
        ):
            bare.append(f"{signal} {reason}")
    assert bare == []


def commands():
    texts = {step.text for _, _, step in all_steps() if step.kind == "run"}
    texts |= {
        match
        for _, _, step in all_steps()
        if step.kind == "do"
        for match in re.findall(r"supplytrust \S.*$", step.text)
    }
    return sorted(texts)


@pytest.mark.parametrize("text", commands())
def test_a_command_is_one(text):
    """Verb, options and number of arguments are those of the command line; nothing is run."""
    words = shlex.split(text)[1:]
    command, context = app, click.Context(app, info_name="supplytrust")
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None, text
        context = click.Context(found, info_name=found.name, parent=context)
        command = found
    _, left, _ = command.make_parser(context).parse_args(words)
    assert left == [], text


@pytest.mark.parametrize("text", sorted({step.text for _, _, step in all_steps() if step.kind == "config"}))
def test_a_line_is_one_of_the_configuration(text, tmp_path):
    assert tomllib.loads(text)
    path = tmp_path / "supplytrust.toml"
    path.write_text(text)
    config.load(path)


def test_equal_lacks_have_equal_answers():
    assert len({remedies.steps(lack("integrity/tag_unmoved", "unreachable")) for _ in range(3)}) == 1


def test_only_what_counts_is_offered_for_endorsement():
    offered = {signal for signal, _, step in all_steps() if step.text.startswith("supplytrust endorse")}
    assert offered <= {signal for signal in SIGNALS if remedies.is_endorsable(signal)}


@pytest.mark.parametrize(
    ("old", "version", "where", "told"),
    [
        ("zebra@1.0", "1.1", "requirements.txt: line 7", ["write zebra==1.1 or later in requirements.txt: line 7", "zebra==1.1"]),
        ("pkg:cargo/log@0.4.1", "0.4.2", "/srv/app/Cargo.lock: package[3]", ["cargo update log@0.4.1 --precise 0.4.2", "pkg:cargo/log@0.4.2"]),
        ("pkg:cargo/wasi@0.14.1%2Bwasi-0.2.3", "0.14.2+wasi-0.2.4", "Cargo.lock: package[1]", ["cargo update wasi@0.14.1+wasi-0.2.3 --precise 0.14.2+wasi-0.2.4", "pkg:cargo/wasi@0.14.2%2Bwasi-0.2.4"]),
        ("pkg:cargo/log@0.4.1", "0.4.2", "bom.json: components[3]", ["write pkg:cargo/log@0.4.2 or later in bom.json: components[3]", "pkg:cargo/log@0.4.2"]),
    ],
)  # fmt: skip
def test_another_release_is_taken_in_by_the_tool_that_writes_the_list(
    old: str, version: str, where: str, told: list[str]
) -> None:
    steps = list(remedies.take_release(old, version, where, f" in {where}", "or later"))
    assert [steps[0].text, steps[1].text.removeprefix("supplytrust assess ")] == told
    request = request_of(told[1])
    assert request.wanted is not None and request.wanted.version == version


def test_what_is_required_for_one_reason_is_told_once():
    musts = ("responsiveness/advisories_looked_up", "responsiveness/no_lasting_advisory")
    gains = (Gain("responsiveness/no_lasting_advisory", 3.0), Gain("responsiveness/api_stable", 1.0))
    lacking = Missing(area=Area.RESPONSIVENESS, missing=2.0, evidence=gains, must_haves=musts)
    seen = view_record(record(Outcome.REFER, would_change=(lacking,)))
    texts = [change.text.partition(";")[0] for change in seen.changes]
    assert texts == [
        f"responsiveness: required and not seen: {', '.join(musts)}",
        "responsiveness: api_stable is not known",
    ]
