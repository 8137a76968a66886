"""supplytrust inspect WORKLOAD.wasm"""

from __future__ import annotations

from pathlib import Path

import click

from supplytrust.cli import options


@click.command("inspect")
@options.argument("workload", "WORKLOAD.WASM", "The workload to be read.")
@click.option("--config", metavar="FILE", help="The loader's configuration, to meet imports with grants.")
@click.option(
    "--config-format", metavar="NAME", help="enarx, spin, wasmtime (default: by the file's name or contents)."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="For a terminal, for programs, or as a page.",
)
@options.output
def command(
    workload: str,
    config: str | None,
    config_format: str | None,
    format_: str,
    output: str | None,
) -> None:
    """Say what a WebAssembly workload asks for, what is inside, and who says how it was made."""
    from supplytrust.cli.output import deliver, read, show
    from supplytrust.reports import inspection
    from supplytrust.wasm import adapters
    from supplytrust.wasm.inspection import inspect
    from supplytrust.wasm.surface import count_texts

    grants = None
    if config:
        grants = adapters.read_grants(read(config), config, config_format or "")
    data = read(workload)
    found, texts = inspect(data), count_texts(data)
    if format_ == "html":
        deliver(inspection.to_html(Path(workload).name, found, grants, texts), output)
    elif format_ == "json" or output:
        deliver((inspection.to_json if format_ == "json" else inspection.to_text)(found, grants, texts), output)
    else:
        show(inspection.to_text(found, grants, texts))
