"""Below the I/O line: evidence, policy, context and time become a record. Pure; same inputs, same record.

ask (signals) -> weigh and compose (algebra) -> record. What a record says about a package besides findings (size, who
can ship it, where its source is) is read from claims, and stays unknown (None, '' or an absent kind) where none tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from supplytrust import __version__, ecosystems
from supplytrust.appraisal import signals
from supplytrust.appraisal.algebra.explain import Questions
from supplytrust.appraisal.algebra.graph import PackageFacts, footprint
from supplytrust.appraisal.algebra.graph_verdict import GraphVerdict, NodeInput, judge_graph
from supplytrust.appraisal.policies.tables import FITS
from supplytrust.appraisal.policies.tables import SIGNAL as TRUSTED_BUILDER
from supplytrust.evidence.dependencies import joins
from supplytrust.model.claims.artifact import CodeComposition, MeasuredDigest
from supplytrust.model.claims.attestation import VerifiedAttestation
from supplytrust.model.claims.release import ReleaseOwners
from supplytrust.model.claims.review import VIA, Endorsement
from supplytrust.model.claims.source_tree import ReleaseTag, SourceRepository
from supplytrust.model.claims.workload import WorkloadFacts, WorkloadGrants
from supplytrust.model.evidence import Evidence, NotObservedReason, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, Signal
from supplytrust.model.policy import GENERAL, ROOT, VENDORS, Context, Policy, purposes_of
from supplytrust.model.record import (
    TOOL_NAME,
    VENDOR,
    CoveringRecord,
    DependencyVerdict,
    EvidenceRef,
    OpenQuestion,
    PolicyRef,
    Reason,
    RequiredAssurance,
    Tool,
    Trustee,
    Trustor,
    TrustRecord,
)
from supplytrust.model.subject import ArtifactKind
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status
from supplytrust.records.endorsement import IDENTIFIED
from supplytrust.wasm.capability import NO_FORMAT

SURROUNDINGS = "surroundings"
MOST_TOLD = 30
MOST_BROUGHT = 200
WORKLOAD = "workload"  # the role of what is judged, in the context of a policy
COMPILED = frozenset({"c", "c++", "objective-c", "cuda", "rust", "go", "cython", "fortran", "assembly", "swift", "zig"})
BOUNDED = frozenset({"rust", "go", "swift"})


def package_facts(node: SubjectEvidence, findings: Iterable[Finding] = ()) -> PackageFacts:
    """Size, native code and accounts of one package, for the footprint; a builder that is trusted by name has that.

    Whoever's word stands in for evidence, and whoever it came through, is named too.
    """
    supporting = [f for f in findings if f.status is Status.SUPPORTS]
    trusted = {f.grade for f in supporting if f.signal == TRUSTED_BUILDER}
    held, cited = dict(_holders(node, trusted)), {one for f in supporting for one in f.evidence}
    words = [o.claim.author for o in node.all(Endorsement) if o.id in cited and o.source.startswith(VENDORS)]
    if names := sorted({name for author in words for name in author.split(VIA)}):
        held[VENDOR] = tuple(names)
    return PackageFacts(bytes=_size(node), native=_native(node), holders=MappingProxyType(held))


def _judged_file(node: SubjectEvidence) -> str:
    return node.subject.artifact.file_name if node.subject.artifact else ""


def _size(node: SubjectEvidence) -> int | None:
    for seen in node.all(MeasuredDigest):
        if seen.claim.file_name == _judged_file(node):
            return seen.claim.size
    return node.subject.artifact.size if node.subject.artifact else None


def _native(node: SubjectEvidence) -> bool | None:
    """Compiled members; of an sdist, sources that an installation compiles.

    Where every package is compiled by who uses it, those in languages that do not keep memory accesses within bounds.
    """
    for seen in node.all(CodeComposition):
        if seen.claim.file_name == _judged_file(node):
            return seen.claim.native_members > 0 or _compiles(node, seen.claim)
    return None


def _compiles(node: SubjectEvidence, claim: CodeComposition) -> bool:
    """More than a tenth of the code is in languages that are compiled before they run."""
    kind = node.subject.artifact.kind if node.subject.artifact else ArtifactKind.OTHER
    counted = COMPILED - BOUNDED if kind is ArtifactKind.SOURCE else COMPILED
    compiled = sum(size for language, size in claim.bytes_by_language if language in counted)
    return kind.is_source and compiled * 10 > sum(size for _, size in claim.bytes_by_language)


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


# --- the judgement
TOOL = f"{TOOL_NAME} {__version__}"


def judge(
    evidence: Evidence,
    policy: Policy,
    at: datetime,
    *,
    supersedes: str = "",
    alone: bool = False,
    records: Mapping[str, CoveringRecord] = MappingProxyType({}),
) -> TrustRecord:
    """The record of `evidence.root` with everything in its graph, at one time, under one policy.

    Dependencies that were not looked at leave a policy that asks something of them unmet, unless the caller
    asks about the package `alone`: it is the question that is narrower then, not the evidence. `records` names,
    by purl, the records that dependencies have of their own (see `covering`).
    """
    root = evidence.node(evidence.root)
    policy = _as_part(policy, root)
    inputs = {n.subject.purl: _input(n, policy, at, root=n.subject.purl == evidence.root) for n in evidence.nodes}
    verdict = judge_graph(evidence.root, inputs, evidence.edges, policy, at, needs_edges=not alone, records=records)
    failed = _internal_failures(evidence, inputs, verdict)
    own = verdict.nodes[evidence.root]
    facts = {node.subject.purl: package_facts(node, inputs[node.subject.purl].findings) for node in evidence.nodes}
    return TrustRecord(
        trustor=Trustor(policy.trustor, Tool(TOOL_NAME, __version__)),
        trustee=Trustee.of(root.subject, source_repository=source_repository(root), source_commit=source_commit(root)),
        context=_context(root, policy),
        assessed_at=at,
        not_before=at,
        expires=verdict.valid_until,
        review_by=min(at + timedelta(days=policy.review_days), verdict.valid_until),
        policy=PolicyRef(policy.id, policy.epoch, policy.digest),
        outcome=max(verdict.outcome, Outcome.REFER) if failed else verdict.outcome,
        reasons=(*verdict.reasons, *failed),
        would_change=verdict.would_change,
        areas=own.areas,
        vetoes=own.vetoes,
        must_haves=tuple(RequiredAssurance(signal, value.value) for signal, value in own.must_haves),
        exceptions=verdict.exceptions,
        dependencies=_dependencies(evidence, verdict, inputs, records),
        risk=verdict.risk,
        footprint=footprint(evidence.root, evidence.edges or (), facts, policy),
        evidence=_references(root),
        not_observed=_not_observed(inputs[evidence.root].findings),
        supersedes=supersedes,
        held_back_at=None if failed else verdict.flips_at,
        workload=workload(root),
        ext=_extensions(root, inputs[evidence.root].findings, at),
    )


def _extensions(root: SubjectEvidence, findings: tuple[Finding, ...], at: datetime) -> Mapping[str, object]:
    """What a record says beyond its own fields: what the package leans on, and endorsements that answered nothing."""
    unused = list_unused(root, findings, at)
    return MappingProxyType({**surroundings(root), **({EXT: unused} if unused else {})})


def ask(node: SubjectEvidence, moment: AppraisalContext) -> tuple[Finding, ...]:
    """Every signal that applies to this kind of package, in order of id."""
    return tuple(_answer(s, node, moment) for s in signals.catalogue() if _applies(s, node))


def _as_part(policy: Policy, root: SubjectEvidence) -> Policy:
    """The policy as it is for a published package by itself: one for workloads asks of it what it asks of their parts.

    The signed steps that it wants of a workload no published package has, and without a record of its own under the
    same policy none could be covered for a gate that asks for one.
    """
    if policy.context.role != WORKLOAD or root.subject.type not in ecosystems.known_types():
        return policy
    linked = EdgeKind.LINK.value
    expect = {**policy.expect, ROOT: policy.expect.get(linked, policy.expect.get(ROOT, {}))}
    require = {**policy.require, ROOT: policy.require.get(linked, policy.require.get(ROOT, ()))}
    return replace(policy, expect=MappingProxyType(expect), require=MappingProxyType(require))


def _applies(signal: Signal, node: SubjectEvidence) -> bool:
    return not signal.META.trait or signal.META.trait in ecosystems.traits_of(node.subject)


def _answer(signal: Signal, node: SubjectEvidence, moment: AppraisalContext) -> Finding:
    try:
        return signal.ask(node.subject, node, moment)
    except Exception as error:  # noqa: BLE001 - a defective signal knows nothing; it never decides
        return signal.META.not_observed(NotObservedReason.INTERNAL, f"the signal failed: {type(error).__name__}")


def _context(root: SubjectEvidence, policy: Policy) -> Context:
    """The policy's; where that says `general`, with the purpose that is stated of the package."""
    context, stated = policy.context, purposes_of(root)
    return replace(context, purpose=stated[0]) if stated and context.purpose == GENERAL else context


