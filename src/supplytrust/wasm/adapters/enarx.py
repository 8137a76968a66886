"""Enarx.toml (Enarx 0.7, crates/enarx-config): env, args, steward, files; read strictly.

Enarx ignores unknown top-level keys, so none there can carry a requirement; here it is an error.
The Keep has no preopened directories: paths are never granted. Clock and random always are.
"""

from __future__ import annotations

from supplytrust.wasm.adapters import MAX_CONFIG
from supplytrust.wasm.capability import Capability, Grants, Remote, arguments_item
from supplytrust.wasm.config_fields import Table, parse, refuse

FILE_NAME = "Enarx.toml"
_ALWAYS = frozenset(
    (
        Capability.ENV,
        Capability.CLOCK,
        Capability.RANDOM,
        Capability.PROCESS,
        Capability.EVENT,
        Capability.HANDLE,
    )
)
_STANDARD = {
    "null": frozenset[Capability](),
    "stdin": frozenset((Capability.IO_READ,)),
    "stdout": frozenset((Capability.IO_WRITE,)),
    "stderr": frozenset((Capability.IO_WRITE,)),
}
_SOCKET = frozenset((Capability.NET, Capability.IO_READ, Capability.IO_WRITE))
_PORTS = {"tls": 443, "tcp": 80}
_DEFAULT_FILES = ("stdin", "stdout", "stderr")  # what Enarx opens when there is no Enarx.toml


def read(data: bytes | None) -> Grants:
    """The grants of an Enarx.toml; without one, Enarx passes the three standard streams on."""
    if data is None:
        streams = frozenset((Capability.IO_READ, Capability.IO_WRITE))
        return Grants("enarx", tuple(sorted(_DEFAULT_FILES)), _ALWAYS | streams, remarks=("self-signed: no steward",))
    root, problems = parse(data, FILE_NAME, MAX_CONFIG)
    items = _plain_items(root)
    files = [_file(f) for f in root.tables("files")]
    steward = root.text("steward", "")
    root.finish()
    refuse(problems)
    remotes = [r for _, _, r in files if r is not None]
    if steward:
        items.append(f"steward:{steward}")
        remotes.append(Remote("steward", steward, steward.startswith("https:")))
    items += [item for item, _, _ in files]
    granted = _ALWAYS.union(*(c for _, c, _ in files))
    sockets = any(r is not None for _, _, r in files)
    return Grants(
        "enarx",
        tuple(sorted(set(items))),
        granted,
        sockets,
        tuple(sorted(remotes)),
        tuple(_remarks(remotes, steward)),
    )


def _plain_items(root: Table) -> list[str]:
    environment = root.table("env")
    items = [f"env:{name}" for name in environment.keys()]  # noqa: SIM118 - Table is not a mapping
    for name in environment.keys():  # noqa: SIM118
        environment.text(name)
    arguments = root.texts("args")
    return [*items, arguments_item(arguments)] if arguments else items


def _file(table: Table) -> tuple[str, frozenset[Capability], Remote | None]:
    """One entry of `files`: its item, what it grants, and the party at the other end."""
    kind = table.text("kind")
    name = table.text("name", "")
    if ":" in name:
        table.complain("name", "holds a colon")
    if kind in _STANDARD:
        table.finish()
        return kind, _STANDARD[kind], None
    if kind not in ("listen", "connect"):
        table.complain("kind", f"'{kind}' is not a kind of file")
        return kind, frozenset(), None
    remote = _socket(table, kind, name)
    table.finish()
    return f"{kind}:{remote.target}", _SOCKET, remote


def _socket(table: Table, kind: str, name: str) -> Remote:
    protocol = table.text("prot", "tls")
    if protocol not in _PORTS:
        table.complain("prot", f"'{protocol}' is neither tls nor tcp")
    if kind == "listen":
        if not name:
            table.complain("name", "is missing")
        host = table.text("addr", "::")
    else:
        host = table.text("host")
    port = table.integer("port", _PORTS.get(protocol, 0), most=65_535)
    shown = f"[{host}]" if ":" in host else host
    return Remote(kind, f"{protocol}:{shown}:{port}", protocol == "tls")


def _remarks(remotes: list[Remote], steward: str) -> list[str]:
    found = [f"unauthenticated: {r.way} {r.target}" for r in remotes if not r.protected]
    found += [f"resolved-outside: {r.target}" for r in remotes if r.way == "connect"]
    found += [f"no-client-authentication: {r.target}" for r in remotes if r.way == "listen" and r.protected]
    return sorted(found) if steward else sorted([*found, "self-signed: no steward"])
