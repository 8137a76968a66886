"""Judge a software package and say who trusts whom, for what, until when, on which assurances.

The public names are loaded when they are first used (PEP 562); importing the package loads nothing else.

>>> import supplytrust as st
>>> st.Outcome.ADMIT < st.Outcome.REFER < st.Outcome.REFUSE
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "Subject": "model.subject",
    "Context": "model.context",
    "Policy": "model.policy",
    "Evidence": "model.evidence",
    "Finding": "model.finding",
    "Signal": "model.finding",
    "Opinion": "model.opinion",
    "Outcome": "model.vocabulary",
    "Area": "model.vocabulary",
    "TrustRecord": "model.record",
    "Decision": "model.decision",
    "Source": "io.context",
    "Signer": "records.signers",
    "assess": "assessment",
    "collect": "assessment",
    "appraise": "assessment",
    "audit": "audits.runner",
    "sign": "records.signers",
    "verify": "records.verification",
    "admit": "gate",
    "errors": "",
}

if TYPE_CHECKING:
    from supplytrust import errors as errors
    from supplytrust.assessment import appraise as appraise
    from supplytrust.assessment import assess as assess
    from supplytrust.assessment import collect as collect
    from supplytrust.io.context import Source as Source
    from supplytrust.model.context import Context as Context
    from supplytrust.model.decision import Decision as Decision
    from supplytrust.model.evidence import Evidence as Evidence
    from supplytrust.model.finding import Finding as Finding
    from supplytrust.model.finding import Signal as Signal
    from supplytrust.model.opinion import Opinion as Opinion
    from supplytrust.model.policy import Policy as Policy
    from supplytrust.model.record import TrustRecord as TrustRecord
    from supplytrust.model.subject import Subject as Subject
    from supplytrust.model.vocabulary import Area as Area
    from supplytrust.model.vocabulary import Outcome as Outcome
    from supplytrust.records.signers import Signer as Signer
    from supplytrust.records.signers import sign as sign
    from supplytrust.records.verification import verify as verify

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    """Load a public name from the module that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module 'supplytrust' has no attribute '{name}'")
    if name == "errors":
        return import_module("supplytrust.errors")
    value: object = getattr(import_module(f"supplytrust.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
