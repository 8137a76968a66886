"""The checks of an admission, in the one order in which they run.

    read_policy                 the gate's own policy, without which nothing can be asked
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
    check_status_list           a list of what was revoked is there if one is required, verified and fresh
    check_revocation            neither record, subject, key nor any dependency is on it
    check_epochs                an accepted appraisal policy; no epoch below one required or seen before
    check_purpose               made for the purpose and role the workload is let in for
    check_platform              the platform is one the policy holds for, told by someone it believes, lately
    check_restrictions          and one that the record holds for
    check_dependencies          every one was looked at, is covered where the policy asks, and holds now
    check_verdict               the record admits, and every area reaches its threshold

A check notes reasons on the context or raises `GateDenied`; noting nothing is passing, and whatever else it raises is a
denial. It `needs` checks without which its answer would mean nothing: when one of them denied or was not reached, it
is not reached either. So one answer names every cause, and no consequence of a cause.
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
    check_status_list,
    check_validity,
    check_verdict,
)
from supplytrust.gate.context import AdmissionContext
from supplytrust.gate.platform_checks import check_platform, check_restrictions
from supplytrust.gate.record_checks import (
    check_clock,
    check_critical_extensions,
    check_signer_scope,
    check_subject,
    hash_inputs,
    read_inputs,
    read_policy,
    read_record,
    verify_signature,
)


class Check(NamedTuple):
    """`name` is the field of the denial when the check itself breaks; `needs` are checks that it stands on."""

    name: str
    run: Callable[[AdmissionContext], None]
    needs: tuple[str, ...] = ()


CHECKS = (
    Check("policy", read_policy),
    Check("inputs", read_inputs, ("policy",)),
    Check("clock", check_clock, ("policy",)),
    Check("digests", hash_inputs, ("inputs",)),
    Check("signature", verify_signature, ("inputs",)),
    Check("record", read_record, ("signature",)),
    Check("scope", check_signer_scope, ("record", "clock")),
    Check("critical", check_critical_extensions, ("record",)),
    Check("subject", check_subject, ("record", "digests")),
    Check("configuration", check_configuration, ("subject", "scope")),
    Check("imports", check_imports, ("subject", "scope")),
    Check("validity", check_validity, ("record", "clock")),
    Check("status", check_status_list, ("policy", "clock")),
    Check("revocation", check_revocation, ("status", "record", "digests")),
    Check("epochs", check_epochs, ("scope",)),
    Check("purpose", check_purpose, ("record",)),
    Check("platform", check_platform, ("policy", "clock")),
    Check("restrictions", check_restrictions, ("record", "digests")),
    Check("dependencies", check_dependencies, ("record", "clock")),
    Check("verdict", check_verdict, ("record",)),
)
