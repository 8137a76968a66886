"""The signed record as far as a gate reads it. Hand-written, minimal and strict: what is not known is refused.

Parts that change no decision here (findings, evidence, risk, footprint) are checked by name only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, Limits, read_object
from supplytrust.gate import inputs
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.gate.inputs import Object
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://supplytrust.dev/trust-record/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
LIMITS = Limits(size=8 * 2**20)

MEMBERS = (  # of the predicate: all must be there, as the schema of records says
    "trustor",
    "trustee",
    "context",
    "assessedAt",
    "notBefore",
    "expires",
    "reviewBy",
    "heldBackAt",
    "policy",
    "outcome",
    "reasons",
    "wouldChange",
    "areas",
    "vetoes",
    "mustHaves",
    "exceptions",
    "dependencies",
    "risk",
    "footprint",
    "evidence",
    "notObserved",
    "supersedes",
    "workload",
    "crit",
    "ext",
)
_CONTEXT = ("purpose", "role", "sensitivity", "impact", "budget", "dataClass", "tee", "cpuDeny")


@dataclass(frozen=True, slots=True)
class Payload:
    """What the gate decides on. `dependencies` None: they were not looked at.

    `tee` and `cpu_deny` are the platforms that the context of the record restricts it to; empty: it does not.
    """

    subject: str
    sha256: str
    sha384: str
    trustor: str
    purpose: str
    role: str
    tee: tuple[str, ...]
    cpu_deny: tuple[str, ...]
    assessed_at: datetime
    not_before: datetime
    expires: datetime
    policy_id: str
    policy_epoch: int
    policy_digest: str
    outcome: Outcome
    vetoes: int
    areas: Mapping[Area, AreaEntry]
    dependencies: tuple[DependencyEntry, ...] | None
    workload: WorkloadEntry
    critical: tuple[str, ...]


def read_payload(data: bytes) -> Payload:
    """Parse verified payload bytes. Raises Denied: parse, duplicate-key, unknown-field, size or version."""
    try:
        statement = read_object(data, LIMITS)
    except MalformedRecordError as error:
        raise from_malformed(error, "payload") from None
    _version(statement)
    inputs.only(statement, "payload", ("_type", "subject", "predicateType", "predicate"))
    predicate = inputs.obj(statement["predicate"], "predicate")
    inputs.only(predicate, "predicate", MEMBERS)
    return _payload(predicate, *_subject(statement["subject"]))


def _version(statement: Object) -> None:
    for name, wanted in (("_type", STATEMENT), ("predicateType", PREDICATE)):
        if inputs.text(statement.get(name), name) != wanted:
            raise GateDenied(Code.VERSION, name, f"is not {wanted}")


def _subject(value: Json) -> tuple[str, str, str]:
    """Name and digests of the first subject; it is the one that is judged."""
    subjects = inputs.items(value, "subject")
    if not subjects:
        raise inputs.wrong("subject", "there")
    first = inputs.only(inputs.obj(subjects[0], "subject[0]"), "subject[0]", ("name", "digest"))
    digests = inputs.obj(first["digest"], "subject[0].digest")
    name = inputs.text(first["name"], "subject[0].name")
    sha384 = digests.get("sha384")
    if sha384 is None:
        raise GateDenied(Code.SUBJECT_DIGEST, "subject[0].digest", "names no sha384")
    return (
        name,
        inputs.digest(digests.get("sha256"), "subject[0].digest.sha256"),
        inputs.digest(sha384, "subject[0].digest.sha384", "sha384"),
    )


def _payload(predicate: Object, subject: str, sha256: str, sha384: str) -> Payload:
    trustor = inputs.obj(predicate["trustor"], "trustor")
    context = inputs.obj(predicate["context"], "context")
    policy = inputs.obj(predicate["policy"], "policy")
    inputs.only(trustor, "trustor", ("id", "tool"))
    inputs.only(context, "context", _CONTEXT)
    inputs.only(policy, "policy", ("id", "epoch", "digest"))
    return Payload(
        subject=subject,
        sha256=sha256,
        sha384=sha384,
        trustor=inputs.text(trustor["id"], "trustor.id"),
        purpose=inputs.text(context["purpose"], "context.purpose"),
        role=inputs.text(context["role"], "context.role"),
        tee=inputs.texts(context["tee"], "context.tee"),
        cpu_deny=inputs.texts(context["cpuDeny"], "context.cpuDeny"),
        assessed_at=inputs.instant(predicate["assessedAt"], "assessedAt"),
        not_before=inputs.instant(predicate["notBefore"], "notBefore"),
        expires=inputs.instant(predicate["expires"], "expires"),
        policy_id=inputs.text(policy["id"], "policy.id"),
        policy_epoch=inputs.integer(policy["epoch"], "policy.epoch"),
        policy_digest=inputs.prefixed_digest(policy["digest"], "policy.digest"),
        outcome=outcome(predicate["outcome"], "outcome"),
        vetoes=len(inputs.items(predicate["vetoes"], "vetoes")),
        areas=areas(predicate["areas"]),
        dependencies=dependencies(predicate["dependencies"]),
        workload=workload(predicate["workload"]),
        critical=_critical(predicate),
    )


def _critical(predicate: Object) -> tuple[str, ...]:
    """Names under `ext` that must be understood (the `crit` of RFC 7515, 4.1.11)."""
    names = inputs.texts(predicate["crit"], "crit")
    extensions = inputs.obj(predicate["ext"], "ext")
    for name in names:
        if name not in extensions:
            raise GateDenied(Code.CRIT, "crit", f"'{name}' is critical and not there")
    return names


# --- the repeated and nested parts of the predicate

_AREAS = {a.value: a for a in Area}
_KINDS = {k.value: k for k in EdgeKind}
_OUTCOMES = dict(Outcome.__members__)
_DEPENDENCY = frozenset(("purl", "digest", "kind", "how", "via", "outcome", "recordDigest", "expires"))
_AREA = (
    *("outcome", "belief", "disbelief", "uncertainty", "required", "coverage", "findings", "threshold"),
    *("favourable", "opposing"),
)
_WORKLOAD = ("config", "imports", "exports", "grants", "abi", "memory", "platform")


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """One area of the record."""

    outcome: Outcome
    belief: float
    disbelief: float


class DependencyEntry(NamedTuple):
    """One dependency, as a tuple: a record has thousands of them.

    `record` is the hex digest of its own record, empty when it has none. `digest` is that of its bytes, or of the key
    or authority that a service is held to; empty when neither is known.
    """

    purl: str
    digest: str
    kind: EdgeKind
    outcome: Outcome
    record: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """Platforms the record holds for; empty: it does not say."""

    tee: tuple[str, ...] = ()
    measurements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkloadEntry:
    """What is bound. `config` is the hex digest of the configuration, empty when there must be none."""

    config: str
    imports: frozenset[str]
    exports: frozenset[str]
    grants_format: str
    grants: frozenset[str]
    abi: str
    platform: PlatformEntry


def areas(value: Json) -> Mapping[Area, AreaEntry]:
    """All areas that are there; a foreign one is an unknown field."""
    made: dict[Area, AreaEntry] = {}
    for name, entry in inputs.obj(value, "areas").items():
        if name not in _AREAS:
            raise GateDenied(Code.UNKNOWN_FIELD, f"areas.{name[:40]}", "is not an area")
        made[_AREAS[name]] = _area(inputs.obj(entry, f"areas.{name}"), f"areas.{name}")
    return made


def _area(entry: Object, field: str) -> AreaEntry:
    inputs.only(entry, field, _AREA)
    return AreaEntry(
        outcome(entry["outcome"], f"{field}.outcome"),
        inputs.fraction(entry["belief"], f"{field}.belief"),
        inputs.fraction(entry["disbelief"], f"{field}.disbelief"),
    )


def outcome(value: Json, field: str) -> Outcome:
    """ADMIT, REFER or REFUSE."""
    word = inputs.text(value, field)
    if word not in Outcome.__members__:
        raise inputs.wrong(field, "an outcome")
    return Outcome[word]


def dependencies(value: Json) -> tuple[DependencyEntry, ...] | None:
    """The list, or None when nobody looked. Thousands of entries share few times and words."""
    if value is None:
        return None
    moments: dict[str, datetime] = {}
    return tuple(_dependency(v, n, moments) for n, v in enumerate(inputs.items(value, "dependencies")))


def _dependency(value: Json, number: int, moments: dict[str, datetime]) -> DependencyEntry:
    if type(value) is not dict or value.keys() != _DEPENDENCY:
        field = f"dependencies[{number}]"
        inputs.only(inputs.obj(value, field), field, _DEPENDENCY)
        raise inputs.wrong(field, "a dependency")
    purl, kind, word = value["purl"], value["kind"], value["outcome"]
    record, own = value["recordDigest"], value["digest"]
    if type(purl) is not str or type(kind) is not str or kind not in _KINDS:
        raise inputs.wrong(f"dependencies[{number}]", "a dependency with purl and kind")
    if type(word) is not str or word not in _OUTCOMES:
        raise inputs.wrong(f"dependencies[{number}].outcome", "an outcome")
    unread = record is None or record == ""
    digest = "" if unread else inputs.prefixed_digest(record, f"dependencies[{number}].recordDigest")
    if type(own) is not str:
        raise inputs.wrong(f"dependencies[{number}].digest", "text")
    expires = _moment(value["expires"], number, moments)
    return DependencyEntry(purl, own.removeprefix("sha256:"), _KINDS[kind], _OUTCOMES[word], digest, expires)


def _moment(value: Json, number: int, moments: dict[str, datetime]) -> datetime | None:
    if value is None:
        return None
    if type(value) is str and value in moments:
        return moments[value]
    made = inputs.instant(value, f"dependencies[{number}].expires")
    moments[str(value)] = made
    return made


def workload(value: Json) -> WorkloadEntry:
    """The part that binds a Wasm subject; a record of a package has none and cannot admit a workload."""
    entry = inputs.only(inputs.obj(value, "workload"), "workload", _WORKLOAD)
    grants = inputs.obj(entry["grants"], "workload.grants")
    inputs.only(grants, "workload.grants", ("format", "items"))
    return WorkloadEntry(
        _config(entry["config"]),
        frozenset(inputs.texts(entry["imports"], "workload.imports")),
        frozenset(inputs.texts(entry["exports"], "workload.exports")),
        inputs.text(grants["format"], "workload.grants.format"),
        frozenset(inputs.texts(grants["items"], "workload.grants.items")),
        inputs.text(entry["abi"], "workload.abi"),
        _platform(entry["platform"]),
    )


def _config(value: Json) -> str:
    config = inputs.obj(value, "workload.config")
    if config == {"absent": True}:
        return ""
    digests = inputs.only(config, "workload.config", ("digest",))["digest"]
    return inputs.digest(inputs.obj(digests, "workload.config.digest").get("sha256"), "workload.config.digest")


def _platform(value: Json) -> PlatformEntry:
    platform = inputs.obj(value, "workload.platform")
    inputs.only(platform, "workload.platform", ("tee", "measurements"))
    return PlatformEntry(
        inputs.texts(platform["tee"], "workload.platform.tee"),
        inputs.texts(platform["measurements"], "workload.platform.measurements"),
    )
