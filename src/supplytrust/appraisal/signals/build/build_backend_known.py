"""Question
    Is the tool that turns the source into a wheel a widely used one, taken from where it is published?
Why it matters
    The backend runs with the builder's rights and writes every byte of the wheel. A backend that many
    projects use has been read, rebuilt and reported on; one of the package's own is as unknown as the
    package.
Evidence used
    BuildSystem of the release's sdists: backend, its requirements, `backend-path`, and custom build code.
Supports when
    The backend module is in the table below and the distribution that provides it is among the requirements
    by name, not by address. The legacy rule (no table, or no `build-backend`) means setuptools and counts
    as named. Grade `scripted` when the archive brings build code of its own (setup.py, command classes).
Opposes when
    Never. An uncommon backend is not a fault.
Not observed when
    No sdist was read (its source's reason); the backend lies in the tree, is not in the table, is required
    from an address, or its distribution is not required (inconclusive).
Limits
    Tells the tool by its name, not by its bytes: which version really ran is a question for rebuilds and
    provenance. `scripted` says that own code runs in the build, not what it does. The table is a choice of
    this project and ages; plug-ins of a known backend are as free as own code.
References
    PEP 517, sections "Source trees" and "In-tree build backends"; PEP 660; Thompson, "Reflections on
    Trusting Trust" (CACM 1984); SLSA v1.0, "Build model".
"""

from __future__ import annotations

from supplytrust.appraisal.signals.support.select import current, files_of, least_favourable, nothing_about, show_text
from supplytrust.model.claims.artifact import BuildSystem
from supplytrust.model.evidence import NotObservedReason, Observation, SubjectEvidence
from supplytrust.model.finding import AppraisalContext, Finding, SignalMeta
from supplytrust.model.subject import Subject, requirement_name, requirement_url

META = SignalMeta(id="build/build_backend_known", claims=(BuildSystem,))

_LEGACY = "setuptools.build_meta:__legacy__"
_PROVIDER = {  # backend module -> the distribution that provides it
    "setuptools.build_meta": "setuptools",
    _LEGACY: "setuptools",
    "flit_core.buildapi": "flit-core",
    "flit.buildapi": "flit",
    "hatchling.build": "hatchling",
    "poetry.core.masonry.api": "poetry-core",
    "poetry.masonry.api": "poetry",
    "pdm.backend": "pdm-backend",
    "pdm.pep517.api": "pdm-pep517",
    "uv_build": "uv-build",
    "maturin": "maturin",
    "mesonpy": "meson-python",
    "scikit_build_core.build": "scikit-build-core",
    "scikit_build_core.setuptools.build_meta": "scikit-build-core",
    "sipbuild.api": "sip",
    "pbr.build": "pbr",
    "whey": "whey",
    "jupyter_packaging.build_api": "jupyter-packaging",
}


def ask(subject: Subject, evidence: SubjectEvidence, moment: AppraisalContext) -> Finding:
    """Compare the declared backend with the table."""
    sdists = files_of(subject, sources=True)
    tables = current(evidence, BuildSystem, lambda claim: claim.file_name in sdists)
    if not tables:
        return nothing_about(META, evidence, BuildSystem, "an sdist of this release")
    return least_favourable((_answer(seen) for seen in tables), grades=("", "scripted"))


def _answer(seen: Observation[BuildSystem]) -> Finding:
    table = seen.claim
    backend = table.backend if table.declared and table.backend else _LEGACY
    doubt = _doubt(table, backend)
    if doubt:
        return META.not_observed(NotObservedReason.INCONCLUSIVE, doubt, (seen,))
    if table.hooks:
        text = f"built by {_PROVIDER[backend]} with own build code ({show_text(table.hooks[0])})"
        return META.supports(text, (seen,), grade="scripted")
    return META.supports(f"built by {_PROVIDER[backend]} without own build code", (seen,))


def _doubt(table: BuildSystem, backend: str) -> str:
    if table.backend_path:
        return f"the backend {show_text(backend)} lies in the source tree itself"
    if backend not in _PROVIDER:
        return f"the backend {show_text(backend)} is not one of the widely used ones"
    if not table.declared or not table.requires:
        return "" if backend == _LEGACY else f"{_PROVIDER[backend]} is the backend but not required"
    named = [r for r in table.requires if requirement_name(r) == _PROVIDER[backend]]
    if not named and table.backend:
        return f"{_PROVIDER[backend]} is the backend but not required"
    if any(requirement_url(r) for r in named):
        return f"{_PROVIDER[backend]} is required from an address, not from the index"
    return ""
