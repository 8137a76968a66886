"""What the command line says of its own words: every one is explained, a wrong one is answered with the right ones."""

from __future__ import annotations

import click
import pytest

from simulators.commands import Shell
from supplytrust.appraisal import signals
from supplytrust.cli.app import app
from supplytrust.model.claims.review import Endorsement


def walk(command: click.Command, path: str, context: click.Context):
    for parameter in command.params:
        yield f"{path} {parameter.name}", getattr(parameter, "help", None)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield f"{path} {name}", inner.help
            yield from walk(inner, f"{path} {name}", context)


def test_every_verb_option_and_argument_has_help():
    """Those without are listed."""
    found = list(walk(app, "supplytrust", click.Context(app)))
    assert len(found) > 100
    assert [name for name, text in found if not text] == []


def groups(command: click.Command, context: click.Context):
    if isinstance(command, click.Group):
        yield command
        for name in command.list_commands(context):
            yield from groups(command.get_command(context, name), context)


def test_lists_of_verbs_hold_whole_sentences():
    cut = []
    for group in groups(app, click.Context(app)):
        page = group.get_help(click.Context(group, info_name=group.name, terminal_width=80))
        cut += [line for line in page.partition("Commands:")[2].splitlines() if line.endswith("...")]
    assert cut == []


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("asses", "x"), "supplytrust assess"),
        (("adit",), "supplytrust audit"),
        (("policy", "chek"), "supplytrust policy check"),
        (("sources", "fech"), "supplytrust sources fetch"),
        (("ledger", "compat"), "supplytrust ledger compact"),
        (("requests==2.0",), "supplytrust assess requests==2.0"),
        (("pkg:pypi/requests@2.0",), "supplytrust assess pkg:pypi/requests@2.0"),
    ],
)
def test_a_wrong_verb_is_answered_with_the_right_one(shell, words, meant):
    ran = shell.run(*words)
    assert ran.code == 2
    assert f"did you mean {meant}" in ran.err


def test_a_word_like_no_verb_suggests_none(shell):
    ran = shell.run("xyzzyplugh")
    assert (ran.code, "did you mean" in ran.err) == (2, False)


def endorse(shell: Shell, claim: str, area: str = "", expires: str = "2099-01-01"):
    words = ("--reason", "r", "--author", "a", "--expires", expires, "--key", "none.key")
    return shell.run("endorse", "pkg:pypi/a@1", "--area", area or claim.partition("/")[0], "--claim", claim, *words)


ENDORSABLE = [s.META.id for s in signals.catalogue() if Endorsement in s.META.claims]


def test_what_cannot_count_is_refused_and_what_can_is_listed(shell):
    for signal in signals.catalogue():
        ran = endorse(shell, signal.META.id)
        if signal.META.id in ENDORSABLE:
            assert "none.key" in ran.err or "ended" in ran.err, ran.err  # it came as far as the key
        else:
            assert ran.code == 2
            assert "it would not count" in ran.err
    ran = endorse(shell, "build/sdist_published")
    assert all(claim in ran.err for claim in ENDORSABLE) or "near: " in ran.err


def test_a_near_miss_is_named(shell):
    assert "provenance/releaser_known" in endorse(shell, "provenance/releaser_know").err
    assert "--area provenance" in endorse(shell, "provenance/releaser_known", area="build").err


def test_a_term_that_is_over_is_refused(shell):
    assert "would have ended" in endorse(shell, "provenance/releaser_known", expires="2020-01-01").err
