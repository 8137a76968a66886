"""A `wasmtime run` or `wasmtime serve` command line, kept as a text file: options become grants.

Only options whose effect is known here are accepted. What wasmtime would read from elsewhere (`--config`) or
run without compiling (`--allow-precompiled`) is refused, as it would not be bound by this text.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from supplytrust.errors import ConfigError
from supplytrust.wasm.adapters import MAX_CONFIG
from supplytrust.wasm.capability import COMMAND, FILES, Capability, Grants, Remote, arguments_item

FILE_NAME = "wasmtime.args"
_HTTP = frozenset((Capability.NET_HTTP, Capability.NET_HTTP_OUT))
_SERVE = _HTTP | {Capability.NET_HTTP_IN}
_VALUED = frozenset(("--dir", "--env", "--invoke", "--argv0", "--preload", "--addr"))
_TUNING = frozenset(("-W", "--wasm", "-O", "--optimize", "-C", "--codegen", "-D", "--debug"))
_WASI = frozenset(("-S", "--wasi"))
_SWITCHES: dict[str, frozenset[Capability]] = {
    "cli": frozenset(),
    "cli-exit-with-code": frozenset(),
    "common": frozenset(),
    "config": frozenset(),
    "http": _HTTP,
    "inherit-env": frozenset((Capability.ENV,)),
    "inherit-network": frozenset((Capability.NET,)),
    "allow-ip-name-lookup": frozenset((Capability.NET_DNS,)),
    "keyvalue": frozenset(),
    "listenfd": frozenset((Capability.NET,)),
    "nn": frozenset(),
    "p3": frozenset(),
    "preview2": frozenset(),
    "tcp": frozenset(),
    "tcplisten": frozenset((Capability.NET,)),
    "threads": frozenset(),
    "tls": frozenset((Capability.NET,)),
    "udp": frozenset(),
}
_SOCKET_SWITCHES = frozenset(("listenfd", "tcplisten"))
_OFF = frozenset(("n", "no", "false", "off"))
_ON = frozenset(("", "y", "yes", "true", "on"))


@dataclass(slots=True)
class _Line:
    """A command line while it is being read."""

    items: list[str] = field(default_factory=list)
    granted: frozenset[Capability] = COMMAND
    sockets: bool = False
    remotes: list[Remote] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read(data: bytes | None) -> Grants:
    """The grants of a command line; without one, those of plain `wasmtime run`."""
    words = _words(data)
    if words[:1] == ["wasmtime"]:
        words = words[1:]
    line = _Line()
    if words[:1] == ["serve"]:
        line.items.append("serve")
        line.granted |= _SERVE
    if words[:1] in (["serve"], ["run"]):
        words = words[1:]
    rest = _options(line, words)
    if rest[1:]:
        line.items.append(arguments_item(rest[1:]))
    items, remarks = tuple(sorted(set(line.items))), tuple(sorted(set(line.remarks)))
    return Grants("wasmtime", items, line.granted, line.sockets, tuple(sorted(line.remotes)), remarks)


def _words(data: bytes | None) -> list[str]:
    raw = b"" if data is None else data
    if len(raw) > MAX_CONFIG:
        raise ConfigError(f"{FILE_NAME}: {len(raw)} bytes, at most {MAX_CONFIG} are read")
    try:
        return shlex.split(raw.decode("utf-8"))
    except ValueError as error:
        raise ConfigError(f"{FILE_NAME}: not a command line: {error}") from None


def _options(line: _Line, words: list[str]) -> list[str]:
    """Read options up to the module's name; what is left starts with that name."""
    position = 0
    while position < len(words):
        word = words[position]
        if word == "--":
            return words[position + 1 :]
        if not word.startswith("-"):
            return words[position:]
        option, given, value = _split(word)
        position += 1
        if not given:
            if position == len(words):
                raise ConfigError(f"{FILE_NAME}: {option} has no value")
            value = words[position]
            position += 1
        _option(line, option, value)
    return []


def _split(word: str) -> tuple[str, bool, str]:
    """Option, whether its value is in the same word, the value."""
    if word.startswith("--"):
        option, equals, value = word.partition("=")
    else:
        option, equals, value = word[:2], word[2:], word[2:].removeprefix("=")
    if option not in _VALUED | _TUNING | _WASI:
        raise ConfigError(f"{FILE_NAME}: option {option} is not known", hint="name it or leave it out")
    return option, bool(equals), value


def _option(line: _Line, option: str, value: str) -> None:
    if option in _WASI:
        for switch in value.split(","):
            _switch(line, switch)
    elif option == "--env":
        line.items.append(f"env:{value.partition('=')[0]}")
    else:
        line.items.append(f"{option.lstrip('-')}:{value}")
    if option == "--dir":
        line.granted |= FILES
    if option == "--addr":
        line.remotes.append(Remote("listen", value, protected=False))


def _switch(line: _Line, text: str) -> None:
    """One `key[=value]` of -S."""
    key, _, value = text.partition("=")
    granted = _SWITCHES.get(key)
    if granted is None:
        raise ConfigError(f"{FILE_NAME}: -S {key} is not known")
    if value in _OFF:
        line.items.append(f"wasi:{key}=n")
        return
    line.items.append(f"wasi:{key}" if value in _ON else f"wasi:{key}={value}")
    line.granted |= granted
    if key in _SOCKET_SWITCHES:
        line.sockets = True
        line.remotes.append(Remote("listen", value, protected=False))
    if key in ("inherit-network", "http"):
        line.remarks.append(f"any-host: {key}")
