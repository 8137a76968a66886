"""Documents made to be read two ways, or to be costly: each its own code, at once, with little memory."""

import base64
import json
import tracemalloc

import pytest

from simulators.cost import within
from simulators.keep import NOW, PLATFORM, STATUS_TYPE, Keep, platform_policy, sealed

KEEP = Keep()
GOOD = KEEP.payload()


def nested(depth: int) -> bytes:
    """`ext` nested so that the whole document is that deep."""
    inner = b"[" * depth + b"]" * depth
    return GOOD.replace(b'"ext":{}', b'"ext":{"x":' + inner + b"}")


def payloads():
    yield "duplicate-key", "duplicate-key", GOOD.replace(b'"ext":{}', b'"ext":{"a":1,"a":2}')
    yield "duplicate-escaped", "duplicate-key", GOOD.replace(b'"ext":{}', b'"ext":{"a":1,"\\u0061":2}')
    yield "nan", "parse", GOOD.replace(b'"epoch":3', b'"epoch":NaN')
    yield "infinite", "parse", GOOD.replace(b'"epoch":3', b'"epoch":1e400')
    yield "float", "parse", GOOD.replace(b'"epoch":3', b'"epoch":3.0')
    yield "huge-integer", "parse", GOOD.replace(b'"epoch":3', b'"epoch":' + b"9" * 5000)
    yield "boolean-integer", "parse", GOOD.replace(b'"epoch":3', b'"epoch":true')
    yield "utf-16", "parse", GOOD.decode().encode("utf-16")
    yield "bom", "parse", b"\xef\xbb\xbf" + GOOD
    yield "surrogate", "parse", GOOD.replace(b'"ext":{}', b'"ext":{"x":"\\ud800"}')
    yield "not-utf-8", "parse", GOOD.replace(b"general", b"gener\xff")
    yield "trailing", "parse", GOOD + b" {}"
    yield "depth-33", "parse", nested(33)
    yield "depth-1000", "parse", nested(1000)
    yield "depth-2M", "parse", nested(2_000_000)
    yield "array", "parse", b"[]"
    yield "empty", "parse", b""
    yield "day-32", "parse", GOOD.replace(b'"notBefore":"2026-11-19', b'"notBefore":"2026-11-32')
    yield "dependency-unknown-field", "unknown-field", GOOD.replace(b'"how":"static"', b'"how":"static","x":1', 1)
    yield "dependency-kind", "parse", GOOD.replace(b'"kind":"link"', b'"kind":"links"', 1)
    yield (
        "dependency-outcome",
        "parse",
        GOOD.replace(
            b'"how":"static","kind":"link","outcome":"ADMIT"', b'"how":"static","kind":"link","outcome":"admit"', 1
        ),
    )
    yield (
        "dependency-without-time",
        "parse",
        GOOD.replace(b'"expires":"2026-12-10T12:00:00Z","how"', b'"expires":1,"how"', 1),
    )
    yield "crit-without-extension", "crit", GOOD.replace(b'"crit":[]', b'"crit":["known-extension"]')
    yield "no-subject", "parse", json.dumps({**KEEP.record(), "subject": []}).encode()
    yield "nested-unknown", "unknown-field", GOOD.replace(b'"abi":', b'"abj":1,"abi":')
    yield "foreign-area", "unknown-field", GOOD.replace(b'"areas":{', b'"areas":{"luck":{},')
    yield "belief-above-one", "parse", GOOD.replace(b'"belief":"0.9"', b'"belief":"1.9"')
    yield "belief-nan", "parse", GOOD.replace(b'"belief":"0.9"', b'"belief":"nan"')
    yield "time-without-zone", "parse", GOOD.replace(b'12:00:00Z"', b'12:00:00"')
    yield "arabic-digits", "parse", GOOD.replace(b'"notBefore":"2', '"notBefore":"٢'.encode())
    yield (
        "package-record",
        "parse",
        json.dumps({**KEEP.record(), "predicate": {**KEEP.record()["predicate"], "workload": None}}).encode(),
    )


@pytest.mark.parametrize(("name", "code", "payload"), list(payloads()), ids=[n for n, _, _ in payloads()])
def test_signed_payload(name, code, payload):
    assert payload != GOOD
    assert codes(sealed(payload, KEEP.key)) == {code}


