"""A real loader in Rust asks the gate, takes the sealed file, and runs nothing else (docs/examples/keep-loader)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from simulators.attestations import AMD, NOBODY, ear_claims, ear_token, report_data, snp, snp_report
from simulators.gate_vectors import VERIFIER
from simulators.keep import NOW, Keep, Key, platform_policy, sealed, time
from supplytrust.gate.denial import Code

CRATE = Path(__file__).parents[2] / "docs/examples/keep-loader"
HELLO = bytes.fromhex(  # the module of the tutorial
    "0061736d01000000010c0260047f7f7f7f017f60000002230116776173695f736e617073686f745f70726576696577310866645f777269746500"
    "00030201010503010001071302066d656d6f72790200065f737461727400010a1d011b00410041083602004104410b3602004101410041014114"
    "10001a0b0b11010041080b0b68656c6c6f206b6565700a000f046e616d6501080100057772697465"
)
RULES = f'\n[platform]\nrequired = true\naccept = ["snp"]\nmethods = ["verified"]\n[[platform.root]]\ncertificate = """\n{AMD.root}"""\n'
ENARX = b'[[files]]\nkind = "stdout"\n'


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("not on this machine: cargo")
    target = Path(os.environ.get("SUPPLYTRUST_LOADER_TARGET", tmp_path_factory.mktemp("target")))
    unbuilt = shutil.ignore_patterns("target", "Cargo.lock")
    folder = tmp_path_factory.mktemp("loader")
    shutil.copytree(CRATE.with_name("keep-gate"), folder / "keep-gate", ignore=unbuilt)
    source = shutil.copytree(CRATE, folder / "keep-loader", ignore=unbuilt)
    command = ["cargo", "build", "--release", "--quiet", "--offline", "--manifest-path", str(source / "Cargo.toml")]
    unoptimized = {"CARGO_PROFILE_RELEASE_OPT_LEVEL": "0", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "64"}  # built sooner
    environment = {**os.environ, **unoptimized, "CARGO_TARGET_DIR": str(target)}
    built = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if built.returncode and "offline" in built.stderr:
        pytest.skip(
            "this machine has not the crates in cargo's cache: run `cargo fetch` in docs/examples/keep-loader once"
        )
    assert built.returncode == 0, built.stderr
    return target / "release" / "keep-loader"


def keep(**changes: object) -> Keep:
    return Keep(workload=HELLO, config=ENARX, policy_text=platform_policy(RULES), **changes)


def ask(
    loader: Path, folder: Path, keep: Keep, *first: str, **changes: bytes | None
) -> subprocess.CompletedProcess[str]:
    """Put a question to the loader as files in a folder; None takes one away."""
    files = {
        "main.wasm": keep.workload,
        "Enarx.toml": keep.config,
        "record.json": keep.envelope(),
        "gate.toml": keep.policy_file(),
        "status.json": keep.status(),
        "platform.json": snp(snp_report(report_data(HELLO))),
        **{name.replace("_", "."): data for name, data in changes.items() if name != "at"},
    }
    words = [str(loader), *first, "main.wasm", "--at", str(changes.get("at") or time(NOW))]
    for option, name in (
        ("--config", "Enarx.toml"),
        ("--record", "record.json"),
        ("--policy", "gate.toml"),
        ("--status", "status.json"),
        ("--platform", "platform.json"),
    ):
        if files[name] is not None or option in ("--record", "--policy"):
            words += [option, name]
    for name, data in files.items():
        if data is not None:
            (folder / name).write_bytes(data)
    environment = {**os.environ, "SUPPLYTRUST": str(Path(sys.executable).parent / "supplytrust")}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.big
def test_the_good_workload_runs(loader: Path, tmp_path: Path) -> None:
    done = ask(loader, tmp_path, keep())
    assert (done.returncode, done.stdout) == (0, "hello keep\n"), done.stderr


def tampered() -> dict[str, tuple[Keep, dict[str, bytes | None]]]:
    """Name -> the world as it was judged, and what somebody put in place of it."""
    good, report = keep(), snp_report(report_data(HELLO))
    payload = good.payload()
    forged = sealed(payload, Key.ed25519(9))
    record = json.loads(good.envelope())
    record["signatures"][0]["sig"] = json.loads(forged)["signatures"][0]["sig"]
    revoked = {"records": [], "subjects": [hashlib.sha256(HELLO).hexdigest()], "keys": []}
    return {
        "another letter in the workload": (good, {"main_wasm": HELLO.replace(b"hello", b"hallo")}),
        "a workload cut short": (good, {"main_wasm": HELLO[:-1]}),
        "another configuration": (good, {"Enarx_toml": ENARX + b'[[files]]\nkind = "stderr"\n'}),
        "no configuration": (good, {"Enarx_toml": None}),
        "a record of nobody": (good, {"record_json": forged}),
        "a signature of another": (good, {"record_json": json.dumps(record).encode()}),
        "no record": (good, {"record_json": None}),
        "a record that has ended": (good, {"at": (NOW + timedelta(days=4000)).isoformat().encode()}),
        "a workload that is revoked": (keep(status_changes={"revoked": revoked}), {}),
        "no status list": (good, {"status_json": None}),
        "no policy": (good, {"gate_toml": None}),
        "a platform of another workload": (good, {"platform_json": snp(snp_report(report_data(b"x")))}),
        "a platform of nobody": (good, {"platform_json": snp(report, vendor=NOBODY)}),
        "a platform that nobody signed": (good, {"platform_json": snp(report, signed=False)}),
        "a record that does not admit": (keep(predicate={"outcome": "REFER"}), {}),
    }


@pytest.mark.big
@pytest.mark.parametrize("name", sorted(tampered()))
def test_a_tampered_one_does_not(loader: Path, tmp_path: Path, name: str) -> None:
    made, changes = tampered()[name]
    if "at" in changes:
        changes = {"at": changes["at"].decode().replace("+00:00", "Z")}
    done = ask(loader, tmp_path, made, **changes)
    assert (done.returncode, done.stdout) == (12, ""), textwrap.shorten(done.stderr, 300)


# --- the same with the check made by the loader itself: no Python within the platform


ALONE = platform_policy(
    f'''
[platform]
required = true
accept = ["ear"]
methods = ["vouched"]
max_age_minutes = 60
[[platform.verifier]]
key = """{VERIFIER.pem}"""
'''
)


def token(claims: object = None, key: Key = VERIFIER) -> bytes:
    return ear_token(claims or ear_claims(), key, {"alg": "EdDSA"})


@pytest.mark.big
def test_a_loader_alone_runs_the_good_workload(loader: Path, tmp_path: Path) -> None:
    good = keep().but(policy_text=ALONE)
    done = ask(loader, tmp_path, good, "--alone", platform_json=token())
    assert (done.returncode, done.stdout) == (0, "hello keep\n"), done.stderr


@pytest.mark.big
@pytest.mark.parametrize("way", [(), ("--alone",)], ids=["asks", "alone"])
def test_what_a_verifier_says_reaches_the_loader(loader: Path, tmp_path: Path, way: tuple[str, ...]) -> None:
    """The result of a verifier (EAR) admits through both ways, and what it does not affirm does not."""
    good = keep().but(policy_text=ALONE)
    told = ask(loader, tmp_path, good, *way, platform_json=token())
    assert (told.returncode, told.stdout) == (0, "hello keep\n"), told.stderr
    for platform in (token(ear_claims(sub={"ear.status": "warning"})), token(key=Key.ed25519(12)), token()[:-1], b""):
        done = ask(loader, tmp_path, good, *way, platform_json=platform)
        assert (done.returncode, done.stdout) == (12, ""), done.stderr


@pytest.mark.big
@pytest.mark.parametrize("name", [n for n in sorted(tampered()) if "platform" not in n])
def test_a_tampered_one_does_not_run_alone_for_the_same_reasons(loader: Path, tmp_path: Path, name: str) -> None:
    made, changes = tampered()[name]
    made = made.but(policy_text=ALONE)
    if "at" in changes:
        changes = {"at": changes["at"].decode().replace("+00:00", "Z")}
    changes = {"platform_json": token(), **changes}
    alone = ask(loader, tmp_path, made, "--alone", **changes)
    assert (alone.returncode, alone.stdout) == (12, ""), textwrap.shorten(alone.stderr, 300)
    asked = ask(loader, tmp_path, made, **changes)
    assert codes(alone.stderr) == codes(asked.stderr) != set()


def codes(told: str) -> set[str]:
    """The reason codes that a denial lists."""
    known = {str(code) for code in Code}
    return {line.split()[0] for line in told.splitlines() if line.startswith("  ") and line.split()[0] in known}


@pytest.mark.big
def test_a_file_that_is_not_sealed_is_not_run(loader: Path, tmp_path: Path) -> None:
    (tmp_path / "main.wasm").write_bytes(HELLO)
    done = subprocess.run(
        [str(loader), "--sealed", str(tmp_path / "main.wasm")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, "not sealed" in done.stderr) == (12, "", True)
