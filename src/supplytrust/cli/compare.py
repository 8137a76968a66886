"""supplytrust compare FIRST SECOND"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("compare")
@options.argument("first", "FIRST", "A package as assess takes it, a saved record, a .dsc, or pkg:deb/debian/NAME.")
@options.argument("second", "SECOND", "What it is compared with.")
@options.policy
@options.at
@options.looking
@options.text_or_json
@options.output
def command(
    first: str,
    second: str,
    policy: str | None,
    at: str | None,
    no_progress: bool,  # noqa: FBT001
    format_: str,
    output: str | None,
    **looking: object,
) -> int:
    """Show two candidates side by side; or a project and what a distribution makes of it.

    Of a Debian source package: is its upstream tarball the release's own, which patches are applied, which advisories
    does its changelog name. Exit code: that of the worse outcome.
    """
    from supplytrust.audits.downstream import compare_candidates
    from supplytrust.cli.output import EXIT, Progress, deliver
    from supplytrust.reports.comparison import describe_comparison, render_comparison

    asked = options.as_looking(looking)
    with Progress(wanted=not no_progress) as progress:
        sides = compare_candidates(
            first, second, policy=policy, at=options.instant(at), progress=progress, looking=asked
        )
    deliver((describe_comparison if format_ == "json" else render_comparison)(*sides), output)
    return EXIT[max(side.record.outcome for side in sides if side.record is not None)]
