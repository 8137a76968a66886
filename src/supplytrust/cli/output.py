"""Where results go: one document on stdout or in a file; everything else on stderr."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from supplytrust.errors import UsageError
from supplytrust.formats.atomic import write_atomically
from supplytrust.model.evidence import Evidence
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Outcome

if TYPE_CHECKING:
    from rich.status import Status

EXIT = {Outcome.ADMIT: 0, Outcome.REFER: 10, Outcome.REFUSE: 11}
GATE_REFUSED = 12
DIGEST = re.compile(r"(sha256:)?[0-9a-f]{64}")


def deliver(document: str | bytes, target: str | None) -> None:
    """Print a document, or write it whole to a file, never a part of it; into a pipe or device. UsageError."""
    data = document.encode() if isinstance(document, str) else document
    if not data.endswith(b"\n"):
        data += b"\n"
    if target is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        write_atomically(target, data)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}", hint="name a folder that can be written") from None
    except ValueError as error:  # a NUL character in the name
        raise UsageError(f"cannot write {target!r}: {error}", hint="name a file") from None


def show(text: str) -> None:
    """Print a text report: coloured outcome words on a terminal, plain when piped."""
    if not sys.stdout.isatty():
        click.echo(text)
        return
    from rich.console import Console
    from rich.text import Text

    styled = Text(text)
    for word, style in (("ADMIT", "bold green"), ("REFER", "bold yellow"), ("REFUSE", "bold red")):
        styled.highlight_regex(rf"\b{word}\b", style)
    Console(highlight=False, soft_wrap=True).print(styled)


def publish(
    record: TrustRecord,
    format_: str,
    target: str | None,
    *,
    sign: str | None,
    export: str | None,
    evidence: Evidence | None = None,
) -> None:
    """One document: the report (with what the record was made of, if that is at hand), or what `--sign` or `--export`
    makes of the record."""
    if sign or export:
        deliver(_seal(record, sign, export), target)
        return
    from supplytrust import reports

    document = reports.render(record, format_, evidence=evidence)
    if format_ == "text" and target is None and sys.stdout.isatty():
        from supplytrust.reports import text

        shades = text.SHADES if "utf" in (sys.stdout.encoding or "").lower() else text.PLAIN_SHADES
        show(text.render(record, shutil.get_terminal_size().columns, shades))
    elif format_ == "text" and target is None:
        show(document)
    else:
        deliver(document, target)


def _seal(record: TrustRecord, key: str | None, export: str | None) -> bytes:
    from supplytrust.records import exports, signers, statement

    payload, payload_type = statement.to_statement(record), statement.PAYLOAD_TYPE
    if export:
        payload, payload_type = exports.export_named(export).derive(record), exports.export_named(export).PAYLOAD_TYPE
    return signers.seal(payload, payload_type, key) if key else payload


class Progress:
    """A status line on stderr, only where a person can see it."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._status: Status | None = None

    def __enter__(self) -> Callable[[str, str], None]:
        if self._wanted:
            from rich.console import Console

            self._status = Console(stderr=True).status("looking ...")
            self._status.start()
        return self.tell

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def tell(self, event: str, detail: str) -> None:
        """The observer given to the library. A notice is about the result, so it is told whether or not progress is."""
        if event == "notice":
            click.echo(f"note: {detail}", err=True)
        if self._status:
            self._status.update(f"{event}: {detail}")


def read(path: str) -> bytes:
    """The bytes of a file the caller named; a usage error when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}", hint="check the path") from None


def read_record(what: str, ledger: str | None = None) -> TrustRecord:
    """A saved record, signed or not: a file, or the digest of one in the ledger. Nothing is verified here.

    Raises:
        supplytrust.errors.UsageError: the file cannot be read.
        supplytrust.errors.RecordError: it holds no record.
        supplytrust.errors.LedgerError: the ledger has no such record.
    """
    from supplytrust.records.statement import from_document, from_statement

    if not DIGEST.fullmatch(what) or Path(what).exists():
        return from_document(read(what))
    from supplytrust.ledger import find_ledger

    found = find_ledger(ledger)
    if found is None:
        raise UsageError(f"there is no ledger that could hold {what}", hint="name it with --ledger FILE")
    with found as book:
        return from_statement(book.body(f"sha256:{what.removeprefix('sha256:')}"))
