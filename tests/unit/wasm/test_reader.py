"""The section reader on made binaries, good and hostile."""

import pytest

from simulators import wasm
from simulators.cost import within
from supplytrust.wasm.parts import Cursor, Import, Kind, Limits, WasmError
from supplytrust.wasm.reader import contents, read

HELLO = wasm.module([(wasm.WASI, "fd_write")], ["_start"], memory=(2, 5), data=b"hello")


def test_module():
    found = read(HELLO)
    root = found.root
    assert (root.kind, found.depth, len(found.parts)) == (Kind.MODULE, 0, 1)
    assert root.imports == (Import(wasm.WASI, "fd_write", "function"),)
    assert [e.name for e in root.exports] == ["_start", "memory"]
    assert (root.functions, root.memories[0].least, root.memories[0].most) == (1, 2, 5)
    assert root.code_bytes == 4
    assert root.data_bytes > 5
    assert not root.starts


def test_import_kinds():
    raw = [
        wasm.name("a") + wasm.name("t") + b"\x01\x70\x00\x01",
        wasm.name("a") + wasm.name("t64") + b"\x01\x63\x00\x05\x01\x02",
        wasm.name("a") + wasm.name("m") + b"\x02\x07\x01\x80\x02",
        wasm.name("a") + wasm.name("p") + b"\x02\x08\x01\x00",
        wasm.name("a") + wasm.name("g") + b"\x03\x7f\x01",
        wasm.name("a") + wasm.name("x") + b"\x04\x00\x00",
    ]
    found = read(wasm.module(raw_imports=raw, memory=None))
    assert [i.sort for i in found.root.imports] == ["table", "table", "memory", "memory", "global", "tag"]
    shared, paged = found.root.memories
    assert (shared.shared, shared.wide, shared.least, shared.most) == (True, True, 1, 256)
    assert paged.page == 1


def test_components_nest():
    inner = wasm.component(["wasi:cli/stdin@0.2.0"], [wasm.module()])
    outer = wasm.component(["wasi:cli/stdout@0.2.0"], [wasm.module(), inner])
    found = read(outer)
    assert [p.path for p in found.parts] == [(), (0,), (1,), (1, 0)]
    assert [i.field for i in found.root.imports] == ["wasi:cli/stdout@0.2.0"]
    assert found.depth == 2
    assert bytes(contents(outer, found.parts[2])) == inner


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-wasm"),
        (b"\0as", "not-wasm"),
        (b"\x7fELF1234", "not-wasm"),
        (b"\0asm\x02\0\0\0", "not-wasm"),
        (b"\0asm\x0d\0\x02\0", "not-wasm"),
        (wasm.MODULE + b"\x02", "malformed"),
        (wasm.MODULE + b"\x0e\x00", "malformed"),
        (wasm.MODULE + wasm.section(1, b"\0") * 2, "malformed"),
        (wasm.MODULE + wasm.section(3, b"\0") + wasm.section(2, b"\0"), "malformed"),
        (wasm.MODULE + wasm.section(2, b"\0\0"), "malformed"),  # a byte left over
        (wasm.MODULE + wasm.section(2, b"\xff\xff\xff\xff\x0f"), "malformed"),  # count beyond the section
        (wasm.MODULE + wasm.section(3, wasm.vector([b"\0"])), "malformed"),  # a function without body
        (wasm.MODULE + wasm.section(12, b"\x01"), "malformed"),  # a data segment announced
        (wasm.MODULE + b"\x00\x03\x02\xff\xfe", "malformed"),  # name not UTF-8
        (wasm.MODULE + b"\x00\x81\x80\x80\x80\x80\x00", "malformed"),  # six bytes of LEB
        (wasm.MODULE + b"\x00\xff\xff\xff\xff\x1f", "malformed"),  # 33 bits
        (wasm.COMPONENT + wasm.section(1, b"\0asm"), "malformed"),
        (wasm.COMPONENT + wasm.section(13, b""), "malformed"),
        (wasm.COMPONENT + wasm.section(10, wasm.vector([b"\x02" + wasm.name("a") + b"\x05\x00"])), "malformed"),
        (wasm.COMPONENT + wasm.section(10, wasm.vector([b"\x00" + wasm.name("a") + b"\x06\x00"])), "malformed"),
    ],
)
def test_refused(data, code):
    with pytest.raises(WasmError) as error:
        read(data)
    assert error.value.code == code


def test_caps():
    many = [(wasm.WASI, "fd_write")] * 20
    for limits in (Limits(size=50), Limits(imports=19), Limits(exports=1), Limits(name=5), Limits(sections=3)):
        with pytest.raises(WasmError) as error:
            read(wasm.module(many), limits)
        assert error.value.code == "limit"
        assert error.value.reason == "too-large"


def nested(depth):
    data = wasm.COMPONENT
    for _ in range(depth):
        data = wasm.component(parts=[data])
    return data


