"""What wasmtime runs by default is read with the same imports; a refusal names the proposal it is about."""

import pytest

from simulators import wasm, wasm_proposals
from simulators.wasm_proposals import VECTORS
from supplytrust.wasm.capability import Capability, classify
from supplytrust.wasm.inspection import inspect, joins
from supplytrust.wasm.parts import Import, Kind, Proposal, WasmError
from supplytrust.wasm.reader import read


def refused(data):
    with pytest.raises(WasmError) as error:
        read(data)
    return error.value


def by_text(part):
    return next(v for v in VECTORS if part in v.text)


def test_what_runs_by_default_is_read():
    for vector in VECTORS:
        if vector.runs is not None:
            found = read(vector.data).root.imports
            assert [(i.module, i.field, i.sort) for i in found] == vector.runs, vector.text
            assert len(read(vector.nested).parts) >= 3, vector.text


def test_refusals_name_their_proposal():
    named = set()
    for vector in VECTORS:
        for data in (vector.data, vector.nested):
            try:
                inspect(data)
            except WasmError as error:
                assert vector.runs is None, vector.text
                assert error.proposal.startswith(vector.proposal), vector.text
                assert error.proposal in error.message
                named.add(error.proposal)
    assert named == set(Proposal)


def test_wasmtime_says_so():
    """The verdicts frozen in the vectors are those of the wasmtime that is here."""
    pytest.importorskip("wasmtime")
    from simulators import wasm_mutants

    engine = wasm_mutants.engine()
    for vector in VECTORS:
        assert wasm_mutants.oracle(engine, vector.data) == vector.runs, vector.text


@pytest.mark.parametrize("kind", [b"\x7f", b"\x7e\x00\x00"])
def test_compact_imports(kind):
    group = wasm.name("m") + wasm.name("") + kind + wasm.vector([wasm.name("f") + b"\0\0"])
    plain = wasm.name("m") + wasm.name("") + b"\x00\x00"  # an empty name alone is no group
    assert "'m'" in refused(wasm.module(raw_imports=[plain, group])).message
    named = wasm.name("m") + wasm.name("x") + kind
    assert not refused(wasm.module(raw_imports=[named + b"\0\0\0"])).proposal
    assert len(read(wasm.module(raw_imports=[plain])).root.imports) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"\x20\x00",  # exact function
        b"\x03\x64\x62\x00\x00",  # global (ref (exact 0))
        b"\x03\x63\x62\x00\x00",
        b"\x01\x63\x62\x00\x00\x00",  # table
    ],
)
def test_exact_types(raw):
    entry = wasm.name("a") + wasm.name("b") + raw
    assert refused(wasm.module(raw_imports=[entry], memory=None)).proposal == Proposal.CUSTOM_DESCRIPTORS


def test_exact_exports():
    exports = wasm.section(7, wasm.vector([wasm.name("f") + b"\x20\x00"]))
    assert refused(wasm.MODULE + exports).proposal == Proposal.CUSTOM_DESCRIPTORS


def test_shared_types_in_short_and_long_form():
    shared = [b"\x03\x65\x6e\x00", b"\x03\x63\x65\x6e\x00", b"\x01\x65\x70\x02\x00", b"\x03\x65\x68\x01"]
    entries = [wasm.name("a") + wasm.name(f"{n}") + raw for n, raw in enumerate(shared)]
    assert len(read(wasm.module(raw_imports=entries, memory=None)).root.imports) == 4
    for raw in (b"\x03\x65\x7f\x00", b"\x03\x65\x63\x6e\x00", b"\x03\x65\x65\x6e\x00"):
        refused(wasm.module(raw_imports=[wasm.name("a") + wasm.name("b") + raw], memory=None))


@pytest.mark.parametrize(
    ("attributes", "proposal"),
    [
        ([b"\x00" + wasm.name("a:b/c")], Proposal.IMPLEMENTS),
        ([b"\x01" + wasm.name(".2.3")], Proposal.CANONICAL_NAMES),
        ([b"\x02" + wasm.name("x")], Proposal.IMPLEMENTS),
        ([], Proposal.IMPLEMENTS),
    ],
)
def test_names_with_attributes(attributes, proposal):
    name = b"\x02" + wasm.name("primary") + wasm.vector(attributes)
    imported = wasm.COMPONENT + wasm.section(10, wasm.vector([name + b"\x05\x00"]))
    exported = wasm.component(exports=[name + b"\x05\x00\x00"])
    for data in (imported, exported, wasm.component(parts=[imported]), wasm.component(parts=[wasm.module(), exported])):
        error = refused(data)
        assert error.proposal == proposal
        assert "'primary'" in error.message


@pytest.mark.parametrize("bound", [b"\x02\x73", b"\x02\x00", b"\x02\x01\x73", b"\x02\x00\x00"])
def test_values_have_two_forms_so_neither_is_read(bound):
    """Read by the one rule, `value $0` and what follows it swallow each other under the other."""
    entries = [b"\0" + wasm.name("v") + bound, b"\0" + wasm.name("f") + b"\x01\x01"]
    assert refused(wasm.COMPONENT + wasm.section(10, wasm.vector(entries))).proposal == Proposal.VALUES
    ascribed = [b"\0" + wasm.name("v") + b"\x01\x00\x01" + bound]
    assert refused(wasm.component(exports=ascribed)).proposal == Proposal.VALUES


def test_headers_of_other_versions():
    for version, said in ((b"\x0a\0\x01\0", "version 10, layer 1"), (b"\x02\0\0\0", "version 2, layer 0")):
        error = refused(b"\0asm" + version)
        assert error.code == "not-wasm"
        assert said in error.message
    assert "no WebAssembly header" in refused(b"\0asm\x01\0").message


def test_a_type_alone_asks_nothing_of_the_host():
    vector = by_text('(type $r (sub resource))) (import "r2"')
    inspection = inspect(vector.data)
    assert classify(Import("", "r", "type"), Kind.COMPONENT) == {Capability.TYPE_ONLY}
    assert inspection.required == {Capability.TYPE_ONLY: ("r", "r2"), Capability.UNKNOWN: ("f",)}
    assert {j.purl for j in joins(inspection, None)} == {"pkg:generic/f", "pkg:generic/wasm-runtime"}
    assert classify(Import("wasi_snapshot_preview1", "fd_write", "type"), Kind.MODULE) == {Capability.UNKNOWN}


def test_every_vector_is_damaged_without_surprise():
    """Cut anywhere, only the reader's own error escapes."""
    for vector in wasm_proposals.VECTORS:
        for end in range(len(vector.data)):
            try:
                read(vector.data[:end])
            except WasmError:
                pass
