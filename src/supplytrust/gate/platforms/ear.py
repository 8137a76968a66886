"""An EAT Attestation Result: a JWT signed by a verifier the policy names (draft-ietf-rats-ear, AR4SI tiers).

The format is foreign and extensible, so unknown claims are passed over; what is used is read strictly.
Every submodule must be there and count: the worst tier of all is the tier of the platform.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json, Limits, read_object
from supplytrust.gate import inputs
from supplytrust.gate.denial import Code, GateDenied, from_malformed
from supplytrust.gate.inputs import Object
from supplytrust.gate.platforms.claims import VOUCHED, PlatformClaims, PlatformRules
from supplytrust.model.admission import TEES, tee_name
from supplytrust.records.keys import SignatureForm, VerificationKey

_FORM = re.compile(rb"\s*[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\s*")
_LIMITS = Limits(size=2**20, floats=True)
_ALGORITHMS = ("EdDSA", "ES256", "ES384")
_FORM_OF_JWS = SignatureForm.P1363  # RFC 7518, 3.4
_NAMED = {"none": 0, "affirming": 2, "warning": 32, "contraindicated": 96}
NO_CLAIM, WORST = 0, 127
_EVIDENCE = "ear.veraison.annotated-evidence"
_LATEST = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class _SubmoduleEvidence:
    """What the annotated evidence of a submodule says."""

    tee: str = ""
    measurement: str = ""
    tcb_status: str = ""
    advisories: tuple[str, ...] | None = None
    debug: bool | None = None


def looks_like(data: bytes) -> bool:
    """Three parts of base64url with dots between."""
    return _FORM.fullmatch(data) is not None


def read(data: bytes, rules: PlatformRules) -> PlatformClaims:
    """Verify the token with one of the policy's verifier keys, then read it."""
    head, body, signature = data.strip().split(b".")
    header = _json(head)
    if "crit" in header:
        raise GateDenied(Code.CRIT, "platform", "the token has critical headers")
    if header.get("alg") not in _ALGORITHMS:
        raise GateDenied(Code.SIGNATURE, "platform", "the token is signed with an algorithm that is not accepted")
    raw, keys = _decode(signature), [VerificationKey(k.spki, form=_FORM_OF_JWS) for k in rules.verifiers]
    if not any(k.verifies(raw, head + b"." + body) for k in keys):
        raise GateDenied(Code.SIGNATURE, "platform", "no verifier of the policy signed this token")
    return _claims(_json(body))


def _claims(token: Object) -> PlatformClaims:
    submodules = inputs.obj(token.get("submods"), "platform.submods")
    if not submodules:
        raise GateDenied(Code.PLATFORM, "platform.submods", "the token appraises nothing")
    appraisals = [inputs.obj(s, "platform.submods") for s in submodules.values()]
    told = [t for a in appraisals for t in _read_submodules(a)]
    if len({(t.tee, t.measurement) for t in told}) > 1:
        raise GateDenied(Code.PLATFORM, "platform.submods", "submodules speak of different platforms")
    one = told[0] if told else _SubmoduleEvidence()
    expires = token.get("exp")
    return PlatformClaims(
        source="ear",
        method=VOUCHED,
        tee=one.tee,
        measurement=one.measurement,
        tcb_status=one.tcb_status,
        advisories=one.advisories,
        debug=one.debug,
        issued=_moment(token.get("iat"), "platform.iat"),
        expires=None if expires is None else _moment(expires, "platform.exp"),
        tier=max(_tier(a) for a in appraisals),
    )


def _tier(appraisal: Object) -> int:
    """The worst of status and vector; a verifier that made no claim has not affirmed."""
    vector = inputs.obj(appraisal.get("ear.trustworthiness-vector", {}), "platform.vector")
    return max(_tier_value(v) for v in (appraisal.get("ear.status"), *vector.values()))


def _tier_value(value: Json) -> int:
    if type(value) is str and value in _NAMED:
        value = _NAMED[value]
    if type(value) is not int or not -128 <= value <= WORST:
        raise inputs.wrong("platform.status", "an AR4SI tier")
    return WORST if value <= 1 else value  # -1, 0, 1: the verifier broke, or knows nothing


def _read_submodules(appraisal: Object) -> list[_SubmoduleEvidence]:
    evidence = inputs.obj(appraisal.get(_EVIDENCE, {}), "platform.evidence")
    return [_evidence(t, inputs.obj(evidence[t], "platform.evidence")) for t in evidence if tee_name(t) in TEES]


def _evidence(tee: str, claims: Object) -> _SubmoduleEvidence:
    advisories = claims.get("advisory_ids")
    debug = claims.get("policy_debug_allowed", claims.get("debug"))
    return _SubmoduleEvidence(
        tee,
        inputs.text(claims.get("measurement", claims.get("mr_td", "")), "platform.measurement"),
        inputs.text(claims.get("tcb_status", ""), "platform.tcb_status"),
        None if advisories is None else inputs.texts(advisories, "platform.advisory_ids"),
        None if debug is None else debug is not False,
    )


def _moment(value: Json, field: str) -> datetime:
    seconds = inputs.integer(value, field)
    if seconds > _LATEST:
        raise inputs.wrong(field, "a time")
    return datetime.fromtimestamp(seconds, UTC)


def _json(part: bytes) -> Object:
    try:
        return read_object(_decode(part), _LIMITS)
    except MalformedRecordError as error:
        raise from_malformed(error, "platform") from None


def _decode(part: bytes) -> bytes:
    """Unpadded base64url in its one spelling (RFC 7515, 2)."""
    try:
        raw = base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise GateDenied(Code.PARSE, "platform", "not base64url") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part:
        raise GateDenied(Code.PARSE, "platform", "base64url is not in its canonical spelling")
    return raw
