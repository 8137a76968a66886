"""supplytrust signals"""

from __future__ import annotations

import click


@click.command("signals")
def command() -> None:
    """List every question that is asked, by area."""
    import ast
    import inspect

    from supplytrust.appraisal.signals import catalogue

    for signal in catalogue():
        text = ast.get_docstring(ast.parse(inspect.getsource(signal))) or ""  # type: ignore[arg-type]
        question = text.partition("Question")[2].strip().partition("\n")[0].strip()
        click.echo(f"{signal.META.id:<52} {question}")
