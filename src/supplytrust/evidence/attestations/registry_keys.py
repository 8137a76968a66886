"""Keys that a package registry signs its listings with, pinned by the relying party or its client; never fetched.

Two documents are read: the one a registry publishes (`keys[]{keyid, key, scheme, expires}`) and the one of sigstore's
root-signing repository (`keys[]{keyId, keyUsage, publicKey{rawBytes, validFor}}`). A key counts in its term only; one
whose beginning is not said counts from the beginning of time, as registries publish none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from supplytrust.errors import MalformedError, MalformedRecordError, SupplytrustError
from supplytrust.evidence.attestations import verdict
from supplytrust.evidence.attestations.json_places import bytes_at, list_at, text_at, value_at
from supplytrust.evidence.attestations.root import Term
from supplytrust.formats.json_reader import MIB, Json, Limits, read_base64, read_object
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


def pinned_keys(named: str, of_client: Callable[[], bytes]) -> tuple[RegistryKey, ...]:
    """The keys of the document that the relying party names, else those that the installed client brings.

    MalformedError when the named document cannot be used; a client's that cannot is as if it were not there.
    """
    if named:
        try:
            return read_registry_keys(Path(named).read_bytes())
        except OSError as error:
            raise MalformedError(f"the registry keys {Path(named).name} cannot be read: {error.strerror}") from error
    brought = of_client()
    try:
        return read_registry_keys(brought) if brought else ()
    except SupplytrustError:
        return ()


def judge_listing(
    name: str, signature: str, text: bytes, published: datetime | None, keys: Sequence[RegistryKey]
) -> str:
    """'' when the named key signed this text, `signature` when it did not, else why it is not known (`verdict`).

    A key counts for what was published in its term, by the registry's word; without that only a key that has no end.
    """
    named = [one for one in keys if one.name == name and one.fits("")]
    if not named:
        return verdict.UNPINNED_KEY
    in_force = [one for one in named if (one.term.covers(published) if published else one.term.end is None)]
    if not in_force:
        return verdict.NO_TIME
    try:
        raw = read_base64(signature)
    except MalformedRecordError:
        return verdict.MALFORMED
    return "" if any(one.key.verifies(raw, text) for one in in_force) else verdict.SIGNATURE


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
