"""A statement by which somebody vouches for one point of a package, within limits, under their own name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim


@dataclass(frozen=True, slots=True)
class Endorsement(Claim):
    """A verified endorsement: the signature was checked with the key the relying party keeps for this author.

    `subject` is a purl, with a version (that release only) or without (every release until it expires). `area`
    and `claim` (a signal's id) say what is vouched for. `key` names the key it was verified with.
    """

    subject: str
    area: str
    claim: str
    reason: str
    author: str
    issued: datetime
    expires: datetime
    key: str
