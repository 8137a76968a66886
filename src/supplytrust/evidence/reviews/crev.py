"""crev's signed package reviews: who reviewed which version, how deeply, with what result.

Whatever is outside this small part makes the body unusable: two readers must not see two statements in one
signed text.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from supplytrust.errors import MalformedError, MalformedRecordError
from supplytrust.evidence.reviews import reading
from supplytrust.evidence.reviews.reading import ReviewCollector, SkippedEntryError, Skips, text_of
from supplytrust.formats.json_reader import read_json
from supplytrust.model.claims.review import Basis, Review, Standing, Violation
from supplytrust.model.subject import Subject

_PAIR = re.compile(r"([a-z][a-z0-9-]*):(?: (.*))?")
_PLAIN = re.compile(r"[^\s\"'\[\]{}>|*&!%#`@,?:-][^\"'\[\]{}\\]*|-?\d[\w.+:-]*")
_BLOCK = re.compile(r"[|>][+-]?")
_EMPTY = frozenset(["[]", "{}"])


@dataclass(slots=True)
class Body:
    """`texts` by key, `section.key` inside a section; `lists` counts the entries of a list."""

    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, int] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The text of a key, '' when it is not there."""
        return self.texts.get(key, "")


def parse_body(text: str) -> Body:
    """The body as keys; UnusableError('bad-body') when it is not of this form."""
    if any(c in text for c in "\t\r\u0085\u2028\u2029"):
        raise SkippedEntryError("bad-body")
    body, section, seen = Body(), "", set[str]()
    lines = [line for line in text.split("\n") if line.strip() and line != "---"]
    at = 0
    while at < len(lines):
        line = lines[at]
        indent = len(line) - len(line.lstrip(" "))
        found = _PAIR.fullmatch(line.strip())
        if indent not in (0, 2) or (indent and not section):
            raise SkippedEntryError("bad-body")
        if line.lstrip().startswith("- ") and section:
            at = _list(body, section, lines, at, indent)
            continue
        if not found:
            raise SkippedEntryError("bad-body")
        key = f"{section}.{found.group(1)}" if indent else found.group(1)
        if key in seen:
            raise SkippedEntryError("bad-body")
        seen.add(key)
        value = (found.group(2) or "").strip()
        section = found.group(1) if not indent and not value else section if indent else ""
        at = _value(body, key, value, lines, at, indent)
    return body


def _list(body: Body, section: str, lines: list[str], at: int, indent: int) -> int:
    """Count the entries of a list and pass over what is in them."""
    while at < len(lines) and _indent(lines[at]) >= indent:
        if _indent(lines[at]) == indent:
            if not lines[at].lstrip().startswith("- "):
                break
            body.lists[section] = body.lists.get(section, 0) + 1
        at += 1
    return at


def _value(body: Body, key: str, value: str, lines: list[str], at: int, indent: int) -> int:
    """Keep a text; pass over a block. The number of the next line."""
    if _BLOCK.fullmatch(value):
        at += 1
        while at < len(lines) and _indent(lines[at]) > indent:
            at += 1
        return at
    if value and value not in _EMPTY:
        body.texts[key] = _scalar(value)
    return at + 1


def _scalar(value: str) -> str:
    if value.startswith('"'):
        try:
            read = read_json(value.encode())
        except MalformedRecordError as error:
            raise SkippedEntryError("bad-body") from error
        return str(read)
    if value.startswith("'") and value.endswith("'") and len(value) > 1 and "'" not in value[1:-1]:
        return value[1:-1]
    if not _PLAIN.fullmatch(value) or " #" in value or ": " in value:
        raise SkippedEntryError("bad-body")
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# crev's signed package reviews: who reviewed which version, how deeply, with what result.
#
# Envelope and signature follow crev-data's `proof` module: the id is an ed25519 public key in base64url without
# padding, and signs the bytes between the first line and the signature's line. The signature is verified here; that
# the id belongs to somebody one listens to is the relying party's to say. The digest in a proof is one of crev's own
# (over unpacked sources) and is not compared with anything here. A text without signature is a claim only.

MAX_BODY = 32_000
_START = re.compile(r"----- BEGIN CREV PROOF -----|-----BEGIN CREV (?P<kind>[A-Z ]{1,40}?) ?-----")
_SIGNATURE = re.compile(r"----- SIGN CREV PROOF -----|-----BEGIN CREV [A-Z ]{1,40} SIGNATURE-----")
_LINE = re.compile(r"(.*)\n?")
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
            read_body = parse_body(body)
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
    for number, found_line in enumerate(_LINE.finditer(text), 1):
        line = found_line[1]
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


# What crev proofs say about one package: of each id the newest review of the judged version.
#
# A text without signature never replaces a signed one: anybody can write an id and a later day into it. Of two reviews
# of one moment the less favourable counts.
#
# A proof about a change alone, or about another version, does not reach the judged one: such versions are told
# as read elsewhere.


def collect_reviews(
    told: ReviewCollector,
    subject: Subject,
    at: datetime,
    listened: Collection[str],
    file: tuple[str, str, ProofFile],
    same_name: Callable[[str, str], bool],
) -> None:
    """Add reviews and violations dated no later than `at`; those of ids in `listened` count as verified."""
    name, digest, content = file
    told.skipped += content.skips.counts(name, subject.name)
    newest: dict[tuple[str, bool], Proof] = {}
    for proof in sorted(content.proofs, key=lambda p: (p.at, p.rating not in FOR, p.rating in AGAINST)):
        if not (same_name(subject.name, proof.name) and _same_registry(subject, proof)) or proof.at > at:
            continue
        if proof.version == subject.version and not proof.base:
            newest[proof.id, proof.verified] = proof
        else:
            told.elsewhere.add(f"{proof.base} -> {proof.version}" if proof.base else proof.version)
    for proof in newest.values():
        listed = proof.verified and proof.id in listened
        _add_review(told, proof, Standing.VERIFIED if listed else Standing.CLAIMED, name, digest)


def _same_registry(subject: Subject, proof: Proof) -> bool:
    """Whether a proof is about packages of the default registry of the purl's type."""
    from packageurl.validate import DEFINITIONS_BY_TYPE

    definition = DEFINITIONS_BY_TYPE.get(subject.type)
    home = (definition.default_repository_url or "").rstrip("/") if definition else ""
    return bool(home) and proof.source == home


def _add_review(told: ReviewCollector, proof: Proof, standing: Standing, name: str, digest: str) -> None:
    who, rated = (f"crev id {proof.id[:12]}",), f"rated {proof.rating or 'none'}"
    depth = (f"thoroughness {proof.thoroughness or 'none'}", f"understanding {proof.understanding or 'none'}")
    if proof.rating in AGAINST:
        told.violations.append(Violation(who, (rated,), proof.version, proof.at, standing, name, digest))
    elif proof.rating in FOR:
        scopes = reading.scopes((reading.DEPLOY,)) if proof.deep else ()
        steps, all_told = (proof.version,), (rated, *depth)
        told.reviews.append(
            Review(who, all_told, scopes, Basis.FULL, steps, proof.at, standing, name, digest, proof.issues)
        )
