"""4 x 1,000 flipped bits (fewer in the default run): workload, configuration, payload, signature. None is admitted."""

import base64
import json
import random

import pytest

from simulators.effort import cases
from simulators.keep import ENARX, Keep, sealed
from supplytrust.gate import admit

ROUNDS = cases(1000)


@pytest.fixture(scope="module")
def asked():
    keep = Keep(config=ENARX)
    return keep, keep.envelope(), keep.policy(), keep.status()


def flipped(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


@pytest.mark.parametrize("part", ["workload", "config", "payload", "signature"])
def test_no_flip_is_admitted(asked, part):
    keep, envelope, policy, status = asked
    rng = random.Random(part)
    codes = set()
    for _ in range(ROUNDS):
        inputs = {"workload": keep.workload, "config": keep.config, "envelope": envelope}
        if part in inputs:
            inputs[part] = flipped(inputs[part], rng)
        else:
            field = json.loads(envelope)
            holder = field if part == "payload" else field["signatures"][0]
            key = "payload" if part == "payload" else "sig"
            holder[key] = base64.b64encode(flipped(base64.b64decode(holder[key]), rng)).decode()
            inputs["envelope"] = json.dumps(field).encode()
        decision = admit(inputs.pop("workload"), **inputs, gate_policy=policy, status=status, at=keep.at)
        assert decision.admit is False
        assert decision.workload_bytes == b""
        codes |= {r.code for r in decision.reasons}
    expected = {
        "workload": {"subject-digest", "not-wasm"},
        "config": {"config-digest", "grant-extra", "parse"},
        "payload": {"signature"},
        "signature": {"signature"},
    }
    assert codes <= expected[part]


def test_flips_of_signed_payload_bytes_never_change_an_answer_to_yes(asked):
    """Also a signer who errs: any flipped payload, signed again, is denied or says the same."""
    keep, _, policy, status = asked
    rng = random.Random(4)
    payload = keep.payload()
    for _ in range(ROUNDS):
        mutant = flipped(payload, rng)
        decision = admit(
            keep.workload,
            config=keep.config,
            envelope=sealed(mutant, keep.key),
            gate_policy=policy,
            status=status,
            at=keep.at,
        )
        if decision.admit:
            before, after = json.loads(payload), json.loads(mutant)
            assert binding(before) == binding(after)


def binding(statement):
    """What may not differ in an admitted record of the same question."""
    predicate = statement["predicate"]
    return (
        {k: statement["subject"][0]["digest"][k] for k in ("sha256", "sha384")},
        predicate["outcome"],
        predicate["workload"]["config"],
        predicate["trustor"]["id"],
        predicate["policy"]["digest"],
        [d["outcome"] for d in predicate["dependencies"]],
    )
