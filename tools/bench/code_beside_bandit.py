"""Our rules about Python code beside bandit, on the labelled snippets of the tests.

    python tools/bench/code_beside_bandit.py BANDIT [--list] [FOLDER]

BANDIT is the program (`pip install bandit` into an environment of its own). Counted is whether a family is named for a
snippet: the two have different names for one defect. Bandit's tests that only note an import (B403 to B415) are
counted in a table of their own. With FOLDER (bandit's own `examples`, for one) the places are printed that one of the
two names and the other does not, since nobody has labelled them by these families.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from supplytrust.evidence.source_code.analyse_artifact import SourceFile, read
from supplytrust.model.claims.code import Family

LABELLED = next((Path(__file__).parents[2] / "tests").rglob("labelled"))
TESTS = {
    Family.PRIMITIVES: "B303 B304 B305 B324",
    Family.KEYS: "B105 B106 B107 B505",
    Family.RANDOMNESS: "B311",
    Family.CERTIFICATES: "B323 B501 B502 B503 B504 B507",
    Family.DESERIALIZATION: "B102 B301 B302 B307 B313 B314 B315 B316 B317 B318 B319 B506 B614",
}
IMPORTS = {Family.PRIMITIVES: "B413", Family.DESERIALIZATION: "B403 B405 B406 B407 B408 B409 B411"}
Found = set[tuple[Family, str]]  # family and severity


def by_test(table: Mapping[Family, str]) -> dict[str, Family]:
    return {test: family for family, tests in table.items() for test in tests.split()}


def run_bandit(program: str, folder: Path, names: Mapping[str, Family]) -> dict[tuple[str, int], Found]:
    """What bandit names under a folder, by file and line."""
    call = [program, "-r", "-q", "-f", "json", "--exit-zero", str(folder)]
    report = json.loads(subprocess.run(call, capture_output=True, check=True).stdout)
    answers: dict[tuple[str, int], Found] = defaultdict(set)
    for issue in report["results"]:
        family = names.get(issue["test_id"])
        if family is not None:
            place = (Path(issue["filename"]).name, issue["line_number"])
            answers[place].add((family, issue["issue_severity"].lower()))
    return answers


def run_own(name: str, code: str) -> dict[int, Found]:
    """What our rules name in one module, by line; what is only noted (`info`) is left out."""
    claim, _ = read("demo", [SourceFile(name, "python", "library", len(code), code.encode)])
    answers: dict[int, Found] = defaultdict(set)
    for finding in claim.findings:
        if finding.severity != "info":
            answers[finding.line].add((finding.family, finding.severity))
    return answers


def snippets() -> Iterable[tuple[Family, str, bool, bool, str]]:
    """Family, title, whether something is to be found, whether it is grave, and the code."""
    for path in sorted(LABELLED.glob("*.txt")):
        for part in re.split("^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            head, _, code = part.partition("\n")
            title, language, labels = (piece.strip() for piece in head.split("|"))
            if language == "python":
                yield Family(path.stem), title, bool(labels), ":high" in labels, code


def named(answers: Iterable[Found], family: Family) -> set[str]:
    return {severity for found in answers for f, severity in found if f is family}


def compare_snippets(program: str, listed: bool) -> None:
    cases = list(snippets())
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases):
            (Path(folder) / f"s{number:03}.py").write_text(case[4], "utf-8")
        tests = run_bandit(program, Path(folder), by_test(TESTS))
        imports = run_bandit(program, Path(folder), by_test(IMPORTS))
    tally: dict[tuple[str, Family], Counter[str]] = defaultdict(Counter)
    for number, (family, title, wanted, grave, code) in enumerate(cases):
        mine = named(run_own("demo/a.py", code).values(), family)
        here = [found for (file, _), found in tests.items() if file == f"s{number:03}.py"]
        noted = [found for (file, _), found in imports.items() if file == f"s{number:03}.py"]
        theirs = named(here, family)
        for who, seen in (("own", mine), ("bandit", theirs), ("bandit with imports", theirs | named(noted, family))):
            kind = ("hit" if seen else "missed") if wanted else ("false" if seen else "quiet")
            tally[who, family][kind] += 1
            tally[who, family]["grave as grave" if grave else "other as grave"] += "high" in seen
            tally[who, family]["grave"] += grave
        if listed and bool(mine) != bool(theirs):
            first, second = ("own", "bandit") if mine else ("bandit", "own")
            print(f"{family}: {first} {'finds' if wanted else 'FALSE'}, {second} not: {title}")
    for (who, family), t in sorted(tally.items()):
        precision, recall = t["hit"] / max(1, t["hit"] + t["false"]), t["hit"] / max(1, t["hit"] + t["missed"])
        print(f"{who:<20} {family:<16} precision {precision:.2f} recall {recall:.2f} {dict(t)}")


def compare_folder(program: str, folder: Path) -> None:
    tests = run_bandit(program, folder, by_test(TESTS))
    for path in sorted(folder.rglob("*.py")):
        own = run_own(path.name, path.read_text("utf-8", "replace"))
        theirs = {line: found for (file, line), found in tests.items() if file == path.name}
        for family in Family:
            mine_at = {line for line, found in own.items() if any(f is family for f, _ in found)}
            theirs_at = {line for line, found in theirs.items() if any(f is family for f, _ in found)}
            if mine_at or theirs_at:
                print(
                    f"{path.name:<40} {family:<16} both {len(mine_at & theirs_at)} "
                    f"own alone {sorted(mine_at - theirs_at)} bandit alone {sorted(theirs_at - mine_at)}"
                )


if __name__ == "__main__":
    program, *rest = [a for a in sys.argv[1:] if a != "--list"]
    if rest:
        compare_folder(program, Path(rest[0]))
    else:
        compare_snippets(program, "--list" in sys.argv)
