"""supplytrust policies"""

from __future__ import annotations

import click


@click.command("policies")
def command() -> None:
    """List the policies that come with the program."""
    from supplytrust.appraisal.policies import loader

    for name in loader.names():
        policy = loader.load(name)
        root = policy.expect.get("root", {})
        needs = ", ".join(f"{area.value} {theta:.2f}" for area, theta in sorted(root.items()))
        click.echo(f"{name:<12} {needs}; cool-down {policy.cooldown_hours} h; records hold {policy.max_age_days} days")
