"""The result of judging a whole set: one verdict a package, what the set adds up to, and what changed.

Pure: each listed package is judged by itself, as if it were asked for directly; the list's own graph gives the
path to whatever is not admitted, the risk and the footprint. Libraries of the system and services that the packages
call join the graph as what they are, unknown. The worst outcome is the outcome of the set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import unquote

from supplytrust import ecosystems
from supplytrust.appraisal.algebra.graph import (
    NOTHING_KNOWN,
    Doubt,
    PackageFacts,
    doubt,
    graph_of,
    impacts,
    measure_footprint,
    risk,
    trusted_base,
)
from supplytrust.appraisal.algebra.graph_verdict import judge_names
from supplytrust.appraisal.algebra.package_verdict import Exceptions, standing
from supplytrust.appraisal.algebra.requirement import MustHave
from supplytrust.appraisal.judge import SURROUNDINGS
from supplytrust.appraisal.signals.support.select import show_text
from supplytrust.ecosystems.inventory import Inventory
from supplytrust.evidence.dependencies.joins import library
from supplytrust.ledger.entry import Change
from supplytrust.model.claims.release import ReleaseHistory
from supplytrust.model.evidence import Edge, Evidence
from supplytrust.model.policy import Exemption, Policy
from supplytrust.model.record import Footprint, Missing, Reason, Risk, TrustRecord
from supplytrust.model.subject import release_of
from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status

ROOT = "pkg:generic/audited-set"
EXT = "audit"  # under `ext` of a record: {"question": digest, "passingFault": true when there is one}
PASSING_FAULT = "passingFault"
BEHIND, NEWEST = "behind", "newest"
KNOWN_BY_NAME = "known-by-name"
NOT_KNOWN = Doubt(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class SubjectVerdict:
    """One package of the set.

    `listed` is the purl as listed, `purl` the release that was judged. `record_digest` is empty for what could
    not be judged: such a package is REFER, and its reason says why. `reused`: the record was made in an earlier,
    recent run. `passing_fault`: a question went unanswered for a reason that may be gone when it is asked again, of
    the package or of one that it depends on. `path` leads from a package that is asked for directly; the last one is
    `purl`. `undecided` are the areas in which an exception would be needed, `exceptions` those that were used.
    `surroundings` is what the record says of libraries and services (`ext.surroundings`). `causes` are the answers
    that keep it back, `near` the popular names close to one that the index does not have. `behind` counts the
    releases that came after it, `newest` is the newest of them; 0 and '' when it is the newest, or that is not known.
    """

    listed: str
    purl: str
    outcome: Outcome
    reasons: tuple[Reason, ...]
    where: str = ""
    artifact_sha256: str = ""
    file_name: str = ""
    record_digest: str = ""
    assessed_at: datetime | None = None
    expires: datetime | None = None
    coverage: float | None = None
    reused: bool = False
    passing_fault: bool = False
    path: tuple[str, ...] = ()
    undecided: tuple[Area, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    facts: PackageFacts = NOTHING_KNOWN
    doubt: Doubt = NOT_KNOWN
    surroundings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    causes: tuple[Cause, ...] = ()
    near: tuple[str, ...] = ()
    behind: int = 0
    newest: str = ""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """A judged set; iterating gives its packages, the worst first.

    `changed` is None when there was no earlier run to compare with, else every package that is not the same.
    The outcome is that of the worst package; what fails about the exceptions holds the set back at REFER.
    """

    name: str
    at: datetime
    policy_id: str
    policy_digest: str
    outcome: Outcome
    subjects: tuple[SubjectVerdict, ...]
    footprint: Footprint
    risk: Risk
    changed: tuple[Change, ...] | None = None
    notes: tuple[str, ...] = ()
    exceptions: Exceptions = field(default_factory=Exceptions)

    def __iter__(self) -> Iterator[SubjectVerdict]:
        return iter(self.subjects)

    def count(self, outcome: Outcome) -> int:
        """How many packages have this outcome."""
        return sum(one.outcome is outcome for one in self.subjects)


def judged_from_record(
    listed: str, record: TrustRecord, digest: str, *, where: str = "", reused: bool = False
) -> SubjectVerdict:
    """The verdict that a record gives. Names of holders are known for the kinds that the record names."""
    artifact = record.trustee.artifact
    required = [area.coverage for area in record.areas.values() if area.required]
    return SubjectVerdict(
        listed=listed,
        purl=record.trustee.purl,
        outcome=record.outcome,
        reasons=_reasons_of_record(record),
        where=where,
        artifact_sha256=artifact.sha256 if artifact else "",
        file_name=artifact.file_name if artifact else "",
        record_digest=digest,
        assessed_at=record.assessed_at,
        expires=record.expires,
        passing_fault=has_passing_fault(record),
        coverage=sum(required) / len(required) if required else None,
        reused=reused,
        undecided=_open_areas(record),
        exceptions=record.exceptions,
        facts=_facts(record),
        doubt=doubt(record.areas.values(), vetoed=bool(record.vetoes)),
        surroundings=_surroundings(record),
        causes=causes_of(record),
        behind=_audit_number(record, BEHIND),
        newest=str(_audit_notes(record).get(NEWEST) or ""),
    )


def _audit_notes(record: TrustRecord) -> Mapping[str, object]:
    noted = record.ext.get(EXT)
    return noted if isinstance(noted, Mapping) else MappingProxyType({})


def _audit_number(record: TrustRecord, key: str) -> int:
    found = _audit_notes(record).get(key)
    return found if isinstance(found, int) else 0


def has_passing_fault(record: TrustRecord) -> bool:
    """Whether the record, or what it says of a dependency, rests on a fault that may be gone at the next run."""
    return record.rests_on_passing_fault or _audit_notes(record).get(PASSING_FAULT) is True


def _reasons_of_record(record: TrustRecord) -> tuple[Reason, ...]:
    """The record's reasons; where weight is missing in an area, with the evidence that would bring most of it."""
    lacking = {m.area.value: m for m in record.would_change if not m.subject and m.evidence}
    said = {w.signal: w.because for area in record.areas.values() for w in area.findings}
    return tuple(_with_lack(reason, lacking, said) for reason in record.reasons)


