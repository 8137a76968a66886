"""What others say who built a file again: signed statements, read from their files and held to the judged bytes.

Read are, each under the key that the relying party names for the rebuilder:

* in-toto statements in DSSE envelopes, one or many by line: SLSA provenance (a build of theirs gave these very bytes),
  and the equivalence statements of OSS Rebuild (their build gave these bytes after stabilizing both);
* in-toto links as rebuilderd and Debian's rebuilders write them (`signed`, `signatures`), whose products are the bytes.

A statement about other bytes says nothing, a wrong signature says nothing, and nothing of it is believed further than
the policy believes the rebuilder. References: in-toto attestation v1 and specification v1.0; SLSA provenance v0.2 and
v1; OSS Rebuild, build types Rebuild@v0.1 and ArtifactEquivalence@v0.1.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from supplytrust.errors import MalformedRecordError, VerificationError
from supplytrust.evidence.attestations.json_places import list_at, value_at
from supplytrust.evidence.attestations.statement import PAYLOAD_TYPE, SLSA_TYPES, STATEMENT_TYPES, AttestedFile
from supplytrust.formats.json_reader import MIB, Json, Limits, read_object
from supplytrust.records import envelope
from supplytrust.records.keys import VerificationKey

LIMITS = Limits(size=4 * MIB, floats=True)
MOST_LINES, MOST_SIGNATURES = 64, 16
EQUIVALENCE = "https://docs.oss-rebuild.dev/builds/ArtifactEquivalence@v0.1"
LINK_TYPES = frozenset({"https://in-toto.io/Link/v1", "https://in-toto.io/attestation/link/v0.3"})


class RebuiltAs(enum.StrEnum):
    """How close the rebuilder says that it came."""

    SAME_BYTES = "same-bytes"
    EQUIVALENT = "equivalent"  # after a normalization of theirs


@dataclass(frozen=True, slots=True)
class RebuildStatement:
    """One verified statement about the file: how close, by which builder (its own words), and when ('' None untold)."""

    closeness: RebuiltAs
    builder: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementsRead:
    """What a document says of the file, and why parts of it were left out: (reason, how many)."""

    statements: tuple[RebuildStatement, ...]
    skipped: tuple[tuple[str, int], ...]


def read_statements(data: bytes, key: VerificationKey, file: AttestedFile) -> StatementsRead:
    """The verified statements of a document about this file. Never raises: what cannot be used is counted."""
    found: list[RebuildStatement] = []
    skipped: dict[str, int] = {}
    for number, line in enumerate(_lines(data)):
        why = "beyond the limit" if number >= MOST_LINES else ""
        try:
            made = None if why else _read(line, key, file)
        except (MalformedRecordError, VerificationError) as error:
            made, why = None, error.reason
        if made is not None:
            found.append(made)
        elif why:
            skipped[why] = skipped.get(why, 0) + 1
    return StatementsRead(tuple(dict.fromkeys(found)), tuple(sorted(skipped.items())))


def _lines(data: bytes) -> Iterator[bytes]:
    """One document, or several by line (`.jsonl`): an object that goes on over lines is one document."""
    several = [line for line in data.splitlines() if line.strip()]
    if len(several) > 1 and all(line.strip()[:1] == b"{" and line.strip()[-1:] == b"}" for line in several):
        yield from several
    else:
        yield data


def _read(data: bytes, key: VerificationKey, file: AttestedFile) -> RebuildStatement | None:
    document = read_object(data, LIMITS)
    if "signed" in document:
        return _from_link(document, key, file)
    verified = envelope.verify(data, [key], PAYLOAD_TYPE, max_signatures=MOST_SIGNATURES, limits=LIMITS)
    return _from_statement(read_object(verified.payload, LIMITS), file)


def _from_statement(statement: dict[str, Json], file: AttestedFile) -> RebuildStatement | None:
    if statement.get("_type") not in STATEMENT_TYPES:
        raise _wrong("is of a type that is not known")
    kind, predicate = statement.get("predicateType"), statement.get("predicate")
    about = any(_is_about(one, file) for one in list_at(statement, "subject"))
    if not about or (kind not in SLSA_TYPES and kind not in LINK_TYPES):
        return None
    builder = _text(value_at(predicate, "runDetails", "builder", "id") or value_at(predicate, "builder", "id"))
    at = _moment(predicate)
    if value_at(predicate, "buildDefinition", "buildType") != EQUIVALENCE:
        return RebuildStatement(RebuiltAs.SAME_BYTES, builder, at)
    return _read_comparison(predicate, builder, at, file)


def _read_comparison(predicate: Json, builder: str, at: datetime | None, file: AttestedFile) -> RebuildStatement:
    """An equivalence statement: it has to name both things that it compared, and the file as one of them."""
    candidate = value_at(predicate, "buildDefinition", "externalParameters", "candidate")
    listed = list_at(predicate, "buildDefinition", "resolvedDependencies")
    own = [one for one in listed if candidate and value_at(one, "name") == candidate]
    other = [one for one in listed if one not in own]
    if not own or not any(_digest(one) == file.sha256 for one in other):
        raise _wrong("does not name what it compared")
    same = all(_digest(one) == file.sha256 for one in own)
    return RebuildStatement(RebuiltAs.SAME_BYTES if same else RebuiltAs.EQUIVALENT, builder, at)


def _from_link(document: dict[str, Json], key: VerificationKey, file: AttestedFile) -> RebuildStatement | None:
    """A link in the older envelope: signatures over the canonical JSON of `signed` (in-toto specification 1.0)."""
    from securesystemslib.formats import encode_canonical

    signed, signatures = document.get("signed"), list_at(document, "signatures")
    if not isinstance(signed, dict) or signed.get("_type") != "link" or not 1 <= len(signatures) <= MOST_SIGNATURES:
        raise _wrong("is no link")
    try:
        message = (encode_canonical(signed) or "").encode("utf-8")
        held = any(key.verifies(bytes.fromhex(_text(value_at(one, "sig"))), message) for one in signatures)
    except (ValueError, AttributeError, TypeError) as error:
        raise _wrong("has a signature that is none") from error
    except Exception as error:  # securesystemslib has its own for values without a canonical form, such as floats
        raise _wrong("has no canonical form") from error
    if not held:
        raise VerificationError("the link is not signed by this rebuilder", reason="signature")
    products = signed.get("products")
    listed = products if isinstance(products, dict) else {}
    if not file.sha256 or not any(value_at(one, "sha256") == file.sha256 for one in listed.values()):
        return None
    return RebuildStatement(RebuiltAs.SAME_BYTES, "", None)


def _is_about(subject: Json, file: AttestedFile) -> bool:
    return bool(file.sha256) and _digest(subject) == file.sha256


def _digest(value: Json) -> str:
    return _text(value_at(value, "digest", "sha256"))


def _moment(predicate: Json) -> datetime | None:
    places = (("runDetails", "metadata", "finishedOn"), ("runDetails", "metadata", "startedOn"),
              ("metadata", "buildFinishedOn"), ("metadata", "buildStartedOn"))  # fmt: skip
    for place in places:
        try:
            read = datetime.fromisoformat(_text(value_at(predicate, *place)))
        except ValueError:
            continue
        return read if read.tzinfo else None
    return None


def _text(value: Json) -> str:
    return value[:300] if isinstance(value, str) else ""


def _wrong(text: str) -> MalformedRecordError:
    return MalformedRecordError(f"the statement {text}", reason="statement")
