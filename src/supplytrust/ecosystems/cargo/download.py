"""Fetching a crate: from the blob store, else from where the index's `config.json` says that crates lie."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urlsplit

from supplytrust.ecosystems.cargo.address import sparse_base
from supplytrust.ecosystems.cargo.index import LARGEST_CRATE, page_path
from supplytrust.errors import MalformedError, MalformedRecordError, NotFoundError, RefusedError
from supplytrust.formats import json_reader
from supplytrust.io.context import CollectContext
from supplytrust.model.subject import Artifact, Subject

_CONFIG = json_reader.Limits(size=2**16, depth=8, values=200)
_MARKERS = ("{crate}", "{version}", "{prefix}", "{lowerprefix}", "{sha256-checksum}")


def fetch(subject: Subject, artifact: Artifact, world: CollectContext) -> bytes:
    """The crate's bytes. The digest is not judged here: bytes that differ are what `MeasuredDigest` is about."""
    kept = world.blobs.get(artifact.sha256)
    if kept is not None:
        return kept
    url = address_of(subject.name, subject.version, artifact.sha256, world)
    data = world.http.get(url, raw=True, limit=LARGEST_CRATE).body
    if hashlib.sha256(data).hexdigest() == artifact.sha256:
        world.blobs.put(data)
    return data


def address_of(name: str, version: str, sha256: str, world: CollectContext) -> str:
    """Where a crate is downloaded from ("Index Configuration" of the cargo book). RefusedError, MalformedError."""
    base = sparse_base(world.settings, name=name)
    template = _template(base, world)
    prefix = page_path(name).rpartition("/")[0]
    cased = "/".join(_page_folders(name, prefix))
    values = (quote(name), quote(version, safe=""), cased, prefix, sha256)
    url = (
        template
        if any(marker in template for marker in _MARKERS)
        else f"{template.rstrip('/')}/{{crate}}/{{version}}/download"
    )
    for marker, value in zip(_MARKERS, values, strict=True):
        url = url.replace(marker, value)
    if urlsplit(base).scheme == "https" and urlsplit(url).scheme != "https":
        raise RefusedError("crates are listed at a less protected address than the index itself")
    return url


def _page_folders(name: str, prefix: str) -> list[str]:
    """The parts of the page's folder with the letters of the name as they are written."""
    if len(name) < 4:
        return [str(len(name)), *([name[0]] if len(name) == 3 else [])]
    return [name[:2], name[2:4]] if prefix else []


def _template(base: str, world: CollectContext) -> str:
    body = world.http.get(base + "config.json", limit=_CONFIG.size).body
    try:
        told = json_reader.read_json(body, _CONFIG)
    except MalformedRecordError as error:
        raise MalformedError(f"the index's configuration cannot be read: {error.message}"[:160]) from error
    template = told.get("dl") if isinstance(told, dict) else None
    if not isinstance(template, str) or not template:
        raise NotFoundError("the index does not say where crates lie")
    return template
