"""Proposals to WebAssembly whose binary forms are known by sight and not read: a refusal names its proposal.

What wasmtime runs in its default configuration is read. So is what stands in parts of a binary that are
stepped over (types, code, canonical definitions), whoever runs it. The forms below change how an import or
export is written, so nothing can be said about the rest of its section. Sources: wasm-tools
(crates/wasmparser) and component-model (design/mvp/Binary.md).
"""

from __future__ import annotations

import enum

from supplytrust.wasm.cursor import Cursor, WasmError


class Proposal(enum.StrEnum):
    """A proposal by its usual name."""

    COMPACT_IMPORTS = "compact imports (compact import section)"
    CUSTOM_DESCRIPTORS = "custom descriptors (exact types, exact function imports)"
    IMPLEMENTS = "component model implements (names with 'implements' or 'external-id')"
    CANONICAL_NAMES = "component model canonical names ('versionsuffix')"
    VALUES = "component model values"


def refusal(proposal: Proposal, form: str, cursor: Cursor) -> WasmError:
    """The error for a form of this proposal that ends at the cursor."""
    text = f"{form} before byte {cursor.position} is of a proposal that is not read: {proposal}"
    return WasmError(text, proposal=proposal.value)
