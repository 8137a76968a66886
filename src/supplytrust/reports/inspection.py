"""An inspection as JSON for programs, as lines for a terminal and as a page for people."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from supplytrust.wasm.capability import Capability, Grants, effective
from supplytrust.wasm.inspection import Inspection, PartView, joins
from supplytrust.wasm.parts import export_names, import_names
from supplytrust.wasm.surface import Measure, compare_workloads, count_texts, measure_surface

SCHEMA = "supplytrust-inspection/1"
_FEW = 6
FEW_NAMED = 3
LISTED = 300


def to_json(found: Inspection, grants: Grants | None = None, texts: int | None = None) -> str:
    """One object; keys sorted, so that equal inspections are equal texts."""
    surface = found.surface
    document: dict[str, object] = {
        "schema": SCHEMA,
        "sha256": found.sha256,
        "sha384": found.sha384,
        "size": found.size,
        "kind": str(found.wasm.root.kind),
        "abi": found.abi,
        "imports": list(import_names(found.wasm.root)),
        "exports": list(export_names(found.wasm.root)),
        "capabilities": {str(c): list(n) for c, n in found.required.items()},
        "needed": list(found.needed),
        "parts": [_part(p) for p in found.parts],
        "surface": {name: getattr(surface, name) for name in surface.__slots__},
        "measures": [
            {"name": m.name, "value": m.value, "threat": m.threat} for m in measure_surface(found, grants, texts)
        ],
        "dependencies": [
            {"purl": j.purl, "kind": str(j.kind), "how": j.how, "via": j.via, "digest": j.digest}
            for j in joins(found, grants)
        ],
        "grants": _grants(found, grants),
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False, indent=2)


def _part(view: PartView) -> dict[str, object]:
    part = view.part
    return {
        "path": ".".join(map(str, part.path)),
        "kind": str(part.kind),
        "sha256": view.sha256,
        "size": part.size,
        "name": view.name,
        "imports": len(part.imports),
        "exports": len(part.exports),
        "functions": part.functions,
        "codeBytes": part.code_bytes,
        "dataBytes": part.data_bytes,
        "producers": [{"field": p.field, "name": p.name, "version": p.version} for p in view.producers],
        "crates": [
            {"name": c.name, "version": c.version, "source": c.source, "kind": c.kind, "root": c.root}
            for section in view.crates
            for c in section
        ],
        "needed": [n for d in view.dylinks for n in d.needed],
        "features": list(view.features),
        "unreadSections": list(view.unread),
    }


def _grants(found: Inspection, grants: Grants | None) -> dict[str, object] | None:
    if grants is None:
        return None
    meeting = effective(found.required, grants)
    return {
        "format": grants.format,
        "items": list(grants.items),
        "effective": sorted(meeting.used),
        "surplus": sorted(meeting.surplus),
        "failing": sorted(meeting.failing),
        "remarks": list(grants.remarks),
    }


def to_text(found: Inspection, grants: Grants | None = None, texts: int | None = None) -> str:
    """One screen: what it is, what it asks for, what is inside, who says how it was made."""
    lines = [
        f"WebAssembly {found.wasm.root.kind}, {found.size:,} bytes, abi {found.abi}",
        f"  sha256       {found.sha256}",
        f"  exports      {_some(list(export_names(found.wasm.root)))}",
    ]
    lines += [f"  asks for     {c:<13}{_some(list(names))}" for c, names in found.required.items()]
    if not found.required:
        lines.append("  asks for     nothing of its host")
    lines += _describe_grants(found, grants)
    lines += _toolchain(found)
    by_way: dict[str, list[str]] = {}
    for join in joins(found, grants):
        by_way.setdefault(join.how, []).append(join.purl.partition("?")[0].removeprefix("pkg:generic/"))
    lines += [f"  depends on   {len(p)} {way}: {_some(p)}" for way, p in sorted(by_way.items())]
    lines.append("  measure                    for which threat")
    lines += [f"  {m.name:<17}{_number(m):>13}  {m.threat}" for m in measure_surface(found, grants, texts)]
    return "\n".join(lines)


def _number(measure: Measure) -> str:
    return "unbounded" if measure.value is None else f"{measure.value:,}"


def compare(old: bytes, new: bytes, before: Inspection, after: Inspection) -> str:
    """What a new workload has that its predecessor had not, and each measure side by side."""
    if before.sha256 == after.sha256:
        return f"the same bytes: sha256 {after.sha256}"
    lines = [f"  old  sha256 {before.sha256}", f"  new  sha256 {after.sha256}"]
    for change in compare_workloads(before, after):
        lines += [f"  + {change.what:<14}{_printable(name)}" for name in change.added]
        lines += [f"  - {change.what:<14}{_printable(name)}" for name in change.removed]
    lines.append(f"  {'measure':<17}{'old':>13}{'new':>13}  for which threat")
    sides = (measure_surface(f, None, count_texts(data)) for f, data in ((before, old), (after, new)))
    pairs = zip(*sides, strict=True)
    lines += [f"{' ' if a == b else '*'} {a.name:<17}{_number(a):>13}{_number(b):>13}  {a.threat}" for a, b in pairs]
    return "\n".join(lines)


def _describe_grants(found: Inspection, grants: Grants | None) -> list[str]:
    if grants is None:
        return ["  granted      not looked at: no configuration was given"]
    meeting = effective(found.required, grants)
    lines = [f"  effective    {_some(sorted(meeting.used))}"]
    if meeting.surplus:
        lines.append(f"  surplus      granted, not asked for: {_some(sorted(meeting.surplus))}")
    if meeting.failing:
        lines.append(f"  will fail    asked for, not granted: {_some(sorted(meeting.failing))}")
    return lines + [f"  remark       {r}" for r in grants.remarks]


def _toolchain(found: Inspection) -> list[str]:
    claims = sorted({f"{p.name} {p.version}".strip() for view in found.parts for p in view.producers})
    declared = sorted({f"{c.name} {c.version}" for view in found.parts for s in view.crates for c in s})
    looked = any(view.crates for view in found.parts)
    lines = [f"  made with    {_some(claims) if claims else 'unknown: nothing in it says how it was made'}"]
    if looked:
        lines.append(f"  crates       {len(declared)} declared: {_some(declared)}")
    unread = sorted({name for view in found.parts for name in view.unread})
    return [*lines, f"  unread       {_some(unread)}"] if unread else lines


def _some(names: list[str]) -> str:
    shown = ", ".join(_printable(n) for n in names[:_FEW])
    return f"{shown} and {len(names) - _FEW} more" if len(names) > _FEW else shown


def _printable(text: str) -> str:
    """Names come from the binary: control characters must not reach a terminal."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:120])


