"""The whole gate in Rust alone (docs/examples/keep-gate): every vector has its codes, changed inputs have ours."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulators import wasm
from simulators.keep import ENARX, NOW, PLATFORM, WORKLOAD, Keep, Key, dependency, platform_policy, sealed, time
from supplytrust.gate import admit
from supplytrust.gate.freshness import StateFile
from supplytrust.model.admission import Decision

pytestmark = pytest.mark.big
CRATE = Path(__file__).parents[2] / "docs/examples/keep-gate"
VECTORS = sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))
FILES = {"config": "Enarx.toml", "record": "record.json", "policy": "gate.toml", "status": "status.json", "platform": "platform.json"}  # fmt: skip


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("this machine has no cargo")
    target = Path(os.environ.get("SUPPLYTRUST_RUST_TARGET", tmp_path_factory.mktemp("target")))
    source = shutil.copytree(
        CRATE, tmp_path_factory.mktemp("gate") / "src", ignore=shutil.ignore_patterns("target", "Cargo.lock")
    )
    command = ["cargo", "build", "--quiet", "--offline", "--manifest-path", str(source / "Cargo.toml")]
    built = subprocess.run(
        command, env={**os.environ, "CARGO_TARGET_DIR": str(target)}, capture_output=True, text=True, check=False
    )
    if built.returncode and "offline" in built.stderr:
        pytest.skip(
            "this machine has not the crates in cargo's cache: run `cargo fetch` in docs/examples/keep-gate once"
        )
    assert built.returncode == 0, built.stderr
    return target / "debug" / "keep-gate"


def given(value: Any) -> bytes | None:
    if isinstance(value, dict):
        return bytes.fromhex(value["repeat"]) * value["count"]
    return None if value is None else base64.b64decode(value)


def put(
    gate: Path, folder: Path, workload: bytes | None, at: str, inputs: dict[str, bytes | None], state: object = None
) -> tuple[int, list[str]]:
    """Exit code and codes of the answer; what is None is not handed in, or for what must be named is not there."""
    words = [str(gate), str(folder / "main.wasm"), "--at", at]
    for name, data in {"main.wasm": workload, **{FILES[n]: d for n, d in inputs.items()}}.items():
        (folder / name).write_bytes(data) if data is not None else (folder / name).unlink(missing_ok=True)
    for option, name in FILES.items():
        if inputs.get(option) is not None or option in ("record", "policy"):
            words += [f"--{option}", str(folder / name)]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        words += ["--state", str(folder / "state.json")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stderr == "", done.stderr
    answer = json.loads(done.stdout)
    assert answer["admit"] is (done.returncode == 0)
    return done.returncode, sorted({reason["code"] for reason in answer["reasons"]})


def ours(
    folder: Path, workload: bytes | None, at: str, inputs: dict[str, bytes | None], state: object = None
) -> Decision:
    from datetime import datetime

    place = folder / "our-state.json"
    if state is not None:
        place.write_text(json.dumps(state))
    return admit(
        workload,
        config=inputs.get("config"),
        envelope=inputs.get("record"),
        gate_policy=inputs.get("policy"),
        status=inputs.get("status"),
        platform=inputs.get("platform"),
        state=StateFile(place) if state is not None else None,
        at=datetime.fromisoformat(at),
    )


def attested(inputs: dict[str, bytes | None]) -> bool:
    """Attestation documents of vendors are a verifier's to read; the gate in Rust takes the verifier's result."""
    return b"supplytrust-attestation/1" in (inputs.get("platform") or b"")


@pytest.mark.parametrize("path", [p for p in VECTORS if "loader" not in p.stem], ids=lambda p: p.stem)
def test_a_vector_has_the_same_codes(gate: Path, tmp_path: Path, path: Path) -> None:
    vector = json.loads(path.read_text())
    told, expect = vector["inputs"], vector["expect"]
    inputs = {n: given(told["envelope" if n == "record" else "gatePolicy" if n == "policy" else n]) for n in FILES}
    answer = put(gate, tmp_path, given(told["workload"]), vector["at"], inputs, told["state"])
    if attested(inputs):
        assert answer == (12, ["platform"])
    else:
        assert answer == (0 if expect["admit"] else 12, expect["codes"])


# --- the same answers to what nobody wrote down before

STREAMS = b'[[files]]\nkind = "stdout"\n'


def inputs_of(keep: Keep, **changes: bytes | None) -> dict[str, bytes | None]:
    made = {
        "config": keep.config,
        "record": keep.envelope(),
        "policy": keep.policy_file(),
        "status": keep.status() if keep.with_status else None,
        "platform": None,
    }
    return {**made, **changes}


def agree(
    gate: Path, folder: Path, workload: bytes | None, inputs: dict[str, bytes | None], at: str = time(NOW)
) -> bool:
    """Both gates give the same codes; whether they admit. What denies may break WebAssembly's own rules about names."""
    decision = ours(folder, workload, at, inputs)
    theirs = put(gate, folder, workload, at, inputs)[1]
    if decision.admit or theirs != ["not-wasm"]:
        assert theirs == sorted({r.code for r in decision.reasons})
    return decision.admit


