"""What a WebAssembly workload is, asks for, is made of and is given. Read from its bytes; nothing is run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim
from supplytrust.model.vocabulary import EdgeKind


@dataclass(frozen=True, slots=True)
class WorkloadPart:
    """One module or component. `path` is its place inside, empty for the whole."""

    path: str
    kind: str  # module | component
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class WorkloadFacts(Claim):
    """The root's interface and the size of it all.

    `required` lists import names by capability class (`unknown` and `dynamic-link` included). Memory is in
    pages of the root's own memories; `memory_most` None: no maximum is declared.
    """

    file_name: str
    kind: str
    abi: str  # preview0 | preview1 | p2 | p3 | none
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    required: tuple[tuple[str, tuple[str, ...]], ...]
    needed: tuple[str, ...]
    parts: tuple[WorkloadPart, ...]
    memory_least: int
    memory_most: int | None
    functions: int
    code_bytes: int


@dataclass(frozen=True, slots=True, order=True)
class ToolClaim:
    """What a `producers` section says: a claim of whoever wrote the file. `field`: language, processed-by, sdk."""

    field: str
    name: str
    version: str
    part: str


@dataclass(frozen=True, slots=True)
class WorkloadToolchain(Claim):
    """Who is said to have made it. `unread` names known custom sections that cannot be read."""

    file_name: str
    tools: tuple[ToolClaim, ...]
    crates: int | None  # declared in `.dep-v0`; None: there is no such section
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkloadGrants(Claim):
    """The loader's configuration met with the imports. `config` is its sha256, '' when there is none.

    `used` are the capabilities that are both asked for and granted; `surplus` granted only, `failing` asked only.
    """

    file_name: str
    config: str
    format: str
    items: tuple[str, ...]
    used: tuple[str, ...]
    surplus: tuple[str, ...]
    failing: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class WorkloadJoin:
    """Something the workload depends on; `digest` is `sha256:<hex>` when its bytes are known.

    `within` is the purl of the nested part that it joins; None: the workload itself.
    """

    purl: str
    kind: EdgeKind
    how: str  # static | dynamic | host | declared
    via: str
    digest: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class WorkloadJoins(Claim):
    """Everything that joins it: nested parts, declared crates, libraries, host interfaces, remote parties."""

    file_name: str
    joins: tuple[WorkloadJoin, ...]


@dataclass(frozen=True, slots=True)
class ContainerStep:
    """One blob on the way from an index to the workload: `what` is index, manifest, config, layer or file."""

    what: str
    media_type: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class ContainerChain(Claim):
    """How the workload's bytes lie in an OCI layout: each step hashed again. `manifest`: its digest, '' for none."""

    file_name: str
    name: str
    manifest: str
    steps: tuple[ContainerStep, ...]


@dataclass(frozen=True, slots=True)
class ContainerSignature(Claim):
    """A signature over the manifest that leads to this workload, verified (`says` is not empty) or not.

    `failed`: it names this very manifest, and signature, log entry or time was shown to be wrong. `reason` is a code
    of `evidence.attestations.verdict` or of the layout's reader. `says` is the type of the signed statement.
    """

    file_name: str
    manifest: str
    form: str
    failed: bool = False
    reason: str = ""
    detail: str = ""
    says: str = ""
    issuer: str = ""
    identity: str = ""
    repository: str = ""
    signed_at: datetime | None = None
