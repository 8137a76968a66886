"""What changed for callers between a release and the one before it, and what a project says it supports."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from supplytrust.model.claims.claim import Claim


class VersionStep(enum.StrEnum):
    """What the two version numbers say about the change."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    ZERO = "zero"  # below 1.0 anything may change (SemVer, item 4)
    CALENDAR = "calendar"  # numbers are dates and promise nothing about changes
    PRE = "pre-release"  # one of the two is not final


class ApiChangeKind(enum.StrEnum):
    """What a caller of the public interface may trip over."""

    REMOVED = "removed"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, order=True)
class ApiChange:
    """One name of the public interface (dotted, as imported) that callers cannot use as before.

    `announced`: the release before marks it as deprecated in its code or documentation strings. `detail` says
    what changed of a signature.
    """

    name: str
    kind: ApiChangeKind
    announced: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ApiChanges(Claim):
    """The public Python interface of a release's pure wheel against that of its predecessor's, read as text.

    `modules` public modules of the predecessor were compared, `names` public names in them. `unread` modules
    could not be read on either side. `changes` are at most 100, sorted; `removed` and `signatures` count all,
    `removed_unannounced` and `signatures_unannounced` those without a notice.
    """

    predecessor: str
    version: str
    file_name: str
    file_before: str
    step: VersionStep
    modules: int
    names: int
    unread: int
    changes: tuple[ApiChange, ...]
    removed: int
    removed_unannounced: int
    signatures: int
    signatures_unannounced: int
