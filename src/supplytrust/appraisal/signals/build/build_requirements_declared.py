"""Question
    Does the source archive say what is needed to build it?
Why it matters
    A build can be repeated, and the tools that touched it can be judged, only if they are named. Without
    the `[build-system]` table an installer guesses, and everything the guess brings in runs with the
    builder's rights.
Evidence used
    BuildSystem of the release's sdists: the `[build-system]` table of pyproject.toml.
Supports when
    The table lists requirements, or lists none because the backend lies in the tree (`backend-path`). Grade
    `pinned` when every requirement names one exact version (`==`, `===`) or there is none to name.
Opposes when
    Never. Old projects build well by the legacy rule; the absence is a gap.
Not observed when
    No sdist was read (its source's reason); there is no table (not-published); the table asks for nothing
    and names no in-tree backend (inconclusive).
Limits
    Covers what is declared statically. A backend may ask for more while it runs
    (`get_requires_for_build_wheel`), setup.py may fetch what it likes, system libraries and compilers are
    outside the table, and what the pinned tools need themselves is not pinned by it.
References
    PEP 518, "Specifying Minimum Build System Requirements"; PEP 517, section "Source trees"; PyPA
    specifications, "pyproject.toml: declaring build system dependencies"; SLSA v1.0, "Build model".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, files_of, least_favourable, nothing_about, show_text
from supplytrust.model.claims.artifact import BuildSystem
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject

META = SignalMeta(id="build/build_requirements_declared", claims=(BuildSystem,))


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Read the build requirements of the release's sdists."""
    sdists = files_of(subject, sources=True)
    tables = current(evidence, BuildSystem, lambda claim: claim.file_name in sdists)
    if not tables:
        return nothing_about(META, evidence, BuildSystem, "an sdist of this release")
    return least_favourable((_answer(seen) for seen in tables), grades=("pinned", ""))


def _answer(seen: Observation[BuildSystem]) -> Finding:
    table, name = seen.claim, show_text(seen.claim.file_name)
    if not table.declared:
        return META.not_observed(NotObservedReason.NOT_PUBLISHED, f"{name} has no [build-system] table", (seen,))
    if not table.requires and not table.backend_path:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, f"{name} declares a build without tools", (seen,))
    count = len(table.requires)
    if not count:
        return META.supports(f"{name} needs no build tool from outside", (seen,), grade="pinned")
    if all(_is_exact(requirement) for requirement in table.requires):
        return META.supports(f"{name} pins its build requirements ({count})", (seen,), grade="pinned")
    return META.supports(f"{name} declares its build requirements ({count})", (seen,))


def _is_exact(requirement: str) -> bool:
    clauses = requirement.partition(";")[0]
    return "==" in clauses and "*" not in clauses and "," not in clauses.rpartition("]")[2]
