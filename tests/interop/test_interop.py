"""Three verifiers outside Python agree with ours, record by record, good and bad."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from simulators.records import DAY, DEMO, WHEEL, record
from supplytrust.errors import RecordError, VerificationError
from supplytrust.model.vocabulary import Outcome
from supplytrust.records.signers import new_key, seal, sign
from supplytrust.records.statement import to_statement, verify

HERE = Path(__file__).parent
TYPE = "application/vnd.in-toto+json"
ARTIFACT = b"the bytes of the wheel\n" * 40
NOW = "2026-11-21T00:00:00Z"
OLDEST_RUST = (1, 66)  # of the crate `ring`
VECTORS = sorted((HERE.parent / "vectors").glob("*.json"))


def tools(*names):
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")


@pytest.fixture(scope="module")
def rust(tmp_path_factory):
    tools("cargo", "rustc")
    said = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(int(n) for n in said.split()[1].split("-")[0].split(".")) < OLDEST_RUST:
        pytest.skip(f"this machine has {said.strip()}, the crates need {'.'.join(map(str, OLDEST_RUST))}")
    target = Path(os.environ.get("SUPPLYTRUST_RUST_TARGET", tmp_path_factory.mktemp("target")))
    source = shutil.copytree(
        HERE / "rust", tmp_path_factory.mktemp("rust") / "src", ignore=shutil.ignore_patterns("target")
    )
    command = ["cargo", "build", "--quiet", "--offline", "--manifest-path", str(source / "Cargo.toml")]
    built = subprocess.run(
        command, env={**os.environ, "CARGO_TARGET_DIR": str(target)}, capture_output=True, text=True, check=False
    )
    if built.returncode and "offline" in built.stderr:
        pytest.skip("this machine has not the crates in cargo's cache: run `cargo fetch` in tests/interop/rust once")
    assert built.returncode == 0, built.stderr
    return [str(target / "debug" / "verify-record")]


@pytest.fixture(params=["shell", "node", pytest.param("rust", marks=pytest.mark.big)])
def verifier(request):
    if request.param == "shell":
        tools("openssl", "sha256sum", "base64", "cmp", "grep", "sed", "awk")
        return ["sh", str(HERE / "verify_record.sh")]
    if request.param == "node":
        tools("node")
        return ["node", str(HERE / "verify_record.mjs")]
    return request.getfixturevalue("rust")


class World:
    """One folder with an artifact and keys; `ask` puts a question to a verifier and to ours."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "artifact").write_bytes(ARTIFACT)
        for algorithm in ("ed25519", "ecdsa-p256", "ecdsa-p384"):
            new_key(folder / algorithm, algorithm)
        new_key(folder / "stranger")

    def ask(self, verifier, envelope, key, now=NOW, artifact=ARTIFACT):
        (self.folder / "envelope").write_bytes(envelope)
        (self.folder / "artifact").write_bytes(artifact)
        files = [str(self.folder / name) for name in ("envelope", f"{key}.pub", "artifact")]
        done = subprocess.run([*verifier, *files, now], capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert (done.returncode == 0) == (not done.stdout.startswith("refused")), done
        return done.stdout.strip()

    def ours(self, envelope, key, now=NOW, artifact=ARTIFACT):
        try:
            verified = verify(envelope, [self.folder / f"{key}.pub"], at=datetime.fromisoformat(now))
        except (RecordError, VerificationError):
            return "refused"
        measured = hashlib.sha256(artifact).hexdigest()
        named = verified.record.trustee.artifact
        return verified.record.outcome.name if named and named.sha256 == measured else "refused"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


MEASURED = replace(WHEEL, sha256=hashlib.sha256(ARTIFACT).hexdigest())


def about(outcome=Outcome.ADMIT, **changes):
    return record(outcome, **{"subject": replace(DEMO, artifact=MEASURED), **changes})


GOOD = {
    "plain": about(),
    "refer": about(Outcome.REFER),
    "refuse": about(Outcome.REFUSE),
    "no-dependencies": about(dependencies=()),
    "not-looked-at": about(dependencies=None),
    "texts": about(trustor='q"uo\\te "outcome":"REFUSE","policy":{ é \U0001f600 \x7f\x01\n\t'),
    "extended": about(ext=MappingProxyType({"https://example.org/x": (1, None, True, -5, "\u2028")})),
    "fractions": about(not_before=DAY + timedelta(microseconds=1), expires=DAY + timedelta(days=9, microseconds=5)),
    "two-digests": about(subject=replace(DEMO, artifact=replace(MEASURED, sha384="0" * 96))),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "key"), [*((name, "ed25519") for name in GOOD), ("texts", "ecdsa-p256"), ("plain", "ecdsa-p384")]
)
def test_good_records_show_their_outcome(verifier, world, name, key):
    envelope = sign(GOOD[name], world.folder / key)
    assert world.ask(verifier, envelope, key) == GOOD[name].outcome.name == world.ours(envelope, key)


def edited(envelope, **changes):
    document = json.loads(envelope)
    document.update(changes)
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def without(payload, name):
    """The canonical payload without a member of its predicate."""
    statement = json.loads(payload)
    del statement["predicate"][name]
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def resealed(world, change, key="ed25519"):
    """A payload that was spoiled before it was signed."""
    return seal(change(to_statement(about())), TYPE, world.folder / key)


