"""Judge a software package and say who trusts whom, for what, until when, on which assurances.

The public names are those of `__all__`; nothing else is. They are loaded when they are first used (PEP 562);
importing the package loads nothing else.

>>> import supplytrust as st
>>> st.Outcome.ADMIT < st.Outcome.REFER < st.Outcome.REFUSE
True
>>> print(st.Outcome.REFER)
REFER
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supplytrust import errors
    from supplytrust.assessment import appraise, assess, collect
    from supplytrust.audits.result import AuditResult, SubjectVerdict
    from supplytrust.audits.runner import audit
    from supplytrust.collection.options import CollectOptions
    from supplytrust.gate.admission import admit
    from supplytrust.io.context import Source
    from supplytrust.model.admission import Decision, DenyReason
    from supplytrust.model.evidence import Evidence, NotObserved, NotObservedReason
    from supplytrust.model.finding import AppraisalContext, Finding, Opinion, Signal
    from supplytrust.model.policy import Context, Exemption, Policy
    from supplytrust.model.record import (
        AreaVerdict,
        AreaVerdicts,
        CountedWeight,
        DependencyVerdict,
        EvidenceRef,
        File,
        Footprint,
        Gain,
        Missing,
        OpenQuestion,
        PolicyRef,
        Reason,
        RequiredAssurance,
        Risk,
        RiskShare,
        SinglePoint,
        Tool,
        Trustee,
        Trustor,
        TrustRecord,
        VetoFact,
        WeighedFinding,
    )
    from supplytrust.model.subject import Artifact, ArtifactKind, Subject
    from supplytrust.model.vocabulary import Area, EdgeKind, Outcome, Status, Veto
    from supplytrust.records.evidence_file import load_evidence, save_evidence
    from supplytrust.records.keys import VerificationKey
    from supplytrust.records.signers import Signer, sign
    from supplytrust.records.statement import VerifiedRecord, load, verify
    from supplytrust.reports import render

__version__ = "0.1.0"

__all__ = [
    "AppraisalContext",
    "Area",
    "AreaVerdict",
    "AreaVerdicts",
    "Artifact",
    "ArtifactKind",
    "AuditResult",
    "CollectOptions",
    "Context",
    "CountedWeight",
    "Decision",
    "DenyReason",
    "DependencyVerdict",
    "EdgeKind",
    "Evidence",
    "EvidenceRef",
    "Exemption",
    "File",
    "Finding",
    "Footprint",
    "Gain",
    "Missing",
    "NotObserved",
    "NotObservedReason",
    "OpenQuestion",
    "Opinion",
    "Outcome",
    "Policy",
    "PolicyRef",
    "Reason",
    "RequiredAssurance",
    "Risk",
    "RiskShare",
    "Signal",
    "Signer",
    "SinglePoint",
    "Source",
    "Status",
    "Subject",
    "SubjectVerdict",
    "Tool",
    "TrustRecord",
    "Trustee",
    "Trustor",
    "VerificationKey",
    "VerifiedRecord",
    "Veto",
    "VetoFact",
    "WeighedFinding",
    "admit",
    "appraise",
    "assess",
    "audit",
    "collect",
    "errors",
    "load",
    "load_evidence",
    "render",
    "save_evidence",
    "sign",
    "verify",
]

_NAMES_BY_MODULE = {
    "assessment": "appraise assess collect",
    "audits.result": "AuditResult SubjectVerdict",
    "audits.runner": "audit",
    "collection.options": "CollectOptions",
    "gate.admission": "admit",
    "io.context": "Source",
    "model.admission": "Decision DenyReason",
    "model.evidence": "Evidence NotObserved NotObservedReason",
    "model.finding": "AppraisalContext Finding Opinion Signal",
    "model.policy": "Context Exemption Policy",
    "model.record": (
        "AreaVerdict AreaVerdicts CountedWeight DependencyVerdict EvidenceRef File Footprint Gain Missing OpenQuestion"
        " PolicyRef Reason RequiredAssurance Risk RiskShare SinglePoint Tool TrustRecord Trustee Trustor VetoFact"
        " WeighedFinding"
    ),
    "model.subject": "Artifact ArtifactKind Subject",
    "model.vocabulary": "Area EdgeKind Outcome Status Veto",
    "records.evidence_file": "load_evidence save_evidence",
    "records.keys": "VerificationKey",
    "records.signers": "Signer sign",
    "records.statement": "VerifiedRecord load verify",
    "reports": "render",
}
_MODULES = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names.split()}


if not TYPE_CHECKING:  # a type checker knows the names from the imports above, and no others

    def __getattr__(name: str) -> object:
        """Load a public name from the module that holds it."""
        if name == "errors":
            return import_module("supplytrust.errors")
        if name not in _MODULES:
            raise AttributeError(f"module 'supplytrust' has no attribute '{name}'")
        value = getattr(import_module(f"supplytrust.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
