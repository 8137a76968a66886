"""The `workload` part of a trust record: what is bound besides the digest, in the spelling records use.

`{config, imports, exports, grants{format, items}, abi, memory{least, most}, platform{tee, measurements}}`; a gate
computes it again. Which platforms the assessor restricts a record to stands in its context; a vetter may restrict
it further under `platform`.
"""

from __future__ import annotations

import hashlib

from supplytrust.wasm.capability import abi
from supplytrust.wasm.grants import Grants
from supplytrust.wasm.parts import Part

NO_FORMAT = "none"  # nothing configures the workload: grants are whatever its loader gives


def import_names(root: Part) -> tuple[str, ...]:
    """Sorted and unique."""
    return tuple(sorted({i.name for i in root.imports}))


def export_names(root: Part) -> tuple[str, ...]:
    """Sorted and unique."""
    return tuple(sorted({e.name for e in root.exports}))


def workload_part(root: Part, config: bytes | None, grants: Grants | None) -> dict[str, object]:
    """The JSON object for a record. `grants` None: no configuration format was named."""
    least, most = memory_pages(root)
    return {
        "config": config_part(config),
        "imports": list(import_names(root)),
        "exports": list(export_names(root)),
        "grants": {
            "format": grants.format if grants else NO_FORMAT,
            "items": list(grants.items) if grants else [],
        },
        "abi": abi(root.imports, root.kind),
        "memory": {"least": least, "most": most},
        "platform": {"tee": [], "measurements": []},
    }


def memory_pages(root: Part) -> tuple[int, int | None]:
    """Pages of the root's own memories: declared minimum, and maximum unless one has none."""
    own = [m for m in root.memories if not m.imported]
    most = [m.most for m in own if m.most is not None]
    return sum(m.least for m in own), sum(most) if own and len(most) == len(own) else None


def config_part(config: bytes | None) -> dict[str, object]:
    """`{"absent": true}` or the digest of the very bytes of the configuration."""
    if config is None:
        return {"absent": True}
    return {"digest": {"sha256": hashlib.sha256(config).hexdigest()}}
