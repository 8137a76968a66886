"""Platform claims as plain JSON: the word of whoever runs the gate, not signed by anybody.

`{"schema": "supplytrust-platform/1", "tee": "snp", "measurement": hex, "tcb": {"status", "advisories", "levels"},
"cpu": {"vendor", "family", "model", "stepping", "microcode", "generation"}, "debug", "issuedAt", "expires"}`
"""

from __future__ import annotations

from datetime import datetime

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, read_object
from supplytrust.gate import inputs
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.gate.platforms.certificates import tee_of
from supplytrust.gate.platforms.claims import PLAIN, Cpu, PlatformClaims, PlatformRules
from supplytrust.model.admission import VERSION

SCHEMA = "supplytrust-platform/1"
_MORE = ("measurement", "tcb", "cpu", "debug", "issuedAt", "expires", "workload")
_NUMBERS = ("family", "model", "stepping", "microcode")
_WORDS = ("vendor", "generation", "fmspc")


def looks_like(data: bytes) -> bool:
    """A JSON object that is no attestation document."""
    return data.lstrip()[:1] == b"{" and not tee_of(data)


def read(data: bytes, rules: PlatformRules) -> PlatformClaims:  # noqa: ARG001 - nothing here can be verified
    """The claims as they stand."""
    try:
        document = read_object(data)
    except MalformedRecordError as error:
        raise from_malformed(error, "platform") from None
    if document.get("schema") != SCHEMA:
        raise GateDenied(Code.VERSION, "platform.schema", f"is not {SCHEMA}")
    inputs.only(document, "platform", ("schema", "tee"), _MORE)
    tcb = inputs.obj(document.get("tcb", {}), "platform.tcb")
    inputs.only(tcb, "platform.tcb", (), ("status", "advisories", "levels"))
    levels = inputs.obj(tcb.get("levels", {}), "platform.tcb.levels")
    advisories = tcb.get("advisories")
    debug = document.get("debug")
    if debug is not None and type(debug) is not bool:
        raise inputs.wrong("platform.debug", "true or false")
    return PlatformClaims(
        source=PLAIN,
        tee=inputs.text(document["tee"], "platform.tee"),
        measurement=inputs.text(document.get("measurement", ""), "platform.measurement"),
        tcb_status=inputs.text(tcb.get("status", ""), "platform.tcb.status"),
        advisories=None if advisories is None else inputs.texts(advisories, "platform.tcb.advisories"),
        tcb={name: _level(value) for name, value in levels.items()},
        cpu=_cpu(document.get("cpu", {})),
        debug=debug,
        issued=_moment(document.get("issuedAt"), "platform.issuedAt"),
        expires=_moment(document.get("expires"), "platform.expires"),
        workload=inputs.text(document.get("workload", ""), "platform.workload"),
    )


def _level(value: Json) -> int | str:
    """A security version number, or a dotted version as text."""
    if type(value) is str and VERSION.fullmatch(value):
        return value
    return inputs.integer(value, "platform.tcb.levels")


def _cpu(value: Json) -> Cpu:
    cpu = inputs.only(inputs.obj(value, "platform.cpu"), "platform.cpu", (), (*_NUMBERS, *_WORDS))
    numbers = {n: inputs.integer(cpu[n], f"platform.cpu.{n}") for n in _NUMBERS if n in cpu}
    words = {w: inputs.text(cpu[w], f"platform.cpu.{w}") for w in _WORDS if w in cpu}
    return Cpu(
        words.get("vendor"),
        numbers.get("family"),
        numbers.get("model"),
        numbers.get("stepping"),
        numbers.get("microcode"),
        words.get("generation"),
        words["fmspc"].lower() if "fmspc" in words else None,
    )


def _moment(value: Json, field: str) -> datetime | None:
    return None if value is None else inputs.instant(value, field)
