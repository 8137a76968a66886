"""Whether a record affects a version: the evaluation of the OSV schema, and RustSec's requirements.

Three answers: yes, no, and None when it cannot be told (no range, an order we do not know, a version that is none).
Versions are read by the scheme of the package's ecosystem, which the caller gives.
Reference: OSV schema, "Evaluation" (ossf.github.io/osv-schema/#evaluation).
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache

from supplytrust.evidence.advisories.record import Event, Range, Record
from supplytrust.model.package_names import normal_version
from supplytrust.model.version_scheme import SEMANTIC, OrderedVersion, VersionScheme

_WORD = re.compile(r"[vV]?\d[A-Za-z0-9.!+]*")


def affects(record: Record, version: str, scheme: VersionScheme) -> bool | None:
    """Whether this version of the record's package is affected; None: it cannot be told.

    A local version (`1.0+cu118`) is somebody's build of the public one and has its advisories: no database
    lists such builds, and that they are later in the order says nothing. A record that speaks of builds of this very
    version is taken at its word where it says yes, and leaves it undecided where it says no.
    """
    answer = _affects(record, version, scheme)
    public = scheme.public(version)
    if answer or public == version:
        return answer
    of_public = _affects(record, public, scheme)
    if of_public:
        return None if public in _public_parts(record, scheme) else True
    return False if answer is False and of_public is False else None


@lru_cache(4096)
def _public_parts(record: Record, scheme: VersionScheme) -> frozenset[str]:
    """The public parts of local versions that a record speaks of."""
    named = [*record.versions, *(event.version for one in record.ranges for event in one.events)]
    return frozenset(public for v in named if "+" in v and (public := scheme.public(v)) != v)


def _affects(record: Record, version: str, scheme: VersionScheme) -> bool | None:
    if record.spared is not None:
        return _outside(record.spared, version)
    listed = _in_list(scheme, record.versions, version) if record.versions else False
    if listed:
        return True
    answers = [_in_range(scheme, one, version) for one in record.ranges]
    if True in answers:
        return True
    told = bool(record.ranges or record.versions)
    return False if told and listed is False and None not in answers else None


def _in_list(scheme: VersionScheme, versions: tuple[str, ...], version: str) -> bool | None:
    """Whether a version is listed, in whatever spelling; None when one entry may be it and cannot be read."""
    if _place(scheme, version) in _listed_versions(scheme, versions):
        return True
    if not scheme.ordered:
        return False
    here = scheme.read(version)
    return None if here is None or here in _resembling(scheme, versions) else False


@lru_cache(4096)
def _listed_versions(scheme: VersionScheme, versions: tuple[str, ...]) -> frozenset[Hashable]:
    return frozenset(_place(scheme, v) for v in versions)


@lru_cache(4096)
def _resembling(scheme: VersionScheme, versions: tuple[str, ...]) -> frozenset[Hashable]:
    """The versions that stand in entries which are none themselves, such as `release-1.0` or `1.0 (all builds)`."""
    odd = [text for text in versions if scheme.read(text) is None]
    found = [scheme.read(word) for text in odd for word in _WORD.findall(text)]
    return frozenset(place for place in found if place is not None)


def _place(scheme: VersionScheme, text: str) -> Hashable:
    """What equal versions have in common: their place in the order, else their plain spelling."""
    place = scheme.read(text)
    return normal_version(text) if place is None else place


def _outside(spared: tuple[str, ...], version: str) -> bool | None:
    if SEMANTIC.read(version) is None:
        return None
    answers = [_fits(requirement, version) for requirement in spared]
    if True in answers:
        return False
    return None if None in answers else True


def _fits(requirement: str, version: str) -> bool | None:
    try:
        return SEMANTIC.holds(requirement, version)
    except ValueError:
        return None


def _in_range(scheme: VersionScheme, one: Range, version: str) -> bool | None:
    """Walk the boundaries upwards, equal ones in the order they were written: `introduced 2, fixed 2` is empty."""
    order = SEMANTIC if one.semver else scheme
    here = order.read(version)
    if here is None:
        return None
    places: list[tuple[OrderedVersion, Event]] = []
    for event in one.events:
        place = order.read(event.version)
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
            last = inside and event.kind == "last_affected" and order.is_post_of(here, place)
            inside = False
    return None if last and not inside else inside
