"""supplytrust policy check|show|init"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from datetime import datetime

    from supplytrust.model.policy import Policy


@click.group("policy", cls=options.Group)
def command() -> None:
    """Check, show or begin an appraisal policy."""


@command.command("check")
@options.argument("file", "FILE", "The policy.")
@click.option("--for", "targets", multiple=True, metavar="LIST", help="Count its exceptions against this list.")
@options.at
def check(file: str, targets: tuple[str, ...], at: str | None) -> int:
    """Say everything that is wrong with a policy file, each with its line, and what an audit would hold against it.

    Exit code 2 also for exceptions that have ended, for more of them than a set may stand on (with --for), and for a
    purpose that the program does not know.
    """
    from datetime import UTC, datetime

    from supplytrust.appraisal.policies import loader
    from supplytrust.errors import PolicyError, Problem

    try:
        policy = loader.load(Path(file))
        loader.check_purpose(policy)
        now = options.instant(at) or datetime.now(UTC)
        problems = tuple(Problem(file, text) for text in _held_against(policy, targets, now))
        if problems:
            raise PolicyError(problems)
    except PolicyError as error:
        for problem in error.problems:
            click.echo(str(problem))
        raise PolicyError(error.problems[:1], hint=f"{_count(len(error.problems), 'problem')} in {file}") from None
    for note in policy.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"{policy.id}: fits the schema; {_count(len(policy.exemptions), 'exception')}; {policy.digest}")
    return 0


def _held_against(policy: Policy, targets: tuple[str, ...], at: datetime) -> Iterator[str]:
    """What an audit holds a set back for, as far as the policy alone, or a list, tells."""
    from supplytrust.appraisal.algebra.package_verdict import most_exceptions
    from supplytrust.audits.runner import inventory_of

    for one in policy.exemptions:
        if one.expires <= at:
            yield f"the exception of {one.subject} ended on {one.expires:%Y-%m-%d}: decide again, or take it out"
    if targets:
        size = len(inventory_of(targets).listed)
        most, number = most_exceptions(size), len({one.subject for one in policy.exemptions})
        if number > most:
            yield f"{number} packages stand on an exception, and a set of {size} may stand on {most}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@command.command("show")
@options.argument("name", "NAME|FILE", "A shipped policy or a file.")
def show(name: str) -> None:
    """Print what a policy requires of each kind of package."""
    from supplytrust.appraisal.policies import loader

    for line in _lines(loader.load(name)):
        click.echo(line)


def _lines(policy: Policy) -> Iterator[str]:
    yield f"{policy.id}  epoch {policy.epoch}  {policy.digest}"
    if policy.extends:
        yield f"extends {policy.extends}, written for its epoch {policy.base_epoch}"
    yield from (f"note: {note}" for note in policy.notes)
    yield f"cool-down {policy.cooldown_hours} h; a record holds {policy.max_age_days} days"
    for profile, areas in policy.expect.items():
        yield f"{profile:<16}" + ", ".join(f"{a.value} {t:.2f}" for a, t in sorted(areas.items()))
        yield from (f"{'':<16}must hold: {_words(must)}" for must in policy.require.get(profile, ()))
    for purpose, signals in policy.require_for.items():
        yield from (f"{'used for ' + purpose:<24}must hold: {_words(must)}" for must in signals)
    for trait, signals in policy.require_where.items():
        yield from (f"{'with ' + trait:<24}must hold: {_words(must)}" for must in signals)
    yield from _permissions(policy)


def _permissions(policy: Policy) -> Iterator[str]:
    """Whose word is taken, and which doubts are."""
    for builder in policy.builders:
        whose = " ".join(filter(None, (builder.identity, builder.runner, "vouched for by", builder.issuer)))
        yield f"trusted builder: {builder.name} ({whose}), weight {builder.weight:g}"
        yield f"{'':<16}takes: {', '.join(builder.takes)}"
    for exemption in policy.exemptions:
        until = f"until {exemption.expires:%Y-%m-%d}, by {exemption.owner}: {exemption.reason}"
        yield f"exception: {exemption.subject} {', '.join(exemption.covers)} {until}"


def _words(signal_id: str) -> str:
    """A signal's name, with its question for those who do not know it."""
    from supplytrust.appraisal.signals import question_of

    return f"{signal_id}: {question_of(signal_id)}"


@command.command("init")
@options.argument("file", "[FILE]", "Where it is written.", default="policy.toml")
@click.option("--base", default="baseline", show_default=True, help="Shipped policy to begin with.")
@click.option(
    "--from", "targets", multiple=True, metavar="TARGET", help="A lock, folder or list in use: what is open is listed."
)
@click.option("--owner", default="owner@example.org", show_default=True, help="Who answers for the policy.")
@click.option("--trustor", default="", metavar="URI", help="In whose name records under it are made.")
@options.at
@options.looking_at_sets
def init(
    file: str,
    base: str,
    targets: tuple[str, ...],
    owner: str,
    trustor: str,
    at: str | None,
    jobs: int,
    no_progress: bool,  # noqa: FBT001
    **looking: object,
) -> None:
    """Write a policy to begin with: a shipped one that it extends, and what differs; never overwrites.

    With --from it judges what is in use and lists by name what is not reviewed: exceptions that are switched off
    until somebody says why. They stand together by cause.
    """
    from supplytrust.appraisal.policies import loader
    from supplytrust.audits import baseline_policy
    from supplytrust.cli.output import Progress, deliver
    from supplytrust.errors import UsageError

    path = Path(file)
    if path.exists():
        raise UsageError(f"{file} is already there", hint="name another file")
    if not targets:
        deliver(loader.template(base, owner=owner, trustor=trustor), file)
        click.echo(f"wrote {file}; edit it, then: supplytrust policy check {file}")
        return
    from supplytrust.audits.baseline_policy import baseline_from_audit

    loader.shipped_text(base)
    with Progress(wanted=not no_progress) as progress:
        found = baseline_from_audit(
            targets, base, jobs=jobs, at=options.instant(at), progress=progress, **options.as_looking(looking)
        )
    deliver(baseline_policy.text(base, found, owner=owner, trustor=trustor), file)
    click.echo(f"wrote {file}. {found}")
    if found.excess:
        click.echo(f"note: {found.excess}")
    click.echo(f"next: read the end of {file}, then: supplytrust policy check {file}")
