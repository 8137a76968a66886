"""supplytrust vet sign ANSWERS.toml"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.group("vet", cls=options.Group)
def command() -> None:
    """Vouch for packages to those who listen to you."""


@command.command("sign")
@options.argument("answers", "ANSWERS.toml", "what you endorse, found wanting and take back")
@click.option("--key", required=True, metavar="KEY", help="Private key file in PEM.")
@click.option("--expires", required=True, metavar="DATE", help="When the list ends, within 366 days.")
@options.output
def sign(answers: str, key: str, expires: str, output: str | None) -> None:
    """Sign a trust list that others name under [vendors]: entries bound to releases or digests, each with its end.

    The file has `vendor`, `epoch` (a number that grows with every list), tables [[endorsement]] with subject, area,
    claim, reason, expires and perhaps digest and via, tables [[violation]] with subject and reason, and `revoked`.
    """
    from datetime import UTC, datetime
    from pathlib import Path

    from supplytrust.cli.output import deliver
    from supplytrust.errors import MalformedRecordError, MalformedTomlError, UsageError
    from supplytrust.formats.toml_fields import UnreadableFileError, read_bytes
    from supplytrust.records.signers import open_key
    from supplytrust.records.trust_list import list_of, seal_list

    end, now = options.instant(expires), datetime.now(UTC).replace(microsecond=0)
    try:
        document = list_of(read_bytes(Path(answers)), now, end or now)
        deliver(seal_list(document, open_key(Path(key))), output)
    except (MalformedRecordError, MalformedTomlError) as error:
        raise UsageError(f"{answers}: {error.message}", hint="see `supplytrust vet sign --help`") from None
    except UnreadableFileError as error:
        raise UsageError(error.text, hint=error.hint) from None
