"""Rebuild compiled wheels from sdist and tag, judge them under baseline, and print what is known of each.

    python -m tools.bench.compiled LIST --repositories FOLDER [--results FILE] [--seconds N] [--table] [--write]

LIST has lines `name version owner/name`; `FOLDER/owner+name/repo` is a bare clone. Every result is appended to FILE
(JSON lines), so that a run can be cut short with --seconds and taken up again; --table prints what FILE has, --write
keeps it in docs/evaluation-rebuild.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import supplytrust as st
from supplytrust.model.claims.rebuild import RebuildInput, RebuildResult
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Area

PAGE = Path(__file__).parents[2] / "docs" / "evaluation-rebuild.md"
MARKS = ("<!-- compiled: written by tools/bench/compiled.py -->\n", "<!-- end of compiled -->\n")
SIGNALS = ("build/compiled_code_as_rebuilt", "build/built_by_trusted_builder", "integrity/artifact_matches_source_tree")


def look(name: str, version: str, repository: Path) -> dict[str, Any]:
    """One package: its wheel for this machine rebuilt, and the record of it alone."""
    started = time.monotonic()
    evidence = st.collect(f"{name}=={version}", repository=str(repository), deps="none", rebuild="always")
    record = st.appraise(evidence, policy="baseline", alone=True)
    return {
        "name": name,
        "version": version,
        "seconds": round(time.monotonic() - started, 1),
        **rebuilt(evidence.node(evidence.root)),
        **judged(record),
    }


def rebuilt(node: SubjectEvidence) -> dict[str, Any]:
    """The level of the judged wheel from each source, and its compiled members."""
    mine = [o.claim for o in node.all(RebuildResult) if node.subject.artifact and _is_of(o.claim, node)]
    found: dict[str, Any] = {}
    for claim in mine:
        found[f"level-{claim.source}"] = claim.level.value
        if claim.source is RebuildInput.SDIST or "native" not in found:
            own = [m for m in claim.native or () if m.size]
            lost = set(claim.unreproduced) - {m.path for m in own}
            others = claim.members - len(own)
            found |= {
                "reason": claim.reason[:200],
                "native": sorted(Counter(m.level.value for m in claim.native or ()).items()),
                "causes": sorted({r for m in claim.native or () for r in m.reasons}),
                "differences": [f"{m.path}: {d}"[:160] for m in claim.native or () for d in m.differences][:3],
                "others": [others - len(lost), others],
            }
    return found


def _is_of(claim: RebuildResult, node: SubjectEvidence) -> bool:
    return node.subject.artifact is not None and claim.sha256 == node.subject.artifact.sha256


def judged(record: TrustRecord) -> dict[str, Any]:
    """Outcome of the record and of the areas, and what the questions about compiled code answer."""
    answers = {f.signal: f for area in record.areas.values() for f in area.findings if f.signal in SIGNALS}
    return {
        "outcome": record.outcome.name,
        "areas": {area.value: record.areas[area].outcome.name for area in Area},
        "answers": {signal: [f.status.value, f.grade, f.because] for signal, f in sorted(answers.items())},
        "reasons": [reason.text for reason in record.reasons],
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown, and how many of each in a line."""
    lines = [
        "| wheel | from sdist | from tag | compiled members | other members | named causes; what differs | outcome of areas |",
        "|-|-|-|-|-|-|-|",
    ]
    for row in sorted(rows, key=lambda r: str(r["name"])):
        native = ", ".join(f"{n} {level}" for level, n in row.get("native", ())) or "-"
        causes = ", ".join(row.get("causes", ()))
        odd = "; ".join(row.get("differences", ())[:1])
        others = "{} of {}".format(*row["others"]) if "others" in row else "-"
        held = [f"{area} {outcome}" for area, outcome in row.get("areas", {}).items() if outcome != "ADMIT"]
        cells = (
            f"{row['name']} {row['version']}",
            row.get("level-sdist", "-"),
            row.get("level-tag", "-"),
            native,
            others,
            f"{causes}; {odd}" if odd else causes or row.get("reason", "")[:90],
            ", ".join(held) or "all ADMIT",
        )
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    built = [row for row in rows if row.get("native")]
    levels = Counter(level for row in built for level, n in row["native"] for _ in range(n))
    pure = sum(row["others"][0] == row["others"][1] for row in built)
    lines.append("")
    lines.append(
        f"{len(rows)} wheels; of {len(built)} that were built, {pure} have every other member as built, and the compiled "
        f"members are: {', '.join(f'{n} {level}' for level, n in levels.most_common())}. "
        f"Refused: {sum(row.get('outcome') == 'REFUSE' for row in rows)}."
    )
    return "\n".join(lines) + "\n"


def write(text: str) -> None:
    """Put the table between its marks."""
    before, begin, rest = PAGE.read_text().partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not begin or not end:
        raise SystemExit(f"{PAGE.name} has no marks")
    PAGE.write_text(before + begin + text + end + after)


def main() -> None:
    """Take up where the results end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("list", type=Path)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--results", type=Path, default=Path("compiled.jsonl"))
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    kept = [json.loads(line) for line in asked.results.read_text().splitlines()] if asked.results.exists() else []
    end = time.monotonic() + asked.seconds
    for line in asked.list.read_text().splitlines():
        if not line or line.startswith("#") or time.monotonic() > end:
            continue
        name, version, repository = line.split()
        if any((row["name"], row["version"]) == (name, version) for row in kept):
            continue
        try:
            row = look(name, version, asked.repositories / repository.replace("/", "+") / "repo")
        except st.errors.SupplytrustError as error:
            row = {"name": name, "version": version, "reason": str(error)[:200]}
        kept.append(row)
        with asked.results.open("a") as out:
            out.write(json.dumps(row) + "\n")
        sys.stderr.write(f"{name} {version}: {row.get('level-sdist')} {row.get('native')} {row.get('outcome')}\n")
    if asked.table:
        sys.stdout.write(table(kept))
    if asked.write:
        write(table(kept))


if __name__ == "__main__":
    main()
