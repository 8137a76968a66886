"""supplytrust rebuild SUBJECT"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("rebuild")
@options.subject
@options.config
@options.index_url
@click.option("--unsandboxed", is_flag=True, help="Build without a sandbox: runs the package's build code as you.")
@click.option("--keep", metavar="FOLDER", help="Keep what was built here.")
@options.text_or_json
@options.output
def command(
    subject: str,
    config: str | None,
    index_url: str | None,
    unsandboxed: bool,  # noqa: FBT001
    keep: str | None,
    format_: str,
    output: str | None,
) -> int:
    """Build a published wheel again from its sdist, or sources from their tagged commit, and say how close it comes.

    Exit code 0 when it was reproduced, 11 when it differs, 10 when it could not be rebuilt.
    """
    import json

    from supplytrust.cli.output import deliver, show
    from supplytrust.collection.standalone_rebuild import rebuilt
    from supplytrust.reports import rebuild

    result = rebuilt(subject, config=config, index_url=index_url, unsandboxed=unsandboxed, keep=keep or "")
    if format_ == "json":
        deliver(json.dumps(rebuild.to_json(result), indent=2, sort_keys=True), output)
    elif output:
        deliver(rebuild.to_text(result), output)
    else:
        show(rebuild.to_text(result))
    if result.level.reproduced:
        return 0
    return 11 if result.level.differs else 10
