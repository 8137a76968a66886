"""Options that several verbs share, and what they become."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from supplytrust.errors import UsageError

if TYPE_CHECKING:
    from supplytrust.collection.options import CollectOptions

F = TypeVar("F", bound=Callable[..., object])


class Group(click.Group):
    """A group of verbs that knows what may have been meant by a word that is none."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As of click; UsageError with the nearest verbs."""
        import difflib

        word = args[0] if args else ""
        if word and not word.startswith("-") and self.get_command(ctx, word) is None:
            near = difflib.get_close_matches(word, self.list_commands(ctx), n=3, cutoff=0.6)
            named = word.startswith("pkg:") or "==" in word or "@" in word
            meant = [f"{ctx.command_path} {verb}" for verb in near] or [f"supplytrust assess {word}"] * named
            ctx.fail(f"no command '{word}'" + (f"; did you mean {' or '.join(meant)}?" if meant else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every verb with its whole first sentence, which click would cut off at the end of a line."""
        listed = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(limit=1000)) for name, command in listed if command]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


class Argument(click.Argument):
    """An argument that the help page explains beside the options."""

    def __init__(self, names: list[str], *, help: str = "", **attributes: Any) -> None:  # noqa: A002 - as of options
        super().__init__(names, **attributes)
        self.help = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Its name as the usage line shows it, and what it is."""
        return str(self.make_metavar(ctx)), self.help or ""


def argument(name: str, metavar: str, help: str, **attributes: Any) -> Callable[[F], F]:  # noqa: A002
    """A click argument with help."""
    return click.argument(name, cls=Argument, metavar=metavar, help=help, **attributes)


def instant(text: str | None) -> datetime | None:
    """An RFC 3339 time with a zone, or a plain date (its midnight in UTC)."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a time", hint="write 2026-05-01 or 2026-05-01T12:00:00Z") from None
    if when.tzinfo is None:
        if len(text) > 10:
            raise UsageError(f"'{text}' has no time zone", hint="add Z or an offset such as +02:00")
        when = when.replace(tzinfo=UTC)
    return when.astimezone(UTC)


def stack(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several click options as one decorator, listed in reading order."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


policy = click.option(
    "--policy", "policy", metavar="NAME|FILE", help="Appraisal policy (default: the configured one, else baseline)."
)
trustor = click.option(
    "--trustor", default="", metavar="URI", help="In whose name the record is made (default: the configured one)."
)
at = click.option("--at", metavar="RFC3339", help="Judge as of this time; nothing later is looked at.")
config = click.option(
    "--config", metavar="FILE", help="Configuration (default: supplytrust.toml or [tool.supplytrust])."
)
output = click.option("-o", "--output", metavar="FILE", help="Write the result here instead of stdout.")
format_ = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown", "html", "sarif"]),
    default="text",
    show_default=True,
    help="For a terminal, programs, pull requests, browsers, code scanning.",
)
text_or_json = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
deps = click.option(
    "--deps",
    type=click.Choice(["all", "direct", "none"]),
    default="direct",
    show_default=True,
    help="Which dependencies are judged with it.",
)
subject = argument("subject", "SUBJECT", "A purl, a name (requests, requests==2.34.2), or the path of an artifact.")
ledger = click.option(
    "--ledger", metavar="FILE", help="Where facts seen before are kept (default: the user's data folder)."
)
index_url = click.option(
    "--index-url", metavar="URL", help="Package index (default: the one the ecosystem's client uses)."
)
offline = click.option("--offline", is_flag=True, help="Use the cache only.")
no_progress = click.option("--no-progress", is_flag=True, help="No progress on stderr.")
no_ledger = click.option("--no-ledger", is_flag=True, help="Neither read nor write facts seen before.")

signing = stack(
    click.option(
        "--sign", "sign", metavar="KEY", help="Sign the record with this key; the result is its DSSE envelope."
    ),
    click.option(
        "--export", type=click.Choice(["vsa", "svr", "cyclonedx"]), help="Derive another attestation from it."
    ),
)

rebuilding = stack(
    click.option(
        "--rebuild",
        type=click.Choice(["auto", "always", "never", "unsandboxed"]),
        default="auto",
        show_default=True,
        help="Build it again and compare: where it can decide, always, never, or without a sandbox.",
    ),
    click.option(
        "--second-interpreter", is_flag=True, help="Rebuild on another Python of this machine too, and compare."
    ),
)

no_cache = click.option("--no-cache", is_flag=True, help="Read artifacts again whose bytes were read before.")

loader = stack(
    click.option(
        "--loader-config", metavar="FILE", help="What a workload would run with (Enarx.toml, ...), under any name."
    ),
    click.option("--loader-format", metavar="NAME", help="enarx, spin, wasmtime (default: by name or contents)."),
    click.option("--lock", metavar="FILE", help="The lock file that a workload was built with, for the digests."),
)

looking = stack(
    config,
    loader,
    index_url,
    click.option("--repository", metavar="PATH|URL", help="Source repository of the subject."),
    offline,
    deps,
    rebuilding,
    ledger,
    no_ledger,
    no_cache,
    no_progress,
)

looking_at_sets = stack(
    config,
    index_url,
    offline,
    rebuilding,
    ledger,
    no_ledger,
    no_cache,
    click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Packages at a time."),
    no_progress,
)


def as_looking(given: dict[str, object]) -> CollectOptions:
    """The collected `looking` options as the keyword arguments of `assessment.collect`."""
    from supplytrust.ledger import default_path

    ledger_file = None if given.pop("no_ledger", False) else (given.pop("ledger", None) or default_path())
    given.pop("ledger", None)
    cache = not given.pop("no_cache", False)
    return cast("CollectOptions", {**given, "ledger": ledger_file, "cache": cache})


def configured_targets(config: object) -> tuple[str, ...]:
    """The targets of the configuration; UsageError when it names none."""
    from pathlib import Path

    from supplytrust.appraisal.policies import config as configuration

    found = configuration.targets(Path(str(config)) if config else None, Path.cwd())
    if not found:
        hint = "name a lock file, a folder, a purl, --python PATH, or write [audit] targets into supplytrust.toml"
        raise UsageError("no target was named", hint=hint)
    return found
