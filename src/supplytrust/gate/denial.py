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


HELP = {  # what would help, by code; where a code is about several inputs, by code and first word of the field
    Code.SIZE: "nothing of that size is judged: make it smaller",
    Code.NOT_WASM: "name a WebAssembly module or component; a precompiled file is none",
    Code.OCI: "fetch the layout again: its digests do not lead to one workload",
    Code.ENVELOPE: "hand in what `supplytrust assess --sign KEY -o record.json` wrote",
    Code.SIGNATURE: "sign with a key that the gate's policy lists, or list this one",
    Code.SIGNER_SCOPE: "let policy and record name the same trustor, and the key's scope the subject, at this time",
    Code.PARSE: "the document is damaged or of another program: make it anew",
    Code.DUPLICATE_KEY: "a document that can be read in two ways is not read: make it anew",
    Code.UNKNOWN_FIELD: "the document was made for a newer gate: update this one, or make it with the older program",
    Code.CRIT: "use a loader that understands it, and list it under [record] critical",
    Code.VERSION: "make the document with the program of this gate's version",
    Code.SUBJECT_DIGEST: "assess these bytes, or load the ones that were assessed",
    Code.CONFIG_DIGEST: "load with the configuration that was assessed, or assess with this one",
    Code.IMPORTS_EXTRA: "assess again; if the capability is wanted, list it under [capabilities] allow",
    Code.GRANT_EXTRA: "take the grant out of the configuration, or list it under [grants] allow and assess again",
    Code.CAPABILITY_UNKNOWN: "take the import out, or list it under [capabilities] also",
    Code.DYNAMIC_UNRESOLVED: "link it statically: what a loader would find was not judged",
    Code.NOT_YET_VALID: "wait until then, or set the clock right",
    Code.EXPIRED: "assess again and sign the new record",
    Code.CLOCK: "set the clock right; a time needs a zone",
    Code.REVOKED: "nothing but a new version, record or key: revocation is for good",
    Code.STATUS_STALE: "hand in the newest list; its keeper makes one with `supplytrust status renew`",
    Code.POLICY_DIGEST: "assess under the policy that the gate names, or name this one under [record] policies",
    Code.POLICY_ROLLBACK: "use the newest policy, list or record: an older one does not come back",
    Code.PLATFORM: "hand in fresh claims of a platform that policy and record name",
    Code.TCB: "update firmware and microcode, or move to another machine; every rule needs its fact told",
    Code.DEP_MISSING: "assess with dependencies, and each of these kinds by itself into the same ledger",
    Code.DEP_EXPIRED: "assess the dependency again, then the workload",
    Code.DEP_DENIED: "replace the dependency; `supplytrust explain` on the record says what it lacks",
    Code.AREA_BELOW: "`supplytrust explain` on the record says which evidence would change it",
    Code.AREA_UNKNOWN: "show evidence for the area: `supplytrust explain` on the record names it",
    Code.INTERNAL: "a defect: report it with the inputs; nothing is let in by it",
    Code.GATE_POLICY: "write the policy as docs/how-to/gate.md says; every problem is told",
    Code.CONTEXT: "assess for this purpose and role",
    Code.RECORD_DENIED: "`supplytrust explain` on the record says what it lacks",
    Code.LOADER: "name a program that can be started",
    Code.STATE: "hand in --state FILE that can be written; a damaged one is looked at by a person",
}
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
