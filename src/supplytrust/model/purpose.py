"""What a package is used for, and which questions that raises: a table, shipped as `appraisal/policies/purposes.toml`.

Purposes add up: what the policy says of the package that was asked about, and what the configuration states of any
package. Neither takes away what the other asks for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from supplytrust.model.claims.code import Ability
from supplytrust.model.claims.purpose import StatedPurpose
from supplytrust.model.claims.review import Scope
from supplytrust.model.evidence import SubjectEvidence

GENERAL = "general"


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One thing that must be known. Any of the signals `any_of` will do, at a grade that is not in `except_grades`.

    `scopes`: audits and reviews count only where they were about one of these, or about everything.
    """

    id: str
    any_of: tuple[str, ...]
    scopes: tuple[Scope, ...] = ()
    except_grades: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeTable:
    """Needs by purpose and by what the code does."""

    by_purpose: Mapping[str, tuple[Need, ...]] = field(default_factory=lambda: MappingProxyType({GENERAL: ()}))
    by_ability: Mapping[Ability, tuple[Need, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def knows(self, purpose: str) -> bool:
        """Whether it is a word of the vocabulary."""
        return purpose in self.by_purpose

    def needs(self, purposes: Iterable[str], abilities: Collection[Ability]) -> tuple[Need, ...]:
        """All that these purposes (KeyError for an unknown one) and abilities ask for, each once, by name."""
        asked = {need for purpose in purposes for need in self.by_purpose[purpose]}
        asked |= {need for ability in abilities for need in self.by_ability.get(ability, ())}
        return tuple(sorted(asked))


def purposes_of(evidence: SubjectEvidence, own: str = GENERAL) -> tuple[str, ...]:
    """What a package is used for besides `general`: `own` and everything that is stated of it."""
    stated = {o.claim.purpose for o in evidence.all(StatedPurpose)}
    return tuple(sorted({own, *stated} - {GENERAL}))
