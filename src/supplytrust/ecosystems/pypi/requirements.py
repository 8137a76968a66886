"""Declared requirements (PEP 508) as far as an ordinary install follows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


def run_time_names(requires_dist: Iterable[str]) -> frozenset[str]:
    """Normalized names required without an extra, on any platform; unreadable lines are left out."""
    names = set()
    for line in requires_dist:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if "extra" not in str(requirement.marker or ""):
            names.add(canonicalize_name(requirement.name))
    return frozenset(names)
