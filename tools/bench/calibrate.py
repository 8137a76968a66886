"""Weights, areas and thresholds against data: `python tools/bench/calibrate.py [--write] [--counts] [--page]`.

Bad releases are the told attacks of `tests/cases`. Healthy ones are the look-alikes told beside them and the real
releases whose evidence lies under SUPPLYTRUST_CORPUS (see `corpus.py`; without it their kept counts,
`corpus_counts.toml`, which `--counts` writes). Evidence is appraised again, never collected again.

Prints, for each answer that the cases tell apart: counts, the likelihood ratio's lower bound and the weight it gives,
against all attacks and against those that no other fact refuses; the difference this would make to weights.toml; how
beliefs rank and fit; what each policy admits, and why it holds the rest. `--page` keeps this in docs/evaluation.md;
weights.toml is written with `--write` only.

A favourable weight decides only where nothing opposes: one opposing fact ends every admission, whatever speaks in
favour. So the weight of an answer is taken from the attacks that no *other* signal opposes
(docs/decisions/0009-weights-and-thresholds.md).
"""

from __future__ import annotations

import difflib
import os
import re
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "cases"), str(ROOT / "tools" / "bench")]

from figures import Scored, auc, brier, calibration_error, ratio_low, upper, weight  # noqa: E402
from stories import ATTACKS, ATTESTED, LOOKALIKES, collected, rebuilt  # noqa: E402

import supplytrust as st  # noqa: E402
from simulators.story import Story  # noqa: E402
from supplytrust.appraisal.judge import ask  # noqa: E402
from supplytrust.appraisal.policies import loader, tables  # noqa: E402
from supplytrust.errors import RecordError  # noqa: E402
from supplytrust.model.claims.release import ReleaseHistory  # noqa: E402
from supplytrust.model.evidence import Evidence, NotObservedReason  # noqa: E402
from supplytrust.model.finding import CONTROL_CHANGED, AppraisalContext, Finding  # noqa: E402
from supplytrust.model.record import TrustRecord  # noqa: E402
from supplytrust.model.vocabulary import Area, Outcome, Status  # noqa: E402
from supplytrust.records import evidence_file  # noqa: E402

TABLE = ROOT / "src" / "supplytrust" / "appraisal" / "policies" / "weights.toml"
COUNTS = ROOT / "tools" / "bench" / "corpus_counts.toml"
POLICIES = ("baseline", "production", "keep")
# What attacks are told about. Whether defects are answered, or the people fit, is another question than theirs.
TOLD = (Area.BUILD, Area.INTEGRITY, Area.PROVENANCE)
ENOUGH_HEALTHY, ENOUGH_BAD = 20, 20
# Reasons that say nothing about the release: nobody looked, nobody could, or there was nothing to compare with yet.
UNASKED = frozenset(
    {
        *(
            NotObservedReason.NOT_LOOKED,
            NotObservedReason.UNREACHABLE,
            NotObservedReason.OFFLINE,
            NotObservedReason.RATE_LIMITED,
            NotObservedReason.REFUSED,
        ),
        *(
            NotObservedReason.TOOL_MISSING,
            NotObservedReason.NOT_APPLICABLE,
            NotObservedReason.NO_PREDECESSOR,
            NotObservedReason.FIRST_SIGHT,
        ),
        *(NotObservedReason.DEPENDS, NotObservedReason.INTERNAL, NotObservedReason.STALE),
    }
)
Key = tuple[str, str, str]  # (signal, status, grade)


@dataclass(frozen=True)
class Release:
    """One judged release: what it is called, its evidence, and whether it is a healthy one."""

    name: str
    evidence: Evidence
    good: bool
    real: bool = False

    def record(self, policy: str = "baseline") -> TrustRecord:
        return st.appraise(self.evidence, policy=policy, alone=True)

    def findings(self) -> tuple[Finding, ...]:
        policy = loader.load("baseline")
        moment = AppraisalContext(self.evidence.collected_at, policy.context, policy.cooldown_hours)
        return ask(self.evidence.node(self.evidence.root), moment)


@dataclass
class Tally:
    """How often each answer was given, and each question asked at all."""

    given: Counter[Key]
    asked: Counter[str]

    @classmethod
    def of(cls, releases: Iterable[Release], *, unopposed: bool = False) -> Tally:
        """Count answers; `unopposed`: an answer counts only where no other signal opposes."""
        found = cls(Counter(), Counter())
        for release in releases:
            findings = release.findings()
            against = {f.signal for f in findings if f.status is Status.OPPOSES}
            for f in findings:
                looked = f.status is not Status.NOT_OBSERVED or f.reason not in UNASKED
                if looked and not (unopposed and against - {f.signal}):
                    found.given[f.signal, f.status.value, f.grade] += 1
                    found.asked[f.signal] += 1
        return found

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.given + other.given, self.asked + other.asked)


