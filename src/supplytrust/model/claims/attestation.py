"""What signed statements of others say about one file, as far as their signatures were verified here."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from supplytrust.model.claims.claim import Claim


class KnownPublisher(enum.StrEnum):
    """Where the expected publisher comes from; never from the attestation itself."""

    CONFIGURED = "configured"  # by the relying party
    FIRST_SEEN = "first-seen"  # the first verified one that the ledger kept


@dataclass(frozen=True, slots=True)
class VerifiedAttestation(Claim):
    """A statement about exactly this file whose signature, certificate, log entry and time were verified.

    All identity fields are read from the verified certificate (Fulcio claims 1.3.6.1.4.1.57264.1.*): `issuer`
    vouched for `identity`; `repository_id` and `owner_id` survive renames. `commit` is the source digest the issuer
    vouched for, '' when it names none. `builder` is what the statement itself says of the builder.
    """

    file_name: str
    sha256: str
    predicate_type: str
    issuer: str
    identity: str
    signed_at: datetime
    repository: str = ""
    repository_id: str = ""
    owner_id: str = ""
    workflow: str = ""
    signer: str = ""
    commit: str = ""
    ref: str = ""
    runner: str = ""
    builder: str = ""


@dataclass(frozen=True, slots=True)
class RegistrySignature(Claim):
    """A signature over exactly this file by a key of its registry that the relying party pinned.

    `signs` is the type of the signed predicate, or `listing` for the signature over name, version and digest that the
    listing itself has; `signed_at` is None where nothing verified says when. It says that the registry listed these
    bytes, and nothing of who made them. `wrong`: what was shown to be wrong with it; None for a verified one.
    """

    file_name: str
    key: str
    signs: str
    signed_at: datetime | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class UnverifiedAttestation(Claim):
    """An attestation that was offered for this file and was not accepted.

    `failed`: it names this very file, and its signature, log entry or time was shown to be wrong under the pinned
    root. Otherwise it could not be judged. `reason` is a code of `evidence.attestations.verdict`, `detail` one line.
    """

    file_name: str
    failed: bool
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class AttestationPresence(Claim):
    """Whether the index offers an attestation of this file, and of the same kind of file before; None: not said.

    `before` lists earlier releases as (version, all files attested or not), oldest first; of those in `undated` it is
    not known that they had been there for a while (`release.HORIZON`), and `recent` ones, which had not, are not in it.
    """

    file_name: str
    present: bool | None
    before: tuple[tuple[str, bool | None], ...]
    undated: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublisherComparison(Claim):
    """The identity that signed this file's attestation against the one that was expected.

    `differs` names the parts that differ (issuer, repository, repository-id, owner-id, workflow); empty: it is the
    expected one. `since`: when the expectation was first seen, None when it was configured.
    """

    file_name: str
    known_by: KnownPublisher
    expected: str
    seen: str
    differs: tuple[str, ...]
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LayoutFollowed(Claim):
    """An in-toto layout of the relying party, and whether its signed steps lead to exactly this file.

    `reason` is empty when they do, else which rule did not hold. `steps` counts the steps of the layout.
    `chained`: every step after the first takes only what an earlier step made, by the layout's own rules.
    """

    file_name: str
    layout: str
    steps: int
    expires: datetime | None
    reason: str = ""
    chained: bool = False
