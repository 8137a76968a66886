"""The tar and its compression around the members of two archives of sources: what differs, as short codes."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Mapping
from typing import Final

MOST: Final = 2**30


def differences(published: bytes, rebuilt: bytes) -> tuple[str, ...]:
    """Why two archives are not the same bytes, sorted: order, stamps, modes, owners of members that both have.

    `gzip-stream`: the tar is the same, and another program (or version of one) compressed it.
    """
    tars = [_inflate(data) for data in (published, rebuilt)]
    if None in tars:
        return ("container",)
    if tars[0] == tars[1]:
        return ("gzip-stream",)
    try:
        one, other = (_members(data or b"") for data in tars)
    except tarfile.TarError:
        return ("container",)
    codes = {"tar-order"} if [n for n in one if n in other] != [n for n in other if n in one] else set()
    codes |= {code for name in one.keys() & other.keys() for code in _entry(one[name], other[name])}
    return tuple(sorted(codes))


def _inflate(data: bytes) -> bytes | None:
    """The tar inside of a gzip of one member; None when it is something else or too large."""
    try:
        inflater = zlib.decompressobj(31)
        found = inflater.decompress(data, MOST)
    except zlib.error:
        return None
    return found if inflater.eof and not inflater.unused_data else None


def _members(data: bytes) -> Mapping[str, tarfile.TarInfo]:
    """By the path below the top folder: its name is no matter here."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        return {info.name.partition("/")[2]: info for info in tar}


def _entry(one: tarfile.TarInfo, other: tarfile.TarInfo) -> set[str]:
    codes = {"tar-mtime"} if one.mtime != other.mtime else set()
    codes |= {"tar-mode"} if one.mode != other.mode else set()
    owners = ((i.uid, i.gid, i.uname, i.gname) for i in (one, other))
    codes |= {"tar-owner"} if len(set(owners)) > 1 else set()
    return codes | ({"tar-type"} if one.type != other.type else set())
