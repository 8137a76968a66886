"""A record admits its own workload, configuration, imports and grants, and nothing else."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from simulators import wasm
from simulators.keep import ENARX, ENARX_ITEMS, IMPORTS, POLICY, Keep, Key


def codes(decision):
    return {r.code for r in decision.reasons}


def test_admitted_bytes_are_the_judged_ones():
    keep = Keep(config=ENARX)
    decision = keep.admit()
    assert decision.admit is True
    assert decision.reasons == ()
    assert decision.workload_bytes == keep.workload
    assert decision.config_bytes == ENARX
    assert set(decision.bound) == {"policy", "wasm", "wasm-sha384", "config", "record", "key", "status"}


def test_record_of_another_workload():
    other = Keep(workload=wasm.module([(wasm.WASI, "fd_write")]))
    assert codes(Keep().admit(envelope=other.envelope())) == {"subject-digest"}


def test_sha384_alone_is_enough_to_deny():
    keep = Keep()
    digest = dict(keep.record()["subject"][0]["digest"])
    assert codes(keep.but(subject={"digest": {**digest, "sha384": "0" * 96}}).admit()) == {"subject-digest"}
    assert codes(keep.but(subject={"digest": {"sha256": digest["sha256"]}}).admit()) == {"subject-digest"}


def test_file_replaced_after_it_was_read(tmp_path):
    keep = Keep()
    path = tmp_path / "main.wasm"
    path.write_bytes(keep.workload)
    decision = keep.admit(workload=path)
    path.write_bytes(b"\0asm replaced")
    assert decision.workload_bytes == keep.workload


def test_buffer_changed_after_it_was_read():
    keep = Keep()
    buffer = bytearray(keep.workload)
    decision = keep.admit(workload=buffer)
    buffer[8:] = b"x" * (len(buffer) - 8)
    assert decision.workload_bytes == keep.workload


def test_descriptor_is_read_from_where_it_stands(tmp_path):
    keep = Keep()
    path = tmp_path / "main.wasm"
    path.write_bytes(b"junk" + keep.workload)
    descriptor = os.open(path, os.O_RDONLY)
    os.lseek(descriptor, 4, os.SEEK_SET)
    assert keep.admit(workload=descriptor).admit is True
    os.close(descriptor)


def test_a_pipe_or_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert codes(Keep().admit(workload=tmp_path / "pipe")) == {"not-wasm"}
    assert codes(Keep().admit(workload=tmp_path)) == {"not-wasm"}
    assert codes(Keep().admit(envelope=tmp_path / "absent")) == {"envelope"}


@pytest.mark.parametrize(
    ("before", "after", "item"),
    [
        (b"db.example.org", b"db.example.net", "connect:tls:db.example.net:5432"),
        (b"5432", b"5433", "connect:tls:db.example.org:5433"),
        (b'kind = "connect"', b'kind = "connect"\nprot = "tcp"', "connect:tcp:db.example.org:5432"),
        (b"LEVEL", b"LEVEL2", "env:LEVEL2"),
        (b"--quiet", b"--debug", "args:sha256:"),
        (b"steward.example.org", b"steward.example.net", "steward:https://steward.example.net"),
        (b'kind = "stdout"', b'kind = "stdin"', "stdin"),
    ],
)
def test_changed_grant(before, after, item):
    keep = Keep(config=ENARX)
    decision = keep.admit(config=ENARX.replace(before, after))
    assert codes(decision) == {"config-digest", "grant-extra"}
    assert any(item in r.detail for r in decision.reasons)


def test_added_grant_under_the_right_digest_is_still_denied():
    more = ENARX + b'[[files]]\nkind = "listen"\nname = "door"\nport = 8080\n'
    keep = Keep(config=more)
    assert codes(keep.admit()) == {"grant-extra"}


def test_configuration_that_should_be_absent_or_present():
    assert codes(Keep().admit(config=ENARX)) == {"config-digest", "grant-extra"}
    assert "config-digest" in codes(Keep(config=ENARX).admit(config=None))


def test_unknown_key_in_the_configuration():
    keep = Keep(config=b'trust_record = "x"\n' + ENARX)
    assert codes(keep.admit()) == {"parse"}


def test_policy_limits_grants_and_formats():
    rules = '\n[grants]\nformats = ["enarx"]\nallow = ["stdout", "env:*", "args:*", "steward:*", "connect:tls:db.example.org:*"]\n'
    assert Keep(config=ENARX, policy_text=POLICY + rules).admit().admit is True
    assert codes(Keep(policy_text=POLICY + rules).admit()) == {"grant-extra"}
    narrow = rules.replace("db.example.org", "other.example.org")
    assert codes(Keep(config=ENARX, policy_text=POLICY + narrow).admit()) == {"grant-extra"}


def test_unknown_grant_format():
    keep = Keep(config=ENARX)
    part = keep.workload_part(grants={"format": "../enarx", "items": ENARX_ITEMS})
    assert codes(keep.but(predicate={"workload": part}).admit()) == {"parse"}


def test_import_added_after_assessment():
    keep = Keep(workload=wasm.module([(wasm.WASI, "fd_write"), (wasm.WASI, "proc_exit"), (wasm.WASI, "random_get")]))
    decision = keep.admit()
    assert codes(decision) == {"imports-extra"}
    assert "random_get" in decision.reasons[0].detail


def assessed(workload, imports, **changes):
    keep = Keep(workload=workload, **changes)
    keep.predicate["workload"] = keep.workload_part(imports=imports)
    return keep


def test_capability_that_the_policy_does_not_allow():
    keep = assessed(wasm.module([(wasm.WASI, "path_open")]), [f"{wasm.WASI}.path_open"])
    assert codes(keep.admit()) == {"imports-extra"}


def test_capability_withheld_by_the_configuration_is_not_effective():
    """Enarx links every function and opens no directory: asking for files it never gets does no harm."""
    keep = assessed(wasm.module([(wasm.WASI, "path_open")]), [f"{wasm.WASI}.path_open"], config=ENARX)
    assert keep.admit().admit is True


def test_reading_a_socket_is_network():
    policy = POLICY.replace(', "net"]', "]")
    keep = Keep(config=ENARX, policy_text=policy)
    assert codes(keep.admit()) == {"imports-extra"}
    assert Keep(policy_text=policy).admit().admit is True


@pytest.mark.parametrize(
    ("workload", "imported"),
    [
        (wasm.module([("wasi_snapshot_preview1", "fd_teleport")]), "wasi_snapshot_preview1.fd_teleport"),
        (wasm.module([("wasi_snapshot_preview9", "fd_write")]), "wasi_snapshot_preview9.fd_write"),
        (wasm.module([("host", "f")]), "host.f"),
        (wasm.component(["wasi:keyvalue/store@0.2.0"]), "wasi:keyvalue/store@0.2.0"),
        (wasm.component(["wasi:cli/stdout@1.0.0"]), "wasi:cli/stdout@1.0.0"),
        (wasm.component(["wasi:cli/stdout"]), "wasi:cli/stdout"),
        (wasm.component(["acme:cli/stdout@0.2.0"]), "acme:cli/stdout@0.2.0"),
    ],
)
def test_unknown_import(workload, imported):
    assert codes(assessed(workload, [imported]).admit()) == {"capability-unknown"}


def test_unknown_import_that_the_policy_names_exactly():
    policy = POLICY.replace('"net"]', '"net"]\nalso = ["host.f"]')
    assert assessed(wasm.module([("host", "f")]), ["host.f"], policy_text=policy).admit().admit is True
    assert codes(assessed(wasm.module([("host", "g")]), ["host.g"], policy_text=policy).admit()) == {
        "capability-unknown"
    }


def test_dotted_module_names_do_not_meet():
    policy = POLICY.replace('"net"]', '"net"]\nalso = ["a.b.c"]')
    keep = assessed(wasm.module([("a.b", "c")]), ["a%2Eb.c"], policy_text=policy)
    assert codes(keep.admit()) == {"capability-unknown"}


@pytest.mark.parametrize(
    ("workload", "imports"),
    [
        (wasm.module([("env", "f")]), ["env.f"]),
        (wasm.module([("GOT.mem", "x")]), ["GOT%2Emem.x"]),
        (wasm.module(customs=[wasm.dylink(["liba.so"])]), []),
        (wasm.module(customs=[wasm.dylink([]), wasm.dylink(["liba.so"])]), []),
        (wasm.module(customs=[wasm.custom("dylink.0", b"\x02\x05")]), []),
    ],
)
def test_dynamic_linking(workload, imports):
    assert codes(assessed(workload, imports).admit()) == {"dynamic-unresolved"}


def test_a_component_resolves_its_own_libraries():
    inner = wasm.module([("env", "f")], customs=[wasm.dylink(["liba.so"])])
    assert assessed(wasm.component(["wasi:cli/stdout@0.2.3"], [inner]), ["wasi:cli/stdout@0.2.3"]).admit().admit is True


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=["p256", "p384"])
@pytest.mark.parametrize("p1363", [False, True], ids=["der", "p1363"])
def test_ecdsa(curve, p1363):
    policy = POLICY.replace("[record]", f'encoding = "{"p1363" if p1363 else "der"}"\n\n[record]', 1)
    assert Keep(key=Key.ecdsa(curve, p1363=p1363), policy_text=policy).admit().admit is True
    assert codes(Keep(key=Key.ecdsa(curve, p1363=not p1363), policy_text=policy).admit()) == {"signature"}


def test_a_refused_area_is_below_whatever_its_belief():
    from simulators.keep import AREAS, area

    areas = {**{name: area() for name in AREAS}, "build": area("0.95", outcome="REFUSE")}
    assert codes(Keep(predicate={"areas": areas}).admit()) == {"area-below"}


def test_scope_of_a_key():
    assert Keep(subject={"name": "team/other.wasm"}).admit().admit is True
    assert codes(Keep(subject={"name": "elsewhere.wasm"}).admit()) == {"signer-scope"}
    for line in ("expires = 2026-11-20T12:00:00Z", "not_before = 2026-11-20T12:00:01Z"):
        text = POLICY.replace("[record]", f"{line}\n\n[record]", 1)
        assert codes(Keep(policy_text=text).admit()) == {"signer-scope"}


def test_hostile_wasm_with_a_good_record():
    for body, code in (
        (wasm.MODULE + b"\x00\x01\x00" * 200_000, "size"),
        (wasm.MODULE + b"\x07" * 50, "not-wasm"),
        (wasm.MODULE[:6], "not-wasm"),
        (b"\0asm\x0d\x00\x01\x00" + b"\x04" + b"\x80" * 6, "not-wasm"),
    ):
        assert codes(assessed(body, []).admit()) == {code}
    assert IMPORTS
