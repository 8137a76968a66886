"""Every function of preview 1 and interface of WASI 0.2 and 0.3 has a class; every other name has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplytrust.wasm.capability import INTERFACES, PREVIEW1, Capability, abi, classify, required_capabilities
from supplytrust.wasm.parts import Import, Kind

# As listed in wasi_snapshot_preview1.witx and in the WIT files of WebAssembly/WASI v0.2.9 and v0.3.0.
WITX = """args_get args_sizes_get clock_res_get clock_time_get environ_get environ_sizes_get fd_advise fd_allocate
fd_close fd_datasync fd_fdstat_get fd_fdstat_set_flags fd_fdstat_set_rights fd_filestat_get fd_filestat_set_size
fd_filestat_set_times fd_pread fd_prestat_dir_name fd_prestat_get fd_pwrite fd_read fd_readdir fd_renumber fd_seek
fd_sync fd_tell fd_write path_create_directory path_filestat_get path_filestat_set_times path_link path_open
path_readlink path_remove_directory path_rename path_symlink path_unlink_file poll_oneoff proc_exit proc_raise
random_get sched_yield sock_accept sock_recv sock_send sock_shutdown""".split()
WIT_02 = """cli/environment cli/exit cli/run cli/stdin cli/stdout cli/stderr cli/terminal-input cli/terminal-output
cli/terminal-stdin cli/terminal-stdout cli/terminal-stderr clocks/monotonic-clock clocks/timezone clocks/wall-clock
filesystem/preopens filesystem/types http/incoming-handler http/outgoing-handler http/types io/error io/poll
io/streams random/insecure random/insecure-seed random/random sockets/instance-network sockets/ip-name-lookup
sockets/network sockets/tcp sockets/tcp-create-socket sockets/udp sockets/udp-create-socket""".split()
WIT_03 = """cli/environment cli/exit cli/run cli/stdin cli/stdout cli/stderr cli/types cli/terminal-input
cli/terminal-output cli/terminal-stdin cli/terminal-stdout cli/terminal-stderr clocks/monotonic-clock
clocks/system-clock clocks/timezone clocks/types filesystem/preopens filesystem/types http/client http/handler
http/types random/insecure random/insecure-seed random/random sockets/ip-name-lookup sockets/types""".split()


def core(field, module="wasi_snapshot_preview1", sort="function"):
    return classify(Import(module, field, sort), Kind.MODULE)


def wit(name, sort="instance"):
    return classify(Import("", name, sort), Kind.COMPONENT)


def test_every_function_is_classified():
    assert sorted(PREVIEW1) == sorted(WITX)
    assert all(Capability.UNKNOWN not in core(name) for name in WITX)
    assert all(core(name, "wasi_unstable") == core(name) | {Capability.LEGACY} for name in WITX)


def test_every_interface_is_classified():
    assert sorted(INTERFACES) == sorted({*WIT_02, *WIT_03})
    for name in WIT_02:
        assert Capability.UNKNOWN not in wit(f"wasi:{name}@0.2.9")
    for name in WIT_03:
        assert Capability.UNKNOWN not in wit(f"wasi:{name}@0.3.0-rc-2026-03-15")


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("fd_write", "io-write"),
        ("path_open", "fs-open"),
        ("path_unlink_file", "fs-write"),
        ("sock_send", "net"),
        ("random_get", "random"),
        ("fd_prestat_get", "handle"),
    ],
)
def test_classes(name, capability):
    assert core(name) == {Capability(capability)}


@pytest.mark.parametrize(
    "name",
    [
        "wasi:cli/stdout",
        "wasi:cli/stdout@0.1.0",
        "wasi:cli/stdout@0.4.0",
        "wasi:cli/stdout@1.2.0",
        "wasi:cli/stdout@0.2",
        "wasi:cli/stdout@0.2.01",
        "wasi:cli/stdout@0.2.0\n",
        "WASI:cli/stdout@0.2.0",
        "wasi:cli/stdout@0.2.0 ",
        "evil:cli/stdout@0.2.0",
        "wasi:keyvalue/store@0.2.0",
        "stdout",
        "url=<https://example.org>",
        "",
    ],
)
def test_near_misses_are_unknown(name):
    assert wit(name) == {Capability.UNKNOWN}


def test_the_sort_counts_too():
    assert core("fd_write", sort="global") == {Capability.UNKNOWN}
    assert wit("wasi:cli/stdout@0.2.0", sort="function") == {Capability.UNKNOWN}


@pytest.mark.parametrize("module", ["env", "GOT.mem", "GOT.func", "GOT."])
def test_dynamic_linking(module):
    assert core("anything", module) == {Capability.DYNAMIC_LINK}


@given(st.text(), st.text())
def test_any_other_name_is_unknown(module, field):
    known = module in {"wasi_snapshot_preview1", "wasi_unstable"} and field in WITX
    if not known and module != "env" and not module.startswith("GOT."):
        assert core(field, module) == {Capability.UNKNOWN}


def test_required_and_abi():
    imports = (Import("wasi_snapshot_preview1", "fd_write", "function"), Import("x", "y", "function"))
    assert required_capabilities(imports, Kind.MODULE) == {
        Capability.IO_WRITE: ("wasi_snapshot_preview1.fd_write",),
        Capability.UNKNOWN: ("x.y",),
    }
    assert abi(imports, Kind.MODULE) == "preview1"
    assert abi((), Kind.MODULE) == "none"
    assert abi((Import("wasi_unstable", "x", "function"),), Kind.MODULE) == "preview0"
    both = (Import("", "wasi:io/poll@0.2.0", "instance"), Import("", "wasi:cli/run@0.3.0", "instance"))
    assert abi(both, Kind.COMPONENT) == "p3"
    assert abi(both[:1], Kind.COMPONENT) == "p2"
