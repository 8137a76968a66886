"""What the relying party says it uses a package for."""

from __future__ import annotations

from dataclasses import dataclass

from supplytrust.model.claims.claim import Claim


@dataclass(frozen=True, slots=True)
class StatedPurpose(Claim):
    """A word of `appraisal.policies.schema.PURPOSES`, from the configuration. It asks for more, never for less."""

    purpose: str