def test_depth():
    assert read(nested(32)).depth == 32
    for depth in (33, 1000):
        with pytest.raises(WasmError, match="nested deeper"):
            read(nested(depth))


@pytest.mark.parametrize(
    "data",
    [
        wasm.MODULE + b"\x00\x01\x00" * 700_000,
        wasm.MODULE + wasm.section(2, wasm.vector([b"\x01a\x01b\x00\x00"] * 200_000)),
        wasm.MODULE + wasm.custom("x", b"\0" * 50_000_000),
        wasm.COMPONENT + wasm.section(11, wasm.vector([b"\x00\x01a\x01\x00\x00"] * 150_000)),
    ],
    ids=["sections", "imports", "padding", "exports"],
)
def test_costly_binaries_end_soon(data):
    assert within(2, lambda: refusal(data)) in ("", "limit")


def refusal(data):
    try:
        read(data)
    except WasmError as error:
        return error.code
    return ""


def test_integers():
    def cursor(*data):
        return Cursor(bytes(data), 0, len(data))

    assert cursor(0xFF, 0xFF, 0xFF, 0xFF, 0x0F).u32() == 2**32 - 1
    assert cursor(*[0xFF] * 9, 0x01).u64() == 2**64 - 1
    assert cursor(0x40).s33() == -64
    assert cursor(0xFF, 0xFF, 0xFF, 0xFF, 0x0F).s33() == 2**32 - 1
    assert cursor(0x80, 0x80, 0x80, 0x80, 0x70).s33() == -(2**32)
    for bad in ([0xFF] * 10 + [0x01], [0xFF] * 9 + [0x02]):
        with pytest.raises(WasmError):
            cursor(*bad).u64()
    with pytest.raises(WasmError):
        cursor(0x80, 0x80, 0x80, 0x80, 0x10).s33()


def test_import_names_are_injective():
    names = {Import(m, f, "function").name for m, f in [("a", "b.c"), ("a.b", "c"), ("a%2Eb", "c")]}
    assert len(names) == 3


def imported(*forms):
    entries = [b"\x00" + wasm.name(f"i{n}") + form for n, form in enumerate(forms)]
    return wasm.COMPONENT + wasm.section(10, wasm.vector(entries))


def test_component_import_forms():
    data = imported(b"\x00\x11\x00", b"\x01\x00", b"\x03\x00\x00", b"\x03\x01", b"\x04\x00")
    sorts = [i.sort for i in read(data).root.imports]
    assert sorts == ["module", "function", "type", "type", "component"]


@pytest.mark.parametrize("form", [b"\x00\x10\x00", b"\x02\x02\x00", b"\x03\x02\x00", b"\x07\x00"])
def test_component_import_forms_that_are_not_known(form):
    with pytest.raises(WasmError):
        read(imported(form))


def test_component_exports():
    entries = [
        b"\x00" + wasm.name("run") + b"\x01\x00\x00",
        b"\x01" + wasm.name("a:b/c") + b"\x05\x00\x01\x05\x00",
        b"\x00" + wasm.name("m") + b"\x00\x11\x00\x00",
    ]
    root = read(wasm.component(exports=entries)).root
    assert [(e.name, e.sort) for e in root.exports] == [("run", "function"), ("a:b/c", "instance"), ("m", "module")]


@pytest.mark.parametrize("end", [b"\x06\x00\x00", b"\x00\x05\x00\x00", b"\x01\x00\x02"])
def test_component_exports_that_are_not_known(end):
    with pytest.raises(WasmError):
        read(wasm.component(exports=[b"\x00" + wasm.name("x") + end]))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x05\x00",  # kind
        b"\x03\x01\x00",  # not a type
        b"\x03\x64\x6b\x09",  # mutability
        b"\x03\x63\x20",  # heap type without end
        b"\x04\x01\x00",  # tag attribute
        b"\x02\x10\x00",  # limits
        b"\x02\x08\x00\x11",  # page size
        b"\x01\x70\x08\x00",
    ],
)
def test_import_types_that_are_not_known(raw):
    with pytest.raises(WasmError):
        read(wasm.module(raw_imports=[wasm.name("a") + wasm.name("b") + raw], memory=None))


def test_typed_references():
    raw = [
        wasm.name("a") + wasm.name("g") + b"\x03\x64\x6b\x00",
        wasm.name("a") + wasm.name("h") + b"\x03\x63\x65\x6e\x01",
        wasm.name("a") + wasm.name("v") + b"\x03\x7b\x02",
    ]
    assert len(read(wasm.module(raw_imports=raw, memory=None)).root.imports) == 3


def test_start_and_memory_counts():
    assert read(wasm.MODULE + wasm.section(8, b"\x00")).root.starts
    with pytest.raises(WasmError, match="memories"):
        read(wasm.MODULE + wasm.section(5, wasm.vector([b"\x00\x00"] * 1001)))
