"""spin.toml, manifest version 2 (Spin 2 and 3): what each component of the application is given.

Grants of all components are taken together, which is never less than what one of them gets.
"""

from __future__ import annotations

from supplytrust.wasm.adapters import MAX_CONFIG
from supplytrust.wasm.capability import COMMAND, FILES, Capability, Grants, Remote
from supplytrust.wasm.config_fields import Table, parse, refuse

FILE_NAME = "spin.toml"
_OUTBOUND = frozenset((Capability.NET, Capability.NET_DNS, Capability.NET_HTTP, Capability.NET_HTTP_OUT))
_INBOUND = frozenset((Capability.NET_HTTP, Capability.NET_HTTP_IN))
_UNREAD_ROOT = ("application", "variables")  # names and texts; they grant nothing
_UNREAD = ("description", "source", "build", "tool", "targets", "exclude_files")
_NAMED = {"key_value_stores": "key-value", "sqlite_databases": "sqlite", "ai_models": "ai-model"}


def read(data: bytes | None) -> Grants:
    """The grants of a spin.toml, which Spin cannot do without."""
    root, problems = parse(b"" if data is None else data, FILE_NAME, MAX_CONFIG)
    if root.integer("spin_manifest_version", 0) != 2:
        root.complain("spin_manifest_version", "is not 2")
    for key in _UNREAD_ROOT:
        root.table(key)
    components = root.table("component")
    items: list[str] = []
    for name in components.keys():  # noqa: SIM118 - Table is not a mapping
        items += [f"{name}/{item}" for item in _component(components.table(name))]
    triggers = root.table("trigger").keys()
    items += [f"trigger:{t}" for t in triggers]
    root.finish()
    refuse(problems)
    return _grants(items)


def _component(table: Table) -> list[str]:
    for key in _UNREAD:
        table.ignore(key)
    items = [f"env:{name}" for name in table.table("environment").keys()]  # noqa: SIM118
    items += [f"variable:{name}" for name in table.table("variables").keys()]  # noqa: SIM118
    items += [f"dependency:{name}" for name in table.table("dependencies").keys()]  # noqa: SIM118
    items += [f"outbound:{host}" for host in table.texts("allowed_outbound_hosts")]
    items += [f"outbound:{host}" for host in table.texts("allowed_http_hosts")]
    items += [f"{word}:{name}" for key, word in _NAMED.items() for name in table.texts(key)]
    items += [f"files:{shown}" for shown in _files(table)]
    if table.flag("dependencies_inherit_configuration", default=False):
        items.append("dependencies-inherit")
    table.finish()
    return items


def _files(table: Table) -> list[str]:
    """Patterns, or source and destination of a mounted folder."""
    shown: list[str] = []
    for entry in table.entries("files"):
        if isinstance(entry, Table):
            shown.append(f"{entry.text('source')}->{entry.text('destination')}")
            entry.finish()
        else:
            shown.append(entry)
    return shown


def _grants(items: list[str]) -> Grants:
    granted = COMMAND
    outbound = [i.partition("/outbound:")[2] for i in items if "/outbound:" in i]
    if any("/files:" in i for i in items):
        granted |= FILES
    if outbound:
        granted |= _OUTBOUND
    if "trigger:http" in items:
        granted |= _INBOUND
    remotes = sorted({Remote("connect", host, host.startswith("https://")) for host in outbound})
    remarks = [f"unauthenticated: {r.way} {r.target}" for r in remotes if not r.protected]
    remarks += [f"any-host: {r.target}" for r in remotes if "*" in r.target or "{{" in r.target]
    inheriting = [i.partition("/")[0] for i in items if i.endswith("/dependencies-inherit")]
    remarks += [f"dependencies-inherit: {name}" for name in inheriting]
    unique = tuple(sorted(set(items)))
    return Grants("spin", unique, granted, remotes=tuple(remotes), remarks=tuple(sorted(remarks)))
