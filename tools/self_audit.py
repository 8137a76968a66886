"""Judge what this project is itself built, run and tested with, and keep the table: docs/self-audit.md.

    python tools/self_audit.py --write           judge (with rebuilds, as the policy wants them) and write the table
    python tools/self_audit.py                   judge without rebuilds; say what differs from the table

Without `--write` it ends with 1 when a package is REFUSED, or when table and lock do not name the same releases. What
cannot be looked at (no network) is said and fails nothing: the state of an index must not decide about a change of
code. Nothing here ever reports an admission that was not made.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import supplytrust as st
from supplytrust.audits.result import AuditResult, SubjectVerdict
from supplytrust.ledger import Ledger
from supplytrust.model.evidence import NotObservedReason
from supplytrust.model.vocabulary import Area, Outcome
from supplytrust.records import statement

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "self-audit.md"
LOCK = ROOT / "tools" / "requirements" / "self.txt"
POLICY = "baseline"
JOBS = 8
HEAD = """\
# What we stand on, judged

Every distribution that supplytrust is built, run and tested with (`tools/requirements/self.txt`), judged by supplytrust under
the policy `{policy}`: each by itself, the very file that is locked, {how}, without its source repository
where none could be reached. What keeps a package from ADMIT is in the last column, the first of its reasons.
`nox -s self_audit -- --write` makes this page again. CI compares it with the lock and judges again, without
rebuilds: a REFUSE fails.

{day}: {total} of {count}. Widest single point: {point}.

| package | version | outcome | {areas} | first reason |
|-|-|-|{dashes}-|
"""


def judged(*, rebuild: str, ledger: Path) -> AuditResult:
    """The audit of the lock."""
    return st.audit([LOCK], policy=POLICY, jobs=JOBS, rebuild=rebuild, ledger=ledger)


def unreachable() -> str:
    """Why the index cannot be asked, '' when it can: tried with one package, for all would wait one by one."""
    (one,) = st.audit([f"pkg:pypi/{releases_of_lock(LOCK.read_text('utf-8'))[0].replace(' ', '@')}"], rebuild="never")
    if one.record_digest:
        return ""
    code = one.reasons[0].code.rpartition(":")[2]
    passing = code in {reason.value for reason in NotObservedReason if reason.is_passing_fault}
    return one.reasons[0].text if passing else ""


def releases_of_lock(text: str) -> list[str]:
    """`name version` of each row of the lock."""
    return sorted(f"{name} {version}" for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def releases_of_page(text: str) -> list[str]:
    """`name version` of each row of the table."""
    rows = re.findall(r"^\| ([\w.-]+) \| (\S+) \| (?:ADMIT|REFER|REFUSE) \|", text, re.MULTILINE)
    return sorted(f"{name} {version}" for name, version in rows)


def page(result: AuditResult, ledger: Path, how: str) -> str:
    """The table as Markdown."""
    locked = [one for one in result.subjects if one.purl.startswith("pkg:pypi/")]
    others = sorted(one.purl for one in result.subjects if one not in locked)
    found = Counter(one.outcome for one in locked)
    counts = [f"{found[outcome]} {outcome.name}" for outcome in Outcome if found[outcome]]
    points = result.footprint.single_points
    widest = [f"{one.kind} {one.name} can release {len(one.packages)} of them" for one in points[:1]]
    head = HEAD.format(
        policy=POLICY, how=how, day=f"{result.at:%Y-%m-%d}", total=", ".join(counts), count=len(locked),
        point="".join(widest) or "not known", areas=" | ".join(area.value for area in Area), dashes="-|" * len(Area),
    )  # fmt: skip
    with Ledger(ledger) as book:
        rows = [_row(one, book) for one in sorted(locked, key=lambda one: one.purl)]
    named = ", ".join(f"`{one}`" for one in others)
    told = f"\nReached besides and known by name only (REFER): {named}\n" if others else ""
    return head + "".join(f"| {' | '.join(cells)} |\n" for cells in rows) + told


def _row(one: SubjectVerdict, book: Ledger) -> list[str]:
    name, _, version = one.purl.removeprefix("pkg:pypi/").partition("?")[0].partition("@")
    areas = ["" for _ in Area]
    if one.record_digest:
        found = statement.from_statement(book.body(one.record_digest)).areas
        areas = [found[area].outcome.name if found[area].required else "-" for area in Area]
    why = "" if one.outcome is Outcome.ADMIT or not one.reasons else one.reasons[0].text
    plain = re.sub(r"https?://[^/\s]+", "", why).replace("|", "/")
    return [name, version, one.outcome.name, *areas, plain]


def refused(result: AuditResult) -> list[str]:
    """What fails a change: packages that are refused."""
    return [f"{one.purl} REFUSE: {one.reasons[0].text}" for one in result.subjects if one.outcome is Outcome.REFUSE]


def out_of_step() -> list[str]:
    """Releases that only the lock or only the table names."""
    lock, table = releases_of_lock(LOCK.read_text("utf-8")), releases_of_page(PAGE.read_text("utf-8"))
    odd = [f"{one}: in the lock, not in the table" for one in lock if one not in table]
    return odd + [f"{one}: in the table, not in the lock" for one in table if one not in lock]


def main(words: list[str]) -> int:
    """Write the table, or say what is wrong."""
    asked = _asked().parse_args(words)
    if not asked.write:
        return _checked()
    with tempfile.TemporaryDirectory() as folder:
        ledger = asked.ledger or Path(folder) / "ledger.sqlite3"
        result = judged(rebuild=asked.rebuild, ledger=ledger)
        how = "not built again" if asked.rebuild == "never" else "built again where that can be done here"
        PAGE.write_text(page(result, ledger, how), "utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(result.subjects)} packages, {result.outcome.name}\n")
    return 0


def _asked() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table")
    parser.add_argument("--rebuild", choices=["auto", "never"], default="auto", help="for the table")
    parser.add_argument("--ledger", type=Path, help="takes over what was judged in the last hours")
    return parser


def _checked() -> int:
    wrong = out_of_step()
    why = unreachable()
    if why:
        sys.stdout.write(f"self-audit: nothing was looked at: {why}\n")
    else:
        with tempfile.TemporaryDirectory() as folder:
            result = judged(rebuild="never", ledger=Path(folder) / "ledger.sqlite3")
        wrong += refused(result)
        sys.stdout.write(told(result))
    sys.stdout.write("".join(f"  {line}\n" for line in wrong))
    return 1 if wrong else 0


def told(result: AuditResult) -> str:
    """What was seen, in numbers; and what was not."""
    blind = [one for one in result.subjects if not one.record_digest]
    counts = ", ".join(f"{result.count(outcome)} {outcome.name}" for outcome in Outcome)
    seen = f"{len(result.subjects) - len(blind)} of {len(result.subjects)} looked at"
    rows = [f"self-audit {result.at:%Y-%m-%d}: {seen}; {counts}\n"]
    return "".join(rows + [f"  not looked at: {one.purl}: {one.reasons[0].text}\n" for one in blind])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
