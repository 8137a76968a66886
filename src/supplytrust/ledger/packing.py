"""How record bodies are kept small: what changes every night is taken out, and the rest is kept once.

A record that is judged again and found the same differs from the last one in its times and in the digest of the record
that it supersedes. `separate` takes both out: times as seconds from the judgement, digests of other records as
their numbers in the ledger. What is left, the template, is the same night after night and is kept once, by digest. A
template that differs a little from an earlier one of the same package is kept as the difference. `combine` gives the
bytes back, exactly: what would not come back exactly is kept whole.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import cast

from supplytrust.errors import LedgerError
from supplytrust.ledger.tables import Database, Row, Run

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NOTHING = 0  # where a reference could be and is none; records are numbered from 1
SMALL = 512  # bytes: not worth compressing
LARGEST = 64 * 2**20
_BLOCK = 24
_TIME = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?Z"
_TIMES = re.compile(_TIME)
_REFERENCE = rb'(?P<name>"(?:supersedes|recordDigest)":")(?:sha256:(?P<digest>[0-9a-f]{64}))?"'
_CHANGING = re.compile(rb"(?P<time>" + _TIME + rb")|" + _REFERENCE)
_HOLE = re.compile(rb"\x00(?:t(?P<offset>[0-9]+)|(?P<record>r));")
_RAW, _PACKED, _DIFFERENCE = b"\x00", b"\x01", b"\x02"


def separate(
    body: bytes, at: datetime, before: bytes, number_of: Callable[[bytes], int | None]
) -> tuple[bytes, bytes | None]:
    """A body without its times and its references to other records; and the numbers of those records, packed.

    Times from the judgement on are taken out unless `before`, the last body of the same package, has the same one:
    then it is a date by itself, such as the end of an exception. `number_of` tells the number of a record by the bytes
    of its digest. The second part is None when the body is to be kept as it is.
    """
    if b"\x00" in body:
        return body, None
    fixed = frozenset(_TIMES.findall(before))
    numbers: list[int] = []

    def take_out(match: re.Match[bytes]) -> bytes:
        if match["time"]:
            offset = _microseconds(match["time"], at)
            if offset is None or offset < 0 or (offset and match["time"] in fixed):
                return match[0]
            return b"\x00t%d;" % offset
        number = number_of(bytes.fromhex(match["digest"].decode())) if match["digest"] else NOTHING
        if number is None:
            return match[0]
        numbers.append(number)
        return match["name"] + b'\x00r;"'

    template = _CHANGING.sub(take_out, body)
    return template, b"".join(map(_varint, numbers))


def combine(template: bytes, at: datetime, numbers: bytes | None, digest_of: Callable[[int], bytes]) -> bytes:
    """The body that was separated. LedgerError when the parts do not fit."""
    if numbers is None:
        return template
    left = read_numbers(numbers)

    def put_in(match: re.Match[bytes]) -> bytes:
        if match["record"]:
            number = next(left, None)
            if number is None:
                raise damage_error("a reference is missing")
            return b"sha256:" + digest_of(number).hex().encode() if number != NOTHING else b""
        try:
            return _text_of(at + int(match["offset"]) * MICROSECOND)
        except OverflowError:
            raise damage_error("a time is out of bounds") from None

    return _HOLE.sub(put_in, template)


def _microseconds(text: bytes, at: datetime) -> int | None:
    """How long after `at` a time is; None when it is none, or is not written as it would be written again."""
    try:
        moment = datetime.fromisoformat(text.decode())
    except ValueError:
        return None
    return (moment - at) // MICROSECOND if _text_of(moment) == text else None


def _text_of(moment: datetime) -> bytes:
    return (moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z").encode()


# --- templates as bytes of the database: as they are, compressed, or as the difference from another one


def pack(template: bytes, base: bytes) -> tuple[bytes, bool]:
    """The smaller of a template's packed form and its packed difference from `base` (b'' for none); which it is."""
    if len(template) <= SMALL:
        return _RAW + template, False
    whole = _PACKED + zlib.compress(template, 9)
    if base:
        difference = _DIFFERENCE + zlib.compress(_difference(base, template), 9)
        if len(difference) * 2 < len(whole):
            return difference, True
    return whole, False


def unpack(packed: bytes, base: Callable[[], bytes]) -> bytes:
    """The template again; `base` is asked when it was kept as a difference. LedgerError when it is damaged."""
    kind, data = packed[:1], packed[1:]
    if kind == _RAW:
        return data
    try:
        unpacker = zlib.decompressobj()
        found = unpacker.decompress(data, LARGEST)
        if not unpacker.eof:
            raise damage_error("it is cut short or too large")
    except zlib.error as error:
        raise damage_error(str(error)) from None
    return found if kind == _PACKED else b"".join(_apply(base(), found))