def _with_lack(reason: Reason, lacking: Mapping[str, Missing], said: Mapping[str, str]) -> Reason:
    missing = lacking.get(reason.text.partition(":")[0]) if reason.code in ("area-below", "area-unknown") else None
    if missing is None:
        return reason
    signal = missing.evidence[0].signal
    area, _, stated = reason.text.partition("; weight")[0].partition(": ")
    why = f" ({said[signal]})" if said.get(signal) and said[signal] not in stated else ""
    return replace(reason, text=f"{area}: {signal.rpartition('/')[2]} missing{why}; {stated}")


def newer_releases(evidence: Evidence) -> dict[str, object]:
    """How many releases came after the judged one, and the newest; empty when none did, or it is not known."""
    root = evidence.node(evidence.root)
    seen, subject = root.newest(ReleaseHistory), root.subject
    scheme = ecosystems.versions_of(subject.type)
    listed = [r.version for r in seen.claim.releases if not r.yanked and not r.prerelease] if seen else []
    newer = [v for v in listed if scheme.at_least(v, subject.version) and not scheme.at_least(subject.version, v)]
    newest = next((v for v in newer if all(scheme.at_least(v, other) for other in newer)), "")
    return {BEHIND: len(newer), NEWEST: newest} if newest else {}


def unknown_subject(listed: str, code: str, why: str, *, where: str = "", near: tuple[str, ...] = ()) -> SubjectVerdict:
    """The verdict on what could not be judged: never admitted."""
    return SubjectVerdict(listed, listed, Outcome.REFER, (Reason(code, why),), where, near=near)


def compose_result(
    listed: Inventory,
    found: Iterable[SubjectVerdict],
    policy: Policy,
    at: datetime,
    changed: tuple[Change, ...] | None = None,
) -> AuditResult:
    """The set as a whole. A listed package without a verdict counts as not judged."""
    by_purl = {one.listed: one for one in found}
    for missing in (one for one in listed.listed if one.purl not in by_purl):
        by_purl[missing.purl] = unknown_subject(missing.purl, "not-judged", "no verdict came back", where=missing.where)
    joins = _joins(by_purl.values())
    edges = (*listed.edges, *(Edge(ROOT, root, EdgeKind.LINK, "declared") for root in listed.roots), *joins)
    by_purl |= _verdicts_by_name(edges, joins, policy, at)
    graph = graph_of(ROOT, edges)
    parents = graph.reach_all()
    number = {name: n for n, name in enumerate(graph.names)}
    impact = {graph.names[n]: i for n, i in impacts(graph, policy, policy.context.impact).items()}
    subjects = tuple(
        replace(one, path=_path(graph.path(parents, number[purl]), by_purl))
        if one.outcome is not Outcome.ADMIT and number.get(purl) in parents
        else one
        for purl, one in by_purl.items()
    )
    used = {one.purl: one.exceptions for one in subjects if one.exceptions}
    exceptions = standing(policy.exemptions, used, {release_of(one.purl) for one in subjects}, at)
    worst = max((one.outcome for one in subjects), default=Outcome.REFER)
    base = [purl for purl in trusted_base(ROOT, edges, policy) if purl in by_purl]
    return AuditResult(
        name=listed.name,
        at=at,
        policy_id=policy.id,
        policy_digest=policy.digest,
        outcome=max(worst, Outcome.REFER) if exceptions.failures else worst,
        subjects=tuple(sorted(subjects, key=lambda one: (-one.outcome, one.purl, one.listed))),
        footprint=measure_footprint({purl: by_purl[purl].facts for purl in base}),
        risk=risk({p: one.doubt for p, one in by_purl.items()}, impact, policy.context),
        changed=changed,
        notes=listed.notes,
        exceptions=exceptions,
    )


