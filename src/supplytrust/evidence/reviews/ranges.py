"""Does a range of versions hold this one? PEP 440 for Python packages, SemVer with cargo's operators otherwise."""

from __future__ import annotations

from supplytrust.model import semver


def holds(purl_type: str, requirement: str, version: str) -> bool:
    """Whether `version` lies in `requirement`; ValueError when either cannot be read. `*` holds every version."""
    if requirement.strip() == "*":
        return True
    if purl_type != "pypi":
        return semver.matches(requirement, version)
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        bounds = SpecifierSet(requirement)
        if not len(bounds):
            raise ValueError("an empty range")
        return bounds.contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise ValueError(str(error)) from error


def check(purl_type: str, requirement: str) -> None:
    """ValueError when a range cannot be read."""
    holds(purl_type, requirement, "1.0.0")
