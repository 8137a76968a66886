"""supplytrust policy check|show|init"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.group("policy")
def command() -> None:
    """Check, show or begin an appraisal policy."""


@command.command("check")
@click.argument("file")
def check(file: str) -> int:
    """Say everything that is wrong with a policy file, each with its line."""
    from supplytrust.appraisal.policies import loader
    from supplytrust.errors import PolicyError

    try:
        policy = loader.load(Path(file))
    except PolicyError as error:
        for problem in error.problems:
            click.echo(str(problem))
        raise PolicyError(error.problems[:1], hint=f"{len(error.problems)} problem(s) in {file}") from None
    click.echo(f"{policy.id}: fits the schema; {policy.digest}")
    return 0


@command.command("show")
@click.argument("name", metavar="NAME|FILE")
def show(name: str) -> None:
    """Print what a policy requires of each kind of package."""
    from supplytrust.appraisal.policies import loader

    policy = loader.load(name)
    click.echo(f"{policy.id}  epoch {policy.epoch}  {policy.digest}")
    click.echo(f"cool-down {policy.cooldown_hours} h; a record holds {policy.max_age_days} days")
    for profile, areas in policy.expect.items():
        click.echo(f"{profile:<16}" + ", ".join(f"{a.value} {t:.2f}" for a, t in sorted(areas.items())))
        for must in policy.require.get(profile, ()):
            click.echo(f"{'':<16}must hold: {must}")
    for purpose, signals in policy.require_for.items():
        for must in signals:
            click.echo(f"{'used for ' + purpose:<24}must hold: {must}")
    for builder in policy.builders:
        whose = " ".join(filter(None, (builder.identity, builder.runner, "vouched for by", builder.issuer)))
        click.echo(f"trusted builder: {builder.name} ({whose}), weight {builder.weight:g}")
        click.echo(f"{'':<16}takes: {', '.join(builder.takes)}")
    for exemption in policy.exemptions:
        until = f"until {exemption.expires:%Y-%m-%d}, by {exemption.owner}: {exemption.reason}"
        click.echo(f"exception: {exemption.subject} {', '.join(exemption.covers)} {until}")


@command.command("init")
@click.argument("file", default="policy.toml")
@click.option("--base", default="baseline", show_default=True, help="Shipped policy to begin with.")
@click.option(
    "--from", "targets", multiple=True, metavar="TARGET", help="A lock, folder or list in use: what is open is listed."
)
@click.option("--owner", default="owner@example.org", show_default=True, help="Who answers for the policy.")
@options.at
@options.looking_at_sets
def init(
    file: str,
    base: str,
    targets: tuple[str, ...],
    owner: str,
    at: str | None,
    jobs: int,
    no_progress: bool,  # noqa: FBT001
    **looking: object,
) -> None:
    """Write a policy to begin with; never overwrites.

    With --from it judges what is in use and lists by name what is not reviewed: exceptions that are switched off
    until somebody says why, and answers for it.
    """
    from supplytrust.appraisal.policies import loader
    from supplytrust.audits import baseline_policy
    from supplytrust.cli.output import Progress, deliver
    from supplytrust.errors import UsageError

    path = Path(file)
    if path.exists():
        raise UsageError(f"{file} is already there", hint="name another file")
    if not targets:
        deliver(loader.template(base, owner=owner), file)
        click.echo(f"wrote {file}; edit it, then: supplytrust policy check {file}")
        return
    from supplytrust.audits.baseline import baseline_from_audit

    loader.shipped_text(base)
    with Progress(wanted=not no_progress) as progress:
        found = baseline_from_audit(
            targets, base, jobs=jobs, at=options.instant(at), progress=progress, **options.as_looking(looking)
        )
    deliver(baseline_policy.text(base, found, owner=owner), file)
    click.echo(f"wrote {file}. {found}")
    click.echo(f"next: read the end of {file}, then: supplytrust policy check {file}")
