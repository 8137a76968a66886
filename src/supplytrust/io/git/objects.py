"""Commits, tags and the log as values; what raw commit and tag objects say: signatures without keys, reviewers.

Forms: gitformat-signature(5); RFC 9580 (OpenPGP packets and signature subpackets); the SSH signature blob of
OpenSSH's PROTOCOL.sshsig. A signature is only *named* here, never checked: who signed, by the signer's own word.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import NamedTuple


class Person(NamedTuple):
    """A name and e-mail address exactly as a commit or tag gives them; both are whatever their writer chose."""

    name: str
    email: str


class Touch(NamedTuple):
    """One file of a commit against its first parent. `blob` is the new content's id, raw; empty when deleted."""

    path: str
    blob: bytes
    status: str  # A, M, D, T as in git-diff(1)


class Commit(NamedTuple):
    """A commit as `git log --raw` shows it. Times are seconds since 1970 as written, unverified.

    A merge has more than one parent and lists no touches.
    """

    id: str
    parents: tuple[str, ...]
    author: Person
    authored: int
    committer: Person
    committed: int
    subject: str
    touches: tuple[Touch, ...]

    @property
    def merge(self) -> bool:
        """Whether it joins lines of history."""
        return len(self.parents) > 1

    @property
    def since(self) -> int:
        """The earlier of its two times: when the author is first seen with it."""
        return min(self.authored, self.committed)


class Signature(NamedTuple):
    """Who signed, without checking it: `kind` is openpgp, ssh or x509; `key` an id or fingerprint, may be empty."""

    kind: str
    key: str


class Extra(NamedTuple):
    """What the raw commit adds to the log: its signature, the people its trailers name as reviewers, and the
    advisories its message names (CVE-..., GHSA-...)."""

    signature: Signature | None
    reviewers: tuple[Person, ...]
    advisories: tuple[str, ...] = ()


NOTHING = Extra(None, ())


class Tag(NamedTuple):
    """A tag by its short name. Light tags have no tagger and no signature; `at` is then the commit's time."""

    name: str
    commit: str
    at: int
    tagger: Person | None
    signature: Signature | None


@dataclass(frozen=True, slots=True)
class Log:
    """A repository's history up to a moment, newest first, with its tags and the tips of its branches.

    `commits` and `tags` end at the moment; `by_id` holds every commit that was read, also later ones, so that
    one can follow what contains what. `later_tags` are those dated after it: made later, or made anew.
    """

    commits: tuple[Commit, ...]
    tags: tuple[Tag, ...]
    branches: tuple[tuple[str, str], ...]
    extras: dict[str, Extra]
    by_id: dict[str, Commit] = field(default_factory=dict)
    later_tags: tuple[Tag, ...] = ()

    def __post_init__(self) -> None:
        if not self.by_id:
            self.by_id.update((c.id, c) for c in self.commits)

    @property
    def first(self) -> int | None:
        """The earliest committer time; None for an empty history."""
        return min((c.committed for c in self.commits), default=None)


# --- raw objects

# possessive quantifiers, and ends that are looked for once: anybody can write a commit of a hundred megabytes
_ARMOR, _ARMOR_END = re.compile(rb"-----BEGIN (PGP|SSH) (?:SIGNATURE|MESSAGE)-----\n"), b"-----END"
_REVIEW = re.compile(
    rb"^(?:Reviewed|Acked|Approved|Tested)-by:[ \t]*+([^<\n]*+)<([^>\n]*+)>", re.MULTILINE | re.IGNORECASE
)
_ADVISORY = re.compile(
    rb"\b(?:CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d+|RUSTSEC-\d{4}-\d{4})\b", re.IGNORECASE
)
_MARKS = (b"cve-", b"ghsa-", b"pysec-", b"rustsec-")
_TAGGER = re.compile(rb"^tagger ([^<\n]*+)<([^>\n]*+)> (-?\d{1,15})(?!\d)", re.MULTILINE)
_ISSUER, _ISSUER_FINGERPRINT = 16, 33


def beyond(body: bytes) -> Extra:
    """What a raw commit adds to the log; NOTHING for most."""
    header, _, message = body.partition(b"\n\n")
    signed = _commit_signature(header) if b"\ngpgsig" in header else None
    lower = message.lower() if b"-" in message else b""
    reviewed = reviewers(message) if b"-by:" in lower else ()
    named = advisories(message) if any(mark in lower for mark in _MARKS) else ()
    return Extra(signed, reviewed, named) if signed or reviewed or named else NOTHING


def advisories(message: bytes) -> tuple[str, ...]:
    """Vulnerabilities that a message names, in order."""
    return tuple(dict.fromkeys(found.decode("ascii").upper() for found in _ADVISORY.findall(message)))[:8]


def reviewers(message: bytes) -> tuple[Person, ...]:
    """People named by `Reviewed-by` and like trailers: text that the author could write."""
    return tuple(Person(_text(name.rstrip(b" \t")), _text(email)) for name, email in _REVIEW.findall(message))


