"""supplytrust keys new"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.group("keys", cls=options.Group)
def command() -> None:
    """Make keys to sign records with."""


@command.command("new")
@options.argument("file", "FILE", "Where the private key is written.")
@click.option("--algorithm", default="ed25519", show_default=True, help="Kind of key.")
def new(file: str, algorithm: str) -> None:
    """Write a private key (mode 0600) and FILE.pub beside it; never overwrites."""
    from supplytrust.records.signers import new_key

    made = new_key(Path(file), algorithm)
    click.echo(f"wrote {file} and {file}.pub; key sha256 {made.fingerprint}")