def stories(told: Sequence[Story], *, good: bool) -> list[Release]:
    """Each story looked at once, with the best a rebuild can say."""
    found = []
    for story in told:
        with tempfile.TemporaryDirectory() as folder:
            found.append(Release(story.id, rebuilt(collected(story, Path(folder))), good))
    return found


def corpus() -> list[Release]:
    """The real releases whose evidence is kept; none when there is no such folder."""
    folder, found = Path(os.environ.get("SUPPLYTRUST_CORPUS", "corpus")), []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(Release(path.stem, evidence_file.load_evidence(path), True, True))
        except RecordError as error:
            print(f"{path.name} is left out, collect it again: {error.message}", file=sys.stderr)
    return found


# --- weights ---------------------------------------------------------------------------------------


def distinguishing(bad: Sequence[Release], plain: Release) -> set[str]:
    """Signals whose answer about some attack is another than about the plain healthy release."""
    usual = {f.signal: (f.status, f.grade) for f in plain.findings()}
    return {f.signal for r in bad for f in r.findings() if (f.status, f.grade) != usual.get(f.signal)}


@dataclass(frozen=True)
class Row:
    """An answer with its counts: hits and questions asked, of healthy and of bad releases."""

    signal: str
    status: str
    grade: str
    good: int
    of_good: int
    bad: int
    of_bad: int

    @property
    def enough(self) -> bool:
        return self.of_good >= ENOUGH_HEALTHY and self.of_bad >= ENOUGH_BAD

    def _sides(self) -> tuple[int, int, int, int]:
        if self.status == Status.SUPPORTS.value:
            return self.good, self.of_good, self.bad, self.of_bad
        return self.bad, self.of_bad, self.good, self.of_good

    @property
    def low(self) -> float:
        return ratio_low(*self._sides())

    @property
    def weight(self) -> float:
        return weight(*self._sides())


def rows(healthy: Tally, bad: Tally, told: set[str], keys: Iterable[Key]) -> list[Row]:
    found = []
    for signal, status, grade in keys:
        if signal in told and Area(signal.partition("/")[0]) in TOLD and status != Status.NOT_OBSERVED.value:
            key = (signal, status, grade)
            found.append(Row(*key, healthy.given[key], healthy.asked[signal], bad.given[key], bad.asked[signal]))
    return found


def weight_table(all_bad: Sequence[Row], unopposed: Sequence[Row]) -> list[str]:
    table = tables.shipped_weights()
    lines = [
        "| signal | answer | grade | healthy | attacks | ratio, low | weight | else unopposed | weight | table | |",
        "|-|-|-|-|-|-|-|-|-|-|-|",
    ]
    for r, u in zip(all_bad, unopposed, strict=True):
        row = table.row(r.signal, r.grade)
        now = f"{(row.favourable if r.status == 'supports' else row.opposing):g} {row.basis}" if row else "-"
        counts = f"{r.good}/{r.of_good} | {r.bad}/{r.of_bad} | {r.low:.2f} | {r.weight:.2f}"
        rest = f"{u.bad}/{u.of_bad} | {u.weight:.2f} | {now} | {'' if u.enough else 'too few'}"
        lines.append(f"| {r.signal} | {r.status} | {r.grade or '-'} | {counts} | {rest} |")
    return lines


def proposed(text: str, found: Sequence[Row]) -> str:
    """weights.toml with the favourable weights that enough releases of both classes speak for."""
    for r in found:
        if r.status == Status.SUPPORTS.value and r.enough:
            text = _with(text, r)
    return text


def _with(text: str, row: Row) -> str:
    grade = f'grade = "{row.grade}"\n' if row.grade else ""
    start = text.find(f'[[weight]]\nsignal = "{row.signal}"\n{grade}group = ')
    if start < 0:
        return text
    end = text.find("\n[[weight]]", start + 1)
    end = len(text) if end < 0 else end
    block = text[start:end]
    group = re.search(r'^group = "(.+)"$', block, re.M)
    cap = tables.shipped_weights().caps.get(group[1], 8.0) if group else 8.0
    numbers = (
        f"{row.good} of {row.of_good} healthy, {row.bad} of {row.of_bad} told attacks that nothing else opposes: "
        f"ratio at least {row.low:.2f} at 95 %"
    )
    if '"corpus"' in block and "told attacks" not in block:
        before = re.search(r'^numbers = "(.*)"$', block, re.M)
        numbers += f"; besides: {before[1]}" if before else ""
    block = re.sub(r"^favourable = .*$", f"favourable = {min(row.weight, cap):.2g}", block, flags=re.M)
    block = re.sub(r"^basis = .*$", 'basis = "corpus"', block, flags=re.M)
    block = re.sub(r"^numbers = .*$", f'numbers = "{numbers}"', block, flags=re.M)
    return text[:start] + block + text[end:]


