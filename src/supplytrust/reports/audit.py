"""An audit as a document: text, JSON, Markdown, HTML or SARIF. All say the same outcome."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping

from supplytrust import __version__, ecosystems
from supplytrust.audits.result import KNOWN_BY_NAME, AuditResult, SubjectVerdict
from supplytrust.ledger import Change
from supplytrust.model.policy import Exemption
from supplytrust.model.record import SinglePoint
from supplytrust.model.vocabulary import Outcome

WIDTH = 110


def render(result: AuditResult, form: str, *, changed_only: bool = False) -> str:
    """The document of a form: `text`, `json`, `markdown`, `html` or `sarif`."""
    return FORMS[form](result, changed_only=changed_only)


# --- text ---------------------------------------------------------------------------------------------


def _text(result: AuditResult, *, changed_only: bool) -> str:
    lines = [_headline(result)]
    if not changed_only:
        wide = min(48, max(len(_label(one)) for one in result.subjects))
        lines += [_line(one, wide) for one in result.subjects]
        lines += [f"  footprint  {_footprint(result)}", *(f"  note       {note}" for note in result.notes)]
    lines += [f"  {word:9}  {text}" for word, text in _exceptions(result)]
    lines += _changes(result.changed, asked=changed_only)
    first = next((one for one in result.subjects if one.outcome is result.outcome), None)
    if first and result.outcome is not Outcome.ADMIT:
        lines.append(f"  next       {_next(first)}")
    return "\n".join(lines) + "\n"


def _headline(result: AuditResult) -> str:
    counts = ", ".join(f"{result.count(o)} {o.name}" for o in reversed(Outcome) if result.count(o))
    number = f"{len(result.subjects)} package{'s' * (len(result.subjects) != 1)}"
    basis = f"(policy {result.policy_id}, as of {result.at:%Y-%m-%d})"
    return f"{result.name}   {number}: {counts}   {result.outcome.name}  {basis}"


def _label(one: SubjectVerdict) -> str:
    return ecosystems.short_name(one.purl).partition("?")[0]


def _line(one: SubjectVerdict, wide: int) -> str:
    return f"  {_label(one):{wide}}  {one.outcome.name:6}  {_reason_text(one, WIDTH)}".rstrip()


def _why(one: SubjectVerdict) -> str:
    """The first reason; for what is admitted, until when."""
    if one.outcome is Outcome.ADMIT:
        return f"holds until {one.expires:%Y-%m-%d}" if one.expires else ""
    more = f" (+{len(one.reasons) - 1})" if len(one.reasons) > 1 else ""
    through = f"; through {' > '.join(ecosystems.short_name(p) for p in one.path[:-1])}" if len(one.path) > 1 else ""
    text = one.reasons[0].text if one.reasons else "no reason given"
    return f"{'' if one.record_digest else 'not judged: '}{text}{more}{through}"


def _reason_text(one: SubjectVerdict, width: int = 10_000) -> str:
    """Why, cut to a width, and how much of what was asked is known."""
    why = _why(one)
    shown = why if len(why) <= width else f"{why[: width - 3].rstrip()}..."
    if one.coverage is None or one.outcome is Outcome.ADMIT:
        return shown
    return f"{shown}; {one.coverage:.0%} of its questions answered"


def _exceptions(result: AuditResult) -> list[tuple[str, str]]:
    """What stands on exceptions, until when, by whom; and what of it a person has to decide."""
    found = result.exceptions
    rows = [("failure", reason.text) for reason in found.failures]
    for one in found.used:
        left = f"{(one.expires - result.at).days} days left (until {one.expires:%Y-%m-%d})"
        areas = ", ".join(area.value for area in one.covers)
        rows.append(("exception", f"{one.subject} {areas}: {left}, by {one.owner}: {one.reason}"))
    names = ", ".join(one.subject for one in found.unused[:5]) + (", ..." if len(found.unused) > 5 else "")
    return [*rows, ("unused", f"{len(found.unused)} exception(s) that nothing needs: {names}")] if names else rows


def _footprint(result: AuditResult) -> str:
    code = [one for one in result.subjects if not one.purl.startswith("pkg:generic/service/")]
    seen, sizes = result.footprint, [one.facts.bytes for one in code]
    known = [size for size in sizes if size is not None]
    native = [one.facts.native for one in code]
    parts = [f"{seen.packages} package{'s' * (seen.packages != 1)}"]
    parts.append(f"{sum(known) / 1e6:.1f} MB{_of(len(known), len(sizes))}")
    parts.append(f"{native.count(True)} native{_of(len(native) - native.count(None), len(native))}")
    reach = [f"{p.kind} {p.name} alone can release {len(p.packages)}{_share(p.share)}" for p in _widest(result)]
    if seen.concentration is not None:
        parts.append(f"homogeneity {seen.concentration:.2f}")
    return " · ".join([*parts, *(reach or ["who can release is not known"])])


def _widest(result: AuditResult) -> list[SinglePoint]:
    """The widest single point of failure of each kind; those that reach one package only are no news."""
    first: dict[str, SinglePoint] = {}
    for point in result.footprint.single_points:
        first.setdefault(point.kind, point)
    return [p for p in first.values() if len(p.packages) > 1] or list(first.values())[:1]


def _share(share: float) -> str:
    return f" ({share:.0%})"


def _of(known: int, all_: int) -> str:
    return "" if known == all_ else f" (known of {known})"


def _changes(changed: tuple[Change, ...] | None, *, asked: bool) -> list[str]:
    if changed is None:
        return ["  changed    no earlier run over this set to compare with"] if asked else []
    if not changed:
        return ["  changed    nothing since the last run"]
    return [
        f"  {change.kind:9}  {_release(change)}" + (f": {'; '.join(change.why)}" if change.why else "")
        for change in changed
    ]


def _release(change: Change) -> str:
    entry = change.after or change.before
    state = f" {entry.outcome.name}" if entry else ""
    return f"{ecosystems.short_name(entry.purl if entry else change.package)}{state}"


def _next(one: SubjectVerdict) -> str:
    if one.reasons and one.reasons[0].code == KNOWN_BY_NAME:
        return f"a policy exception for {one.purl} takes it over, with reason, owner and end; or leave {one.where} out"
    if not one.record_digest:
        return f"{one.purl} could not be judged; it is listed at {one.where}"
    return f"supplytrust assess '{one.purl}'  shows what would change it"


# --- data ---------------------------------------------------------------------------------------------


def _json(result: AuditResult, *, changed_only: bool) -> str:
    del changed_only  # a program picks for itself
    return json.dumps(as_data(result), indent=2, ensure_ascii=False) + "\n"


def as_data(result: AuditResult) -> dict[str, object]:
    """The result as plain values: `outcome`, `subjects`, `footprint`, `changed` and what they rest on."""
    seen = result.footprint
    return {
        "outcome": result.outcome.name,
        "set": result.name,
        "assessedAt": f"{result.at:%Y-%m-%dT%H:%M:%SZ}",
        "policy": {"id": result.policy_id, "digest": result.policy_digest},
        "subjects": [_subject(one) for one in result.subjects],
        "footprint": {
            "packages": seen.packages,
            "bytes": seen.bytes,
            "native": seen.native,
            "maintainers": seen.maintainers,
            "attackSurface": seen.attack_surface,
            "concentration": None if seen.concentration is None else round(seen.concentration, 6),
            "singlePoints": [
                {"kind": p.kind, "name": p.name, "share": round(p.share, 6), "packages": list(p.packages)}
                for p in seen.single_points
            ],
        },
        "risk": {
            "low": round(result.risk.low, 6),
            "high": round(result.risk.high, 6),
            "budget": result.risk.budget,
            "top": [{"purl": one.subject, "share": round(one.risk, 6)} for one in result.risk.top],
        },
        "changed": None if result.changed is None else [_change(change) for change in result.changed],
        "notes": list(result.notes),
        "exceptions": {
            "packages": result.exceptions.packages,
            "used": [_exception(one) for one in result.exceptions.used],
            "ended": [_exception(one) for one in result.exceptions.ended],
            "unused": [_exception(one) for one in result.exceptions.unused],
            "failures": [{"code": r.code, "text": r.text} for r in result.exceptions.failures],
        },
    }


def _exception(one: Exemption) -> dict[str, object]:
    return {
        "subject": one.subject,
        "covers": [area.value for area in one.covers],
        "reason": one.reason,
        "owner": one.owner,
        "expires": f"{one.expires:%Y-%m-%dT%H:%M:%SZ}",
    }


def _subject(one: SubjectVerdict) -> dict[str, object]:
    return {
        "purl": one.purl,
        "listed": one.listed,
        "where": one.where,
        "outcome": one.outcome.name,
        "reasons": [{"code": r.code, "text": r.text, "path": list(r.path)} for r in one.reasons],
        "path": list(one.path),
        "artifact": {"name": one.file_name, "sha256": one.artifact_sha256} if one.artifact_sha256 else None,
        "coverage": None if one.coverage is None else round(one.coverage, 6),
        "record": one.record_digest or None,
        "expires": f"{one.expires:%Y-%m-%dT%H:%M:%SZ}" if one.expires else None,
        "reused": one.reused,
        "surroundings": _plain(one.surroundings) or None,
        "undecided": [area.value for area in one.undecided],
    }


def _plain(value: object) -> object:
    """Read-only mappings and tuples as what the JSON writer knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _change(change: Change) -> Mapping[str, object]:
    return {
        "package": change.package,
        "kind": change.kind,
        "before": change.before.outcome.name if change.before else None,
        "after": change.after.outcome.name if change.after else None,
        "why": list(change.why),
    }


