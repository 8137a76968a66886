"""A policy as a value: thresholds, must-haves, vetoes, sources that count, exceptions. Data, not code.

Finite and monotone by construction, so that the laws of the algebra hold and what is missing can be said
in closed form. `appraisal.policies.loader` makes one from TOML and refuses everything outside this vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from supplytrust.model.context import Context
from supplytrust.model.purpose import PurposeTable
from supplytrust.model.vocabulary import Area, EdgeKind, Veto

ROOT = "root"  # the profile of the package that was asked about


@dataclass(frozen=True, slots=True, order=True)
class Exemption:
    """A recorded residual doubt: turns REFER into ADMIT for the listed areas of one exact version.

    Never covers a veto or a REFUSE. `expires` is at most 180 days after the policy's date of writing.
    """

    subject: str
    covers: tuple[Area, ...]
    reason: str
    owner: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Weight:
    """One row of the weight table: what a signal's answer (at a grade) is worth, and on what basis.

    `favourable` applies to support, `opposing` to opposition. `basis` is `corpus` (with the numbers it
    came from in `numbers`) or `expert`. `covers` are the kinds of dependency that support at this very grade
    accounts for (`algebra.accounting`).
    """

    signal: str
    grade: str
    group: str
    favourable: float
    opposing: float
    half_life_days: float
    basis: str
    numbers: str = ""
    covers: tuple[EdgeKind, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightTable:
    """All rows and the cap of every independence group."""

    rows: Mapping[tuple[str, str], Weight]  # (signal id, grade)
    caps: Mapping[str, float]
    reputation_groups: tuple[str, ...] = ("history", "activity", "popularity", "affiliation")
    digest: str = ""

    def row(self, signal: str, grade: str = "") -> Weight | None:
        """The row of a graded answer, else the signal's plain row, else None (it then weighs nothing)."""
        return self.rows.get((signal, grade)) or self.rows.get((signal, ""))


@dataclass(frozen=True, slots=True)
class Policy:
    """What a relying party requires. Thresholds are in (0, 1); an area that is absent is not required.

    `expect` maps a profile (`root` or an edge kind's value) to thresholds per area, `require` to the signal
    ids that must support (must-haves), `require_for` those that a purpose adds. `level_cap[l]` bounds thresholds
    at requirement level l (0..4), so that levels are monotone. `reliability` lists the sources that count (0..1);
    an unlisted source's statements are shown, and weigh nothing. Times are days and hours as integers.
    """

    id: str
    owner: str = ""
    trustor: str = ""
    epoch: int = 1
    max_age_days: int = 30
    cooldown_hours: int = 72
    review_days: int = 90
    context: Context = field(default_factory=Context)
    expect: Mapping[str, Mapping[Area, float]] = field(default_factory=lambda: MappingProxyType({}))
    require: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    level_cap: tuple[float, ...] = (0.0, 0.5, 0.7, 0.8, 1.0)
    kappa: Mapping[EdgeKind, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                EdgeKind.LINK: 1.0,
                EdgeKind.BUILD: 1.0,
                EdgeKind.SERVICE_LOCAL: 0.5,
                EdgeKind.SERVICE_REMOTE: 0.25,
                EdgeKind.TEST: 0.05,
            }
        )
    )
    veto_always: tuple[Veto, ...] = (Veto.MALICIOUS, Veto.TAMPERED, Veto.BAD_SIGNATURE, Veto.REVOKED)
    veto_also: tuple[Veto, ...] = ()
    reliability: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    exemptions: tuple[Exemption, ...] = ()
    weights: WeightTable = field(default_factory=lambda: WeightTable(MappingProxyType({}), MappingProxyType({})))
    purposes: PurposeTable = field(default_factory=PurposeTable)
    require_for: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    digest: str = ""  # sha256:<hex> of the policy file and the tables it was made from

    def reliability_of(self, source: str) -> float:
        """The weight factor of a source by its exact name; a source that is not listed counts 0."""
        return self.reliability.get(source, 0.0)
