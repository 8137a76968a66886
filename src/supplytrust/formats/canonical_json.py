"""One value, one sequence of bytes: the JSON Canonicalization Scheme (RFC 8785).

Records and evidence are known by the digest of these bytes. Floating-point numbers do not occur in them
(their shortest form is where canonicalizers have differed); decimal numbers are strings, see `codec`.
"""

from __future__ import annotations

import hashlib
import json

from supplytrust.errors import MalformedRecordError
from supplytrust.formats.json_reader import Json

_EXACT: frozenset[type] = frozenset({str, int, bool, type(None)})
LARGEST = 2**53 - 1  # of integers that every reader of JSON holds exactly (RFC 7493)


def canonical_bytes(value: Json) -> bytes:
    """RFC 8785 bytes of any JSON value without floats; MalformedRecordError for what has none.

    What both writers write alike is left to the one in C; the library decides about everything else.
    """
    if _is_plain(value):
        return sorted_bytes(value)
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise MalformedRecordError(f"no canonical form: {error}", reason="number") from None


def sorted_bytes(value: Json) -> bytes:
    """The same bytes by the C writer, for large values made by `codec` (laws compare the two).

    The writers agree because the codec makes no floats, keeps integers within 2^53 - 1, and refuses names
    beyond U+FFFF, the only ones that sort differently by code point and by UTF-16 unit.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedRecordError("a string holds half a surrogate pair", reason="surrogate") from None


def digest_of(data: bytes) -> str:
    """`sha256:<hex>` of bytes: how records, policies and evidence are named."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _is_plain(value: Json) -> bool:
    """Whether it holds exact texts, small integers, truth values, lists and names up to U+FFFF only.

    MalformedRecordError for a float, which no record may hold.
    """
    waiting: list[Json] = [value]
    for part in waiting:  # grows while it is read
        if isinstance(part, dict):
            if not all(name.__class__ is str and (name.isascii() or max(name) <= "\uffff") for name in part):
                return False
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, float):
            raise MalformedRecordError(f"{part} is a float; write it as a decimal string", reason="number")
        elif part.__class__ not in _EXACT or (isinstance(part, int) and not -LARGEST <= part <= LARGEST):
            return False
    return True
