"""Loader configurations: what they grant, and that nothing unknown passes."""

import pytest

from supplytrust.errors import ConfigError
from supplytrust.wasm.adapters import for_format, format_of, formats
from supplytrust.wasm.capability import Capability, effective

FILES = {Capability.FS_OPEN, Capability.FS_READ, Capability.FS_WRITE}


def read(name, text):
    return for_format(name).read(None if text is None else text.encode())


def test_formats():
    assert formats() == ("enarx", "spin", "wasmtime")
    assert format_of("deploy/Enarx.toml") == "enarx"
    assert format_of("x.toml") == ""
    with pytest.raises(ConfigError):
        for_format("os")


def test_enarx_without_a_file_passes_the_standard_streams():
    grants = read("enarx", None)
    assert grants.items == ("stderr", "stdin", "stdout")
    assert not grants.capabilities & FILES
    assert not grants.sockets


def test_enarx_defaults_and_remarks():
    grants = read("enarx", '[[files]]\nkind="connect"\nhost="h"\nprot="tcp"\n[[files]]\nkind="listen"\nname="n"\n')
    assert grants.items == ("connect:tcp:h:80", "listen:tls:[::]:443")
    assert grants.remarks == (
        "no-client-authentication: tls:[::]:443",
        "resolved-outside: tcp:h:80",
        "self-signed: no steward",
        "unauthenticated: connect tcp:h:80",
    )


@pytest.mark.parametrize(
    "text",
    [
        'trust_record = "x"',
        "args = [1]",
        "env = 1",
        "[env]\nA = 1",
        'files = "stdin"',
        '[[files]]\nkind = "dir"',
        '[[files]]\nkind = "stdin"\nhost = "x"',
        '[[files]]\nkind = "stdin"\nname = "a:b"',
        '[[files]]\nkind = "connect"',
        '[[files]]\nkind = "connect"\nhost = "h"\nport = 70000',
        '[[files]]\nkind = "connect"\nhost = "h"\nprot = "udp"',
        '[[files]]\nkind = "listen"',
        "steward = 1",
        "a = 1\na = 2",
        "\x00",
    ],
)
def test_enarx_refuses(text):
    with pytest.raises(ConfigError):
        read("enarx", text)


def test_configurations_are_bounded():
    for name in formats():
        with pytest.raises(ConfigError):
            for_format(name).read(b"#" * 1_000_001)


SPIN = """
spin_manifest_version = 2
[application]
name = "shop"
[[trigger.http]]
route = "/..."
component = "shop"
[component.shop]
source = "shop.wasm"
environment = { LEVEL = "1" }
key_value_stores = ["default"]
"""


def test_spin():
    grants = read("spin", SPIN)
    assert grants.items == ("shop/env:LEVEL", "shop/key-value:default", "trigger:http")
    assert Capability.NET_HTTP_IN in grants.capabilities
    assert Capability.NET not in grants.capabilities
    more = (
        SPIN
        + 'allowed_outbound_hosts = ["https://*:443", "redis://db:6379"]\nfiles = ["a/*", {source="x", destination="/y"}]\n'
    )
    grants = read("spin", more)
    assert grants.capabilities >= FILES | {Capability.NET, Capability.NET_HTTP_OUT}
    assert grants.remarks == ("any-host: https://*:443", "unauthenticated: connect redis://db:6379")
    assert "shop/files:x->/y" in grants.items


@pytest.mark.parametrize(
    "text", [None, "", SPIN.replace("2", "1", 1), SPIN + "unknown = 1", SPIN + "files = [1]", "x = 1\n" + SPIN]
)
def test_spin_refuses(text):
    with pytest.raises(ConfigError):
        read("spin", text)


def test_wasmtime():
    grants = read(
        "wasmtime", "wasmtime run --dir /data::/d --env A=1 -S http,inherit-network=y -W memory64 m.wasm -v x"
    )
    assert {"dir:/data::/d", "env:A", "wasi:http", "wasi:inherit-network", "W:memory64"} < set(grants.items)
    assert grants.capabilities >= FILES | {Capability.NET, Capability.NET_HTTP_OUT}
    assert read("wasmtime", "run m.wasm").items == ()
    off = read("wasmtime", "-S http=n -Sinherit-network=no m.wasm")
    assert not off.capabilities & {Capability.NET, Capability.NET_HTTP}
    assert read("wasmtime", "-S tcplisten=127.0.0.1:80 m.wasm").sockets
    assert Capability.NET_HTTP_IN in read("wasmtime", "serve --addr 127.0.0.1:80 m.wasm").capabilities


@pytest.mark.parametrize(
    "text", ["--allow-precompiled m.cwasm", "--config x m", "-S everything m", "--dir", "-Z m", "'open", "--dirs=/ m"]
)
def test_wasmtime_refuses(text):
    with pytest.raises(ConfigError):
        read("wasmtime", text)


def test_effective():
    needed = {Capability.IO_READ: ("r",), Capability.FS_OPEN: ("o",), Capability.UNKNOWN: ("u",)}
    met = effective(needed, read("enarx", '[[files]]\nkind="connect"\nhost="h"\n'))
    assert met.used == {Capability.IO_READ, Capability.NET, Capability.UNKNOWN}
    assert met.failing == {Capability.FS_OPEN}
    assert Capability.CLOCK in met.surplus
    assert Capability.NET not in met.surplus
    assert effective(needed, None).used == set(needed)