def _sarif(result: AuditResult, *, changed_only: bool) -> str:
    """SARIF 2.1.0 (OASIS): one result a package that is not admitted."""
    del changed_only
    level = {Outcome.REFER: "warning", Outcome.REFUSE: "error"}
    open_ = [one for one in result.subjects if one.outcome is not Outcome.ADMIT]
    failures = result.exceptions.failures
    codes = sorted({one.reasons[0].code if one.reasons else "no-reason" for one in open_} | {f.code for f in failures})
    results = [
        {
            "ruleId": one.reasons[0].code if one.reasons else "no-reason",
            "level": level[one.outcome],
            "message": {"text": f"{one.purl} {one.outcome.name}: {_why(one)}"},
            "locations": [{"logicalLocations": [{"fullyQualifiedName": one.purl, "kind": "package"}]}],
        }
        for one in open_
    ] + [{"ruleId": f.code, "level": "warning", "message": {"text": f.text}} for f in failures]
    run = {
        "tool": {"driver": {"name": "supplytrust", "version": __version__, "rules": [{"id": code} for code in codes]}},
        "properties": {"outcome": result.outcome.name},
        "results": results,
    }
    return json.dumps({"version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


# --- pages --------------------------------------------------------------------------------------------


def _markdown(result: AuditResult, *, changed_only: bool) -> str:
    lines = [f"# {_cell(_headline(result))}", ""]
    if not changed_only:
        lines += ["| package | outcome | why |", "|-|-|-|"]
        lines += [
            f"| {_cell(_label(one))} | {one.outcome.name} | {_cell(_reason_text(one))} |" for one in result.subjects
        ]
        lines += ["", f"Footprint: {_cell(_footprint(result))}"]
        lines += [f"* {_cell(note)}" for note in result.notes]
    lines += ["", *(f"* {word}: {_cell(text)}" for word, text in _exceptions(result))]
    lines += [*(f"* {_cell(' '.join(line.split()))}" for line in _changes(result.changed, asked=changed_only))]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("|", "\\|").replace("`", "'")
    return html.escape(" ".join(plain.split()), quote=False).replace("[", "\\[")


def _html(result: AuditResult, *, changed_only: bool) -> str:
    rows = (
        ""
        if changed_only
        else "".join(
            f"<tr><td>{html.escape(_label(one))}</td><td>{one.outcome.name}</td><td>{html.escape(_reason_text(one))}</td></tr>\n"
            for one in result.subjects
        )
    )
    changes = "".join(
        f"<li>{html.escape(line.strip())}</li>\n" for line in _changes(result.changed, asked=changed_only)
    )
    said = [*result.notes, *(f"{word}: {text}" for word, text in _exceptions(result))]
    notes = "".join(f"<li>{html.escape(note)}</li>\n" for note in said)
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f"<title>{html.escape(_headline(result))}</title>\n<h1>{html.escape(_headline(result))}</h1>\n"
        f"<table>\n<tr><th>package</th><th>outcome</th><th>why</th></tr>\n{rows}</table>\n"
        f"<p>Footprint: {html.escape(_footprint(result))}</p>\n<ul>\n{changes}{notes}</ul>\n</html>\n"
    )


FORMS: Mapping[str, Callable[..., str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "sarif": _sarif,
}
