"""The replayed attacks and healthy look-alikes as a table: outcome, deciding reason, time; bounds at 95 %.

`python tools/bench/cases.py [--write]`: `--write` keeps the table in docs/evaluation.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "cases"), str(ROOT / "tools" / "bench")]

from figures import upper  # noqa: E402
from stories import ATTACKS, ATTESTED, LOOKALIKES, judged  # noqa: E402

import supplytrust as st  # noqa: E402
from simulators.story import told  # noqa: E402

MARK = "<!-- table: written by tools/bench/cases.py -->"


def row(story: object) -> tuple[str, str, str, str, float]:
    started = time.process_time()
    with tempfile.TemporaryDirectory() as name, told(story, Path(name)) as world:  # type: ignore[arg-type]
        folder, day = Path(name), story.day  # type: ignore[attr-defined]
        if world.before:
            judged(world, world.before, day - timedelta(hours=2), folder)
        world.strike()
        soon = judged(world, world.bad, day + timedelta(hours=1), folder)
        late = judged(world, world.bad, day + timedelta(hours=80), folder)
    why = late.vetoes[0].because if late.vetoes else _decisive(late)
    return story.id, soon.outcome.name, late.outcome.name, why, time.process_time() - started  # type: ignore[attr-defined]


def _decisive(record: st.TrustRecord) -> str:
    against = [w for v in record.areas.values() for w in v.findings if w.weight.opposing > 0]
    if against and record.outcome is st.Outcome.REFUSE:
        worst = max(against, key=lambda w: w.weight.opposing)
        return f"{worst.signal}: {worst.because}"
    return record.reasons[0].text if record.reasons else "holds"


def table(title: str, rows: list[tuple[str, str, str, str, float]]) -> list[str]:
    lines = [f"\n## {title}\n", "| case | after 1 h | after 80 h | deciding reason | CPU s |", "|-|-|-|-|-|"]
    return lines + [f"| {i} | {a} | {b} | {why.replace('|', '/')} | {s:.1f} |" for i, a, b, why, s in rows]


def main() -> None:
    attacks = [row(story) for story, _ in ATTACKS]
    attested = [row(story) for story, _ in ATTESTED]
    healthy = [row(story) for story in LOOKALIKES]
    admitted = sum("ADMIT" in (a, b) for _, a, b, _, _ in attacks)
    refused = sum(b == "REFUSE" for _, _, b, _, _ in attacks)
    false = sum("REFUSE" in (a, b) for _, a, b, _, _ in healthy)
    summary = (
        f"\nAttacks admitted: {admitted} of {len(attacks)} (95 % bound {upper(admitted, len(attacks)):.1%}); "
        f"refused after 80 h: {refused} of {len(attacks)}. Of {len(attested)} cases about attestations "
        f"{sum('ADMIT' in (a, b) for _, a, b, _, _ in attested)} are admitted. "
        f"Healthy look-alikes refused: {false} of {len(healthy)} (95 % bound {upper(false, len(healthy)):.1%})."
    )
    lines = [
        summary,
        *table("Attacks", attacks),
        *table("What can be done to attestations", attested),
        *table("Healthy look-alikes", healthy),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if "--write" in sys.argv:
        page = ROOT / "docs" / "evaluation.md"
        page.write_text(page.read_text().partition(MARK)[0] + MARK + "\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