def _difference(base: bytes, new: bytes) -> bytes:
    """Steps that make `new` of `base`: (length of new bytes, those bytes, place in base, length), one after the other.

    Blocks of the base are looked up at every place of the new text, so that the work grows linearly.
    """
    places = {base[at : at + _BLOCK]: at for at in reversed(range(0, len(base) - _BLOCK + 1, _BLOCK))}
    steps: list[bytes] = []
    begun = at = 0
    while at <= len(new) - _BLOCK:
        place = places.get(new[at : at + _BLOCK])
        if place is None:
            at += 1
            continue
        back = _common_end(base[max(0, place - _BLOCK) : place], new[max(begun, at - _BLOCK) : at])
        place, at = place - back, at - back
        length = _common_start(base, place, new, at)
        steps += [_varint(at - begun), new[begun:at], _varint(place), _varint(length)]
        begun = at = at + length
    return b"".join([*steps, _varint(len(new) - begun), new[begun:]])


def _common_start(one: bytes, here: int, other: bytes, there: int) -> int:
    length, step = 0, 4096
    while step:
        if one[here + length : here + length + step] == other[there + length : there + length + step]:
            left = min(len(one) - here, len(other) - there) - length
            if left < step:
                step //= 2
            else:
                length += step
        else:
            step //= 2
    return length


def _common_end(one: bytes, other: bytes) -> int:
    length = 0
    while length < min(len(one), len(other)) and one[-length - 1] == other[-length - 1]:
        length += 1
    return length


def _apply(base: bytes, steps: bytes) -> Iterator[bytes]:
    at, total = 0, 0
    while at < len(steps):
        length, at = _read_varint(steps, at)
        yield steps[at : at + length]
        at += length
        if at < len(steps):
            place, at = _read_varint(steps, at)
            length, at = _read_varint(steps, at)
            yield base[place : place + length]
        total += length
        if total > LARGEST:
            raise damage_error("it grows without end")


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first (LEB128)."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data) and shift < 64:
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return number, at
    raise damage_error("a number is cut short")


def read_numbers(data: bytes) -> Iterator[int]:
    """The numbers that `separate` packed. LedgerError."""
    at = 0
    while at < len(data):
        number, at = _read_varint(data, at)
        yield number


def damage_error(why: str) -> LedgerError:
    """The error about a body that cannot be put together."""
    return LedgerError(f"a record of the ledger is damaged: {why}", hint="assess the package again")


def seconds(moment: datetime) -> int | float:
    """Seconds since 1970, whole where they are: sorts like the time, and is exact to the microsecond until 2255."""
    count = (moment - EPOCH) // MICROSECOND
    return count // 1_000_000 if count % 1_000_000 == 0 else count / 1_000_000


def moment_of(count: object) -> datetime:
    """The time again."""
    if not isinstance(count, int | float):
        raise damage_error("a time is no number")
    return EPOCH + round(count * 1_000_000) * MICROSECOND


# --- What a ledger may let go: records that say the same as the one before and the one after.


@dataclass(frozen=True, slots=True)
class Compaction:
    """How many records there were, and how many were removed."""

    before: int
    removed: int


def remove_repeated(database: Database, older_than: datetime, signed: str) -> Compaction:
    """Remove the inner records of equal stretches, in one transaction. `signed` is the fact that protects a record."""
    with database.removing() as run:
        rows = run(
            "SELECT r.id, r.package, r.policy, r.template, r.assessed_at, r.digest FROM record r"
            " ORDER BY r.package, r.policy, r.assessed_at, r.id", (),
        )  # fmt: skip
        protected = {bytes.fromhex(str(row[0]).removeprefix("sha256:")) for row in _list_signatures(run, signed)}
        newest = max((cast("int", row[0]) for row in rows), default=0)
        bound = seconds(older_than)
        inner = [
            row
            for row in _inner_rows(rows)
            if cast("float", row[4]) < bound and bytes(cast("bytes", row[5])) not in protected and row[0] != newest
        ]
        for row in inner:
            run("INSERT INTO gone (id, digest) VALUES (?, ?)", (row[0], row[5]))
            run("DELETE FROM record WHERE id = ?", (row[0],))
        _forget_unnamed(run)
        return Compaction(len(rows), len(inner))


def _list_signatures(run: Run, fact: str) -> list[Row]:
    return run("SELECT key FROM fact WHERE fact = ?", (fact,))


def _inner_rows(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows whose neighbours on both sides have the same template."""
    for _, group in groupby(rows, key=lambda row: row[1:3]):
        same = list(group)
        for (before, here), (_, after) in pairwise(pairwise(same)):
            if before[3] == here[3] == after[3]:
                yield here


def _forget_unnamed(run: Run) -> None:
    """Digests of removed records that no kept record refers to."""
    named = {
        number
        for (refers,) in run("SELECT refers FROM record WHERE refers IS NOT NULL", ())
        for number in read_numbers(bytes(cast("bytes", refers)))
    }
    for (number,) in run("SELECT id FROM gone", ()):
        if number not in named:
            run("DELETE FROM gone WHERE id = ?", (number,))
