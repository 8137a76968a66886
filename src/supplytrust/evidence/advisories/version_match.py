"""Whether a record affects a version: the evaluation of the OSV schema, and RustSec's requirements.

Three answers: yes, no, and None when it cannot be told (no range, an order we do not know, a version that is none).
Reference: OSV schema, "Evaluation" (ossf.github.io/osv-schema/#evaluation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TypeVar

from packaging.version import InvalidVersion, Version

from supplytrust.evidence.advisories.record import Event, Range, Record
from supplytrust.model import semver
from supplytrust.model.package_names import normal_version

_WORD = re.compile(r"[vV]?\d[A-Za-z0-9.!+]*")
V = TypeVar("V", Version, semver.Key)


def affects(record: Record, version: str) -> bool | None:
    """Whether this version of the record's package is affected; None: it cannot be told.

    A local version (PEP 440, `1.0+cu118`) is somebody's build of the public one and has its advisories: no database
    lists such builds, and that they are later in the order says nothing. A record that speaks of builds of this very
    version is taken at its word where it says yes, and leaves it undecided where it says no.
    """
    answer = _affects(record, version)
    public = public_version(record.type, version)
    if answer or public == version:
        return answer
    of_public = _affects(record, public)
    if of_public:
        return None if public in _public_parts(record) else True
    return False if answer is False and of_public is False else None


def public_version(purl_type: str, version: str) -> str:
    """The version without its local part, as far as the ecosystem has such; the text itself when there is none."""
    place = python_version(version) if purl_type == "pypi" else None
    return place.public if place is not None and place.local else version


def is_local(purl_type: str, version: str) -> bool:
    """Whether a version is somebody's build of a public one."""
    return public_version(purl_type, version) != version


@lru_cache(4096)
def _public_parts(record: Record) -> frozenset[str]:
    """The public parts of local versions that a record speaks of."""
    named = [*record.versions, *(event.version for one in record.ranges for event in one.events)]
    return frozenset(public for v in named if "+" in v and (public := public_version(record.type, v)) != v)


def _affects(record: Record, version: str) -> bool | None:
    if record.spared is not None:
        return _outside(record.spared, version)
    listed = _in_list(record.type, record.versions, version) if record.versions else False
    if listed:
        return True
    answers = [_in_range(record.type, one, version) for one in record.ranges]
    if True in answers:
        return True
    told = bool(record.ranges or record.versions)
    return False if told and listed is False and None not in answers else None


def _in_list(purl_type: str, versions: tuple[str, ...], version: str) -> bool | None:
    """Whether a version is listed, in whatever spelling; None when one entry may be it and cannot be read."""
    if _place(purl_type, version) in _listed_versions(purl_type, versions):
        return True
    read = _reader(purl_type)
    if read is None:
        return False
    here = read(version)
    return None if here is None or here in _resembling(purl_type, versions) else False


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
def _listed_versions(purl_type: str, versions: tuple[str, ...]) -> frozenset[Hashable]:
    return frozenset(_place(purl_type, v) for v in versions)


@lru_cache(4096)
def _resembling(purl_type: str, versions: tuple[str, ...]) -> frozenset[Hashable]:
    """The versions that stand in entries which are none themselves, such as `release-1.0` or `1.0 (all builds)`."""
    read = _reader(purl_type)
    if read is None:
        return frozenset()
    odd = [text for text in versions if read(text) is None]
    found = [read(word) for text in odd for word in _WORD.findall(text)]
    return frozenset(place for place in found if place is not None)


def _reader(purl_type: str) -> Callable[[str], Hashable | None] | None:
    """What tells a version's place in the order of its ecosystem; None when that order is not known."""
    readers: dict[str, Callable[[str], Hashable | None]] = {"pypi": python_version, "cargo": _semantic}
    return readers.get(purl_type)


def _place(purl_type: str, text: str) -> Hashable:
    """What equal versions have in common: their place in the order, else their plain spelling."""
    read = _reader(purl_type)
    place = read(text) if read else None
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
    inside, last = False, False
    for place, event in sorted((p for p in places if p[1].kind != "limit"), key=lambda p: p[0]):
        if event.kind == "introduced":
            inside = inside or event.version == "0" or here >= place
        elif here > place or (event.kind == "fixed" and here >= place):
            last = inside and event.kind == "last_affected" and _is_post_of(here, place)
            inside = False
    return None if last and not inside else inside


def _is_post_of(here: Hashable, place: Hashable) -> bool:
    """Whether a version is a post-release of another one: by PEP 440 the same software, released once more."""
    if not isinstance(here, Version) or not isinstance(place, Version) or here.post is None:
        return False
    return (here.epoch, _release_without_zeros(here), here.pre) == (
        place.epoch,
        _release_without_zeros(place),
        place.pre,
    )


def _release_without_zeros(version: Version) -> tuple[int, ...]:
    release = version.release
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]
    return release
