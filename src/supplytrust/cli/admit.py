"""supplytrust admit WORKLOAD.wasm --record ENVELOPE --policy GATE.toml"""

from __future__ import annotations

import click

from supplytrust.cli import options


@click.command("admit")
@options.argument("workload", "WORKLOAD.WASM", "The workload to be judged.")
@click.option("--record", "envelope", required=True, metavar="ENVELOPE", help="The signed trust record.")
@click.option("--policy", required=True, metavar="GATE.TOML", help="The gate's own policy.")
@click.option("--config", metavar="FILE", help="The loader's configuration (Enarx.toml, spin.toml, ...).")
@click.option("--status", metavar="FILE", help="Signed list of what was revoked.")
@click.option("--platform", metavar="FILE", help="What is known of the platform (JSON, EAR token, Steward result).")
@click.option("--state", metavar="FILE", help="Where the highest epochs seen are kept, against rollback.")
@options.at
@options.text_or_json
@click.option("--exec", "run", is_flag=True, help="On admission become CMD (after --); {} is the judged workload.")
@options.argument("cmd", "[CMD]...", "The loader to become, after --.", nargs=-1, type=click.UNPROCESSED)
def command(
    workload: str,
    envelope: str,
    policy: str,
    config: str | None,
    status: str | None,
    platform: str | None,
    state: str | None,
    at: str | None,
    format_: str,
    run: bool,  # noqa: FBT001
    cmd: tuple[str, ...],
) -> int:
    """Decide whether a workload may enter a TEE, now. Exit code 0 only when admitted, else 12."""
    from datetime import UTC, datetime
    from pathlib import Path

    from supplytrust.cli.output import GATE_REFUSED
    from supplytrust.errors import UsageError
    from supplytrust.gate import admit, handover
    from supplytrust.gate.freshness import StateFile

    if run != bool(cmd):
        raise UsageError("--exec and a command go together", hint="end with: --exec -- enarx run {}")
    decision = admit(
        Path(workload),
        envelope=Path(envelope),
        gate_policy=Path(policy),
        config=Path(config) if config else None,
        status=Path(status) if status else None,
        platform=Path(platform) if platform else None,
        state=StateFile(Path(state)) if state else None,
        at=options.instant(at) or datetime.now(UTC),
    )
    render = handover.to_json if format_ == "json" else handover.to_text
    words: list[str] = []
    if run:
        decision = handover.with_loader(decision, cmd)
        words = handover.command(decision, cmd) if decision.admit else []
    told = _tell(render(decision), aside=run)
    if decision.admit and not told:
        _tell("supplytrust: admitted, but that could not be told: nothing is let in", aside=True)
        return GATE_REFUSED
    if words:
        decision = handover.handover(decision, words)
        _tell(render(decision), aside=True)
    return 0 if decision.admit else GATE_REFUSED


def _tell(text: str, *, aside: bool) -> bool:
    """Write to stdout, or aside to stderr; whether it arrived. A closed or full stream changes no denial."""
    import sys

    from supplytrust.cli import app

    return app.deliver(sys.stderr if aside else sys.stdout, text + "\n")
