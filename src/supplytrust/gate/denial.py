"""How a check says no."""

from __future__ import annotations

from supplytrust.errors import ConfigError, MalformedRecordError
from supplytrust.gate.codes import Code
from supplytrust.model.decision import DenyReason

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
