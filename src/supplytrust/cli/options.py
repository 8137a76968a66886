"""Options that several verbs share, and what they become."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar, cast

import click

from supplytrust.errors import UsageError

if TYPE_CHECKING:
    from supplytrust.collection.options import CollectOptions

F = TypeVar("F", bound=Callable[..., object])


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
)
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
        "--rebuild", type=click.Choice(["auto", "always", "never", "unsandboxed"]), default="auto", show_default=True
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
)

looking = stack(
    config,
    loader,
    index_url,
    click.option("--repository", metavar="PATH|URL", help="Source repository of the subject."),
    offline,
    click.option("--deps", type=click.Choice(["all", "direct", "none"]), default="direct", show_default=True),
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