BAD = {
    "another-key": ("signature", lambda w, e: sign(about(), w.folder / "stranger")),
    "another-payload": ("signature", lambda w, e: edited(e, payload=json.loads(sign(about(Outcome.REFER), w.folder / "ed25519"))["payload"])),
    "empty-signature": ("signature", lambda w, e: edited(e, signatures=[{"sig": ""}])),
    "two-signatures": ("envelope", lambda w, e: edited(e, signatures=json.loads(e)["signatures"] * 2)),
    "no-signatures": ("envelope", lambda w, e: edited(e, signatures=[])),
    "more-fields": ("envelope", lambda w, e: edited(e, more=1)),
    "fewer-fields": ("envelope", lambda w, e: edited(e, payloadType=None)),
    "another-type": ("envelope", lambda w, e: edited(e, payloadType="application/json")),
    "twice-the-payload": ("envelope", lambda w, e: e[:-1] + b',"payload":"aGk="}'),
    "trailing": ("envelope", lambda w, e: e + b"{}"),
    "cut": ("envelope", lambda w, e: e[:-2]),
    "byte-order-mark": ("envelope", lambda w, e: b"\xef\xbb\xbf" + e),
    "not-json": ("envelope", lambda w, e: b"envelope"),
    "nothing": ("envelope", lambda w, e: b""),
    "idle-bits": ("envelope", lambda w, e: edited(e, signatures=[{"sig": "aGl="}])),
    "url-safe": ("envelope", lambda w, e: edited(e, signatures=[{"sig": "-_-_"}])),
    "signature-with-more": ("envelope", lambda w, e: edited(e, signatures=[{**json.loads(e)["signatures"][0], "cert": ""}])),
    "key-id-as-number": ("envelope", lambda w, e: edited(e, signatures=[{**json.loads(e)["signatures"][0], "keyid": 1}])),
    "another-artifact": ("subject", lambda w, e: sign(record(), w.folder / "ed25519")),
    "no-artifact": ("payload", lambda w, e: sign(record(subject=replace(DEMO, artifact=None)), w.folder / "ed25519")),
    "another-predicate": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b"trust-record/v1", b"trust-record/v2"))),
    "another-statement": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b"Statement/v1", b"Statement/v0"))),
    "outcome-twice": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"outcome":"ADMIT","policy":{', b'"outcome":"REFUSE","outcome":"ADMIT","policy":{"outcome":"ADMIT","policy":{},'))),
    "unknown-outcome": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"outcome":"ADMIT","policy"', b'"outcome":"admit","policy"'))),
    "name-twice-deep": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"basis":"expert"', b'"basis":"expert","basis":"corpus"', 1))),
    "not-a-number": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"epoch":1', b'"epoch":NaN'))),
    "a-float": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"epoch":1', b'"epoch":1.5'))),
    "unbalanced": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"blockers":[]', b'"blockers":[[]'))),
    "without-vetoes": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"vetoes":[],', b""))),
    "without-crit": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"crit":[],', b""))),
    "without-evidence": ("payload", lambda w, e: resealed(w, lambda p: without(p, "evidence"))),
    "one-more-member": ("payload", lambda w, e: resealed(w, lambda p: p.replace(b'"vetoes":[],', b'"verdict":"ok","vetoes":[],'))),
    "not-a-statement": ("payload", lambda w, e: seal(b"{}", TYPE, w.folder / "ed25519")),
    "expired": ("time", lambda w, e: sign(about(expires=DAY + timedelta(hours=12)), w.folder / "ed25519")),
    "not-yet": ("time", lambda w, e: sign(about(not_before=DAY + timedelta(hours=12, microseconds=1)), w.folder / "ed25519")),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_records_are_refused_for_the_same_reason(verifier, world, name):
    reason, change = BAD[name]
    envelope = change(world, sign(about(), world.folder / "ed25519"))
    assert world.ask(verifier, envelope, "ed25519") == f"refused: {reason}"
    assert world.ours(envelope, "ed25519") == "refused"


def test_the_end_of_a_record_is_outside_and_its_start_inside(verifier, world):
    envelope = sign(about(), world.folder / "ed25519")
    answers = {"2026-11-20T12:00:00Z": "ADMIT", "2026-12-20T11:59:59Z": "ADMIT",
               "2026-11-20T11:59:59Z": "refused: time", "2026-12-20T12:00:00Z": "refused: time"}  # fmt: skip
    for now, answer in answers.items():
        assert world.ask(verifier, envelope, "ed25519", now) == answer
        assert world.ours(envelope, "ed25519", now) == answer.partition(":")[0]


def given(value):
    if isinstance(value, dict):
        return bytes.fromhex(value["repeat"]) * value["count"]
    return b"" if value is None else base64.b64decode(value)


def the_key(path):
    """The one key of a vector's gate policy; none where the vector is about the policy itself."""
    inputs = json.loads(path.read_text())["inputs"]
    try:
        policy = tomllib.loads(given(inputs["gatePolicy"]).decode())
    except tomllib.TOMLDecodeError:
        return ""
    keys = [t["key"] for t in policy.get("trustor", ())]
    return keys[0] if len(keys) == 1 and len(given(inputs["envelope"])) <= 1 << 24 else ""


@pytest.mark.parametrize("path", [p for p in VECTORS if the_key(p)], ids=lambda p: p.stem)
def test_the_vectors_of_the_gate(verifier, world, path):
    vector = json.loads(path.read_text())
    inputs, expect = vector["inputs"], vector["expect"]
    envelope, workload = given(inputs["envelope"]), given(inputs["workload"])
    (world.folder / "vector.pub").write_text(the_key(path))
    answer = world.ask(verifier, envelope, "vector", vector["at"], workload)
    if not expect["signatureVerifies"]:
        assert answer in {"refused: envelope", "refused: signature"}
    elif not expect["subjectMatches"]:
        assert answer in {"refused: subject", "refused: payload"}
    else:
        assert answer not in {"refused: envelope", "refused: signature", "refused: subject"}
    if expect["admit"]:
        assert answer == "ADMIT"