def _input(node: SubjectEvidence, policy: Policy, at: datetime, *, root: bool) -> NodeInput:
    """The policy's own purpose is that of the package that was asked about, not of all it depends on."""
    context = policy.context if root else replace(policy.context, purpose=GENERAL)
    moment = AppraisalContext(
        at, context, policy.cooldown_hours, policy.purposes, signals.find, policy.builders, policy.reliability_of
    )
    required = {s for p in purposes_of(node, context.purpose) for s in policy.require_for.get(p, (FITS,))}
    required |= {s for t in ecosystems.traits_of(node.subject) for s in policy.require_where.get(t, ())}
    catalogue: dict[Area, list[str]] = {area: [] for area in Area}
    for signal in signals.catalogue():
        if _applies(signal, node):
            catalogue[Area(signal.META.id.partition("/")[0])].append(signal.META.id)
    frozen: Mapping[Area, tuple[str, ...]] = MappingProxyType({a: tuple(ids) for a, ids in catalogue.items()})
    return NodeInput(ask(node, moment), Questions(frozen), tuple(sorted(required)))


def _internal_failures(
    evidence: Evidence, inputs: Mapping[str, NodeInput], verdict: GraphVerdict
) -> tuple[Reason, ...]:
    """What broke inside this program while a package was looked at or asked about: it might have opposed.

    A claim that no signal reads counts too: without it a dependency may be missing, or a question be narrower.
    """
    nodes = {node.subject.purl: node for node in evidence.nodes}
    told: list[Reason] = []
    for purl in sorted(verdict.nodes):
        path = verdict.paths.get(purl, ())
        asked = [f for f in inputs[purl].findings if f.reason is NotObservedReason.INTERNAL] if purl in inputs else []
        told += [Reason("internal", f"{f.signal}: {f.because}", path) for f in asked]
        gaps = [g for g in nodes[purl].gaps if g.reason is NotObservedReason.INTERNAL] if purl in nodes else []
        told += [Reason("internal", f"{g.source}: {g.claim}: {g.detail}", path) for g in gaps]
    return tuple(told)


