"""The command group: finds the verbs, shows errors as one clear line, turns outcomes into exit codes."""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import sys

import click

from supplytrust import __version__, cli
from supplytrust.cli import streams
from supplytrust.errors import SupplytrustError

NOT_VERBS = {"app", "options", "output", "streams", "__main__"}
UNTOLD = 2  # as for a file that cannot be written


class Verbs(click.Group):
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
    outlets = streams.install()
    code = _run()
    if outlets:
        streams.flush()
        lost = outlets[0].lost
        if lost and code == 0:
            click.echo(f"supplytrust: the answer could not be written to stdout: {lost.strerror}", err=True)
            code = UNTOLD
        streams.flush()
    sys.exit(code)


def _run() -> int:
    """The exit code of the verb."""
    try:
        code = app.main(standalone_mode=False)
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
