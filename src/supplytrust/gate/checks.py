"""The checks of an admission, in the one order in which they run.

    read_inputs                 everything needed was given, is within its cap, and is read exactly once
    check_clock                 a time with a zone, not before what this gate has already lived through
    hash_inputs                 what is judged is named by the digests of the bytes that were read
    verify_signature            one signature over the raw payload, by a key of the gate's policy
    read_record                 only then: the payload is a record of the one version this gate reads
    check_signer_scope          the key speaks for this trustor, about this subject, at this time
    check_critical_extensions   every `crit` extension is understood by the loader
    check_subject               both digests of the record are those of these bytes
    check_configuration         the assessed one, and it grants no more than record and policy name
    check_imports               what the workload asks of its host was assessed, is understood, is allowed
    check_validity              the record holds now, and is not older than the policy lets records get
    check_revocation            nothing of it is on a fresh, verified status list
    check_epochs                an accepted appraisal policy; no epoch below one required or seen before
    check_purpose               made for the purpose and role the workload is let in for
    check_platform              the platform is one the policy and the record hold for
    check_dependencies          every one was looked at, is covered where the policy asks, and holds now
    check_verdict               the record admits, and every area reaches its threshold

A check notes reasons on the context or raises `GateDenied`; noting nothing is passing. Whatever else it raises is a
denial that ends the run. A check that `ends` also ends the run when it denies: what comes after it stands on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from supplytrust.gate.binding_checks import (
    check_configuration,
    check_dependencies,
    check_epochs,
    check_imports,
    check_purpose,
    check_revocation,
    check_validity,
    check_verdict,
)
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.platform_checks import check_platform
from supplytrust.gate.record_checks import (
    check_clock,
    check_critical_extensions,
    check_signer_scope,
    check_subject,
    hash_inputs,
    read_inputs,
    read_record,
    verify_signature,
)


class Check(NamedTuple):
    """`name` is the field of the denial when the check itself breaks; `ends`: nothing runs after its denial."""

    name: str
    run: Callable[[AdmissionContext], None]
    ends: bool = False


CHECKS = (
    Check("inputs", read_inputs, ends=True),
    Check("clock", check_clock, ends=True),
    Check("digests", hash_inputs, ends=True),
    Check("signature", verify_signature, ends=True),
    Check("record", read_record, ends=True),
    Check("scope", check_signer_scope, ends=True),
    Check("critical", check_critical_extensions),
    Check("subject", check_subject, ends=True),
    Check("configuration", check_configuration),
    Check("imports", check_imports),
    Check("validity", check_validity),
    Check("revocation", check_revocation),
    Check("epochs", check_epochs),
    Check("purpose", check_purpose),
    Check("platform", check_platform),
    Check("dependencies", check_dependencies),
    Check("verdict", check_verdict),
)