def resealed(record: object, key: Key) -> bytes:
    return sealed(json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(), key)


def places(value: object, start: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [start, *(place for name, one in inner for place in places(one, (*start, name)))]


def put_at(value: Any, place: tuple[Any, ...], new: object) -> Any:
    """A copy with something else at a place; `...` takes it away."""
    made = json.loads(json.dumps(value))
    inner = made
    for step in place[:-1]:
        inner = inner[step]
    if new is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = new
    return made


WORLD = Keep(config=ENARX, policy_text=platform_policy())
CLAIMS = json.dumps(PLATFORM).encode()


def test_the_good_world_is_admitted(gate: Path, tmp_path: Path) -> None:
    assert agree(gate, tmp_path, WORLD.workload, inputs_of(WORLD, platform=CLAIMS))


@pytest.mark.parametrize("new", [..., None, "", 0, -1, [], {}, True, "ADMIT", "2026-11-20T12:00:00Z"], ids=repr)
def test_any_member_of_a_record_may_be_something_else(gate: Path, tmp_path: Path, new: object) -> None:
    record, inputs = WORLD.record(), inputs_of(WORLD, platform=CLAIMS)
    for place in places(record)[1:]:
        changed = put_at(record, place, new)
        if changed != record:
            agree(gate, tmp_path, WORLD.workload, {**inputs, "record": resealed(changed, WORLD.key)})


@pytest.mark.parametrize("new", [..., None, "", 7, "1.2", [], {}, True, "AMD", "2026-11-20T12:00:00Z"], ids=repr)
def test_any_claim_of_a_platform_may_be_something_else(gate: Path, tmp_path: Path, new: object) -> None:
    rules = "\n[[platform.cpu_deny]]\nbecause = 'x'\ngeneration = 'naples'\nmicrocode_below = 9\nfmspc = ['00AA']\n"
    for keep in (WORLD, WORLD.but(policy_text=platform_policy() + rules)):
        inputs = inputs_of(keep)
        for place in places(PLATFORM)[1:]:
            changed = json.dumps(put_at(PLATFORM, place, new)).encode()
            agree(gate, tmp_path, keep.workload, {**inputs, "platform": changed})


@pytest.mark.parametrize("keep", [WORLD, Keep()], ids=["platform", "plain"])
def test_any_line_of_a_policy_may_be_missing_or_twice(gate: Path, tmp_path: Path, keep: Keep) -> None:
    inputs = inputs_of(keep, platform=CLAIMS if keep is WORLD else None)
    lines = (inputs["policy"] or b"").split(b"\n")
    for number, line in enumerate(lines):
        for instead in ([], [line, line], [line + b" 1"], [line.replace(b"=", b"= -", 1)]):
            policy = b"\n".join([*lines[:number], *instead, *lines[number + 1 :]])
            agree(gate, tmp_path, keep.workload, {**inputs, "policy": policy})


def test_any_line_of_a_configuration_may_be_missing_or_twice(gate: Path, tmp_path: Path) -> None:
    lines = ENARX.split(b"\n")
    for number, line in enumerate(lines):
        for instead in ([], [line, line], [line.replace(b"connect", b"listen")], [line + b"x"]):
            config = b"\n".join([*lines[:number], *instead, *lines[number + 1 :]])
            agree(gate, tmp_path, WORLD.workload, inputs_of(WORLD, config=config, platform=CLAIMS))


NAMES = [
    *[(wasm.WASI, name) for name in ("fd_read", "path_open", "sock_accept", "poll_oneoff", "no_such_thing")],
    *[("wasi_unstable", "fd_write"), ("env", "malloc"), ("GOT.mem", "x"), ("a.b%c", "d"), ("", "nothing")],
]
INTERFACES = [
    *["wasi:cli/environment@0.2.9", "wasi:sockets/tcp@0.2.0", "wasi:http/client@0.3.0", "wasi:io/error@0.2.3"],
    *["wasi:cli/stdout@0.2.03", "wasi:cli/stdout@0.2.0-rc.1", "wasi:cli/stdout@0.4.0", "wasi:cli/nothing@0.2.0"],
    *["example:cli/stdout@0.2.0", "wasi:cli/stdout", "plain-name"],
]
SHARED = wasm.dylink(["libexample.so"])
WORKLOADS = {
    **{f"{module}.{field}": wasm.module([(module, field)]) for module, field in NAMES},
    **{name: wasm.component([name]) for name in INTERFACES},
    "nothing is asked": wasm.module(),
    "a library is needed": wasm.module(customs=[SHARED]),
    "a library is needed within": wasm.component(parts=[wasm.module(customs=[SHARED])]),
    "imports within": wasm.component(parts=[wasm.module([("env", "x")])]),
    "a custom section that is cut": wasm.module(customs=[wasm.custom("dylink.0", b"\x02\xff")]),
    "more imports than are read": wasm.module([(wasm.WASI, "fd_write")] * 10_001),
    "cut": WORKLOAD[:-3],
    "another version": b"\0asm\x02\0\0\0",
    "an unknown section": WORKLOAD + b"\x63\x00",
    "a section twice": WORKLOAD + wasm.section(1, b"\x00"),
}


@pytest.mark.parametrize("name", WORKLOADS)
def test_workloads(gate: Path, tmp_path: Path, name: str) -> None:
    """As assessed, and as imports that nobody assessed."""
    from supplytrust.errors import MalformedError
    from supplytrust.wasm.parts import import_names
    from supplytrust.wasm.reader import read

    data = WORKLOADS[name]
    try:
        imports = list(import_names(read(data).root))
    except MalformedError:
        imports = []
    for config in (None, STREAMS):
        keep = Keep(workload=data, config=config)
        part = {**keep.workload_part(), "imports": imports}
        agree(gate, tmp_path, data, inputs_of(keep.but(predicate={"workload": part})))
        agree(gate, tmp_path, data, inputs_of(keep.but(predicate={"workload": {**part, "imports": []}})))


@pytest.mark.parametrize("hours", [-(10**5), -744, -720, -49, -25, -1, 0, 1, 23, 24, 48, 481, 719, 720, 10**5])
def test_times(gate: Path, tmp_path: Path, hours: int) -> None:
    for off in (timedelta(0), timedelta(microseconds=1), -timedelta(microseconds=1)):
        inputs = inputs_of(WORLD, platform=CLAIMS)
        agree(gate, tmp_path, WORLD.workload, inputs, time(NOW + timedelta(hours=hours) + off))


@pytest.mark.parametrize("field", ["payload", "payloadType", "signatures", "sig", "keyid"])
def test_envelopes(gate: Path, tmp_path: Path, field: str) -> None:
    envelope = json.loads(WORLD.envelope())
    place = (field,) if field in envelope else ("signatures", 0, field)
    for new in (
        ...,
        None,
        1,
        "",
        "aGl=",
        "aGk",
        "-_-_",
        [],
        {},
        [{}],
        [{"sig": "aGk="}, {"sig": "aGk="}],
        "application/json",
    ):
        document = json.dumps(put_at(envelope, place, new)).encode()
        agree(gate, tmp_path, WORLD.workload, inputs_of(WORLD, record=document, platform=CLAIMS))


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"nothing", b"\xef\xbb\xbf{}", b'{"a":1,"a":1}', b"\xff", b"{" * 40, b"[" * 10**5,
    b'{"a":NaN}', b'{"a":1.5}', b'{"a":9007199254740993}', b'{"a":"\\ud800"}', b" " * (9 * 2**20)], ids=lambda d: repr(d[:20]))  # fmt: skip
