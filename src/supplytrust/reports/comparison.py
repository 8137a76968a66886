"""Two candidates side by side: outcome, areas, unknowns, what each brings along; or a project and its package."""

from __future__ import annotations

import json
from collections.abc import Iterator

from supplytrust.audits.downstream import Candidate, DownstreamPackage
from supplytrust.formats.json_reader import Json
from supplytrust.model.record import TrustRecord
from supplytrust.model.vocabulary import Area, Status
from supplytrust.reports.view import count, label, show_size

LABEL, COLUMN, SHOWN = 18, 44, 6


def render_comparison(first: Candidate, second: Candidate) -> str:
    """One screen: a column a side; below it what the distribution changes, or what only one side answers."""
    sides = [dict(_facts(one)) for one in (first, second)]
    names = dict.fromkeys(key for side in sides for key in side)
    rows = [("", _title(first), _title(second))]
    rows += [(name, sides[0].get(name, "-"), sides[1].get(name, "-")) for name in names]
    lines = [f"{name:<{LABEL}}{_cut(one):<{COLUMN}}  {_cut(other)}".rstrip() for name, one, other in rows]
    if first.record is not None and second.record is not None:
        lines += ["", *_only_one_answers(first.record, second.record)]
    for one in (first, second):
        if one.downstream is not None:
            lines += ["", *_describe_downstream(one.downstream)]
    return "\n".join(lines)


def _title(side: Candidate) -> str:
    return label(side.record.trustee.purl) if side.record is not None else side.name


def _cut(text: str) -> str:
    return text if len(text) <= COLUMN else f"{text[: COLUMN - 1]}…"


def _facts(side: Candidate) -> Iterator[tuple[str, str]]:
    if side.record is not None:
        yield from _facts_of_record(side.record)
    if side.downstream is not None:
        made = side.downstream
        yield "upstream version", made.control.upstream + (" (repacked)" if made.control.is_repacked else "")
        yield "patches", "not read" if made.packaging is None else f"{len(made.packaging.patches)} applied"
        yield "open advisories", "not looked" if made.still_open is None else f"{len(made.still_open)} not repaired"


def _facts_of_record(record: TrustRecord) -> Iterator[tuple[str, str]]:
    yield "outcome", f"{record.outcome} ({record.policy.id})"
    for area in Area:
        verdict = record.areas[area]
        outcome = f"{verdict.outcome}" if verdict.required else "not required"
        yield area.value, f"{outcome}, belief {verdict.belief:.2f}, unknown {verdict.uncertainty:.2f}"
    yield "upstream version", record.trustee.version
    answered = [f for v in record.areas.values() for f in v.findings if f.status is not Status.NOT_OBSERVED]
    yield "questions", f"{len(answered)} answered, {len(record.not_observed)} unknown"
    needs = record.dependencies
    yield "dependencies", "not looked at" if needs is None else str(len(needs))
    foot = record.footprint
    if foot is not None:
        size = "size unknown" if foot.bytes is None else show_size(foot.bytes)
        held = "who can ship it unknown" if foot.maintainers is None else count(foot.maintainers, "account")
        yield "footprint", f"{count(foot.packages, 'package')}, {size}, {held}"


def _only_one_answers(first: TrustRecord, second: TrustRecord) -> Iterator[str]:
    """The questions that the two answer differently, those against somebody first."""
    sides = [{f.signal: f for v in r.areas.values() for f in v.findings} for r in (first, second)]
    names = sorted(n for n in sides[0].keys() | sides[1].keys()
                   if getattr(sides[0].get(n), "status", None) != getattr(sides[1].get(n), "status", None))  # fmt: skip
    ranked = sorted(names, key=lambda n: not any(s[n].status is Status.OPPOSES for s in sides if n in s))
    if ranked:
        yield f"answered differently ({len(ranked)})"
    for name in ranked[: 3 * SHOWN]:
        words = [side[name].status.value.replace("_", " ") if name in side else "not asked" for side in sides]
        yield f"  {name:<48} {words[0]:<14} {words[1]}"


