"""supplytrust signals"""

from __future__ import annotations

import click


@click.command("signals")
def command() -> None:
    """List every question that is asked, by area."""
    from supplytrust.appraisal.signals import catalogue, question_of

    for signal in catalogue():
        click.echo(f"{signal.META.id:<52} {question_of(signal.META.id)}")
