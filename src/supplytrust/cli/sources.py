"""supplytrust sources"""

from __future__ import annotations

import click


@click.command("sources")
def command() -> None:
    """List who makes claims, about which packages, and which optional tools are present."""
    from supplytrust.collection.scheduler import all_sources
    from supplytrust.io.processes.run import optional_tools

    for source in all_sources():
        kinds = ", ".join(sorted(c.__name__ for c in source.OFFERS))
        click.echo(f"{source.NAME:<16} {'/'.join(source.ECOSYSTEMS) or 'every type':<12} {kinds}")
    click.echo("\noptional tools:")
    for tool in optional_tools():
        click.echo(f"{tool.name:<16} {tool.found or 'not found':<12} {tool.purpose}")
