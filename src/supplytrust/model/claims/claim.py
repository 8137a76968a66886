"""The base of all typed claims."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a source says about a subject. Subclasses are frozen, slotted dataclasses of plain values."""
