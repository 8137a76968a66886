"""What a record says about a package besides findings: size, who can ship it, where its source is.

Each is read from claims, and stays unknown (None, '' or an absent kind) where no claim tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from types import MappingProxyType
from urllib.parse import urlsplit

from supplytrust.appraisal.algebra.graph import PackageFacts
from supplytrust.appraisal.policies.builders import SIGNAL as TRUSTED_BUILDER
from supplytrust.evidence.dependencies import joins
from supplytrust.model.claims.artifact import CodeComposition, MeasuredDigest
from supplytrust.model.claims.attestation import VerifiedAttestation
from supplytrust.model.claims.release import ReleaseOwners
from supplytrust.model.claims.review import Endorsement
from supplytrust.model.claims.source_tree import ReleaseTag, SourceRepository
from supplytrust.model.claims.workload import WorkloadFacts, WorkloadGrants
from supplytrust.model.evidence import SubjectEvidence
from supplytrust.model.finding import Finding
from supplytrust.model.vocabulary import Status
from supplytrust.records.endorsement import IDENTIFIED
from supplytrust.wasm.capability import NO_FORMAT

SURROUNDINGS = "surroundings"
MOST_TOLD = 30
MOST_BROUGHT = 200
COMPILED = frozenset({"c", "c++", "objective-c", "cuda", "rust", "go", "cython", "fortran", "assembly", "swift", "zig"})


def package_facts(node: SubjectEvidence, findings: Iterable[Finding] = ()) -> PackageFacts:
    """Size, native code and accounts of one package, for the footprint; a builder that is trusted by name has that."""
    trusted = {f.grade for f in findings if f.signal == TRUSTED_BUILDER and f.status is Status.SUPPORTS}
    return PackageFacts(bytes=_size(node), native=_native(node), holders=_holders(node, trusted))


def _judged_file(node: SubjectEvidence) -> str:
    return node.subject.artifact.file_name if node.subject.artifact else ""


def _size(node: SubjectEvidence) -> int | None:
    for seen in node.all(MeasuredDigest):
        if seen.claim.file_name == _judged_file(node):
            return seen.claim.size
    return node.subject.artifact.size if node.subject.artifact else None


def _native(node: SubjectEvidence) -> bool | None:
    """Compiled members; of an sdist, sources that an installation compiles."""
    for seen in node.all(CodeComposition):
        if seen.claim.file_name == _judged_file(node):
            return seen.claim.native_members > 0 or (_is_sdist(node) and _compiles(seen.claim))
    return None


def _is_sdist(node: SubjectEvidence) -> bool:
    return node.subject.artifact is not None and node.subject.artifact.kind.is_source


def _compiles(claim: CodeComposition) -> bool:
    """More than a tenth of the code is in languages that are compiled before they run."""
    compiled = sum(size for language, size in claim.bytes_by_language if language in COMPILED)
    return compiled * 10 > sum(size for _, size in claim.bytes_by_language)


def _holders(node: SubjectEvidence, trusted: Set[str]) -> Mapping[str, tuple[str, ...]]:
    """An organization that lists nobody leaves the accounts unknown.

    A builder can ship what it attests to have built, and has the policy's name where that trusts it; the host of the
    repository it builds from can ship what it hands out.
    Keys that sign tags are not counted: no installer asks for their signatures.
    """
    found: dict[str, tuple[str, ...]] = {}
    attested = [o.claim for o in node.all(VerifiedAttestation) if o.claim.file_name == _judged_file(node)]
    builders = trusted or {a.builder or a.runner or a.issuer for a in attested} - {""}
    hosts = {host for a in attested if (host := urlsplit(a.repository).hostname)}
    if builders:
        found["builder"] = tuple(sorted(builders))
    if hosts:
        found["host"] = tuple(sorted(hosts))
    seen = node.newest(ReleaseOwners)
    if seen is None:
        return MappingProxyType(found)
    if seen.claim.roles:
        found["account"] = tuple(sorted({account for account, _ in seen.claim.roles}))
    if seen.claim.organization:
        found["organization"] = (seen.claim.organization,)
    return MappingProxyType(found)


def source_repository(node: SubjectEvidence) -> str:
    """The repository the release was compared with; '' when none was."""
    seen = node.newest(SourceRepository)
    return seen.claim.address if seen is not None and node.newest(ReleaseTag) is not None else ""


def source_commit(node: SubjectEvidence) -> str:
    """The commit the release was traced to; '' when none was."""
    seen = node.newest(ReleaseTag)
    return seen.claim.commit if seen is not None else ""


def surroundings(node: SubjectEvidence) -> Mapping[str, object]:
    """What the artifact leans on besides packages, for `ext.surroundings` of the record; empty when there is nothing.

    `joins` are the libraries and services that the graph holds as unknown nodes, `system` what every machine of the
    platform has, `bundled` what the file needs and brings, `brings` all libraries in it, `inferred` names in code
    that may never be used.
    """
    found = joins.surroundings(node)
    rows = [{"purl": e.child, "kind": e.kind.value, "how": e.how, "via": e.via} for e in joins.edges(node)]
    told: dict[str, object] = {
        "joins": tuple(rows),
        "platform": found.platform,
        "system": tuple(found.system),
        "bundled": tuple(found.bundled[:MOST_TOLD]),
        "brings": tuple(sorted(joins.brought([node]))[:MOST_BROUGHT]),
        "inferred": tuple({"name": name, "how": how} for name, how in found.inferred[:MOST_TOLD]),
    }
    kept = {key: value for key, value in told.items() if value}
    return MappingProxyType({SURROUNDINGS: kept}) if kept else MappingProxyType({})


def endpoint_identity(node: SubjectEvidence, findings: Iterable[Finding]) -> str:
    """The digest (`sha256:<hex>`) of what a service is held to, as the endorsement that counts says; else ''."""
    cited = {i for f in findings if f.signal == IDENTIFIED and f.status is Status.SUPPORTS for i in f.evidence}
    named = (o.claim.identity for o in node.all(Endorsement) if o.id in cited)
    return next((identity.partition(":")[2] for identity in named if identity), "")


def workload(node: SubjectEvidence) -> Mapping[str, object] | None:
    """What a gate binds besides the digest, as `gate.payload` reads it; None for what is no workload."""
    facts, grants = node.newest(WorkloadFacts), node.newest(WorkloadGrants)
    if facts is None or facts.claim.file_name != _judged_file(node):
        return None
    given = grants.claim if grants is not None and grants.claim.file_name == _judged_file(node) else None
    config: Mapping[str, object] = {"digest": {"sha256": given.config}} if given and given.config else {"absent": True}
    return MappingProxyType(
        {
            "abi": facts.claim.abi,
            "config": config,
            "exports": facts.claim.exports,
            "grants": {"format": given.format if given else NO_FORMAT, "items": given.items if given else ()},
            "imports": facts.claim.imports,
            "memory": {"least": facts.claim.memory_least, "most": facts.claim.memory_most},
            "platform": {"tee": (), "measurements": ()},  # the context of the record says which platforms it is for
        }
    )
