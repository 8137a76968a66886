"""The repeated and nested parts of a record's predicate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from supplytrust.formats.json_reader import Json
from supplytrust.gate import fields
from supplytrust.gate.codes import Code
from supplytrust.gate.denial import GateDenied
from supplytrust.gate.fields import Object
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome

_AREAS = {a.value: a for a in Area}
_KINDS = {k.value: k for k in EdgeKind}
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


@dataclass(frozen=True, slots=True)
class DependencyEntry:
    """One dependency. `record` is the hex digest of its own record, empty when it has none."""

    purl: str
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
    for name, entry in fields.obj(value, "areas").items():
        if name not in _AREAS:
            raise GateDenied(Code.UNKNOWN_FIELD, f"areas.{name[:40]}", "is not an area")
        made[_AREAS[name]] = _area(fields.obj(entry, f"areas.{name}"), f"areas.{name}")
    return made


def _area(entry: Object, field: str) -> AreaEntry:
    fields.only(entry, field, _AREA)
    return AreaEntry(
        outcome(entry["outcome"], f"{field}.outcome"),
        fields.fraction(entry["belief"], f"{field}.belief"),
        fields.fraction(entry["disbelief"], f"{field}.disbelief"),
    )


def outcome(value: Json, field: str) -> Outcome:
    """ADMIT, REFER or REFUSE."""
    word = fields.text(value, field)
    if word not in Outcome.__members__:
        raise fields.wrong(field, "an outcome")
    return Outcome[word]


def dependencies(value: Json) -> tuple[DependencyEntry, ...] | None:
    """The list, or None when nobody looked. Thousands of entries share few times and words."""
    if value is None:
        return None
    moments: dict[str, datetime] = {}
    return tuple(_dependency(v, n, moments) for n, v in enumerate(fields.items(value, "dependencies")))


def _dependency(value: Json, number: int, moments: dict[str, datetime]) -> DependencyEntry:
    if type(value) is not dict or value.keys() != _DEPENDENCY:
        field = f"dependencies[{number}]"
        fields.only(fields.obj(value, field), field, _DEPENDENCY)
        raise fields.wrong(field, "a dependency")
    purl, kind, word, record = value["purl"], value["kind"], value["outcome"], value["recordDigest"]
    if type(purl) is not str or type(kind) is not str or kind not in _KINDS:
        raise fields.wrong(f"dependencies[{number}]", "a dependency with purl and kind")
    if type(word) is not str or word not in Outcome.__members__:
        raise fields.wrong(f"dependencies[{number}].outcome", "an outcome")
    digest = fields.prefixed_digest(record, f"dependencies[{number}].recordDigest") if record else ""
    expires = _moment(value["expires"], number, moments)
    return DependencyEntry(purl, _KINDS[kind], Outcome[word], digest, expires)


def _moment(value: Json, number: int, moments: dict[str, datetime]) -> datetime | None:
    if value is None:
        return None
    if type(value) is str and value in moments:
        return moments[value]
    made = fields.instant(value, f"dependencies[{number}].expires")
    moments[str(value)] = made
    return made


def workload(value: Json) -> WorkloadEntry:
    """The part that binds a Wasm subject; a record of a package has none and cannot admit a workload."""
    entry = fields.only(fields.obj(value, "workload"), "workload", _WORKLOAD)
    grants = fields.obj(entry["grants"], "workload.grants")
    fields.only(grants, "workload.grants", ("format", "items"))
    return WorkloadEntry(
        _config(entry["config"]),
        frozenset(fields.texts(entry["imports"], "workload.imports")),
        frozenset(fields.texts(entry["exports"], "workload.exports")),
        fields.text(grants["format"], "workload.grants.format"),
        frozenset(fields.texts(grants["items"], "workload.grants.items")),
        fields.text(entry["abi"], "workload.abi"),
        _platform(entry["platform"]),
    )


def _config(value: Json) -> str:
    config = fields.obj(value, "workload.config")
    if config == {"absent": True}:
        return ""
    digests = fields.only(config, "workload.config", ("digest",))["digest"]
    return fields.digest(fields.obj(digests, "workload.config.digest").get("sha256"), "workload.config.digest")


def _platform(value: Json) -> PlatformEntry:
    platform = fields.obj(value, "workload.platform")
    fields.only(platform, "workload.platform", ("tee", "measurements"))
    return PlatformEntry(
        fields.texts(platform["tee"], "workload.platform.tee"),
        fields.texts(platform["measurements"], "workload.platform.measurements"),
    )
