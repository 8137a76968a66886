"""supplytrust status add|revoke|renew"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from supplytrust.cli import options

_key = click.option("--key", required=True, metavar="KEY", help="Private key file that signs the list.")
_hours = click.option("--hours", default=168, show_default=True, help="How long the list is fresh.")


@click.group("status", cls=options.Group)
def command() -> None:
    """Make the signed list of records, subjects and keys that no longer count."""


@command.command("add")
@options.argument("file", "FILE", "The status list.")
@click.option("--id", "name", default="main", show_default=True, help="The name that gate policies give the list.")
@_key
@_hours
def add(file: str, name: str, key: str, hours: int) -> None:
    """Begin a list on which nothing is yet; an existing file is never replaced."""
    from supplytrust.errors import UsageError
    from supplytrust.gate.drafts import begin_list
    from supplytrust.records.signers import open_key

    place = Path(file)
    if place.exists():
        raise UsageError(f"{file} exists already", hint="`status renew` makes the next one of it")
    place.write_bytes(begin_list(name, open_key(Path(key)), at=_now(), hours=hours))
    click.echo(f"wrote {file}: list '{name}', fresh for {hours} hours")


@command.command("renew")
@options.argument("file", "FILE", "The status list.")
@_key
@_hours
def renew(file: str, key: str, hours: int) -> None:
    """Make the next list of the same contents: fresh again, one higher in sequence."""
    _replace(file, key, hours, {})


@command.command("revoke")
@options.argument("file", "FILE", "The status list.")
@click.option("--record", multiple=True, metavar="ENVELOPE|HEX", help="A record: its envelope or payload digest.")
@click.option("--subject", multiple=True, metavar="FILE|HEX", help="A workload, or bytes inside one.")
@click.option("--revoked-key", multiple=True, metavar="FILE.pub|HEX", help="A key of signers or of a service.")
@_key
@_hours
def revoke(
    file: str, record: tuple[str, ...], subject: tuple[str, ...], revoked_key: tuple[str, ...], key: str, hours: int
) -> None:
    """Put records, workloads or keys on the list, for good."""
    from supplytrust.errors import UsageError

    if not (record or subject or revoked_key):
        raise UsageError("nothing to revoke", hint="--record, --subject or --revoked-key")
    revoked = {
        "records": _digests(record, _of_record),
        "subjects": _digests(subject, _of_bytes),
        "keys": _digests(revoked_key, _of_key),
    }
    _replace(file, key, hours, revoked)


def _replace(file: str, key: str, hours: int, revoked: dict[str, frozenset[str]]) -> None:
    from supplytrust.cli.output import read
    from supplytrust.formats.atomic import write_atomically
    from supplytrust.gate.drafts import next_list
    from supplytrust.records.signers import open_key

    made = next_list(read(file), open_key(Path(key)), at=_now(), hours=hours, revoked=revoked)
    write_atomically(file, made, mode=0o644)
    click.echo(f"wrote {file}: {sum(map(len, revoked.values()))} put on the list, fresh for {hours} hours")


def _digests(given: Iterable[str], of_file: Callable[[bytes], str]) -> frozenset[str]:
    import re

    from supplytrust.cli.output import read

    plain = [text.removeprefix("sha256:") for text in given]
    return frozenset(t if re.fullmatch(r"[0-9a-f]{64}", t) else of_file(read(t)) for t in plain)


def _of_bytes(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _of_record(data: bytes) -> str:
    """A record is known by its payload: another envelope around it is the same record."""
    from supplytrust.records.envelope import unverified_payload

    return _of_bytes(unverified_payload(data))


def _of_key(data: bytes) -> str:
    from supplytrust.records.keys import read_key

    return read_key(data).fingerprint


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
