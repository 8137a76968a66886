"""crev's signed package reviews: who reviewed which version, how deeply, with what result.

Envelope and signature follow crev-data's `proof` module: the id is an ed25519 public key in base64url without
padding, and signs the bytes between the first line and the signature's line. The signature is verified here; that
the id belongs to somebody one listens to is the relying party's to say. The digest in a proof is one of crev's own
(over unpacked sources) and is not compared with anything here. A text without signature is a claim only.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from supplytrust.errors import MalformedError
from supplytrust.evidence.reviews.crev_body import Body, parse
from supplytrust.evidence.reviews.reading import SkippedEntryError, Skips, text_of

MAX_BODY = 32_000
_START = re.compile(r"----- BEGIN CREV PROOF -----|-----BEGIN CREV (?P<kind>[A-Z ]{1,40}?) ?-----")
_SIGNATURE = re.compile(r"----- SIGN CREV PROOF -----|-----BEGIN CREV [A-Z ]{1,40} SIGNATURE-----")
_END = re.compile(r"----- END CREV PROOF -----|-----END CREV [A-Z ]{1,40}-----")
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_KIND = "package review"
_RATINGS = frozenset(["", "none", "dangerous", "negative", "neutral", "positive", "strong"])
FOR, AGAINST = frozenset(["positive", "strong"]), frozenset(["negative", "dangerous"])
_LEVELS = frozenset(["", "none", "low", "medium", "high"])


@dataclass(frozen=True, slots=True)
class Proof:
    """One review. `base`: only the change from that version was read. `verified`: signed by `id`, as checked here.

    `rating`, `thoroughness` and `understanding` are crev's words ('' = not said). `issues` counts those listed.
    """

    id: str
    at: datetime
    source: str
    name: str
    version: str
    base: str
    rating: str
    thoroughness: str
    understanding: str
    issues: int
    verified: bool

    @property
    def deep(self) -> bool:
        """Whether the reviewer claims to have read with care and understood."""
        return {self.thoroughness, self.understanding} <= {"medium", "high"}


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A file of proofs; `others` counts those of another kind, such as trust proofs."""

    proofs: tuple[Proof, ...]
    others: int
    skips: Skips


@functools.lru_cache(maxsize=32)
def read(raw: bytes, name: str) -> ProofFile:
    """All package reviews of a file. MalformedError when it is not made of proofs; `name` leads the message."""
    skips, proofs, others = Skips(), list[Proof](), 0
    for kind, body, signature in _envelopes(text_of(raw, name), name):
        package = ""
        try:
            read_body = parse(body)
            package = read_body.text("package.name")
            if (read_body.text("kind") or kind) != _KIND:
                others += 1
            else:
                proofs.append(_proof(read_body, body, signature))
        except SkippedEntryError as error:
            skips.add(str(error), package)
    return ProofFile(tuple(proofs), others, skips)


def _envelopes(text: str, name: str) -> list[tuple[str, str, str]]:
    """(kind, body, signature) of each proof."""
    found: list[tuple[str, str, str]] = []
    kind: str | None = None
    parts = (list[str](), list[str]())
    signed = False
    for number, line in enumerate(text.split("\n"), 1):
        mark = line.strip()
        if kind is None:
            kind, parts, signed = _begun(mark, f"{name}:{number}"), ([], []), False
        elif _END.fullmatch(mark):
            found.append((kind, "".join(f"{row}\n" for row in parts[0]), "".join(parts[1]).strip()))
            kind = None
        elif not signed and _SIGNATURE.fullmatch(mark):
            signed = True
        elif _START.fullmatch(mark):
            raise MalformedError(f"{name}:{number}: a proof begins inside another one")
        else:
            parts[signed].append(line)
    if kind is not None:
        raise MalformedError(f"{name}: the last proof has no end")
    return found


def _begun(mark: str, where: str) -> str | None:
    """The kind that a first line names ('' = its body will), None for an empty line."""
    start = _START.fullmatch(mark)
    if mark and not start:
        raise MalformedError(f"{where}: not a crev proof")
    return (start.group("kind") or "").lower() if start else None


def _proof(read: Body, body: str, signature: str) -> Proof:
    if len(body) > MAX_BODY:
        raise SkippedEntryError("too-long")
    identity, version = read.text("from.id"), read.text("package.version")
    if read.text("from.id-type") not in ("", "crev") or not _ID.fullmatch(identity):
        raise SkippedEntryError("bad-id")
    if not read.text("package.name") or not version:
        raise SkippedEntryError("no-package")
    if signature and not _signature_fits(identity, body, signature):
        raise SkippedEntryError("bad-signature")
    rating = read.text("review.rating")
    levels = (read.text("review.thoroughness"), read.text("review.understanding"))
    if rating not in _RATINGS or not set(levels) <= _LEVELS:
        raise SkippedEntryError("bad-review")
    base = read.text("package-diff-base.version") or read.text("diff-base.version")
    return Proof(
        identity,
        _date(read.text("date")),
        read.text("package.source").rstrip("/"),
        read.text("package.name"),
        version,
        base,
        rating,
        *levels,
        issues=read.lists.get("issues", 0),
        verified=bool(signature),
    )


def _date(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError as error:
        raise SkippedEntryError("bad-date") from error
    if read.tzinfo is None:
        raise SkippedEntryError("bad-date")
    return read.astimezone(UTC)


def _signature_fits(identity: str, body: str, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(_bytes(identity)).verify(_bytes(signature), body.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
