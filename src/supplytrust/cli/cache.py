"""supplytrust cache info|clear"""

from __future__ import annotations

import click

from supplytrust.cli import options

PARTS = ("claims", "blobs", "http", "git", "rebuilds")


@click.group("cache", cls=options.Group)
def command() -> None:
    """Show or empty what is kept to save time: no answer depends on it."""


@command.command("info")
@options.config
def info(config: str | None) -> None:
    """Print where the cache is, how much of it each part takes, and what bounds it."""
    from supplytrust.collection.options import cache_folder, load_settings
    from supplytrust.formats.json_reader import MIB

    folder, settings = cache_folder(), load_settings({"config": config}).cache
    click.echo(f"{folder}")
    for part in PARTS:
        sizes = [p.stat().st_size for p in (folder / part).rglob("*") if p.is_file() and not p.is_symlink()]
        bound = f", at most {settings.most_mib} MiB" if part == "claims" else ""
        switch = ", switched off" if part == "claims" and not settings.claims else ""
        click.echo(f"{part:<9}{len(sizes):>8} files  {sum(sizes) / MIB:>9.1f} MiB{bound}{switch}")


@command.command("clear")
@options.argument("parts", "[PART]...", f"Of {', '.join(PARTS)}; or all.", nargs=-1, type=click.Choice([*PARTS, "all"]))
def clear(parts: tuple[str, ...]) -> None:
    """Remove PARTS of the cache (default: claims); what is needed again is fetched, read or built again."""
    import shutil

    from supplytrust.collection.options import cache_folder

    wanted = PARTS if "all" in parts else (parts or PARTS[:1])
    for part in wanted:
        shutil.rmtree(cache_folder() / part, ignore_errors=True)
    click.echo(f"removed: {', '.join(wanted)}")
