"""Entries of lock files of this registry's clients: names, pins, platforms, and where a package comes from."""

from __future__ import annotations

import functools
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import urlsplit

from supplytrust.ecosystems import listing
from supplytrust.ecosystems.inventory import ListedPackage
from supplytrust.ecosystems.npm.packument import digests_of
from supplytrust.ecosystems.npm.versions import is_whole
from supplytrust.formats.list_file import Field

package = partial(listing.package, purl_type="npm")
_PATH = re.compile(r"/-/[^/]+\.tgz$")
_LOCAL = ("file:", "link:", "workspace:", "portal:", "patch:", "git", "github:", "ssh:")
WEAK = "its bytes are pinned by SHA-1 only, which says too little"
PLATFORM = ("os", "cpu", "libc")
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "i686": "ia32", "i386": "ia32", "x86": "ia32"}
_ARCHITECTURES |= {"armv7l": "arm", "armv6l": "arm", "ppc64le": "ppc64"}


def release(
    field: Field, name: str, version: str, integrity: str, resolved: str = "", unknown: str = ""
) -> ListedPackage:
    """A package of a lock; unknown when what pins it is too weak, or it comes from a place and no registry.

    One that no bytes are pinned of is what the registry has under its version: that is what a client would install.
    """
    digests = digests_of(integrity)
    why = unknown or _unknown_place(version, resolved)
    if not why and "sha512" not in digests:
        why = WEAK if integrity or "#" in resolved else unknown_file(name, version, resolved)
    pins = [f"sha512:{digests['sha512']}"] if "sha512" in digests else []
    index = registry_of(name, resolved)
    return package(field, name, version, pins=pins, unknown=why, indexes=[index] if index else [])


def _unknown_place(version: str, resolved: str) -> str:
    place = resolved or version
    if place.startswith(_LOCAL) or (version and not is_whole(version)):
        return f"it comes from {listing.escape_text(place, 100)}, not from a registry"
    if resolved and urlsplit(resolved).scheme not in ("http", "https"):
        return f"it comes from {listing.escape_text(resolved, 100)}, not from a registry"
    return ""


def unknown_file(name: str, version: str, resolved: str) -> str:
    """Nothing pins the bytes: then the address has to be the one that a registry gives this very release."""
    named = resolved.partition("?")[0].rpartition("/")[2]
    own = registry_of(name, resolved) != resolved and named == f"{name.rpartition('/')[2]}-{version}.tgz"
    return "" if own or not resolved else f"it comes from {listing.escape_text(resolved, 100)}, and no bytes are pinned"


def registry_of(name: str, resolved: str) -> str:
    """The registry that an address of a tarball belongs to; its own address when it is not laid out like one."""
    plain = resolved.partition("#")[0]
    if urlsplit(plain).scheme not in ("http", "https"):
        return ""
    base = _PATH.sub("", plain)
    for slash, sign in (("/", "@"), ("%2f", "@"), ("%2F", "@"), ("%2f", "%40"), ("%2F", "%40")):
        spelled = name.replace("/", slash).replace("@", sign)
        if base != plain and base.endswith("/" + spelled):
            return base[: -len(spelled)]
    return plain


def note_entries(listed: Iterable[tuple[ListedPackage, dict[str, tuple[str, ...]]]]) -> Iterator[str]:
    """What is to be said of the entries of a lock: pins that are missing, and packages for other platforms.

    Each package comes with what it says about platforms (`os`, `cpu`, `libc`). Those of other platforms stay in the
    list: the lock is for all of them.
    """
    packages = list(listed)
    unpinned = sorted({one.purl for one, _ in packages if one.wanted is not None and not one.sha256})
    if unpinned:
        yield f"{_some(unpinned)}: the lock pins no bytes, so what the registry has under the version is judged"
    foreign = sorted({one.purl for one, says in packages if not fits_here(says)})
    if foreign:
        here = "-".join(word for word in this_platform() if word)
        yield f"{_some(foreign)}: for other platforms than {here}, left out by an installation here"


def _some(purls: list[str]) -> str:
    shown = ", ".join(purls[:3])
    return f"{shown} and {len(purls) - 3} more" if len(purls) > 3 else shown


def fits_here(says: dict[str, tuple[str, ...]]) -> bool:
    """Whether a package is for this machine: named, or everything is but what `!` leaves out ("os" of package.json)."""
    for key, own in zip(PLATFORM, this_platform(), strict=True):
        words = says.get(key, ())
        if f"!{own}" in words:
            return False
        named = [word for word in words if not word.startswith("!")]
        if own and named and own not in named and "any" not in named:
            return False
    return True


@functools.cache
def this_platform() -> tuple[str, str, str]:
    """System, architecture and C library of this machine, by the names of the client."""
    machine = platform.machine().lower()
    libc = ("glibc" if platform.libc_ver()[0] == "glibc" else "musl") if sys.platform == "linux" else ""
    return sys.platform, _ARCHITECTURES.get(machine, machine), libc


def platforms_of(field: Field) -> dict[str, tuple[str, ...]]:
    """What an entry says about platforms: a text or a list a key; whatever else is there says nothing."""
    table = field.value if isinstance(field.value, dict) else {}
    values = {key: table[key] for key in PLATFORM if key in table}
    return {
        key: tuple(word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str))
        for key, value in values.items()
    }
