"""The closed vocabularies: areas, outcomes, statuses, edges."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

OMITTED_BY_DEFAULT: Mapping[str, bool] = MappingProxyType({"omitted-by-default": True})
"""Metadata of a text field of a dataclass that JSON states only where it is not the default, which says: not known."""


class Area(enum.StrEnum):
    """What is judged, each by its own question; never averaged."""

    BUILD = "build"
    INTEGRITY = "integrity"
    RESPONSIVENESS = "responsiveness"
    PROVENANCE = "provenance"
    EXPERTISE = "expertise"


class Outcome(enum.IntEnum):
    """ADMIT < REFER < REFUSE; the worse of two is `max`."""

    ADMIT = 0
    REFER = 1
    REFUSE = 2

    def __str__(self) -> str:
        """`REFER`: what is printed is the word, everywhere the same."""
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)


class Status(enum.StrEnum):
    """What a signal found. `NOT_OBSERVED` is neither good nor bad and always has a reason."""

    SUPPORTS = "supports"
    OPPOSES = "opposes"
    NOT_OBSERVED = "not_observed"


class EdgeKind(enum.StrEnum):
    """How a package depends on another one."""

    LINK = "link"
    BUILD = "build"
    SERVICE_LOCAL = "service-local"
    SERVICE_REMOTE = "service-remote"
    TEST = "test"


class Veto(enum.StrEnum):
    """Facts outside the numbers: absorbing, never outweighed, not coverable by an exception."""

    MALICIOUS = "malicious"
    TAMPERED = "tampered"
    BAD_SIGNATURE = "bad-signature"
    REVOKED = "revoked"
    YANKED = "yanked"


class Lifecycle(enum.StrEnum):
    """How settled a signal is."""

    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"
