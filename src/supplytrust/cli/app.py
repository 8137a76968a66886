"""The command group: finds the verbs, shows errors as one clear line, turns outcomes into exit codes."""

from __future__ import annotations

import errno
import importlib
import io
import logging
import os
import pkgutil
import sys
from typing import TYPE_CHECKING, TextIO

import click

from supplytrust import __version__, cli
from supplytrust.cli import options
from supplytrust.errors import SupplytrustError

NOT_VERBS = {"app", "options", "output", "__main__"}
UNTOLD = 2  # as for a file that cannot be written


class Verbs(options.Group):
    """Sub-commands are the modules of this folder; each is imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of the verbs."""
        return sorted(m.name.rstrip("_") for m in pkgutil.iter_modules(cli.__path__) if m.name not in NOT_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The click command of a verb; the file is named like it (`explain_` where Python needs the underscore)."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found = {m.name.rstrip("_"): m.name for m in pkgutil.iter_modules(cli.__path__)}
        command: click.Command = importlib.import_module(f"{cli.__name__}.{found[cmd_name]}").command
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="supplytrust")
@click.option("-v", "--verbose", is_flag=True, help="Log what is done to stderr.")
def app(verbose: bool) -> None:  # noqa: FBT001
    """May I let this package in, on what assurances, and what is not known?

    Exit codes: 0 ADMIT, 2 usage, 3 nothing to assess, 10 REFER, 11 REFUSE, 12 refused by the gate, 70 internal.
    """
    if verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(name)s: %(message)s")


def main() -> None:
    """Entry point. No traceback reaches the user; SUPPLYTRUST_DEBUG=1 lets it through for a bug report.

    A stream that is closed, broken or full changes no verdict, but what was not told is not admitted.
    """
    outlets = install()
    code = _run()
    if outlets:
        flush()
        lost = outlets[0].lost
        if lost and code == 0:
            click.echo(f"supplytrust: the answer could not be written to stdout: {lost.strerror}", err=True)
            code = UNTOLD
        flush()
    sys.exit(code)


def _run() -> int:
    """The exit code of the verb."""
    try:
        code = app.main(prog_name="supplytrust", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("supplytrust: stopped", err=True)
        code = 130
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except click.ClickException as error:
        code = _show_misuse(error)
    except SupplytrustError as error:
        code = _tell(error)
    except (Exception, SystemExit) as error:  # the last line of defence; click itself ends with 1 at a broken pipe
        if os.environ.get("SUPPLYTRUST_DEBUG"):
            raise
        click.echo(f"supplytrust: internal error: {type(error).__name__}: {error}", err=True)
        click.echo("  hint: set SUPPLYTRUST_DEBUG=1 for the traceback and report it", err=True)
        code = 70
    return code if isinstance(code, int) else 0


def _show_misuse(error: click.ClickException) -> int:
    """Words the command line does not know: told like every other error."""
    context = getattr(error, "ctx", None)
    path = context.command_path if isinstance(context, click.Context) else "supplytrust"
    click.echo(f"supplytrust: {' '.join(error.format_message().split())}", err=True)
    click.echo(f"  hint: see {path} --help", err=True)
    return 2


def _tell(error: SupplytrustError) -> int:
    click.echo(f"supplytrust: {error.message}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
    return error.exit_code


# --- Standard streams that may be closed, broken or full: what cannot be told is noted and never raises.

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Outlet(io.RawIOBase):
    """A descriptor that takes every write; `lost` is the first error of the system, after which nothing is tried."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.lost: OSError | None = None

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor, for those who ask about the terminal's size."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person may be looking."""
        return os.isatty(self._descriptor)

    def write(self, data: ReadableBuffer) -> int:
        """All of it, as far as anybody can tell."""
        view = memoryview(data).cast("B")
        size = len(view)
        while view and self.lost is None:
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:  # a parent has made the pipe non-blocking
                _wait(self._descriptor)
            except OSError as error:
                self.lost = error
        return size


def install() -> tuple[Outlet, Outlet] | None:
    """Put outlets behind `sys.stdout` and `sys.stderr`; None where somebody (a test, an embedder) put others there."""
    before = (sys.stdout, sys.stderr)
    if before[0] is not sys.__stdout__ or before[1] is not sys.__stderr__:
        return None
    for number in range(3):
        _plug(number)
    out, err = _outlet(1, before[0]), _outlet(2, before[1])
    sys.stdout, sys.stderr = _text(out, before[0]), _text(err, before[1])
    return out, err


def flush() -> None:
    """Hand on what is still buffered; never raises for outlets."""
    sys.stdout.flush()
    sys.stderr.flush()


def deliver(stream: TextIO | None, text: str) -> bool:
    """Write a text and hand it on at once; whether it was taken. For answers that something else depends on."""
    if stream is None:  # closed by whoever started this
        return False
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):  # a stream that an embedder put there
        return False
    outlet = getattr(getattr(stream, "buffer", None), "raw", None)
    return not (isinstance(outlet, Outlet) and outlet.lost)


def _plug(number: int) -> None:
    """A closed standard descriptor becomes the end of a pipe without another end.

    Otherwise the next file to be opened, such as the ledger, would get its number, and whatever writes to
    "stdout" from then on would write into that file.
    """
    try:
        os.fstat(number)
    except OSError:
        readable, writable = os.pipe()
        wanted, other = (readable, writable) if number == 0 else (writable, readable)
        if wanted != number:
            os.dup2(wanted, number)
            os.close(wanted)
        else:
            os.set_inheritable(number, True)  # noqa: FBT003
        if other != number:
            os.close(other)


def _outlet(number: int, before: TextIO | None) -> Outlet:
    """Where the interpreter found none at its start, the number may belong to another file by now."""
    outlet = Outlet(number)
    if before is None:
        outlet.lost = OSError(errno.EBADF, os.strerror(errno.EBADF))
    return outlet


def _text(outlet: Outlet, before: TextIO | None) -> io.TextIOWrapper:
    """A text stream as the interpreter had made it; a character that its encoding lacks is escaped, not an error."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    lines = before is not None and (outlet.isatty() or bool(getattr(before, "line_buffering", False)))
    return io.TextIOWrapper(
        io.BufferedWriter(outlet), encoding=encoding, errors="backslashreplace", line_buffering=lines
    )


def _wait(descriptor: int) -> None:
    import select

    select.select([], [descriptor], [])
