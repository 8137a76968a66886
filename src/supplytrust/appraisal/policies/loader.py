"""From TOML to a `Policy`: closed vocabulary, all problems at once, each with its line and a hint.

Reading goes table by table through `reading.Table`, which answers each question with something usable even
where the file is wrong; only when all is read are the problems raised together.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from supplytrust.appraisal.policies import inheritance, tables
from supplytrust.appraisal.policies.tables import purl_problem
from supplytrust.ecosystems import example_purl
from supplytrust.errors import PolicyError, Problem, UsageError
from supplytrust.formats.toml import read_toml
from supplytrust.formats.toml_fields import Document, Table, UnreadableFileError, nearest, read_bytes
from supplytrust.model import admission
from supplytrust.model.arguments import check_argument
from supplytrust.model.policy import GENERAL, PART, ROOT, Context, Exemption, Policy, WeightTable
from supplytrust.model.subject import is_local_file
from supplytrust.model.vocabulary import Area, EdgeKind, Veto

Expectations = dict[str, Mapping[Area, float]]
MustHaves = dict[str, tuple[str, ...]]
USUAL_POLICY = "baseline"
MAX_TRUSTOR = 400  # characters
_TABLES = frozenset(["weights.toml", "purposes.toml"])
_FOLDER = resources.files(__package__)


def names() -> tuple[str, ...]:
    """The shipped policies."""
    found = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(n.removesuffix(".toml") for n in found if n.endswith(".toml") and n not in _TABLES))


def load(name_or_path: str | Path) -> Policy:
    """A policy by shipped name or file. `PolicyError` names everything that is wrong with it."""
    raw, name = _bytes(name_or_path)
    policy, problems = _read(raw, name)
    if problems:
        raise PolicyError(problems, hint="`supplytrust policy check FILE` lists all problems")
    return policy


def check_purpose(policy: Policy) -> None:
    """PolicyError when the policy asks for a purpose that it does not define."""
    if not policy.purposes.knows(policy.context.purpose):
        known = ", ".join(sorted(policy.purposes.by_purpose))
        raise PolicyError((Problem("context.purpose", f"'{policy.context.purpose}' is not known", f"known: {known}"),))


def usual_policy(root: str) -> str:
    """The shipped policy for a subject when none was named: what nobody published has no index to be asked."""
    return "workload" if is_local_file(root) else USUAL_POLICY


def in_name_of(policy: Policy, trustor: str) -> Policy:
    """The policy in another name; '' leaves it as it is. UsageError for what cannot stand in a record."""
    check_argument("trustor", trustor, str)
    if len(trustor) > MAX_TRUSTOR or not trustor.isprintable():
        raise UsageError("the trustor has to be printable and short", hint="a URI such as https://example.org/")
    return replace(policy, trustor=trustor) if trustor else policy


def check(text: str | bytes, name: str = "policy.toml", *, today: date | None = None) -> tuple[Problem, ...]:
    """What is wrong with a policy text, () when nothing is.

    `today` is the day from which the term of exceptions is counted when the file does not say `written`.
    """
    return _read(text, name, today)[1]


def shipped_text(name: str) -> str:
    """A shipped policy as text, comments and all; `PolicyError` when there is none of that name."""
    if name not in names():
        raise PolicyError((Problem(name, "no shipped policy of that name", nearest(name, names())),))
    return _FOLDER.joinpath(f"{name}.toml").read_text("utf-8")


def template(
    base: str = "baseline",
    *,
    policy_id: str = "",
    owner: str = "owner@example.org",
    trustor: str = "",
    written: date | None = None,
) -> str:
    """A policy text to begin with: a shipped one as its base, of which only the differences are written.

    The term of exceptions counts from the day it was written. PolicyError when there is no such base.
    """
    inherited = read_toml(shipped_text(base))
    whose = f"trustor = {quote(trustor)}" if trustor else '# trustor = "https://example.org/"'
    dated = [f"written = {written}  # the term of exceptions counts from this day"] if written else []
    root = inherited.get("expect", {}).get(ROOT, {})
    lines = [
        "schema = 1",
        f"id = {quote(policy_id or f'my-{base}')}",
        f"owner = {quote(owner)}  # who answers for it",
        f"{whose}  # in whose name records are made",
        *dated,
        "epoch = 1  # count up with every change that makes it stricter",
        f"extends = {quote(base)}  # the whole: supplytrust policy show {base}",
        f"base_epoch = {inherited.get('epoch', 1)}  # the base that this was written for; another one is told",
        "",
        "# Only what differs from the base is written here, table by table; for example:",
        "#",
        '# cooldown = "168h"',
        "# [expect.root]",
        *(f"# {area} = {threshold}" for area, threshold in list(root.items())[:1]),
    ]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """A text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _bytes(name_or_path: str | Path) -> tuple[bytes, str]:
    if isinstance(name_or_path, str) and name_or_path in names():
        return shipped_text(name_or_path).encode(), f"{name_or_path}.toml"
    try:
        return read_bytes(Path(name_or_path)), str(name_or_path)
    except UnreadableFileError as error:
        shipped = nearest(str(name_or_path), names())
        problem = Problem(str(name_or_path), error.text, error.hint)
        raise PolicyError((problem,), hint=f"a shipped policy or a file; {shipped}") from error


