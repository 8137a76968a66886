"""What custom sections claim, and how it joins the workload to others."""

import json
import zlib

import pytest
from packageurl import PackageURL

from simulators import wasm
from simulators.cost import within
from supplytrust.model.vocabulary import EdgeKind
from supplytrust.reports import inspection
from supplytrust.wasm.adapters import enarx
from supplytrust.wasm.inspection import inspect, joins
from supplytrust.wasm.parts import import_names, memory_pages

CRATES = [
    wasm.crate("app", "0.1.0", root=True, on=[1]),
    wasm.crate("ring", "0.17.8", on=[2]),
    wasm.crate("cc", "1.0.0", kind="build", on=[1]),  # a cycle
]
CLAIMS = wasm.producers({"language": [("Rust", "")], "processed-by": [("rustc", "1.90.0")]})


def test_claims_of_custom_sections():
    data = wasm.module(customs=[CLAIMS, wasm.dep_v0(CRATES), wasm.features("simd128"), wasm.module_name("app")])
    view = inspect(data).parts[0]
    assert [(p.field, p.name, p.version) for p in view.producers] == [
        ("language", "Rust", ""),
        ("processed-by", "rustc", "1.90.0"),
    ]
    assert [(c.name, c.kind) for c in view.crates[0]] == [("app", "runtime"), ("ring", "runtime"), ("cc", "build")]
    assert (view.features, view.name, view.unread) == (("+simd128",), "app", ())


def test_an_empty_first_list_hides_nothing():
    data = wasm.module(customs=[wasm.dep_v0([]), wasm.dep_v0(CRATES)])
    assert [len(s) for s in inspect(data).parts[0].crates] == [0, 3]


def test_lists_of_nested_modules_are_read_too():
    inner = wasm.module(customs=[wasm.dep_v0(CRATES)])
    found = inspect(wasm.component(parts=[wasm.module(), inner]))
    assert found.parts[2].part.path == (1,)
    assert "pkg:cargo/ring@0.17.8" in {j.purl for j in joins(found, None)}


def bad_lists():
    yield "bomb", zlib.compress(b"[" * 200_000_000, 9)
    yield "not-zlib", b"plain"
    yield "trailing", zlib.compress(b'{"packages":[]}') + b"x"
    yield "cut", zlib.compress(b'{"packages":[]}')[:-2]
    yield "deep", zlib.compress(b"[" * 100_000)
    yield "not-an-object", zlib.compress(b"[]")
    yield "no-name", zlib.compress(b'{"packages":[{"version":"1"}]}')
    yield "far-dependency", zlib.compress(json.dumps({"packages": [wasm.crate("a", "1", on=[7])]}).encode())
    yield "foreign-kind", zlib.compress(json.dumps({"packages": [wasm.crate("a", "1", kind="dev")]}).encode())


BAD = list(bad_lists())


@pytest.mark.parametrize("raw", [raw for _, raw in BAD], ids=[name for name, _ in BAD])
def test_lists_that_cannot_be_read_are_unknown(raw):
    view = within(0.5, lambda: inspect(wasm.module(customs=[wasm.custom(".dep-v0", raw)]))).parts[0]
    assert (view.crates, view.unread) == ((), (".dep-v0",))


@pytest.mark.parametrize("name", ["producers", "dylink.0", "target_features"])
def test_other_sections_that_cannot_be_read(name):
    assert inspect(wasm.module(customs=[wasm.custom(name, b"\xff\xff\xff")])).parts[0].unread == (name,)


def test_needed_libraries():
    data = wasm.module(customs=[wasm.dylink(["libc.so", "libm.so"], ["$ORIGIN"])])
    assert inspect(data).needed == ("libc.so", "libm.so")
    assert inspect(data).parts[0].dylinks[0].runtime_path == ("$ORIGIN",)
    assert inspect(wasm.component(parts=[data])).needed == ()


CONFIG = b'steward = "https://steward.example.org"\n[[files]]\nkind = "connect"\nhost = "db.example.org"\n[[files]]\nkind = "listen"\nname = "door"\n'