def _dependencies(
    evidence: Evidence,
    verdict: GraphVerdict,
    inputs: Mapping[str, NodeInput],
    records: Mapping[str, CoveringRecord],
) -> tuple[DependencyVerdict, ...] | None:
    """Each edge that is reachable from the root, with the outcome of the package it leads to."""
    if evidence.edges is None:
        return None
    digests = {n.subject.purl: f"sha256:{a.sha256}" for n in evidence.nodes if (a := n.subject.artifact) and a.sha256}
    digests |= {
        n.subject.purl: told for n in evidence.nodes if (told := endpoint_identity(n, inputs[n.subject.purl].findings))
    }
    found = [
        DependencyVerdict(
            purl=edge.child,
            digest=digests.get(edge.child, ""),
            kind=edge.kind,
            how=f"{edge.how}; covered by {account.signal}" if (account := verdict.accounting(edge)) else edge.how,
            via=edge.parent if edge.parent != evidence.root else edge.via,
            outcome=verdict.nodes[edge.child].outcome,
            record_digest=records[edge.child].digest if edge.child in records else "",
            expires=verdict.nodes[edge.child].valid_until,
        )
        for edge in evidence.edges
        if edge.parent in verdict.nodes and edge.child in verdict.nodes and edge.child != evidence.root
    ]
    return tuple(sorted(found, key=lambda d: (d.kind.value, d.purl, d.via, d.how)))


def _references(root: SubjectEvidence) -> tuple[EvidenceRef, ...]:
    seen = [EvidenceRef(o.id, o.source, o.observed_at, o.digest, o.method) for o in root.observations]
    return tuple(sorted(seen, key=lambda e: e.id))


def _not_observed(findings: tuple[Finding, ...]) -> tuple[OpenQuestion, ...]:
    unknown = [f for f in findings if f.status is Status.NOT_OBSERVED]
    return tuple(OpenQuestion(f.signal, f"{f.reason.value if f.reason else 'unknown'}: {f.because}") for f in unknown)


# --- endorsements that were at hand and answered nothing, with the reason: nobody's word is passed over in silence

EXT = "endorsementsNotUsed"  # under `ext` of a record: [{claim, author, why}], [{file, why}]
MOST = 50


def list_unused(node: SubjectEvidence, findings: tuple[Finding, ...], at: datetime) -> tuple[dict[str, str], ...]:
    """One entry for each endorsement of this package that no answer cites, and for each file that is none."""
    return tuple(_entries(node, findings, at))[:MOST]


def _entries(node: SubjectEvidence, findings: tuple[Finding, ...], at: datetime) -> Iterator[dict[str, str]]:
    cited = {one for finding in findings for one in finding.evidence}
    answers = {finding.signal: finding for finding in findings}
    for seen in node.all(Endorsement):
        if seen.id not in cited:
            claim = seen.claim
            yield {"claim": claim.claim, "author": claim.author, "why": _why(claim, answers.get(claim.claim), at)}
    for gap in sorted(node.gaps):
        if gap.claim == Endorsement.__name__ and gap.reason is NotObservedReason.MALFORMED:
            name, _, why = gap.detail.partition(": ")
            yield {"file": name, "why": why or gap.detail}


def _why(claim: Endorsement, answer: Finding | None, at: datetime) -> str:
    signal = signals.find(claim.claim)
    if signal is None:
        return "there is no such question"
    if Endorsement not in signal.META.claims:
        return "this question takes nobody's word"
    if at >= claim.expires:
        return f"it ended on {claim.expires:%Y-%m-%d}"
    if answer is None:
        return "the question is not asked of such a package"
    if answer.status is Status.SUPPORTS:
        return "the question is answered without it"
    if answer.status is Status.OPPOSES:
        return "what was seen speaks against the package, and no word takes that back"
    return "the question is open in a way that it does not answer"
