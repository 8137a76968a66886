"""What advisory databases say about a package: what is open in one version, how past ones were answered, notices.

Aliases of one defect (a CVE, a GHSA, a database's own number) are merged before anything is counted.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim


class AdvisoryKind(enum.StrEnum):
    """What an advisory is about. Only the first three say something about the code of a version."""

    VULNERABILITY = "vulnerability"
    UNSOUND = "unsound"  # a memory-safe interface that can be used to break memory safety; no known attack
    MALICIOUS = "malicious"  # the release was made to harm; said as a fact, by a record of that kind
    UNMAINTAINED = "unmaintained"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Advisory:
    """One defect with all its names. `id` is the name used first, `aliases` the other ones.

    `published` is the earliest day any asked database shows it (not the day of the report), None when none does.
    `severity` is low, medium, high, critical or '' (not rated); `score` the CVSS base score behind it, 0-10.
    `fixed_in` are the versions the databases name as fixed, lowest first; `fix_commits` hexadecimal commit ids.
    """

    id: str
    aliases: tuple[str, ...]
    kind: AdvisoryKind
    published: datetime | None
    withdrawn: datetime | None = None
    severity: str = ""
    score: float | None = None
    fixed_in: tuple[str, ...] = ()
    fix_commits: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class AskedDatabase:
    """A database that was asked and covers this kind of package.

    `newest` is its latest change up to the judged moment, None when it does not say. `about` counts its advisories
    about the package, withdrawn and later ones aside; `records` all it has for packages of this purl type, None when
    it is a service that was asked about this package only; `unread` its records that could not be read and may be
    about anything. What a service says is of the day of the look, unless `newest` names an earlier one (an answer
    that was kept): so that two looks at the same world are equal.
    """

    name: str
    newest: datetime | None
    about: int
    records: int | None = None
    unread: int = 0

    def current_at(self, looked: datetime) -> datetime | None:
        """The day its answer is of, given the day of the look; None when it is not known."""
        return looked if self.newest is None and self.records is None else self.newest


@dataclass(frozen=True, slots=True)
class Unread:
    """Records about the package that were left out, counted by reason; each makes the answer less complete.

    Reasons: `withdrawn`, `later` (published after the judged moment), both harmless; `malformed` (a record about the
    package that breaks its format) and `database` (one that was configured could not be read at all), which are not.
    """

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class OpenAdvisories(Claim):
    """The advisories (vulnerability, unsound, malicious) that affect exactly `version`.

    `undecided` are ids of advisories about the package for which no range could be compared with the version.
    """

    version: str
    advisories: tuple[Advisory, ...]
    undecided: tuple[str, ...]
    databases: tuple[AskedDatabase, ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class PastAdvisory:
    """A vulnerability of any version of the project, and its answer.

    `fixed_version` is the earliest released version that is named as fixed; `fixed_at` its release and `time_source`
    where that time comes from: `index` (upload), `tag` (date of the tagged commit) or '' (not known).
    `committed_at` is the fix commit's date. `days` is release minus publication, never below 0 (a fix that was out
    before the advisory waited for nobody). `answered`: a fixed version is named; `released` whether it was seen
    among the releases (None: the releases are not known).
    """

    advisory: Advisory
    answered: bool
    released: bool | None
    fixed_version: str = ""
    fixed_at: datetime | None = None
    time_source: str = ""
    committed_at: datetime | None = None
    days: float | None = None


@dataclass(frozen=True, slots=True)
class AdvisoryHistory(Claim):
    """Every vulnerability the databases know of the project up to the judged moment, newest first."""

    advisories: tuple[PastAdvisory, ...]
    databases: tuple[AskedDatabase, ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class MaintenanceNotices(Claim):
    """What is declared about the project's upkeep: notices of databases that cover the judged version (unmaintained,
    unsound, notice), the index's archived mark and the project's own word (`Development Status :: 7 - Inactive`).

    `archived` and `inactive` are None when the index was not read.
    """

    version: str
    notices: tuple[Advisory, ...]
    databases: tuple[AskedDatabase, ...]
    archived: bool | None = None
    inactive: bool | None = None