def envelopes():
    good = KEEP.envelope()
    text = json.loads(good)
    one = text["signatures"][0]

    def changed(**changes):
        return json.dumps({**text, **changes}).encode()

    yield "missing", "envelope", None
    yield "empty", "parse", b""
    yield "bom", "parse", b"\xef\xbb\xbf" + good
    yield "utf-16", "parse", good.decode().encode("utf-16")
    yield "duplicate", "duplicate-key", good[:-1] + b',"payload":"aa=="}'
    yield "unknown", "envelope", changed(extra=1)
    yield "no-signature", "envelope", changed(signatures=[])
    yield "two-signatures", "envelope", changed(signatures=[one, one])
    yield "other-type", "envelope", changed(payloadType="application/json")
    yield "depth-5M", "parse", b"[" * 4_000_000 + b"]" * 4_000_000
    yield "size", "size", b" " * (8 * 2**20 + 1)
    yield "million-signatures", "envelope", changed(signatures=[1] * 100_000)
    payload = text["payload"]
    yield "base64-url", "envelope", changed(payload=base64.urlsafe_b64encode(b"\xff\xfe" * 30).decode())
    yield "base64-newline", "envelope", changed(payload=payload[:76] + "\n" + payload[76:])
    yield "base64-no-pad", "envelope", changed(payload=base64.b64encode(b"a").decode().rstrip("="))
    yield "base64-pad-bits", "envelope", changed(signatures=[{"sig": "aGl="}])
    yield "base64-junk", "envelope", changed(payload="!" + payload)


@pytest.mark.parametrize(("name", "code", "envelope"), list(envelopes()), ids=[n for n, _, _ in envelopes()])
def test_envelope(name, code, envelope):
    assert codes(envelope) == {code}


def codes(envelope):
    policy, status = KEEP.policy(), KEEP.status()
    KEEP.admit(gate_policy=policy)
    decision = within(0.5, lambda: KEEP.admit(envelope=envelope, gate_policy=policy, status=status))
    tracemalloc.start()
    KEEP.admit(envelope=envelope, gate_policy=policy, status=status)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000
    assert decision.admit is False
    return {r.code for r in decision.reasons}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{}", "version"),
        (b'{"schema":"supplytrust-status/1"}', "parse"),
        (b'{"schema":"supplytrust-status/1","schema":"x"}', "duplicate-key"),
        (b"[" * 100_000, "parse"),
    ],
)
def test_signed_status(payload, code):
    decision = KEEP.admit(status=sealed(payload, KEEP.status_key, STATUS_TYPE))
    assert {(r.code, r.field.partition(".")[0]) for r in decision.reasons} == {(code, "status")}


def test_status_of_another_key_or_type():
    stranger = sealed(b"{}", KEEP.key, STATUS_TYPE)
    assert {r.code for r in KEEP.admit(status=stranger).reasons} == {"signature"}
    assert {r.code for r in KEEP.admit(status=KEEP.envelope()).reasons} == {"envelope"}


def test_a_status_list_is_no_record_and_the_other_way_round():
    assert {r.code for r in KEEP.admit(envelope=KEEP.status()).reasons} == {"envelope"}


@pytest.mark.parametrize("text", [b"\xff", b"a = 1\na = 2", b"schema = 2", b"x" * 1_000_001, b"[" * 100_000, b""])
def test_gate_policy(text):
    decision = KEEP.admit(gate_policy=text)
    assert {r.code for r in decision.reasons} <= {"gate-policy", "size"}
    assert not decision.admit


def test_reasons_are_bounded_and_printable():
    keep = Keep()
    keep.predicate["dependencies"] = [
        {**entry, "outcome": "REFUSE", "purl": "pkg:x/\x1b[31m" + "y" * 5000}
        for entry in keep.record()["predicate"]["dependencies"] * 200
    ]
    reasons = keep.admit().reasons
    assert len(reasons) <= 51
    assert all(len(r.detail) <= 300 and r.detail.isprintable() for r in reasons)


def test_unknown_platform_field():
    keep = Keep(policy_text=platform_policy())
    decision = keep.admit(platform=json.dumps({**PLATFORM, "more": 1}).encode())
    assert [r.code for r in decision.reasons] == ["unknown-field"]
    assert keep.at == NOW
