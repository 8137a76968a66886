"""Whether a record affects a version: the evaluation of the OSV schema, and RustSec's requirements.

Three answers: yes, no, and None when it cannot be told (no range, an order we do not know, a version that is none).
Reference: OSV schema, "Evaluation" (ossf.github.io/osv-schema/#evaluation).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TypeVar

from packaging.version import InvalidVersion, Version

from supplytrust.advisories.record import Event, Range, Record
from supplytrust.model import semver
from supplytrust.model.naming import normal_version

V = TypeVar("V", Version, semver.Key)


def affects(record: Record, version: str) -> bool | None:
    """Whether this version of the record's package is affected; None: it cannot be told."""
    if record.spared is not None:
        return _outside(record.spared, version)
    if record.versions and _place(record.type, version) in _listed(record.type, record.versions):
        return True
    answers = [_in_range(record.type, one, version) for one in record.ranges]
    if True in answers:
        return True
    told = bool(record.ranges or record.versions)
    return False if told and None not in answers else None


def at_least(purl_type: str, version: str, bound: str) -> bool | None:
    """Whether a version is not below another one in the order of its ecosystem; None when that is not known."""
    if purl_type == "pypi":
        return _at_least(python_version, version, bound)
    return _at_least(_semantic, version, bound) if purl_type == "cargo" else None


@lru_cache(65536)
def python_version(text: str) -> Version | None:
    """A version by PEP 440, or None."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(65536)
def _semantic(text: str) -> semver.Key | None:
    try:
        return semver.parse(text).key
    except ValueError:
        return None


def _at_least(read: Callable[[str], V | None], version: str, bound: str) -> bool | None:
    left, right = read(version), read(bound)
    return None if left is None or right is None else left >= right


@lru_cache(4096)
def _listed(purl_type: str, versions: tuple[str, ...]) -> frozenset[Hashable]:
    return frozenset(_place(purl_type, v) for v in versions)


def _place(purl_type: str, text: str) -> Hashable:
    """What equal versions have in common: their place in the order, else their plain spelling."""
    place = python_version(text) if purl_type == "pypi" else _semantic(text) if purl_type == "cargo" else None
    return normal_version(text) if place is None else place


def _outside(spared: tuple[str, ...], version: str) -> bool | None:
    if _semantic(version) is None:
        return None
    answers = [_fits(requirement, version) for requirement in spared]
    if True in answers:
        return False
    return None if None in answers else True


def _fits(requirement: str, version: str) -> bool | None:
    try:
        return semver.matches(requirement, version)
    except ValueError:
        return None


def _in_range(purl_type: str, one: Range, version: str) -> bool | None:
    if one.semver or purl_type == "cargo":
        return _inside(one, _semantic, version)
    return _inside(one, python_version, version) if purl_type == "pypi" else None


def _inside(one: Range, read: Callable[[str], V | None], version: str) -> bool | None:
    """Walk the boundaries upwards, equal ones in the order they were written: `introduced 2, fixed 2` is empty."""
    here = read(version)
    if here is None:
        return None
    places: list[tuple[V, Event]] = []
    for event in one.events:
        place = read(event.version)
        if place is None:
            return None
        places.append((place, event))
    limits = [place for place, event in places if event.kind == "limit"]
    if limits and not any(here < limit for limit in limits):
        return False
    inside = False
    for place, event in sorted((p for p in places if p[1].kind != "limit"), key=lambda p: p[0]):
        if event.kind == "introduced":
            inside = inside or event.version == "0" or here >= place
        elif here > place or (event.kind == "fixed" and here >= place):
            inside = False
    return inside
