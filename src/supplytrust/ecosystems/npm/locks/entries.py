"""Entries of lock files of this registry's clients: names, pins, and where a package is said to come from."""

from __future__ import annotations

import re
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
NO_PIN = "the lock pins no bytes of it"


def release(
    field: Field, name: str, version: str, integrity: str, resolved: str = "", unknown: str = ""
) -> ListedPackage:
    """A package of a lock; unknown when nothing that is enough pins it, or it comes from a place and no registry."""
    digests = digests_of(integrity)
    why = unknown or _unknown_place(version, resolved)
    if not why and "sha512" not in digests:
        why = WEAK if integrity or "#" in resolved else NO_PIN
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
