"""Question
    Is the code fed with generated inputs, by a set-up that really runs?
Why it matters
    Parsers and native code fail on inputs nobody thought of. Fuzzers find those first, as long as somebody runs
    them; a target that nobody runs finds nothing.
Evidence used
    FuzzingSetup (the sdist, the repository's tree at the release's tag, and a checkout of OSS-Fuzz's project
    configurations when one is configured).
Supports when
    An OSS-Fuzz project for the package's repository executes targets: its people looked at the project first. Grade
    `workflow`: a CI workflow of that repository does, by its own text. Grade `targets`: there are targets and nothing
    is seen to run them. Grade `properties`: tests with generated inputs only.
Opposes when
    Never. Much code has no input that would be worth it.
Not observed when
    Nothing was read (its source's reason); the declared repository was not confirmed by the artifact's files
    (depends); no target and no property test was found (not-published), which says little about small code.
Limits
    A configuration can be switched off on the forge, and a target can reach next to nothing. Fuzzing elsewhere (a
    private cluster, another repository) is not seen. How long it runs and what it covers is not known.
References
    OSS-Fuzz, "New project guide" and "ClusterFuzzLite"; OpenSSF Scorecard, Fuzzing; MacIver et al., "Hypothesis"
    (JOSS 2019).
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import nothing_about, show_text
from supplytrust.model.claims.code import FuzzingSetup, FuzzPlace
from supplytrust.model.claims.source_tree import KnownBy
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject, same_version

META = SignalMeta(id="expertise/fuzzed", claims=(FuzzingSetup,))
Seen = Observation[FuzzingSetup]


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """The strongest set-up that any place shows."""
    fitting = [o for o in evidence.all(FuzzingSetup) if same_version(o.claim.version, subject.version)]
    if not fitting:
        return nothing_about(META, evidence, FuzzingSetup, subject.purl)
    seen = _newest([o for o in fitting if o.claim.known_by is not KnownBy.DECLARED])
    running = [o for o in seen if o.claim.runs and o.claim.place is not FuzzPlace.SDIST]
    if running:
        others = running[0].claim.place is FuzzPlace.OSS_FUZZ  # in order of places it comes first
        told = f"runs: {_first(running[0], 'runs')}"
        return META.supports(told, running[:1], grade="" if others else "workflow")
    aimed = [o for o in seen if o.claim.targets or o.claim.runs]
    if aimed:
        return META.supports(f"targets, not seen to run: {_first(aimed[0], 'targets')}", aimed[:1], grade="targets")
    tested = [o for o in seen if o.claim.properties]
    if tested:
        count = tested[0].claim.properties_total
        told = f"property tests only: {count} files, {_first(tested[0], 'properties')}"
        return META.supports(told, tested[:1], grade="properties")
    unconfirmed = _newest([o for o in fitting if o.claim.known_by is KnownBy.DECLARED])
    return _nothing(seen, [o for o in unconfirmed if o.claim.runs or not seen])


def _newest(seen: list[Seen]) -> list[Seen]:
    """Of each source and place the newest, in an order of their own."""
    latest: dict[tuple[str, str, str], Seen] = {}
    for one in seen:  # newest first
        latest.setdefault((one.source, one.claim.place, one.claim.name), one)
    return sorted(latest.values(), key=lambda o: (o.claim.place, o.id))


def _first(seen: Seen, kind: str) -> str:
    parts = {"runs": seen.claim.runs, "targets": seen.claim.targets or seen.claim.runs}
    part = parts.get(kind, seen.claim.properties)[0]
    return f"{show_text(part.what, 20)} in {show_text(part.path, 30)}"


def _nothing(seen: list[Seen], unconfirmed: list[Seen]) -> Finding:
    """Why nothing is shown; what would be, were it known to be about this repository, is told first."""
    if unconfirmed:
        runs = f" ({show_text(unconfirmed[0].claim.runs[0].path, 30)})" if unconfirmed[0].claim.runs else ""
        told = f"the declared repository{runs} was not confirmed by any file"
        return META.not_observed(NotObservedReason.DEPENDS, told, unconfirmed)
    unread = sum(o.claim.unread for o in seen)
    if unread:
        return META.not_observed(NotObservedReason.INCOMPLETE, f"none found, {unread} files could not be read", seen)
    read = sum(o.claim.read for o in seen)
    return META.not_observed(NotObservedReason.NOT_PUBLISHED, f"no target or property test in {read} files", seen)
