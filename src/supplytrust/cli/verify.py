"""supplytrust verify ENVELOPE --key KEY | --directory FOLDER"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from supplytrust.cli import options

if TYPE_CHECKING:
    from supplytrust.records.statement import VerifiedRecord


@click.command("verify")
@options.argument("envelope", "ENVELOPE", "The signed record.")
@click.option("--key", "keys", multiple=True, metavar="KEY.PUB", help="Public key; may be repeated.")
@click.option("--directory", metavar="FOLDER", help="Keys and revocations in TUF form, instead of --key.")
@click.option("--root", metavar="FILE", help="The directory's pinned root metadata.")
@click.option("--purpose", default="general", show_default=True, help="What the directory's keys must be listed for.")
@click.option("--trustor", default="", metavar="URI", help="The record must speak for this relying party.")
@options.at
@options.format_
@options.output
def command(
    envelope: str,
    keys: tuple[str, ...],
    directory: str | None,
    root: str | None,
    purpose: str,
    trustor: str,
    at: str | None,
    format_: str,
    output: str | None,
) -> int:
    """Verify a signed record and show it. Exit code: the record's outcome, 11 when it does not verify."""
    from supplytrust.cli.output import EXIT, publish, read
    from supplytrust.errors import UsageError
    from supplytrust.records.statement import verify

    when = options.instant(at) or datetime.now(UTC)
    if bool(keys) == bool(directory):
        raise UsageError("whose signature counts?", hint="give either --key or --directory with --root")
    if directory:
        if root is None:
            raise UsageError("a directory needs its pinned root", hint="--root root.json, got from its owner")
        verified = _by_directory(read(envelope), Path(directory), read(root), purpose, when, trustor)
    else:
        verified = verify(read(envelope), keys, at=when, trustor=trustor)
    publish(verified.record, format_, output, sign=None, export=None)
    if format_ == "text" and output is None:
        click.echo(f"\nsigned by key sha256 {verified.key.fingerprint[:16]}...; the signature holds", err=True)
    return EXIT[verified.record.outcome]


def _by_directory(data: bytes, folder: Path, root: bytes, purpose: str, when: datetime, trustor: str) -> VerifiedRecord:
    """By the keys a directory lists; its newest verified state is kept, so that an older one is seen."""
    import hashlib

    from supplytrust.ledger import default_path
    from supplytrust.records.directory import open_directory
    from supplytrust.records.statement import verify

    state = default_path().parent / "directories" / hashlib.sha256(root).hexdigest()[:16]
    opened = open_directory(folder, root, state)
    verified = verify(data, opened.keys(purpose, when), at=when, trustor=trustor)
    opened.check(verified)
    return verified
