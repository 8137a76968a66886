"""One tree of errors. Each says what happened, what to do about it (`hint`) and how a program should exit.

Nothing outside this module is raised across the library's public border. A `SourceError` normally does
not leave an assessment at all: it becomes a `NotObserved` in the evidence, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class SupplytrustError(Exception):
    """Root of all errors of this package."""

    exit_code = 70
    reason = "internal"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


# --- the caller's words are off -------------------------------------------------------------------


class UsageError(SupplytrustError):
    """The call cannot be understood or names a file that cannot be used."""

    exit_code = 2
    reason = "usage"


class InvalidSubjectError(UsageError):
    """The subject is neither a purl, a package name nor a readable artifact."""

    reason = "invalid-subject"


class ConfigError(UsageError):
    """A configuration file cannot be read or has an unknown key."""

    reason = "config"


class InputError(UsageError):
    """A lock file, bill of materials or list cannot be read; the message names file and position."""

    reason = "input"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: where, what, and what would be right."""

    where: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.where}: {self.text}{tail}"


class PolicyError(UsageError):
    """A policy does not fit the schema; `problems` lists everything found, not the first thing only."""

    reason = "policy"

    def __init__(self, problems: tuple[Problem, ...], *, hint: str = "") -> None:
        self.problems = problems
        super().__init__("; ".join(str(p) for p in problems) or "policy is not usable", hint=hint)


class NothingToAssessError(SupplytrustError):
    """The subject does not exist, or holds nothing that could be judged."""

    exit_code = 3
    reason = "nothing-to-assess"


# --- the world did not answer ---------------------------------------------------------------------


class SourceError(SupplytrustError):
    """A source could not make its claims. `reason` is the code kept in the evidence."""

    exit_code = 3
    reason = "source"


class NotFoundError(SourceError):
    """The other side answered that it has no such thing."""

    reason = "not-found"


class NotPublishedError(NotFoundError):
    """The release itself does not say where it would be."""

    reason = "not-published"


class NotApplicableError(SourceError):
    """The question does not arise for packages of this kind."""

    reason = "not-applicable"


class NotAskedError(SourceError):
    """Nobody was asked: it is switched off, or what the question needs is not configured."""

    reason = "not-looked"


class UnreachableError(SourceError):
    """No answer: name resolution, connection, TLS or time-out."""

    reason = "unreachable"


class RateLimitedError(SourceError):
    """The other side asks for patience beyond our budget; `until` when it said for how long."""

    reason = "rate-limited"

    def __init__(self, message: str, *, hint: str = "", until: datetime | None = None) -> None:
        super().__init__(message, hint=hint)
        self.until = until


class RefusedError(SourceError):
    """The other side, or one of our own limits on where we go, said no."""

    reason = "refused"


class MalformedError(SourceError):
    """An answer or artifact is not what its format promises."""

    reason = "malformed"


class MalformedTomlError(MalformedError):
    """A text is not TOML, or passes a limit of the reader; `line` and `column` count from 1.

    Who reads a file of the caller's own turns it into ConfigError or InputError with the file's name.
    """

    def __init__(self, message: str, *, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column


class TooLargeError(SourceError):
    """A size, count, ratio, depth or time limit was passed."""

    reason = "too-large"


class OfflineError(SourceError):
    """Not in the cache, and the network was not to be used."""

    reason = "offline"


class ToolMissingError(SourceError):
    """An optional tool that this source needs is not on this machine."""

    reason = "tool-missing"


# --- records ---------------------------------------------------------------------------------------


class RecordError(SupplytrustError):
    """A record, evidence file or envelope cannot be read."""

    exit_code = 2
    reason = "record"


class MalformedRecordError(RecordError):
    """The bytes break the format; `reason` narrows it down (duplicate-key, depth, encoding, ...)."""

    def __init__(self, message: str, *, reason: str = "malformed-record", hint: str = "") -> None:
        super().__init__(message, hint=hint or "the file must be whole, as this program wrote it")
        self.reason = reason


class UnsupportedPredicateError(RecordError):
    """The statement is well formed but of another type or version."""

    reason = "unsupported-predicate"


class VerificationError(SupplytrustError):
    """A signature, binding or time check did not hold; `reason` says which."""

    exit_code = 11
    reason = "verification"

    def __init__(self, message: str, *, reason: str = "verification", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class LedgerError(SupplytrustError):
    """The ledger cannot be opened, is of a newer format, or is held by another writer."""

    exit_code = 2
    reason = "ledger"


class InternalError(SupplytrustError):
    """A defect of this program: please report it."""