def _surroundings(record: TrustRecord) -> Mapping[str, object]:
    told = record.ext.get(SURROUNDINGS)
    return told if isinstance(told, Mapping) else MappingProxyType({})


def _joins(found: Iterable[SubjectVerdict]) -> tuple[Edge, ...]:
    """Edges to what is known by name only; a library that another package of the set brings is judged with that one."""
    known = list(found)
    brought = {library(str(name)) for one in known for name in _list_surroundings(one, "brings")}
    made = {
        Edge(one.listed, str(j["purl"]), EdgeKind(str(j["kind"])), str(j["how"]), str(j["via"]))
        for one in known
        for j in _list_surroundings(one, "joins")
        if isinstance(j, Mapping)
    }
    return tuple(sorted(edge for edge in made if edge.child not in brought))


def _list_surroundings(one: SubjectVerdict, key: str) -> Iterable[object]:
    told = one.surroundings.get(key)
    return told if isinstance(told, list | tuple) else ()


def _verdicts_by_name(
    edges: Iterable[Edge], joins: tuple[Edge, ...], policy: Policy, at: datetime
) -> dict[str, SubjectVerdict]:
    """A verdict on each thing known by name only that the policy asks something of."""
    by_child = {edge.child: edge for edge in reversed(joins)}
    return {
        purl: replace(
            unknown_subject(purl, KNOWN_BY_NAME, _by_name(by_child[purl]), where=by_child[purl].parent),
            outcome=verdict.outcome,
            exceptions=verdict.exceptions,
            undecided=tuple(area for area, v in verdict.areas.items() if v.required),
        )
        for purl, verdict in judge_names(ROOT, edges, by_child, policy, at).items()
    }


def _by_name(edge: Edge) -> str:
    name = show_text(
        unquote(edge.child.removeprefix("pkg:generic/").partition("/")[2].removesuffix("@unversioned")), 80
    )
    via = show_text(edge.via, 80)
    if edge.kind is EdgeKind.LINK:
        return f"{name} is needed of the system ({via}) and known by name only"
    return f"{name} is called at a fixed address ({via}) and known by name only"


def _open_areas(record: TrustRecord) -> tuple[Area, ...]:
    """The areas that keep a package at REFER: each an exception could cover, for a while and by somebody."""
    open_ = {area for area, v in record.areas.items() if v.required and v.outcome is Outcome.REFER}
    open_ |= {Area(must.signal.partition("/")[0]) for must in record.must_haves if must.state == MustHave.NOT_OBSERVED}
    return tuple(area for area in Area if area in open_)


def _path(names: tuple[str, ...], by_purl: Mapping[str, SubjectVerdict]) -> tuple[str, ...]:
    return tuple(by_purl[name].purl for name in names[1:])


def _facts(record: TrustRecord) -> PackageFacts:
    if record.footprint is None or record.footprint.packages != 1:
        return PackageFacts(bytes=record.trustee.artifact.size if record.trustee.artifact else None)
    held: dict[str, tuple[str, ...]] = {}
    for point in record.footprint.single_points:
        held[point.kind] = (*held.get(point.kind, ()), point.name)
    native = None if record.footprint.native is None else record.footprint.native > 0
    return PackageFacts(record.footprint.bytes, native, MappingProxyType(held))


# --- Which answers keep a package from being admitted? What speaks against it, and what it would take to know more.


@dataclass(frozen=True, slots=True)
class Cause:
    """One question whose answer, or lack of one, keeps a package back.

    `reason` says why there is no answer (a value of NotObservedReason); it is empty when the answer speaks against
    the package. `text` is what was seen, or why nothing was, in the words of the one who looked.
    """

    signal: str
    reason: str
    text: str


def causes_of(record: TrustRecord) -> tuple[Cause, ...]:
    """What speaks against the package, the gravest first; then the smallest set of answers that would change it."""
    findings = {found.signal: found for area in record.areas.values() for found in area.findings}
    contradicted = {must.signal for must in record.must_haves if must.state == MustHave.CONTRADICTED}
    against = sorted(
        (found for found in findings.values() if found.status is Status.OPPOSES),
        key=lambda found: (found.veto is None, found.signal not in contradicted, -found.weight.opposing, found.signal),
    )
    wanted = [
        signal
        for missing in record.would_change
        if not missing.subject
        for signal in (*missing.must_haves, *(gain.signal for gain in missing.evidence))
    ]
    absent = (findings[signal] for signal in dict.fromkeys(wanted) if signal in findings)
    return (
        *(Cause(found.signal, "", found.because) for found in against),
        *(
            Cause(found.signal, found.reason.value if found.reason else "unknown", found.because)
            for found in absent
            if found.status is Status.NOT_OBSERVED
        ),
    )
