"""The base of all typed claims, and what the relying party states itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a source says about a subject. Subclasses are frozen, slotted dataclasses of plain values."""


# What the relying party says it uses a package for.


@dataclass(frozen=True, slots=True)
class StatedPurpose(Claim):
    """A word of `appraisal.policies.tables.PURPOSES`, from the configuration. It asks for more, never for less."""

    purpose: str
