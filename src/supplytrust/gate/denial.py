"""Why a gate says no, and how a check says it.

The reason codes are a closed list, the same in every language: `tests/vectors` has a case for each.
"""

from __future__ import annotations

import enum

from supplytrust.errors import ConfigError, MalformedRecordError
from supplytrust.model.admission import DenyReason


class Code(enum.StrEnum):
    """Reason codes. The field beside a code says which input it is about."""

    SIZE = "size"  # an input is larger than its cap
    OCI = "oci"  # an OCI layout that does not lead to one workload; the detail ends with its rule
    NOT_WASM = "not-wasm"  # no WebAssembly header, or sections that break the format
    ENVELOPE = "envelope"  # missing, not exactly one signature, foreign type, base64 not canonical
    SIGNATURE = "signature"  # no known key verifies it
    SIGNER_SCOPE = "signer-scope"  # the key is known, but not for this trustor, subject or time
    PARSE = "parse"  # not strict JSON or TOML, or a value of the wrong type
    DUPLICATE_KEY = "duplicate-key"
    UNKNOWN_FIELD = "unknown-field"
    CRIT = "crit"  # a critical extension that this gate does not know
    VERSION = "version"  # another statement, predicate or schema version
    SUBJECT_DIGEST = "subject-digest"
    CONFIG_DIGEST = "config-digest"
    IMPORTS_EXTRA = "imports-extra"  # imports the record does not name, or the policy does not allow
    GRANT_EXTRA = "grant-extra"  # the configuration grants more than the record names
    CAPABILITY_UNKNOWN = "capability-unknown"
    DYNAMIC_UNRESOLVED = "dynamic-unresolved"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    CLOCK = "clock"  # no usable time, or a clock that went backwards
    REVOKED = "revoked"
    STATUS_STALE = "status-stale"  # missing, too old or rolled back
    POLICY_DIGEST = "policy-digest"  # judged under a policy this gate does not accept
    POLICY_ROLLBACK = "policy-rollback"  # an epoch lower than required or seen before
    PLATFORM = "platform"
    TCB = "tcb"
    DEP_MISSING = "dep-missing"
    DEP_EXPIRED = "dep-expired"
    DEP_DENIED = "dep-denied"
    AREA_BELOW = "area-below"
    AREA_UNKNOWN = "area-unknown"
    INTERNAL = "internal"
    GATE_POLICY = "gate-policy"  # the gate's own policy is missing or cannot be used
    CONTEXT = "context"  # judged for another purpose or role
    RECORD_DENIED = "record-denied"  # the record itself does not admit
    LOADER = "loader"  # the program that the workload would be handed to cannot be started
    STATE = "state"  # the file with what was seen before cannot be read or written


_LONGEST = 300
_CODES = {
    "size": Code.SIZE,
    "duplicate-key": Code.DUPLICATE_KEY,
    "envelope": Code.ENVELOPE,
    "base64": Code.ENVELOPE,
}


class GateDenied(Exception):  # noqa: N818 - an answer, not an error; it never leaves the gate
    """Ends the step that raises it; the reason goes into the decision."""

    def __init__(self, code: Code, field: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason(code, field, detail)


def reason(code: Code, field: str, detail: str) -> DenyReason:
    """A reason of one printable line, however hostile the input it speaks of."""
    line = "".join(c if c.isprintable() else "?" for c in detail[:_LONGEST])
    return DenyReason(str(code), field, line)


def from_malformed(error: MalformedRecordError, field: str) -> GateDenied:
    """The strict reader's reasons in the gate's words."""
    return GateDenied(_CODES.get(error.reason, Code.PARSE), field, error.message)


def from_config(error: ConfigError, field: str) -> GateDenied:
    """A configuration that its adapter does not understand."""
    return GateDenied(Code.PARSE, field, error.message)