def _describe_downstream(made: DownstreamPackage) -> Iterator[str]:
    control = made.control
    yield f"{control.source} {control.version}, a Debian source package (whose signature was not checked here)"
    if made.is_same_version is False:
        yield f"  made from {control.upstream}: another version than the release beside it"
    yield from (f"  {line}" for line in (*_describe_original(made), *_describe_packaging(made)))
    if made.still_open is None:
        yield "  advisories of the release were not compared"
    elif made.still_open or made.repaired:
        names = [", ".join(one or ()) or "none" for one in (made.repaired, made.still_open)]
        yield f"  open for the release: repaired here {names[0]}; not named here {names[1]}"


def _describe_original(made: DownstreamPackage) -> Iterator[str]:
    compared = made.original
    if compared is None:
        yield f"its upstream tarball was not compared: {made.why_not}"
    elif compared.same_bytes:
        yield f"its upstream tarball is {compared.against}, byte for byte"
    else:
        told = f"{compared.equal} files equal, {len(compared.modified)} modified"
        told += f", {len(compared.only_original)} only in the tarball, {len(compared.only_release)} only in the release"
        yield f"its upstream tarball and {compared.against}: {told}"
        named = [f"modified {name}" for name in compared.modified]
        named += [f"only in the tarball {name}" for name in compared.only_original]
        yield from (f"  {text}" for text in named[:SHOWN])


def _describe_packaging(made: DownstreamPackage) -> Iterator[str]:
    packaging = made.packaging
    if packaging is None:
        yield "its own tarball (patches, changelog) was not read"
        return
    absent = f", {len(packaging.absent)} of the series are absent" if packaging.absent else ""
    yield f"{len(packaging.patches)} patches are applied{absent}"
    for patch in packaging.patches[:SHOWN]:
        told = f" [{', '.join(patch.advisories)}]" if patch.advisories else ""
        yield f"  {patch.name}: {patch.description or 'no description'}{told}"
    if len(packaging.patches) > SHOWN:
        yield f"  and {len(packaging.patches) - SHOWN} more"
    if packaging.repaired:
        yield f"its changelog names for this upstream version: {', '.join(packaging.repaired[:SHOWN])}"


def describe_comparison(first: Candidate, second: Candidate) -> str:
    """The same for programs."""
    return json.dumps({"candidates": [_describe(one) for one in (first, second)]}, indent=1, ensure_ascii=False)


def _describe(side: Candidate) -> Json:
    found: dict[str, Json] = {"name": side.name}
    record, made = side.record, side.downstream
    if record is not None:
        found["outcome"] = record.outcome.name
        found["areas"] = {
            area.value: {"outcome": v.outcome.name, "required": v.required, "belief": f"{v.belief:.4f}"}
            for area, v in record.areas.items()
        }
        found["unknown"] = [one.signal for one in record.not_observed]
    if made is not None:
        compared, packaging = made.original, made.packaging
        found["downstream"] = {
            "source": made.control.source,
            "version": made.control.version,
            "upstream": made.control.upstream,
            "repacked": made.control.is_repacked,
            "sameVersion": made.is_same_version,
            "notCompared": made.why_not,
            "original": None if compared is None else {
                "against": compared.against, "sameBytes": compared.same_bytes, "equal": compared.equal,
                "modified": list(compared.modified), "onlyOriginal": list(compared.only_original),
                "onlyRelease": list(compared.only_release),
            },
            "patches": None if packaging is None else [
                {"name": p.name, "description": p.description, "advisories": list(p.advisories)}
                for p in packaging.patches
            ],
            "repaired": None if made.repaired is None else list(made.repaired),
            "stillOpen": None if made.still_open is None else list(made.still_open),
        }  # fmt: skip
    return found
