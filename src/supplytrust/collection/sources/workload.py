"""A WebAssembly workload read as data, and the loader configuration it would run with when one was named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from supplytrust.errors import ConfigError, MalformedError, NotFoundError
from supplytrust.io.context import CollectContext, SourceClaim, not_observed
from supplytrust.model.claims.claim import Claim
from supplytrust.model.claims.workload import (
    ToolClaim,
    WorkloadFacts,
    WorkloadGrants,
    WorkloadJoin,
    WorkloadJoins,
    WorkloadPart,
    WorkloadToolchain,
)
from supplytrust.model.evidence import NotObserved, NotObservedReason, SubjectEvidence
from supplytrust.model.subject import ArtifactKind, Subject
from supplytrust.wasm import adapters
from supplytrust.wasm.capability import Grants, effective
from supplytrust.wasm.inspection import Inspection, inspect, joins
from supplytrust.wasm.parts import export_names, import_names, memory_pages

NAME = "workload"
OFFERS: tuple[type[Claim], ...] = (WorkloadFacts, WorkloadToolchain, WorkloadGrants, WorkloadJoins)
NEEDS: tuple[type[Claim], ...] = ()
ECOSYSTEMS: tuple[str, ...] = ("generic",)
CONFIG = "workload-config"  # option of the call: path of the loader's configuration
CONFIG_FORMAT = "workload-config-format"  # and its format; without one, what its name or its contents say
METHOD = "sections of the binary"


def observe(subject: Subject, known: SubjectEvidence, world: CollectContext) -> Sequence[SourceClaim | NotObserved]:  # noqa: ARG001
    """Read the artifact; the configuration is read by the format its file name stands for."""
    artifact = subject.artifact
    if artifact is None or artifact.kind is not ArtifactKind.WORKLOAD:
        raise NotFoundError("the subject is not a WebAssembly workload")
    data = world.blobs.get(artifact.sha256)
    if data is None:
        raise NotFoundError(f"the bytes of {artifact.file_name} are not here")
    found = inspect(data)
    digest = f"sha256:{artifact.sha256}"
    config, grants = _read_configuration(world)
    made: list[SourceClaim | NotObserved] = [
        SourceClaim(_facts(artifact.file_name, found), METHOD, digest),
        SourceClaim(_toolchain(artifact.file_name, found), "custom sections, as anyone can write them", digest),
        SourceClaim(_joins(artifact.file_name, found, grants), METHOD, digest),
    ]
    if grants is None:
        return [*made, not_observed(WorkloadGrants, NotObservedReason.NOT_LOOKED, "no loader configuration was named")]
    hashed = hashlib.sha256(config).hexdigest()
    return [*made, SourceClaim(_grants(artifact.file_name, found, hashed, grants), grants.format, f"sha256:{hashed}")]


def _read_configuration(world: CollectContext) -> tuple[bytes, Grants | None]:
    name = world.options.get(CONFIG, "")
    if not name:
        return b"", None
    try:
        data = Path(name).read_bytes()
        return data, adapters.read_grants(data, name, world.options.get(CONFIG_FORMAT, ""))
    except (OSError, ConfigError) as error:
        raise MalformedError(f"the loader configuration cannot be read: {error}") from None


def _facts(file_name: str, found: Inspection) -> WorkloadFacts:
    root = found.wasm.root
    least, most = memory_pages(root)
    return WorkloadFacts(
        file_name=file_name,
        kind=str(root.kind),
        abi=found.abi,
        imports=import_names(root),
        exports=export_names(root),
        required=tuple((str(capability), names) for capability, names in found.required.items()),
        needed=found.needed,
        parts=tuple(
            WorkloadPart(".".join(map(str, v.part.path)), str(v.part.kind), v.name, v.sha256, v.part.size)
            for v in found.parts
        ),
        memory_least=least,
        memory_most=most,
        functions=found.surface.functions,
        code_bytes=found.surface.code_bytes,
    )


def _toolchain(file_name: str, found: Inspection) -> WorkloadToolchain:
    tools = {
        ToolClaim(p.field, p.name, p.version, ".".join(map(str, v.part.path))) for v in found.parts for p in v.producers
    }
    lists = [crates for v in found.parts for crates in v.crates]
    return WorkloadToolchain(
        file_name,
        tuple(sorted(tools)),
        sum(map(len, lists)) if lists else None,
        tuple(sorted({name for v in found.parts for name in v.unread})),
    )


def _grants(file_name: str, found: Inspection, config: str, grants: Grants) -> WorkloadGrants:
    met = effective(found.required, grants)
    return WorkloadGrants(
        file_name=file_name,
        config=config,
        format=grants.format,
        items=grants.items,
        used=tuple(sorted(c.value for c in met.used)),
        surplus=tuple(sorted(c.value for c in met.surplus)),
        failing=tuple(sorted(c.value for c in met.failing)),
        remarks=grants.remarks,
    )


def _joins(file_name: str, found: Inspection, grants: Grants | None) -> WorkloadJoins:
    made = (WorkloadJoin(j.purl, j.kind, j.how, j.via, j.digest, j.within or None) for j in joins(found, grants))
    return WorkloadJoins(file_name, tuple(made))
