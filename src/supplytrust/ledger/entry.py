"""One line of the ledger, and how packages are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.vocabulary import Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept record without its bytes. `record_digest` is `sha256:<hex>` of them."""

    purl: str
    artifact_sha256: str
    assessed_at: datetime
    policy_id: str
    policy_digest: str
    outcome: Outcome
    record_digest: str

    @property
    def version(self) -> str:
        """The version as the purl writes it; empty when it has none."""
        return release_of(self.purl)[len(package_of(self.purl)) :].removeprefix("@")


def release_of(purl: str) -> str:
    """A purl without qualifiers and subpath."""
    return purl.partition("#")[0].partition("?")[0]


def package_of(purl: str) -> str:
    """A purl without version, qualifiers and subpath; in a canonical one '@' only precedes the version."""
    return release_of(purl).partition("@")[0]
