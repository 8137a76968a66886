"""Where two readers could see two archives in one zip file. Pure; codes of `claims.ContainerAudit`.

Local entries, laid end to end with their data descriptors, must start at byte 0 and end at the central
directory, which must end at the end of the file; both views of a member must agree.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator

from supplytrust.io.archives.zip_structure import DESCRIPTOR, ZipMember, ZipView, extras

# zip64, NTFS and Unix times, Unix owners (old and new): they say nothing about name or content
_KNOWN_EXTRAS = frozenset({0x0001, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875})


def problems(view: ZipView) -> Iterator[str]:
    """Everything odd about the container, in file order."""
    yield from _layout(view)
    for member in view.members:
        yield from _agreement(member)
        yield from _form(member)


def _layout(view: ZipView) -> Iterator[str]:
    at = 0
    for member in sorted(view.members, key=lambda m: m.start):
        if member.start != at:
            where = "prefix" if at == 0 and member.start > 0 else "gap"
            yield f"{where}: {abs(member.start - at)} bytes before {member.name}"
        at = max(at, member.local.end)
    if at != view.directory_start:
        yield f"gap: {abs(view.directory_start - at)} bytes before the central directory"
    if view.end != view.size:
        yield f"trailing: {view.size - view.end} bytes after the end record"
    if view.comment:
        yield f"comment: {len(view.comment)} bytes of archive comment"


def _agreement(member: ZipMember) -> Iterator[str]:
    local = member.local
    if local.name != member.raw_name:
        yield f"name-mismatch: {member.name} is {local.name[:80]!r} in its local header"
    if local.flags != member.flags or local.method != member.method:
        yield f"flag-mismatch: {member.name}"
    told_later = local.flags & DESCRIPTOR and not (local.crc or local.compressed or local.size)
    stated = (local.crc, local.compressed, local.size)
    if not told_later and stated != (member.crc, member.compressed, member.size):
        yield f"size-mismatch: {member.name} differs between its two headers"


def _form(member: ZipMember) -> Iterator[str]:
    tags = {tag for tag, _ in (*extras(member.extra), *extras(member.local.extra))}
    if tags - _KNOWN_EXTRAS:
        shown = ", ".join(f"{tag:#06x}" for tag in sorted(tags - _KNOWN_EXTRAS))
        yield f"extra-field: {member.name} ({shown})"
    if member.comment:
        yield f"comment: on member {member.name}"
    if "\\" in member.name or "\x00" in member.name:
        yield f"name-mismatch: {member.name!r} is another path on other systems"
    kind = stat.S_IFMT(member.mode)
    if kind == stat.S_IFLNK:
        yield f"link: {member.name}"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield f"device: {member.name}"