# --- areas and outcomes ----------------------------------------------------------------------------


def ranks(title: str, releases: Sequence[Release]) -> list[str]:
    """How well beliefs tell the classes apart, area by area and over all, beside popularity alone."""
    records = [(r.record(), r.good) for r in releases]
    lines = [f"\n### {title}\n", "| score | AUC | Brier | calibration error |", "|-|-|-|-|"]
    for area in Area:
        lines.append(_line(area.value, [(rec.areas[area].belief, good) for rec, good in records]))
    least = [(_least(rec), good, rec.outcome) for rec, good in records]
    lines.append(_line("least belief of the areas", [(b, good) for b, good, _ in least]))
    lines.append(_line("the same, of what is not refused", [(b, g) for b, g, o in least if o is not Outcome.REFUSE]))
    most = max((_releases(r) for r in releases), default=1) or 1
    lines.append(_line("popularity alone: final releases so far", [(_releases(r) / most, r.good) for r in releases]))
    return lines


def _least(record: TrustRecord) -> float:
    return min(verdict.belief for verdict in record.areas.values() if verdict.required)


def _line(name: str, scored: Scored) -> str:
    if len({good for _, good in scored}) < 2:
        return f"| {name} | - | - | - |"
    return f"| {name} | {auc(scored):.3f} | {brier(scored):.3f} | {calibration_error(scored):.3f} |"


def _releases(release: Release) -> int:
    seen = release.evidence.node(release.evidence.root).newest(ReleaseHistory)
    return sum(not r.prerelease for r in seen.claim.releases) if seen else 0


def outcomes(bad: Sequence[Release], healthy: Sequence[Release], real: Sequence[Release]) -> list[str]:
    lines = ["", "| policy | releases | ADMIT | REFER | REFUSE | |", "|-|-|-|-|-|-|"]
    for policy in POLICIES:
        for name, part in _parts(bad, healthy, real):
            count = Counter(r.record(policy).outcome for r in part)
            n = len(part)
            wrong = Outcome.ADMIT if part is bad else Outcome.REFUSE
            note = f"{wrong.name} at most {upper(count[wrong], n):.1%}" if n else ""
            share = f"{count[Outcome.ADMIT]} ({count[Outcome.ADMIT] / n:.0%})" if n else "-"
            rest = f"{count[Outcome.REFER]} | {count[Outcome.REFUSE]}"
            lines.append(f"| {policy} | {name} ({n}) | {share} | {rest} | {note} |")
    return lines


def _parts(
    bad: Sequence[Release], healthy: Sequence[Release], real: Sequence[Release]
) -> list[tuple[str, Sequence[Release]]]:
    told: list[tuple[str, Sequence[Release]]] = [("attacks", bad), ("look-alikes", healthy)]
    if not real:
        return told
    whole = sorted((r for r in real if full(r)), key=lambda r: r.evidence.collected_at)
    half = len(whole) // 2
    parts = [("real", real), ("real, full evidence", whole)]
    return [*told, *parts, ("of these the earlier half", whole[:half]), ("the later half", whole[half:])]


FULL = (
    "integrity/artifact_matches_source_tree",
    "build/rebuilds_identically",
    "responsiveness/no_open_advisory",
)
CONTROL = "provenance/control_held_by_known_people"


def full(release: Release) -> bool:
    """Whether everything could be looked at.

    The tagged source, a rebuild of what is not machine code, advisories of the time, and who is in control of a
    project that is old enough to tell.
    """
    return asked(release) and not is_compiled(release) and not is_young(release)


def asked(release: Release) -> bool:
    """Whether tagged source, rebuild and advisories could be looked at, whatever the release is like."""
    told = {f.signal: f for f in release.findings()}
    return all(told[s].status is not Status.NOT_OBSERVED or told[s].reason not in UNASKED for s in FULL)


def is_compiled(release: Release) -> bool:
    return any(f.grade == "text-only" for f in release.findings() if f.signal == FULL[0])


def is_young(release: Release) -> bool:
    """Whether the project is too young to say who controls it."""
    control = next(f for f in release.findings() if f.signal == CONTROL)
    return control.status is Status.NOT_OBSERVED and control.grade != CONTROL_CHANGED


def holding(real: Sequence[Release]) -> list[str]:
    """Which area or must-have holds each real release that is not admitted."""
    lines = []
    for policy in POLICIES[:2]:
        records = {r.name: r.record(policy) for r in real if full(r)}
        why: dict[str, list[str]] = {}
        for name, record in records.items():
            for reason in record.reasons:
                why.setdefault(reason.text.partition(":")[0].partition(" ")[0], []).append(name)
        lines += [f"\nHeld or refused under {policy}, with full evidence:\n"]
        most_first = sorted(why.items(), key=lambda item: (-len(item[1]), item[0]))
        lines += [f"* {key} ({len(names)}): {', '.join(names)}" for key, names in most_first]
    return lines


