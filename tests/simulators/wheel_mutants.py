"""Tampered copies of a wheel, by kind. The tamperer knows the format: RECORD is put right unless told otherwise."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

from simulators.backends import honest

Members = dict[str, bytes]
INERT = b"# inert text that was not in the source\n"


def unpacked(wheel: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}


def packed(members: Members, *, put_right: bool = True) -> bytes:
    members = dict(members)
    record = next(p for p in members if p.endswith(".dist-info/RECORD"))
    if put_right:
        members[record] = honest.record(members, record)
    return honest.pack(members, (2023, 11, 14, 22, 13, 20))


def _info(members: Members, name: str) -> str:
    folder = next(p for p in members if p.endswith(".dist-info/RECORD")).rpartition("/")[0]
    return f"{folder}/{name}"


def _python(members: Members) -> str:
    return next((p for p in sorted(members) if p.endswith(".py") and members[p].strip()), next(iter(members)))


def _edit(change: Callable[[Members], None], *, put_right: bool = True) -> Callable[[bytes], bytes]:
    def made(wheel: bytes) -> bytes:
        members = unpacked(wheel)
        change(members)
        return packed(members, put_right=put_right)

    return made


def _head(line: bytes) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        path = _info(members, "METADATA")
        members[path] = line + members[path]

    return change


def _swap(name: str, old: bytes, new: bytes) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        path = _info(members, name)
        changed = members[path].replace(old, new)
        members[path] = changed if changed != members[path] else members[path] + b"X-Other: 1\n"

    return change


def _set(path: str, data: bytes = INERT) -> Callable[[Members], None]:
    return lambda members: members.update({path: data})


def _data_folder(members: Members) -> str:
    return _info(members, "RECORD").rpartition(".dist-info/")[0] + ".data"


def _script(members: Members) -> None:
    members[f"{_data_folder(members)}/scripts/little-tool"] = b"#!python\n" + INERT


def _entry(members: Members) -> None:
    path = _info(members, "entry_points.txt")
    members[path] = members.get(path, b"") + b"\n[console_scripts]\nzz-other = os:getcwd\n"


def _changed(members: Members) -> None:
    path = _python(members)
    members[path] += b"\n" + INERT


def _removed(members: Members) -> None:
    members.pop(_python(members))


def _purelib(members: Members) -> None:
    path = _info(members, "WHEEL")
    members[path] = members[path].replace(b"Purelib: true", b"Purelib: false")


def _described(members: Members) -> None:
    members[_info(members, "METADATA")] += b"\nanother description\n"


def _prefix(wheel: bytes) -> bytes:
    """Bytes before the first entry, offsets left alone: readers shift them."""
    return b"#!/bin/sh\n# inert\n" + wheel


def _trailing(wheel: bytes) -> bytes:
    return wheel + b"inert trailing bytes"


def _comment(wheel: bytes) -> bytes:
    return wheel[:-2] + struct.pack("<H", 5) + b"inert"


def _gap(wheel: bytes) -> bytes:
    """Bytes between the last entry and the directory, with the end record told about it."""
    start = struct.unpack("<I", wheel[-6:-2])[0]
    moved = wheel[:start] + b"inert gap" + wheel[start:]
    return moved[:-6] + struct.pack("<I", start + 9) + moved[-2:]


def _twice(*, evil_first: bool) -> Callable[[bytes], bytes]:
    def made(wheel: bytes) -> bytes:
        members = unpacked(wheel)
        path = _python(members)
        pair = [(path, INERT), (path, members[path])]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            import warnings

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for name, data in pair if evil_first else reversed(pair):
                    archive.writestr(zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20)), data)
                for name, data in members.items():
                    if name != path:
                        archive.writestr(zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20)), data)
        return out.getvalue()

    return made


def _local_name(wheel: bytes) -> bytes:
    """The first local header names another file than the directory does."""
    size = struct.unpack("<H", wheel[26:28])[0]
    name = wheel[30 : 30 + size]
    return wheel[:30] + name[:-1] + (b"x" if name[-1:] != b"x" else b"y") + wheel[30 + size :]


def _twin(members: Members) -> None:
    path = _python(members)
    members[path.swapcase()] = INERT


def _link(wheel: bytes) -> bytes:
    members = unpacked(wheel)
    out = io.BytesIO(packed(members))
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("little_link.py", (2023, 11, 14, 22, 13, 20))
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/hostname")
    return out.getvalue()


CONTENT: dict[str, Callable[[bytes], bytes]] = {
    "pth-added": _edit(_set("zz_little.pth", b"import os\n")),
    "py-changed": _edit(_changed),
    "py-added": _edit(_set("zz_little.py")),
    "py-removed": _edit(_removed),
    "script-added": _edit(_script),
    "entry-point-added": _edit(_entry),
    "library-added": _edit(_set("zz_little.so", b"\x7fELF inert")),
    "data-added": _edit(_set("zz_little.txt")),
    "dist-info-file-added": _edit(lambda m: m.update({_info(m, "zz_little.json"): b"{}"})),
    "requires-dist-added": _edit(_head(b"Requires-Dist: zz-little\n")),
    "requires-python-changed": _edit(_head(b"Requires-Python: >=2.6\n")),
    "purelib-flipped": _edit(_purelib),
    "tag-changed": _edit(_swap("WHEEL", b"-none-any", b"-none-win32")),
    "description-changed": _edit(_described),
    "py-changed-record-stale": _edit(_changed, put_right=False),
    "top-level-bytecode-added": _edit(_set("zz_little.pyc", b"\0inert")),
}
CONTAINER: dict[str, Callable[[bytes], bytes]] = {
    "prefix": _prefix,
    "trailing": _trailing,
    "comment": _comment,
    "gap": _gap,
    "duplicate-evil-first": _twice(evil_first=True),
    "duplicate-evil-last": _twice(evil_first=False),
    "local-name": _local_name,
    "case-twin": _edit(_twin),
    "escaping-name": _edit(_set("../zz_little.py")),
    "absolute-name": _edit(_set("/zz_little.py")),
    "symbolic-link": _link,
}
KINDS = CONTENT | CONTAINER