# --- a page


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of what can be asked of a host: the imports that ask for it, and what the configuration makes of it."""

    name: str
    imports: tuple[str, ...]
    granted: str


def to_html(name: str, found: Inspection, grants: Grants | None = None, texts: int | None = None) -> str:
    """A whole document, self-contained; everything that came from the binary is shown inert."""
    from supplytrust.reports.pages import render_page

    joined = joins(found, grants)
    quoted = shlex.quote(name)
    return render_page(
        "workload",
        name=name,
        found=found,
        grants=grants,
        sentences=tuple(_sentences(name, found, grants)),
        classes=_class_rows(found, grants),
        measures=measure_surface(found, grants, texts),
        parts=found.parts[:LISTED],
        joined=joined[:LISTED],
        total=len(joined),
        commands=(
            ("Judge it, with what it is made of", f"supplytrust assess {quoted} --deps all"),
            ("Say the same for programs", f"supplytrust inspect {quoted} --format json"),
            ("See what is new against its predecessor", f"supplytrust diff OLD.wasm {quoted}"),
        ),
    )


def _class_rows(found: Inspection, grants: Grants | None) -> tuple[ClassRow, ...]:
    """What is asked for, then what is granted and not asked for."""
    meeting = effective(found.required, grants) if grants else None

    def say_grant(asked: Capability) -> str:
        if meeting is None:
            return "not known: no configuration was given"
        return "yes" if asked in meeting.used else "no: it will fail"

    rows = [ClassRow(str(c), names, say_grant(c)) for c, names in found.required.items()]
    surplus = sorted(meeting.surplus) if meeting else ()
    return (*rows, *(ClassRow(str(c), (), "yes, and not asked for") for c in surplus))


def _sentences(name: str, found: Inspection, grants: Grants | None) -> Iterator[tuple[str, str]]:
    root, classes = found.wasm.root, [str(c) for c in found.required]
    modules = found.surface.modules
    built = f", made of {modules} core modules" if modules > 1 else ""
    yield "What it is", f"{name} is a WebAssembly {root.kind} of {found.size:,} bytes{built}, abi {found.abi}."
    yield "What it asks for", f"{', '.join(classes)}." if classes else "Nothing of its host."
    if grants is None:
        yield "What it is granted", "Not known: no configuration was given, so its loader decides."
    else:
        used = ", ".join(sorted(effective(found.required, grants).used)) or "nothing that it asks for"
        away = sum(r.way != "listen" for r in grants.remotes)
        parties = f" It may reach {away} parties outside." if away else " It may reach no party outside."
        yield "What it is granted", f"By {grants.format}: {used}.{parties}"
    yield "Who made it with what", f"{_made_with(found)} Whoever wrote the file wrote that, too."
    yield "What is not known", _unknown(found)
    yield "What to do", "Judge it: this page says what it can do, not whether it may."


def _made_with(found: Inspection) -> str:
    tools = sorted({f"{p.name} {p.version}".strip() for view in found.parts for p in view.producers})
    crates = len({(c.name, c.version) for view in found.parts for section in view.crates for c in section})
    listed = f" {crates} crates are declared." if crates else ""
    return (f"{_some(tools)}." if tools else "Nothing in it says so.") + listed


def _unknown(found: Inspection) -> str:
    gaps = [f"what loaders find for {name}" for name in found.needed[:FEW_NAMED]]
    gaps += [f"what {name} is" for name in found.required.get(Capability.UNKNOWN, ())[:FEW_NAMED]]
    unread = sorted({section for view in found.parts for section in view.unread})
    gaps += [f"what the section {section} says" for section in unread]
    if not any(view.crates for view in found.parts):
        gaps.append("which libraries were compiled into it: no section lists them")
    return f"{'; '.join(gaps)[:1].upper()}{'; '.join(gaps)[1:]}." if gaps else "What it does between what it asks."
