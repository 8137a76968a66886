"""in-toto statements about one file: the checks that a signature does not make (https://github.com/in-toto/attestation).

A statement is read only as far as it is used; everything is strict JSON first. Statement v0.1 and v1, with
SLSA provenance v0.2 and v1 and the publish predicate of PEP 740.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from supplytrust.errors import MalformedRecordError, NotFoundError, TooLargeError
from supplytrust.formats.json_reader import MIB, Json, Limits, read_object

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPES = frozenset({"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"})
SLSA_TYPES = frozenset({"https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"})
LIMITS = Limits(size=4 * MIB, floats=True)
_DIGESTS = {"sha256": 64, "sha384": 96, "sha512": 128}  # algorithms that are compared, and their hex digits
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """What is used of a statement. `commit` and `builder` are its own words, '' when it has none."""

    predicate_type: str
    name: str
    digests: tuple[tuple[str, str], ...]  # those of known algorithms, by name
    commit: str = ""
    builder: str = ""

    @property
    def sha256(self) -> str:
        """The SHA-256 digest of the subject; '' when only others are named."""
        return dict(self.digests).get("sha256", "")


@dataclass(frozen=True, slots=True)
class AttestedFile:
    """The file that an attestation has to be about, by the rules of its ecosystem.

    `same_name`: whether two file names are one artifact, spelled in two ways; `predicates`: types of what its index
    signs, beside SLSA provenance; `purl`: its release, for statements that name that and not a file; `sha512` is ''
    when it was not measured.
    """

    name: str
    sha256: str
    same_name: Callable[[str, str], bool]
    predicates: frozenset[str] = frozenset()
    purl: str = ""
    sha512: str = ""

    def digest(self, algorithm: str) -> str:
        """What was measured with an algorithm; '' when nothing was."""
        return {"sha256": self.sha256, "sha512": self.sha512}.get(algorithm, "")

    def is_named(self, name: str) -> bool:
        """Whether a statement of this name is about the file: by its file name, or by the purl of its release."""
        if name.startswith("pkg:"):
            said = _release(name)
            return said is not None and said == _release(self.purl)
        return name == self.name or self.same_name(name, self.name)

    def knows_predicate(self, kind: str) -> bool:
        """SLSA provenance, or what the index signs."""
        return kind in SLSA_TYPES | self.predicates


def read_statement(payload: bytes) -> Statement:
    """The one subject of a statement, with its predicate's type, commit and builder.

    Raises MalformedRecordError: the bytes are no statement of a known type about exactly one named subject with a
    SHA-2 digest in lower case.
    """
    document = read_object(payload, LIMITS)
    if document.get("_type") not in STATEMENT_TYPES:
        raise _wrong("is of a type that is not known")
    subjects = document.get("subject")
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise _wrong("is not about exactly one subject")
    name, digests = _subject(subjects[0])
    kind = document.get("predicateType")
    if not isinstance(kind, str) or not kind:
        raise _wrong("has no predicate type")
    predicate = document.get("predicate")
    return Statement(kind, name, digests, _commit(predicate), _builder(predicate))


def _subject(value: Json) -> tuple[str, tuple[tuple[str, str], ...]]:
    name, listed = _text(value, "name"), _at(value, "digest")
    known = {n: listed[n] for n in _DIGESTS if n in listed} if isinstance(listed, dict) else {}
    found = tuple(
        (n, d) for n, d in known.items() if isinstance(d, str) and len(d) == _DIGESTS[n] and _HEX.fullmatch(d)
    )
    if not name or not found or len(found) != len(known):
        raise _wrong("has a subject without name or SHA-2 digest")
    return name, found


def _release(purl: str) -> tuple[str, ...] | None:
    """Type, namespace, name and version of a purl; None for what is none or says more or less than a release."""
    from packageurl import PackageURL

    try:
        read = PackageURL.from_string(purl)
    except ValueError:
        return None
    if not read.version or read.qualifiers or read.subpath:
        return None
    return (read.type, read.namespace or "", read.name, read.version)


def _commit(predicate: Json) -> str:
    """v1: buildDefinition.resolvedDependencies[0]; v0.2: invocation.configSource, else materials[0]."""
    listed = _at(predicate, "buildDefinition", "resolvedDependencies") or _at(predicate, "materials")
    first = listed[0] if isinstance(listed, list) and listed else None
    digest = _at(predicate, "invocation", "configSource", "digest") or _at(first, "digest")
    return _text(digest, "gitCommit") or _text(digest, "sha1")


def _builder(predicate: Json) -> str:
    return _text(_at(predicate, "runDetails", "builder") or _at(predicate, "builder"), "id")


def _at(value: Json, *names: str) -> Json:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Json, name: str) -> str:
    found = _at(value, name)
    return found if isinstance(found, str) else ""


def _wrong(text: str) -> MalformedRecordError:
    return MalformedRecordError(f"the statement {text}", reason="statement")


# Provenance documents of package indexes (PEP 740), as bundles.
#
# The publisher that such a document names is not signed by anyone and is not read.

PROVENANCE_LIMITS = Limits(size=4 * MIB, floats=True)
MOST_ATTESTATIONS = 16  # attestations of one file; more are refused, not sampled
_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def bundles(data: bytes) -> tuple[bytes, ...]:
    """The attestations of a provenance document, or the one of a bundle or attestation, each as bundle JSON.

    Raises MalformedRecordError; also when there is none, or one of them is of a version that is not known.
    """
    document = read_object(data, PROVENANCE_LIMITS)
    if "mediaType" in document:
        return (data,)
    if "envelope" in document:
        return (_bundle(document),)
    if "attestations" in document:
        return _registry_bundles(_list(document, "attestations"))
    if document.get("version") is True or document.get("version") != 1:
        raise _wrong_provenance("is of a version that is not known")
    found = [one for group in _list(document, "attestation_bundles") for one in _list(group, "attestations")]
    if not 1 <= len(found) <= MOST_ATTESTATIONS:
        raise _wrong_provenance(f"holds {len(found)} attestations, not 1 to {MOST_ATTESTATIONS}")
    return tuple(_bundle(one) for one in found)


def _registry_bundles(listed: list[Json]) -> tuple[bytes, ...]:
    """The document of a registry that hands out whole bundles; the type it writes beside each is signed by nobody."""
    if not 1 <= len(listed) <= MOST_ATTESTATIONS:
        raise _wrong_provenance(f"holds {len(listed)} attestations, not 1 to {MOST_ATTESTATIONS}")
    found = [_at(one, "bundle") for one in listed]
    if not all(isinstance(one, dict) for one in found):
        raise _wrong_provenance("holds an attestation without a bundle")
    return tuple(json.dumps(one).encode() for one in found)


def _bundle(attestation: Json) -> bytes:
    if not isinstance(attestation, dict) or attestation.get("version") is True or attestation.get("version") != 1:
        raise _wrong_provenance("holds an attestation of a version that is not known")
    material, envelope = attestation.get("verification_material"), attestation.get("envelope")
    if not isinstance(material, dict) or not isinstance(envelope, dict):
        raise _wrong_provenance("holds an attestation without envelope or verification material")
    made = {
        "mediaType": _MEDIA_TYPE,
        "verificationMaterial": {
            "certificate": {"rawBytes": material.get("certificate")},
            "tlogEntries": material.get("transparency_entries"),
        },
        "dsseEnvelope": {
            "payload": envelope.get("statement"),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": envelope.get("signature")}],
        },
    }
    return json.dumps(made).encode()


def _list(value: Json, name: str) -> list[Json]:
    listed = value.get(name) if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise _wrong_provenance(f"has no list {name}")
    return listed


def _wrong_provenance(text: str) -> MalformedRecordError:
    return MalformedRecordError(f"the provenance document {text}", reason="provenance")


# Attestations of a file that the relying party keeps itself: for machines that reach no index's attestations.

ENDINGS = (".provenance", ".publish.attestation", ".sigstore.json", ".sigstore")


def local_document(file_name: str, places: Iterable[str]) -> bytes | None:
    """The first document named `<file name><ending>` in these folders, or given as such a file; None: there is none.

    Raises NotFoundError for a place that cannot be read and TooLargeError for a document beyond the limit: what the
    relying party names must be there.
    """
    wanted = {file_name + ending for ending in ENDINGS}
    for place in map(Path, places):
        candidates = [place / name for name in sorted(wanted)] if place.is_dir() else [place]
        if not place.exists():
            raise NotFoundError(f"no attestations at {place.name}", hint="see [assurances] attestations")
        for path in candidates:
            if path.name in wanted and path.is_file():
                if path.stat().st_size > PROVENANCE_LIMITS.size:
                    raise TooLargeError(f"{path.name} is larger than {PROVENANCE_LIMITS.size} bytes")
                return path.read_bytes()
    return None
