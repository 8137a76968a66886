"""Keys that a package registry signs its listings with, pinned by the relying party; never fetched.

Two documents are read: the one a registry publishes (`keys[]{keyid, key, scheme, expires}`) and the one of sigstore's
root-signing repository (`keys[]{keyId, keyUsage, publicKey{rawBytes, validFor}}`). A key counts in its term only; one
whose beginning is not said counts from the beginning of time, as registries publish none.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime

from supplytrust.errors import MalformedError
from supplytrust.evidence.attestations.json_places import bytes_at, list_at, text_at, value_at
from supplytrust.evidence.attestations.root import Term
from supplytrust.formats.json_reader import MIB, Json, Limits, read_object
from supplytrust.records.keys import VerificationKey, read_key

LIMITS = Limits(size=MIB)
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RegistryKey:
    """A pinned key, under the name that signatures refer to it by. `use` is '' when the document names none."""

    name: str
    key: VerificationKey
    term: Term
    use: str = ""

    def fits(self, payload_type: str) -> bool:
        """Whether the key is for what is signed: attestations where there is a payload, else signatures of listings."""
        return not self.use or self.use.rpartition(":")[2] == ("attestations" if payload_type else "signatures")


@functools.lru_cache(maxsize=4)
def read_registry_keys(data: bytes) -> tuple[RegistryKey, ...]:
    """The keys of a document. MalformedError when one of them cannot be read, or there is none."""
    found = tuple(_key(one) for one in list_at(read_object(data, LIMITS), "keys"))
    if not found:
        raise MalformedError("the document of registry keys has no keys")
    return found


def _key(value: Json) -> RegistryKey:
    if value_at(value, "publicKey") is None:
        return RegistryKey(
            text_at(value, "keyid"), read_key(bytes_at(value, "key")), Term(_ALWAYS, _moment(value, "expires"))
        )
    term = Term(
        _moment(value, "publicKey", "validFor", "start") or _ALWAYS, _moment(value, "publicKey", "validFor", "end")
    )
    use = value_at(value, "keyUsage")
    key = read_key(bytes_at(value, "publicKey", "rawBytes"))
    return RegistryKey(text_at(value, "keyId"), key, term, use if isinstance(use, str) else "")


def _moment(value: Json, *names: str) -> datetime | None:
    if value_at(value, *names) is None:
        return None
    try:
        at = datetime.fromisoformat(text_at(value, *names))
    except ValueError:
        raise MalformedError("a term of a registry key is no time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
