"""The files of an OCI layout: a folder, or a plain tar of one, or what `docker save` writes.

Read by this module alone, so that nothing of a foreign archive reaches the disk: regular files only, no link of any
kind, no name outside, no name twice. Reference: OCI image-spec v1.1, image-layout.md; POSIX ustar (IEEE 1003.1).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable

from supplytrust.errors import MalformedError
from supplytrust.formats.json_reader import MIB, Json, Limits, read_json, read_object

MAX_TAR = 1 << 30
MAX_FILES = 4096
_BLOCK = 512
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*(/[A-Za-z0-9][A-Za-z0-9._+-]*)*")
_REGULAR, _FOLDER = (b"0", b"\0"), b"5"
_PAX, _PAX_FOR_ALL, _GNU_NAME = b"x", b"g", b"L"
_OF_NO_WEIGHT = frozenset({"mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "comment"})

ReadFile = Callable[[str, int], bytes]


class OciError(MalformedError):
    """A layout is not what it claims to be. `code` names the rule that is broken; all begin with `oci-`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


def is_layout(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a folder with a layout; archives are seen by their bytes (`is_archive`)."""
    return any(os.path.isfile(os.path.join(path, name)) for name in ("oci-layout", "manifest.json"))  # noqa: PTH113, PTH118


def is_archive(data: bytes) -> bool:
    """Whether bytes begin like a tar of regular files, folders or whatever else a tar may hold."""
    return len(data) >= 2 * _BLOCK and data[257:262] == b"ustar"


def open_files(source: str | os.PathLike[str] | bytes) -> ReadFile:
    """A function that reads a file of the layout by its name, up to a number of bytes. OciError: `oci-missing`."""
    return _files_of_tar(source) if isinstance(source, bytes) else _files_of_folder(source)


def _files_of_folder(root: str | os.PathLike[str]) -> ReadFile:
    """By descriptors and plain names: the gate reads through this, and loads no module for paths."""

    def read(name: str, cap: int) -> bytes:
        place = os.fspath(root)
        for part in _check_name(name).split("/")[:-1]:
            place = f"{place}/{part}"
            if os.path.islink(place):  # noqa: PTH114
                raise OciError("oci-link", f"{name} lies behind a link")
        whole = f"{os.fspath(root)}/{name}"
        try:
            descriptor = os.open(whole, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            raise OciError("oci-missing", f"{name} is not there") from None
        except OSError as error:
            code = "oci-link" if os.path.islink(whole) else "oci-missing"  # noqa: PTH114
            raise OciError(code, f"{name} cannot be read: {error.strerror}") from None
        with open(descriptor, "rb") as file:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OciError("oci-link", f"{name} is no regular file")
            data = file.read(cap + 1)
        if len(data) > cap:
            raise OciError("oci-limit", f"{name} is larger than {cap} bytes")
        return data

    return read


def _files_of_tar(data: bytes) -> ReadFile:
    found = list_members(data)

    def read(name: str, cap: int) -> bytes:
        if _check_name(name) not in found:
            raise OciError("oci-missing", f"{name} is not there")
        begin, size = found[name]
        if size > cap:
            raise OciError("oci-limit", f"{name} is larger than {cap} bytes")
        return data[begin : begin + size]

    return read


def list_members(data: bytes) -> dict[str, tuple[int, int]]:
    """Places and sizes of the regular files, by name."""
    if len(data) > MAX_TAR:
        raise OciError("oci-limit", f"the archive is larger than {MAX_TAR} bytes")
    found: dict[str, tuple[int, int]] = {}
    at, longer = 0, ""
    while at + _BLOCK <= len(data) and any(header := data[at : at + _BLOCK]):
        name, size, kind = _header(header)
        begin, at = at + _BLOCK, at + _BLOCK + -(-size // _BLOCK) * _BLOCK
        if at > len(data):
            raise OciError("oci-layout", "the archive ends inside a file")
        if kind in (_PAX, _PAX_FOR_ALL, _GNU_NAME):
            longer = _long_name(kind, data[begin : begin + size]) or longer
            continue
        name, longer = longer or name, ""
        if kind == _FOLDER:
            continue
        if kind not in _REGULAR:
            raise OciError("oci-link", f"{name[:100]} is a link, or another kind of entry that a layout does not have")
        if name in found or len(found) >= MAX_FILES:
            raise OciError("oci-layout", "a file is there twice, or there are too many")
        found[_check_name(name)] = (begin, size)
    return found


def _header(block: bytes) -> tuple[str, int, bytes]:
    """Name, size and kind. OciError for a header that is none or whose sum does not hold."""
    try:
        stated = int(block[148:156].rstrip(b" \0"), 8)
        size = int(block[124:136].rstrip(b" \0") or b"0", 8)
        name, prefix = (block[a:b].split(b"\0")[0].decode("ascii") for a, b in ((0, 100), (345, 500)))
    except ValueError:
        raise OciError("oci-layout", "a header of the archive cannot be read") from None
    if sum(block[:148]) + sum(block[156:]) + 8 * 32 != stated or size < 0:
        raise OciError("oci-layout", "a header of the archive does not hold")
    full = f"{prefix}/{name}" if prefix else name
    return full.removeprefix("./").rstrip("/"), size, block[156:157]


def _long_name(kind: bytes, data: bytes) -> str:
    """The name of the next entry, where it is too long for its header; '' for none. Whatever else moves is refused."""
    if kind == _GNU_NAME:
        return data.rstrip(b"\0").decode("ascii", "replace").removeprefix("./")
    name, rest = "", data
    while rest:
        size, _, _ = rest.partition(b" ")
        length = int(size) if size.isdigit() and len(size) < 9 else 0
        key, equals, value = rest[len(size) + 1 : length - 1].decode("utf-8", "replace").partition("=")
        if not len(size) + 1 < length <= len(rest) or not equals:
            raise OciError("oci-layout", "an extended header of the archive cannot be read")
        if key == "path" and kind == _PAX:
            name = value.removeprefix("./")
        elif key not in _OF_NO_WEIGHT:
            raise OciError("oci-link", f"an extended header of the archive sets {key[:40]!r}")
        rest = rest[length:]
    return name


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name.split("/"):
        raise OciError("oci-layout", f"{name[:100]!r} is no name of a file in a layout")
    return name


# --- what `docker save` writes without an OCI layout: one image whose one layer is a tar with one WebAssembly file
#
# There is no manifest with digests: the configuration names the layer by the digest of its bytes (`rootfs.diff_ids`),
# and is itself named by its digest where the archive says so. Nothing in a registry signs these: there the chain ends.
# Reference: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".

_LIMITS = Limits(size=4 * MIB, floats=True)
_NAMED_BY_DIGEST = re.compile(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?")
MAX_LAYER = 200_000_000
Step = tuple[str, str, str, int]


def read_saved_image(read: ReadFile) -> tuple[bytes, str, tuple[Step, ...]]:
    """The workload's bytes, the image's first tag and the steps to the bytes. OciError."""
    listed = read_json(read("manifest.json", 4 * MIB), _LIMITS)
    entry = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    if not isinstance(entry, dict):
        raise OciError("oci-ambiguous", "the archive does not hold exactly one image")
    config_name, layers, tags = entry.get("Config"), entry.get("Layers"), entry.get("RepoTags")
    if not isinstance(config_name, str) or not isinstance(layers, list) or len(layers) != 1:
        raise OciError("oci-old-form", "an image of several layers is a file system, not one WebAssembly workload")
    config = read(config_name, 4 * MIB)
    digest = hashlib.sha256(config).hexdigest()
    named = _NAMED_BY_DIGEST.fullmatch(config_name)
    if named and named[1] != digest:
        raise OciError("oci-blob", "the configuration's bytes are others than its name says")
    layer = read(str(layers[0]), MAX_LAYER)
    layer_digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    if _layer_digests(read_object(config, _LIMITS)) != [layer_digest]:
        raise OciError("oci-blob", "the layer's bytes are others than the configuration says")
    data = _one_file(layer)
    steps = (
        ("config", "docker configuration", f"sha256:{digest}", len(config)),
        ("layer", "docker layer", layer_digest, len(layer)),
        ("file", "application/wasm", f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)),
    )
    return data, str(tags[0])[:200] if isinstance(tags, list) and tags else "", steps


def _layer_digests(config: dict[str, Json]) -> Json:
    if config.get("architecture") != "wasm":
        raise OciError("oci-config", "the image is of another architecture than wasm")
    root = config.get("rootfs")
    return root.get("diff_ids") if isinstance(root, dict) else None


def _one_file(layer: bytes) -> bytes:
    members = list(list_members(layer).values())
    if len(members) != 1:
        raise OciError("oci-old-form", f"the layer holds {len(members)} files, not one WebAssembly workload")
    begin, size = members[0]
    return layer[begin : begin + size]