def _read(raw: str | bytes, name: str, today: date | None = None) -> tuple[Policy, tuple[Problem, ...]]:
    table = tables.shipped_weights()
    document = Document(raw, name)
    if document.problems:
        return Policy(id=""), document.problems
    data = raw.encode() if isinstance(raw, str) else raw
    base, epoch = inheritance.lay_over_base(document, names(), shipped_text)
    policy = _policy(document.root, table, _digest(data, base), today or datetime.now(UTC).date())
    note = inheritance.tell_upgrade(policy.extends, policy.base_epoch, epoch) if base else ""
    return replace(policy, notes=(note,) if note else ()), document.problems


def _digest(raw: bytes, base: bytes) -> str:
    """Of the digests of all files it is made from, so that no byte can move from one to the other unnoticed."""
    files = (raw, *((base,) if base else ()), tables.weights_bytes(), tables.purposes_bytes())
    return f"sha256:{hashlib.sha256(b''.join(hashlib.sha256(f).digest() for f in files)).hexdigest()}"


def _policy(top: Table, table: WeightTable, digest: str, today: date) -> Policy:
    _schema(top)
    expect = _expect(top.table("expect", required=True, hint="a policy without thresholds would admit anything"))
    always, also = _vetoes(top.table("veto"))
    written = top.moment("written")
    trusted = tables.read_builders(top.table("builders"))
    policy = Policy(
        id=top.text("id", required=True, form=tables.POLICY_ID, hint="lower-case letters, digits, '.', '_', '-'"),
        owner=top.text("owner", required=True, hint="who answers for this policy"),
        trustor=top.text("trustor", limit=MAX_TRUSTOR),
        extends=top.text(inheritance.KEY),
        base_epoch=_base_epoch(top),
        epoch=top.integer("epoch", 1, low=1, high=2**31 - 1),
        max_age_days=_days(top, "max_age", 30, tables.MAX_AGE_HOURS),
        cooldown_hours=top.hours("cooldown", 72, low=0, high=tables.MAX_COOLDOWN_HOURS),
        review_days=_days(top, "review", 90, tables.MAX_REVIEW_HOURS),
        context=_context(top.table("context")),
        expect=MappingProxyType(expect),
        require=MappingProxyType(_require(top.table("require"), table)),
        purposes=tables.shipped_purposes(),
        require_where=MappingProxyType(_require_where(top.table("require-where"), table)),
        require_for=MappingProxyType(_require_for(top.table("purpose"), table)),
        kappa=MappingProxyType(_kappa(top.table("kappa"))),
        veto_always=always,
        veto_also=also,
        reliability=MappingProxyType(_sources(top.table("sources", required=True, hint="which sources count"))),
        exemptions=_exemptions(top.tables("exception"), written.date() if written else today),
        builders=trusted,
        weights=tables.with_builders(table, trusted),
        digest=digest,
    )
    top.close()
    return policy