@pytest.mark.parametrize("option", list(FILES))
def test_documents_that_are_none(gate: Path, tmp_path: Path, option: str, document: bytes) -> None:
    assert not agree(gate, tmp_path, WORLD.workload, inputs_of(WORLD, **{"platform": CLAIMS, option: document}))


def test_flipped_bits_are_never_let_in(gate: Path, tmp_path: Path) -> None:
    inputs = inputs_of(WORLD, platform=CLAIMS)
    for name, data in {"workload": WORLD.workload, **inputs}.items():
        for number in range(0, 8 * len(data or b""), max(1, len(data or b"") * 8 // 60)):
            mutant = bytearray(data or b"")
            mutant[number // 8] ^= 1 << number % 8
            changed = {**inputs, name: bytes(mutant)}
            admitted = agree(gate, tmp_path, changed.pop("workload", WORLD.workload), changed)
            assert not admitted or name in ("policy", "platform"), (name, number)


def test_an_epoch_that_both_have_seen(gate: Path, tmp_path: Path) -> None:
    """One state file for both gates: what one has seen, the other does not take older."""
    inputs = inputs_of(WORLD, platform=CLAIMS)
    state = {"schema": "supplytrust-gate-state/1", "epochs": {}, "sequences": {}, "last": None}
    assert put(gate, tmp_path, WORLD.workload, time(NOW), inputs, state)[0] == 0
    kept = json.loads((tmp_path / "state.json").read_text())
    assert kept["epochs"] == {"gate:test-keep": 2, "record:keep": 3}
    assert kept["sequences"] == {"main": 5}
    assert kept["last"] == time(NOW)
    older = inputs_of(WORLD.but(status_changes={"sequence": 4}), platform=CLAIMS)
    decision = ours(tmp_path, WORLD.workload, time(NOW), older, kept)
    assert {r.code for r in decision.reasons} == {"status-stale"}
    assert put(gate, tmp_path, WORLD.workload, time(NOW), older, kept)[1] == ["status-stale"]
    early = time(NOW - timedelta(hours=1))
    assert put(gate, tmp_path, WORLD.workload, early, inputs, kept)[1] == ["clock"]


@pytest.mark.parametrize("state", ["nothing", 1, [], {}, {"schema": "supplytrust-gate-state/2"}], ids=repr)
def test_a_state_that_cannot_be_read_denies(gate: Path, tmp_path: Path, state: object) -> None:
    assert put(gate, tmp_path, WORLD.workload, time(NOW), inputs_of(WORLD, platform=CLAIMS), state)[1] == ["state"]


def test_a_question_must_be_whole(gate: Path, tmp_path: Path) -> None:
    for words in ([], ["main.wasm"], ["main.wasm", "--record", "r"], ["a", "b", "--record", "r", "--policy", "p"],
                  ["a", "--record", "r", "--policy", "p", "--at", "now"], ["a", "--record", "r", "--policy", "p", "--force", "x"]):  # fmt: skip
        done = subprocess.run([str(gate), *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")


def test_a_large_record_takes_milliseconds(gate: Path, tmp_path: Path) -> None:
    keep = WORLD.but(predicate={"dependencies": [dependency(n) for n in range(1000)]})
    assert agree(gate, tmp_path, keep.workload, inputs_of(keep, platform=CLAIMS))
