"""The signed record as far as a gate reads it. Hand-written, minimal and strict: what is not known is refused.

Parts that change no decision here (findings, evidence, risk, footprint) are checked by name only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, Limits, read_object
from supplytrust.gate import fields
from supplytrust.gate.codes import Code
from supplytrust.gate.denial import GateDenied, from_malformed
from supplytrust.gate.fields import Object
from supplytrust.gate.payload_parts import (
    AreaEntry,
    DependencyEntry,
    WorkloadEntry,
    areas,
    dependencies,
    outcome,
    workload,
)
from supplytrust.model.vocabulary import Area, Outcome

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
    fields.only(statement, "payload", ("_type", "subject", "predicateType", "predicate"))
    predicate = fields.obj(statement["predicate"], "predicate")
    fields.only(predicate, "predicate", MEMBERS)
    return _payload(predicate, *_subject(statement["subject"]))


def _version(statement: Object) -> None:
    for name, wanted in (("_type", STATEMENT), ("predicateType", PREDICATE)):
        if fields.text(statement.get(name), name) != wanted:
            raise GateDenied(Code.VERSION, name, f"is not {wanted}")


def _subject(value: Json) -> tuple[str, str, str]:
    """Name and digests of the first subject; it is the one that is judged."""
    subjects = fields.items(value, "subject")
    if not subjects:
        raise fields.wrong("subject", "there")
    first = fields.only(fields.obj(subjects[0], "subject[0]"), "subject[0]", ("name", "digest"))
    digests = fields.obj(first["digest"], "subject[0].digest")
    name = fields.text(first["name"], "subject[0].name")
    sha384 = digests.get("sha384")
    if sha384 is None:
        raise GateDenied(Code.SUBJECT_DIGEST, "subject[0].digest", "names no sha384")
    return (
        name,
        fields.digest(digests.get("sha256"), "subject[0].digest.sha256"),
        fields.digest(sha384, "subject[0].digest.sha384", "sha384"),
    )


def _payload(predicate: Object, subject: str, sha256: str, sha384: str) -> Payload:
    trustor = fields.obj(predicate["trustor"], "trustor")
    context = fields.obj(predicate["context"], "context")
    policy = fields.obj(predicate["policy"], "policy")
    fields.only(trustor, "trustor", ("id", "tool"))
    fields.only(context, "context", _CONTEXT)
    fields.only(policy, "policy", ("id", "epoch", "digest"))
    return Payload(
        subject=subject,
        sha256=sha256,
        sha384=sha384,
        trustor=fields.text(trustor["id"], "trustor.id"),
        purpose=fields.text(context["purpose"], "context.purpose"),
        role=fields.text(context["role"], "context.role"),
        tee=fields.texts(context["tee"], "context.tee"),
        cpu_deny=fields.texts(context["cpuDeny"], "context.cpuDeny"),
        assessed_at=fields.instant(predicate["assessedAt"], "assessedAt"),
        not_before=fields.instant(predicate["notBefore"], "notBefore"),
        expires=fields.instant(predicate["expires"], "expires"),
        policy_id=fields.text(policy["id"], "policy.id"),
        policy_epoch=fields.integer(policy["epoch"], "policy.epoch"),
        policy_digest=fields.prefixed_digest(policy["digest"], "policy.digest"),
        outcome=outcome(predicate["outcome"], "outcome"),
        vetoes=len(fields.items(predicate["vetoes"], "vetoes")),
        areas=areas(predicate["areas"]),
        dependencies=dependencies(predicate["dependencies"]),
        workload=workload(predicate["workload"]),
        critical=_critical(predicate),
    )


def _critical(predicate: Object) -> tuple[str, ...]:
    """Names under `ext` that must be understood (the `crit` of RFC 7515, 4.1.11)."""
    names = fields.texts(predicate["crit"], "crit")
    extensions = fields.obj(predicate["ext"], "ext")
    for name in names:
        if name not in extensions:
            raise GateDenied(Code.CRIT, "crit", f"'{name}' is critical and not there")
    return names