def by_name(real: Sequence[Release]) -> list[str]:
    """With compiled releases and young projects: how many are admitted, and what holds each of the others."""
    whole = [r for r in real if asked(r)]
    held = [(r, r.record()) for r in whole if r.record().outcome is not Outcome.ADMIT]
    share = f"{len(whole) - len(held)} of {len(whole)} ({(len(whole) - len(held)) / max(len(whole), 1):.0%})"
    lines = [
        f"\nCompiled releases and young projects taken in, `baseline` admits {share}; the others by name:\n",
        "| release | | what holds it |",
        "|-|-|-|",
    ]
    for release, record in held:
        kind = "compiled" if is_compiled(release) else "young" if is_young(release) else ""
        why = "; ".join(reason.text for reason in record.reasons)
        lines.append(f"| {release.name} | {kind} | {why.replace('|', '/')} |")
    unasked = len(real) - len(whole)
    return [*lines, f"\nThe remaining {unasked} lack evidence here: {', '.join(_lacks(real))}."]


def _lacks(real: Sequence[Release]) -> list[str]:
    """What could not be looked at, the most frequent first."""
    findings = [f for r in real for f in r.findings() if f.signal in FULL and f.status is Status.NOT_OBSERVED]
    count = Counter(f"{f.signal} ({f.reason.value})" for f in findings if f.reason and f.reason in UNASKED)
    return [f"{key} {n}" for key, n in count.most_common()]


# --- counts that are kept --------------------------------------------------------------------------


def counts_text(real: Sequence[Release]) -> str:
    tally = Tally.of(real)
    head = "# What the signals answered about real healthy releases; written by tools/bench/calibrate.py --counts.\n"
    lines = [head, f"releases = {[_purl(r) for r in real]}\n"]
    for (signal, status, grade), n in sorted(tally.given.items()):
        lines.append(f'[[count]]\nsignal = "{signal}"\nstatus = "{status}"\ngrade = "{grade}"\nreleases = {n}\n')
    return "\n".join(lines).replace("'", '"')


def _purl(release: Release) -> str:
    return release.evidence.root


def kept_counts() -> Tally:
    found = Tally(Counter(), Counter())
    if COUNTS.exists():
        for row in tomllib.loads(COUNTS.read_text("utf-8"))["count"]:
            found.given[row["signal"], row["status"], row["grade"]] += row["releases"]
            found.asked[row["signal"]] += row["releases"]
    return found


# --- the page --------------------------------------------------------------------------------------


PAGE = ROOT / "docs" / "evaluation.md"
BEGIN, END = "<!-- calibration: written by tools/bench/calibrate.py -->", "<!-- end of calibration -->"


def keep(lines: Sequence[str]) -> None:
    """Put the figures into the page, between their marks."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text("\n".join([before + BEGIN, "", *lines, "", END]) + after, "utf-8")


def main() -> None:
    bad = stories([story for story, _ in (*ATTACKS, *ATTESTED)], good=False)
    lookalikes, real = stories(LOOKALIKES, good=True), corpus()
    healthy = Tally.of(lookalikes) + (Tally.of(real) if real else kept_counts())
    told, everyone, unopposed = distinguishing(bad, lookalikes[0]), Tally.of(bad), Tally.of(bad, unopposed=True)
    keys = sorted(set(healthy.given) | set(everyone.given))
    found = rows(healthy, unopposed, told, keys)
    lines = [f"{len(bad)} replayed attacks, {len(lookalikes)} simulated look-alikes, {len(real)} real releases.", ""]
    lines += weight_table(rows(healthy, everyone, told, keys), found)
    lines += ranks("Replayed attacks and simulated look-alikes", [*bad, *lookalikes])
    if real:
        lines += ranks("Replayed attacks and real releases (another world on each side)", [*bad, *real])
    lines += ["", "### Outcomes", *outcomes(bad, lookalikes, real), *holding(real), *by_name(real)]
    print("\n".join(lines))
    text = TABLE.read_text("utf-8")
    better = proposed(text, found)
    before, after = text.splitlines(keepends=True), better.splitlines(keepends=True)
    print("".join(difflib.unified_diff(before, after, "weights.toml", "proposed", n=2)))
    if "--write" in sys.argv:
        TABLE.write_text(better, "utf-8")
    if "--counts" in sys.argv and real:
        COUNTS.write_text(counts_text(real), "utf-8")
    if "--page" in sys.argv:
        keep(lines)


if __name__ == "__main__":
    main()