def _base_epoch(top: Table) -> int:
    """The epoch of the base that the policy was written for; it has to be said, or an upgrade could not be told."""
    stated = top.integer("base_epoch", 0, low=1, high=2**31 - 1)
    if inheritance.KEY in top and "base_epoch" not in top:
        top.problem(inheritance.KEY, "'base_epoch' is missing", "the epoch that `supplytrust policies` names")
    if "base_epoch" in top and inheritance.KEY not in top:
        top.problem("base_epoch", "'base_epoch' without 'extends'", 'extends = "baseline"')
    return stated


def _schema(top: Table) -> None:
    top.integer("schema", tables.SCHEMA, low=tables.SCHEMA, high=tables.SCHEMA)
    if "schema" not in top:
        top.problem("schema", "'schema' is missing in the file", f"write schema = {tables.SCHEMA}")


def _days(top: Table, key: str, default: int, high: int) -> int:
    hours = top.hours(key, default * 24, low=24, high=high)
    if hours % 24:
        top.problem(key, f"'{key}' must be whole days")
    return hours // 24


def _context(table: Table) -> Context:
    cpu = table.table("cpu")
    deny = tuple(r for r in cpu.texts("deny") if cpu.as_text("deny", r, form=admission.CPU_RULE, hint='as "SNP<1.55"'))
    cpu.close()
    usual = Context()
    context = Context(
        purpose=table.choice("purpose", tables.PURPOSES, usual.purpose),
        role=table.choice("role", tables.ROLES, usual.role),
        sensitivity=table.choice("sensitivity", tables.SENSITIVITIES, usual.sensitivity),
        impact=table.number("impact", usual.impact, above=0.0, below=math.inf, hint="a finite loss above 0"),
        budget=table.number("budget", usual.budget, above=0.0, below=math.inf, hint="a finite loss above 0"),
        data_class=table.choice("data_class", tables.DATA_CLASSES, ""),
        tee=table.choices("tee", admission.TEES),
        cpu_deny=deny,
    )
    table.close()
    return context


def _expect(table: Table) -> Expectations:
    given = {profile: _thresholds(table.table(profile)) for profile in tables.PROFILES if profile in table}
    if ROOT not in table:
        table.value(ROOT, required=True, hint="a policy without thresholds would admit anything")
    elif not given[ROOT]:
        table.problem(ROOT, "no threshold for any area", "a policy without thresholds would admit anything")
    for profile in tables.PROFILES:
        table.value(profile)
    table.close()
    root = given.get(ROOT, MappingProxyType({}))
    return {p: given.get(p, _inherit_thresholds(p, root)) for p in tables.PROFILES if p != PART or p in given}


def _inherit_thresholds(profile: str, root: Mapping[Area, float]) -> Mapping[Area, float]:
    return MappingProxyType({a: root[a] for a in tables.INHERITED.get(profile, ()) if a in root})


def _thresholds(table: Table) -> Mapping[Area, float]:
    hint = "strictly between 0 and 1: 1 could never be reached; to ask nothing leave the area out"
    read = {a: table.number(a.value, 0.0, above=0.0, below=1.0, hint=hint) for a in Area}
    table.close()
    return MappingProxyType({area: theta for area, theta in read.items() if theta})


def _require(table: Table, known: WeightTable) -> MustHaves:
    signals = sorted({signal for signal, _ in known.rows})
    given = {p: table.choices(p, signals) for p in tables.PROFILES if p in table}
    for profile in tables.PROFILES:
        table.value(profile)
    table.close()
    root = given.get(ROOT, ())
    usual = {p: root if p in tables.INHERITS_MUST_HAVES else () for p in tables.PROFILES if p != PART}
    return usual | given