def tag(name: str, body: bytes) -> tuple[str, str, Tag]:
    """(target id, target kind, tag) of a raw annotated tag; the tag's commit is the target until resolved."""
    header, _, message = body.partition(b"\n\n")
    fields = dict(line.split(b" ", 1) for line in header.split(b"\n") if b" " in line)
    target, kind = (
        fields.get(b"object", b"").decode("ascii", "replace"),
        fields.get(b"type", b"").decode("ascii", "replace"),
    )
    found = _TAGGER.search(header)
    person = Person(_text(found.group(1).removesuffix(b" ")), _text(found.group(2))) if found else None
    when = int(found.group(3)) if found else 0
    signed = _signature(message) or _commit_signature(header)
    return target, kind, Tag(name, target, when, person, signed)


def _commit_signature(header: bytes) -> Signature | None:
    start = header.find(b"\ngpgsig")
    if start < 0:
        return None
    lines = header[start + 1 :].partition(b" ")[2].split(b"\n")
    armored = [lines[0]]
    for line in lines[1:]:
        if not line.startswith(b" "):
            break
        armored.append(line[1:])
    return _signature(b"\n".join(armored) + b"\n")


def _signature(text: bytes) -> Signature | None:
    found = _ARMOR.search(text)
    end = text.find(_ARMOR_END, found.end()) if found else -1
    if found is None or end < 0:
        return Signature("x509", "") if b"-----BEGIN SIGNED MESSAGE-----" in text else None
    blob = _strip_armor(text[found.end() : end])
    if found.group(1) == b"SSH":
        return Signature("ssh", _ssh_key(blob))
    return Signature("openpgp", _issuer(blob))


def _strip_armor(body: bytes) -> bytes:
    """The base64 of an armor, without its headers and checksum; empty when it cannot be read."""
    _, blank, rest = body.partition(b"\n\n")
    lines = [line.strip() for line in (rest if blank else body).split(b"\n")]
    try:
        return base64.b64decode(
            b"".join(line for line in lines if line and not line.startswith(b"=") and b":" not in line)
        )
    except binascii.Error:
        return b""


def _ssh_key(blob: bytes) -> str:
    """SHA256 fingerprint of the public key, as `ssh-keygen -l` prints it."""
    if blob[:6] != b"SSHSIG" or len(blob) < 14:
        return ""
    size = int.from_bytes(blob[10:14], "big")
    key = blob[14 : 14 + size]
    digest = base64.b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode("ascii")
    return f"SHA256:{digest}" if len(key) == size else ""


def _issuer(packet: bytes) -> str:
    """Fingerprint or key id of an OpenPGP signature packet, upper-case hex; empty when it names none."""
    body = _packet_body(packet)
    if body[:1] == b"\x03":
        return body[7:15].hex().upper()
    if body[:1] not in (b"\x04", b"\x05", b"\x06") or len(body) < 8:
        return ""
    width = 4 if body[0] == 6 else 2
    hashed_end = 4 + width + int.from_bytes(body[4 : 4 + width], "big")
    unhashed = hashed_end + width
    unhashed_end = unhashed + int.from_bytes(body[hashed_end:unhashed], "big")
    named: dict[int, str] = {}
    for area in (body[4 + width : hashed_end], body[unhashed:unhashed_end]):
        for kind, value in _subpackets(area):
            named.setdefault(kind, value)
    fingerprint = named.get(_ISSUER_FINGERPRINT, "")
    return fingerprint or named.get(_ISSUER, "")


def _packet_body(packet: bytes) -> bytes:
    if len(packet) < 3 or not packet[0] & 0x80:
        return b""
    if packet[0] & 0x40:  # new format
        skip, _ = _length(packet, 1)
        return packet[skip:] if packet[0] & 0x3F == 2 else b""
    width = (1, 2, 4, 0)[packet[0] & 3]
    return packet[1 + width :] if (packet[0] >> 2) & 0xF == 2 else b""


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Where the content starts and how long it is (RFC 9580, 4.2.1)."""
    first = data[at] if at < len(data) else 0
    if first < 192:
        return at + 1, first
    if first < 255:
        return at + 2, ((first - 192) << 8) + int.from_bytes(data[at + 1 : at + 2], "big") + 192
    return at + 5, int.from_bytes(data[at + 1 : at + 5], "big")


def _subpackets(area: bytes) -> list[tuple[int, str]]:
    found, at = [], 0
    while at < len(area):
        start, size = _length(area, at)
        value = area[start : start + size]
        if not value:
            break
        kind = value[0] & 0x7F
        if kind == _ISSUER_FINGERPRINT:
            found.append((kind, value[2:].hex().upper()))
        elif kind == _ISSUER:
            found.append((kind, value[1:].hex().upper()))
        at = start + size
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