def test_joins_of_all_kinds():
    inner = wasm.module(customs=[wasm.dep_v0(CRATES), wasm.module_name("libx.so")])
    component = wasm.component(["wasi:cli/stdout@0.2.3", "wasi:http/types@0.2.3"], [inner])
    made = joins(inspect(component), enarx.read(CONFIG))
    told = {(j.purl.partition("?")[0], j.kind, j.how) for j in made}
    assert told == {
        ("pkg:generic/libx.so", EdgeKind.LINK, "static"),
        ("pkg:cargo/ring@0.17.8", EdgeKind.LINK, "static"),
        ("pkg:cargo/cc@1.0.0", EdgeKind.BUILD, "declared"),
        ("pkg:generic/wasi/cli@0.2.3#stdout", EdgeKind.SERVICE_LOCAL, "host"),
        ("pkg:generic/wasi/http@0.2.3#types", EdgeKind.SERVICE_LOCAL, "host"),
        ("pkg:generic/enarx", EdgeKind.SERVICE_LOCAL, "host"),
        ("pkg:generic/db.example.org", EdgeKind.SERVICE_REMOTE, "declared"),
        ("pkg:generic/steward.example.org", EdgeKind.SERVICE_REMOTE, "declared"),
    }
    (nested,) = [j for j in made if "libx" in j.purl]
    assert nested.digest == f"sha256:{inspect(component).parts[1].sha256}"
    shared = joins(inspect(wasm.module([("env", "f")], customs=[wasm.dylink(["libc.so"])])), None)
    assert {(j.purl, j.how) for j in shared} == {
        ("pkg:generic/libc.so", "dynamic"),
        ("pkg:generic/dynamic-loader", "dynamic"),
    }


def test_joins_are_package_urls():
    data = wasm.component(["wasi:cli/stdout@0.2.3", "odd name"], [wasm.module(customs=[wasm.module_name("a b/ü@1")])])
    for join in joins(inspect(data), enarx.read(CONFIG)):
        assert PackageURL.from_string(join.purl).name


def test_surface_numbers():
    data = wasm.module(
        [(wasm.WASI, "fd_write")], memory=(1, 4), data=b"x" * 100, customs=[wasm.custom(".debug_info", b"y" * 50)]
    )
    surface = inspect(wasm.component(parts=[data, wasm.module(memory=(1, 2))])).surface
    assert (surface.modules, surface.components, surface.depth, surface.inner_imports) == (2, 1, 1, 1)
    assert (surface.memory_least, surface.memory_most) == (2 * 65_536, 6 * 65_536)
    assert (surface.debug_bytes, surface.functions) == (50, 2)
    assert inspect(wasm.module()).surface.memory_most is None


def test_report():
    data = wasm.component(["wasi:cli/stdout@0.2.3"], [wasm.module(customs=[CLAIMS, wasm.dep_v0(CRATES)])])
    found = inspect(data)
    document = json.loads(inspection.to_json(found, enarx.read(None)))
    assert document["kind"] == "component"
    assert document["capabilities"] == {"io-write": ["wasi:cli/stdout@0.2.3"]}
    assert document["grants"]["effective"] == ["io-write"]
    assert document["surface"]["modules"] == 1
    text = inspection.to_text(found)
    assert "wasi:cli/stdout@0.2.3" in text
    assert "rustc 1.90.0" in text
    assert len(text.splitlines()) < 40


def test_names_cannot_reach_the_terminal():
    assert "\x1b" not in inspection.to_text(inspect(wasm.module([("\x1b[31m", "x\r")])))


def test_what_a_record_binds_of_the_root_part():
    data = wasm.module([(wasm.WASI, "fd_write"), (wasm.WASI, "fd_write")], memory=(1, 4))
    root = inspect(data).wasm.root
    assert import_names(root) == ("wasi_snapshot_preview1.fd_write",)
    assert memory_pages(root) == (1, 4)


def test_report_with_grants():
    data = wasm.module(
        [(wasm.WASI, "path_open"), (wasm.WASI, "fd_write")],
        customs=[wasm.dep_v0(CRATES), wasm.custom("producers", b"\xff")],
    )
    text = inspection.to_text(inspect(data), enarx.read(CONFIG))
    assert "will fail    asked for, not granted: fs-open" in text
    assert "surplus      granted, not asked for:" in text
    assert "remark       resolved-outside: tls:db.example.org:443" in text
    assert "crates       3 declared: app 0.1.0, cc 1.0.0, ring 0.17.8" in text
    assert "unread       producers" in text
    assert "asks for     nothing of its host" in inspection.to_text(inspect(wasm.module()))
    features = wasm.custom("target_features", b"\x01\x00")
    assert inspect(wasm.module(customs=[features])).parts[0].unread == ("target_features",)
    assert inspect(wasm.module(customs=[wasm.custom("name", wasm.section(1, b"\0"))])).parts[0].name == ""