def _require_where(table: Table, known: WeightTable) -> MustHaves:
    """What is added to the must-haves of packages that are used, where their ecosystem has a trait."""
    signals = sorted({signal for signal, _ in known.rows})
    given = {trait: table.choices(trait, signals) for trait in table.data}
    table.close()
    return given


def _require_for(table: Table, known: WeightTable) -> MustHaves:
    """What a purpose adds to the must-haves: that the evidence fits it, unless the policy says otherwise."""
    signals = sorted({signal for signal, _ in known.rows})
    given: MustHaves = {}
    for purpose in (p for p in tables.PURPOSES if p != GENERAL):
        entry = table.table(purpose)
        given[purpose] = entry.choices("require", signals) if "require" in entry else (tables.FITS,)
        entry.value("require")
        entry.close()
    table.close()
    return given


def _vetoes(table: Table) -> tuple[tuple[Veto, ...], tuple[Veto, ...]]:
    always = tuple(Veto(v) for v in table.choices("always", tables.VETOES))
    also = tuple(Veto(v) for v in table.choices("also", tables.VETOES))
    absent = [v.value for v in tables.ALWAYS if v not in always]
    if "always" in table and absent:
        table.problem("always", f"'always' leaves out {', '.join(absent)}", "these four cannot be switched off")
    table.close()
    return always or tables.ALWAYS, tuple(v for v in also if v not in always)


def _sources(table: Table) -> dict[str, float]:
    read: dict[str, float] = {}
    for name in list(table.data):
        read[name] = table.number(name, 0.0, above=0.0, below=1.0, closed=True, hint="how far it is believed, 0 to 1")
        if table.as_text(name, name, form=tables.SOURCE_NAME, hint="a source's name, see `supplytrust sources`") == "":
            del read[name]
    table.close()
    if not any(read.values()):
        table.document.add(table.path, "no source counts", "list at least one with a reliability above 0")
    return read


def _kappa(table: Table) -> dict[EdgeKind, float]:
    usual = Policy(id="").kappa
    hint = "the share of the impact that reaches over such an edge, above 0 and at most 1"
    read = {}
    for kind in EdgeKind:
        read[kind] = table.number(kind.value, usual[kind], above=0.0, below=1.0, closed=True, hint=hint)
        if not read[kind]:
            table.problem(kind.value, f"'{kind.value}' = 0 would hide what it stands for", hint)
    table.close()
    return read


def _exemptions(tables: Iterable[Table], written: date) -> tuple[Exemption, ...]:
    return tuple(sorted(e for t in tables if (e := _exemption(t, written)) is not None))


def _exemption(table: Table, written: date) -> Exemption | None:
    subject = table.text("subject", required=True, hint=f'an exact version: "{example_purl("1.2.3")}"')
    if subject and (wrong := purl_problem(subject, versioned=True)):
        table.problem("subject", wrong.text, wrong.hint)
    covers = table.choices("covers", tables.AREAS, required=True, hint="the areas whose doubt is accepted")
    if "covers" in table and not table.data["covers"]:
        table.problem("covers", "an exception that covers no area", f"some of {', '.join(tables.AREAS)}")
    reason = table.text("reason", required=True, hint="why this doubt is accepted", limit=1000)
    owner = table.text("owner", required=True, hint="who answers for it")
    expires = table.moment("expires", required=True, hint=f"at most {tables.MAX_EXCEPTION_DAYS} days ahead")
    if expires and expires > _last_day(written):
        text = f"'expires' is more than {tables.MAX_EXCEPTION_DAYS} days after {written}"
        table.problem("expires", text, f"at most {_last_day(written).date()}; decide again then")
    table.close()
    areas = tuple(Area(c) for c in covers)
    return Exemption(subject, areas, reason, owner, expires) if subject and areas and expires else None


def _last_day(written: date) -> datetime:
    return datetime(written.year, written.month, written.day, tzinfo=UTC) + timedelta(days=tables.MAX_EXCEPTION_DAYS)
