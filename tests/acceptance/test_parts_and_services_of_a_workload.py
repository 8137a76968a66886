"""What a workload brings and calls is asked what such things can answer: parts by their bytes, services by who answers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

import supplytrust as st
from acceptance.test_workload_enters_a_keep import GATE, layout, platform
from simulators import wasm
from simulators.keep import STATUS_TYPE, Key, sealed
from supplytrust.cli.app import app
from supplytrust.formats.canonical_json import canonical_bytes
from supplytrust.model.vocabulary import EdgeKind, Outcome
from supplytrust.records.endorsement import endorse
from supplytrust.records.signers import new_key, open_key

INNER = wasm.module([("wasi_snapshot_preview1", "fd_write")])
OUTER = wasm.component(["wasi:cli/stdout@0.2.3"], [INNER])
ENDS = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
ENARX = '[[files]]\nkind = "stdout"\n'
CONNECTED = ENARX + '[[files]]\nkind = "connect"\nhost = "db.example.org"\n'
SERVICE = "pkg:generic/db.example.org?port=443&protocol=tls"


def purl(data: bytes, name: str) -> str:
    return f"pkg:generic/{name}?checksum=sha256:{hashlib.sha256(data).hexdigest()}"


def vouch(subject: str, claim: str, place: Path, **changes: object) -> None:
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    area = claim.partition("/")[0]
    given = {"expires": ENDS, "identity": "", **changes}
    made = endorse(
        subject, area, claim, "known to us", given["expires"], "head", open_key(Path("head")),
        issued=now, identity=given["identity"],
    )  # fmt: skip
    place.write_bytes(made)


CONTROL = "provenance/control_held_by_known_people"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Enarx.toml").write_text(ENARX)
    (tmp_path / "people").mkdir()
    new_key(tmp_path / "head")
    for name, data in (("inner", INNER), ("main", OUTER)):
        (tmp_path / f"{name}.wasm").write_bytes(data)
        (tmp_path / name).mkdir()
        layout(tmp_path / name, {"main.wasm": {"sha256": hashlib.sha256(data).hexdigest()}})
        vouch(purl(data, name), CONTROL, Path("people", f"{name}.endorsement"))
    configure("main")
    return tmp_path


def configure(*layouts: str) -> None:
    listed = ", ".join(f'"{name}/root.layout"' for name in layouts)
    Path("supplytrust.toml").write_text(
        f'[assurances]\nlayouts = [{listed}, "main/owner.pub"]\nendorsements = ["head.pub", "people"]\n'
    )


def assessed(name: str = "main", **changes: object) -> st.TrustRecord:
    given = {"policy": "workload", "config": "Enarx.toml", "offline": True, "ledger": Path("ledger"), **changes}
    return st.assess(f"./{name}.wasm", **given)


def admit(record: st.TrustRecord, **given: object) -> set[str]:
    Path("vetting").exists() or new_key(Path("vetting"))
    gate = GATE.replace("@KEY@", Path("vetting.pub").read_text()).replace('"stdout"]', '"stdout", "connect:*"]')
    gate = gate.replace('["io-write"]', '["io-write", "net"]')
    if "status" in given:
        asked = f"[status]\nrequired = true\nid = 'main'\n[[status.key]]\nkey = '''\n{LISTS.pem}'''"
        gate = gate.replace("[status]\nrequired = false", asked)
    decision = st.admit(
        "main.wasm",
        config="Enarx.toml",
        envelope=st.sign(record, Path("vetting")),
        gate_policy=gate.encode(),
        platform=platform(Path()),
        at=datetime.now(UTC) + timedelta(seconds=5),
        **given,
    )
    return {r.code for r in decision.reasons}


def test_a_nested_module_with_a_record_of_its_own(desk: Path) -> None:
    before = assessed()
    assert before.outcome is Outcome.REFER
    assert "dep-missing" in admit(before)
    configure("inner")
    own = assessed("inner", config="Enarx.toml")
    assert own.outcome is Outcome.ADMIT, own.reasons
    configure("main")
    record = assessed()
    assert record.outcome is Outcome.ADMIT, record.reasons
    (part,) = [d for d in record.dependencies or () if d.kind is EdgeKind.LINK]
    assert part.record_digest.startswith("sha256:")
    assert part.outcome is Outcome.ADMIT
    assert record.expires <= own.expires
    assert admit(record) == set()


def test_a_nested_module_with_a_layout(desk: Path) -> None:
    assert assessed().outcome is Outcome.REFER  # the layout of the module is not listed
    configure("main", "inner")
    record = assessed()
    assert record.outcome is Outcome.ADMIT, record.reasons  # each layout says nothing about the other file
    (part,) = [d for d in record.dependencies or () if d.kind is EdgeKind.LINK]
    assert (part.outcome, part.record_digest) == (Outcome.ADMIT, "")


def test_a_record_of_other_bytes_or_an_ended_one_answers_nothing(desk: Path) -> None:
    configure("inner")
    assert assessed("inner").outcome is Outcome.ADMIT
    configure("main")
    other = wasm.component(["wasi:cli/stdout@0.2.3"], [wasm.module([("wasi_snapshot_preview1", "fd_read")])])
    (desk / "main.wasm").write_bytes(other)
    layout(desk / "main", {"main.wasm": {"sha256": hashlib.sha256(other).hexdigest()}})
    vouch(purl(other, "main"), CONTROL, Path("people", "other.endorsement"))
    assert assessed().outcome is Outcome.REFER


LISTS = Key.ed25519(3)


def listed(**revoked: list[str]) -> bytes:
    now = datetime.now(UTC)
    payload = {
        "schema": "supplytrust-status/1",
        "id": "main",
        "sequence": 1,
        "issued": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "nextUpdate": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "revoked": {"records": [], "subjects": [], "keys": [], **revoked},
    }
    return sealed(canonical_bytes(payload), LISTS, STATUS_TYPE)


def test_a_service_is_answered_by_who_vouches_for_it(desk: Path) -> None:
    """Without both words REFER, with them ADMIT; they end, and their identity can be revoked."""
    (desk / "main.wasm").write_bytes(INNER)
    configure("inner")
    Path("Enarx.toml").write_text(CONNECTED)
    vouch(purl(INNER, "main"), CONTROL, Path("people", "main.endorsement"))
    assert assessed().outcome is Outcome.REFER
    Path("server.pem").write_text(LISTS.pem)
    said = ["endorse", SERVICE, "--area", "integrity", "--claim", "integrity/endpoint_identity_known"]
    said += ["--reason", "our own database", "--author", "head", "--expires", f"{ENDS:%Y-%m-%d}", "--key", "head"]
    told = CliRunner().invoke(app, [*said, "--identity", "key:server.pem", "-o", "people/who.endorsement"])
    assert told.exit_code == 0, told.output
    assert assessed().outcome is Outcome.REFER
    vouch(SERVICE, "responsiveness/operator_answers", Path("people", "runs.endorsement"))
    record = assessed()
    assert record.outcome is Outcome.ADMIT, record.reasons
    (service,) = [d for d in record.dependencies or () if d.purl == SERVICE]
    assert service.digest.startswith("sha256:")
    assert service.expires is not None and service.expires <= ENDS
    assert admit(record, status=listed()) == set()
    assert admit(record, status=listed(keys=[service.digest[7:]])) == {"revoked"}


@pytest.mark.parametrize("identities", [["key:sha256:" + "1" * 64, "authority:sha256:" + "2" * 64]])
def test_words_that_disagree_answer_nothing(desk: Path, identities: list[str]) -> None:
    (desk / "main.wasm").write_bytes(INNER)
    configure("inner")
    Path("Enarx.toml").write_text(CONNECTED)
    vouch(purl(INNER, "main"), CONTROL, Path("people", "main.endorsement"))
    vouch(SERVICE, "responsiveness/operator_answers", Path("people", "runs.endorsement"))
    for number, identity in enumerate(identities):
        place = Path("people", f"who{number}.endorsement")
        vouch(SERVICE, "integrity/endpoint_identity_known", place, identity=identity)
        assert assessed().outcome is (Outcome.REFER if number else Outcome.ADMIT)


@pytest.mark.parametrize(
    ("subject", "claim", "identity"),
    [
        (SERVICE, "integrity/endpoint_identity_known", ""),
        (SERVICE, "integrity/endpoint_identity_known", "key:md5:00"),
        (SERVICE, "responsiveness/operator_answers", "key:sha256:" + "1" * 64),
        ("pkg:generic/db.example.org", "integrity/endpoint_identity_known", "key:sha256:" + "1" * 64),
    ],
)
def test_words_that_name_nothing_are_not_given(desk: Path, subject: str, claim: str, identity: str) -> None:
    with pytest.raises(st.errors.UsageError):
        vouch(subject, claim, Path("people", "x.endorsement"), identity=identity)


def test_a_connection_without_protection_cannot_be_vouched_for(desk: Path) -> None:
    (desk / "main.wasm").write_bytes(INNER)
    configure("inner")
    Path("Enarx.toml").write_text(CONNECTED.replace("host =", 'prot = "tcp"\nhost ='))
    vouch(purl(INNER, "main"), CONTROL, Path("people", "main.endorsement"))
    open_ = "pkg:generic/db.example.org?port=80&protocol=tcp"
    vouch(open_, "responsiveness/operator_answers", Path("people", "runs.endorsement"))
    who = "key:sha256:" + "1" * 64
    vouch(open_, "integrity/endpoint_identity_known", Path("people", "who.endorsement"), identity=who)
    assert assessed().outcome is Outcome.REFER
